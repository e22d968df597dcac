//! Paths the slow and obvious way: every text written out, every path a list of its own.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::{Value, json};

use super::question::{Around, Question, Row};

/// The links that `question` gets of `rows`, which are in order of arrival, between two instants, both inclusive.
pub(super) fn links(question: &Question, rows: &[Row], (from, to): (i64, i64)) -> Value {
    let rows: Vec<&Row> = rows.iter().filter(|row| (from..=to).contains(&row.at)).collect();
    let of_actor = |actor: &str| -> Vec<&Row> {
        rows.iter().copied().filter(|row| row.actor(question.is_by_group) == actor).collect()
    };
    let mut of_person: BTreeMap<u8, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        let window = window(question, &of_actor(&row.actor(question.is_by_group)));
        if window.is_some_and(|(from, to)| (from..=to).contains(&row.at)) {
            of_person.entry(row.person).or_default().push(row);
        }
    }
    let mut edges: BTreeMap<(usize, String, String), Vec<i64>> = BTreeMap::new();
    for rows in of_person.values() {
        for path in paths(question, rows) {
            for (index, pair) in path.windows(2).enumerate() {
                let edge = (index + 1, pair[0].1.clone(), pair[1].1.clone());
                edges.entry(edge).or_default().push(pair[1].0 - pair[0].0);
            }
        }
    }
    let mut named: Vec<(u64, String, String, f64)> = edges
        .into_iter()
        .map(|((step, source, target), times)| {
            let mean = times.iter().sum::<i64>() as f64 / times.len() as f64;
            (times.len() as u64, format!("{step}_{source}"), format!("{}_{target}", step + 1), mean * 1000.0)
        })
        .collect();
    let or = |given: u64, default: u64| if given == 0 { default } else { given };
    named.retain(|(count, ..)| *count >= question.min_weight && *count <= or(question.max_weight, u64::MAX));
    named.sort_by(|a, b| b.0.cmp(&a.0).then((&a.1, &a.2).cmp(&(&b.1, &b.2))));
    named.truncate(or(question.edge_limit, 50) as usize);
    let mut reached: BTreeSet<String> =
        named.iter().map(|edge| edge.1.clone()).filter(|source| source.starts_with("1_")).collect();
    loop {
        let more = named.iter().filter(|edge| reached.contains(&edge.1)).map(|edge| edge.2.clone());
        let n_before = reached.len();
        reached.extend(more.collect::<Vec<_>>());
        if reached.len() == n_before {
            break;
        }
    }
    let shown = named.into_iter().filter(|edge| reached.contains(&edge.1));
    shown
        .map(|(value, source, target, time)| json!({"source": source, "target": target, "value": value, "average_conversion_time": time}))
        .collect()
}

/// The paths of one person: instants and items.
fn paths(question: &Question, rows: &[&Row]) -> Vec<Vec<(i64, String)>> {
    let mut visits: Vec<(i64, String)> = rows
        .iter()
        .filter(|row| question.browser.is_none_or(|only| row.browser == Some(only)))
        .filter_map(|row| Some((row.at, item(question, row)?)))
        .collect();
    visits.sort();
    let break_after = question.around.as_ref().map_or(1800, |around| around.window);
    let mut sessions: Vec<Vec<(i64, String)>> = Vec::new();
    let mut last = None;
    for visit in visits {
        if last.is_none_or(|last| visit.0 - last >= break_after) {
            sessions.push(Vec::new());
        }
        last = Some(visit.0);
        sessions.last_mut().unwrap().push(visit);
    }
    sessions.into_iter().filter_map(|session| part(question, session)).collect()
}

/// What counts of a session.
fn part(question: &Question, session: Vec<(i64, String)>) -> Option<Vec<(i64, String)>> {
    let next = |index: usize| session.get(index + 1).map_or("", |visit| &visit.1);
    let mut path: Vec<(i64, String)> = session
        .iter()
        .enumerate()
        .filter(|(index, visit)| visit.1 != next(*index))
        .map(|(_, visit)| visit.clone())
        .collect();
    let find = |path: &[(i64, String)], point: &str| {
        let point = if point.len() > 1 { point.strip_suffix('/').unwrap_or(point) } else { point };
        path.iter().position(|visit| visit.1 == point)
    };
    if let Some(start) = question.start {
        path.drain(..find(&path, start)?);
    }
    if let Some(end) = question.end {
        path.truncate(find(&path, end)? + 1);
    }
    let limit = if question.step_limit == 0 { 5 } else { question.step_limit as usize };
    if path.len() > limit {
        match (question.start, question.end) {
            (Some(_), Some(_)) => {
                let half = limit / 2;
                let tail = path.split_off(path.len() - half);
                path.truncate(half + 1);
                path[half].1 = "...".to_owned();
                path.extend(tail);
            }
            (None, Some(_)) => drop(path.drain(..path.len() - limit)),
            (_, None) => path.truncate(limit),
        }
    }
    Some(path)
}

/// What an event is called on a path; `None` for one that is not on any.
fn item(question: &Question, row: &Row) -> Option<String> {
    let asked = |kind: &str| question.event_types.is_empty() || question.event_types.contains(&kind);
    let is_asked = match row.event {
        "$pageview" => asked("$pageview"),
        "$screen" => asked("$screen"),
        event if event.starts_with('$') => question.event_types.is_empty(),
        _ => asked("custom_event"),
    };
    let mut item = match row.event {
        _ if !is_asked => return None,
        "$pageview" => Regex::new("(.)/$").unwrap().replace(row.place.unwrap_or_default(), "$1").into_owned(),
        "$screen" => row.place.unwrap_or_default().to_owned(),
        event => event.to_owned(),
    };
    for (regex, alias) in &question.cleaning {
        let regex = Regex::new(regex).unwrap();
        item = regex
            .replace_all(&item, |found: &regex::Captures<'_>| {
                alias.replace("\\1", found.get(1).map_or("", |group| group.as_str())).replace("\\0", &found[0])
            })
            .into_owned();
    }
    // of the shortest part of the item that one of them matches
    let beginnings = item.char_indices().map(|(at, _)| at).chain([item.len()]).map(|end| &item[..end]);
    let pattern = |grouping: &str| Regex::new(&regex::escape(grouping).replace("\\*", ".*")).unwrap();
    let groupings: Vec<_> = question.groupings.iter().map(|grouping| (pattern(grouping), *grouping)).collect();
    let of_beginning = |beginning: &str| groupings.iter().find(|(pattern, _)| pattern.is_match(beginning));
    if let Some((_, grouping)) = beginnings.into_iter().find_map(of_beginning) {
        item = (*grouping).to_owned();
    }
    let is_excluded = !question.event_types.is_empty() && question.excluded.contains(&&*item);
    (!is_excluded).then_some(item)
}

/// The time of an actor that is looked at; `None` for nobody.
fn window(question: &Question, rows: &[&Row]) -> Option<(i64, i64)> {
    let Some(around) = &question.around else { return Some((i64::MIN, i64::MAX)) };
    let times = best_run(around, rows)?;
    let (step, is_last) =
        if around.step < 0 { (-around.step as usize - 1, true) } else { (around.step as usize, false) };
    let at = *times.get(step - 1)?;
    if is_last && times.len() != step {
        return None;
    }
    Some(match around.part {
        "funnel_path_before_step" => (i64::MIN, at),
        "funnel_path_between_steps" => (times[step - 2], at),
        _ => (if is_last { at + around.window } else { at }, i64::MAX),
    })
}

/// When the actor took the steps of their best run: every start is tried. For events of which no two are at one instant.
fn best_run(around: &Around, rows: &[&Row]) -> Option<Vec<i64>> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row.at);
    let starts = (0..rows.len()).filter(|start| rows[*start].event == around.steps[0]);
    let runs = starts.map(|start| {
        let mut times = vec![rows[start].at];
        for row in &rows[start + 1..] {
            let is_next = around.steps.get(times.len()) == Some(&row.event);
            if is_next && row.at - times[0] <= around.window {
                times.push(row.at);
            }
        }
        times
    });
    // the deepest, of those the first to get there, of those the last to begin
    runs.min_by_key(|times| (usize::MAX - times.len(), times[times.len() - 1], -times[0]))
}
