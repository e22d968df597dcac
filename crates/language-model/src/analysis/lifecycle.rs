//! Lifecycle: whether more people come than go.

use query_engine::results::{LifecycleState, Series};

use super::series::Course;
use super::wording::{counted, instant, interval_words, number, percent, when};
use super::{Analysis, FEW, Subject};

/// Analyses the answer to a `LifecycleQuery`.
pub(super) fn analyze(subject: &Subject<'_>, series: &[Series]) -> Analysis {
    let course = |state: LifecycleState| {
        let series = series.iter().find(|series| series.state == Some(state))?;
        let starts = series.days.iter().map(|day| instant(day)).collect::<Option<Vec<_>>>()?;
        let values = series.data.iter().map(|value| value.unwrap_or(0.0).abs()).collect();
        Some(Course::new(starts, values, subject.interval, subject.now))
    };
    let sum = |state: LifecycleState| course(state).map_or(0.0, |course| course.values.iter().sum::<f64>());
    let (new, back) = (sum(LifecycleState::New), sum(LifecycleState::Resurrecting));
    let (stayed, gone) = (sum(LifecycleState::Returning), sum(LifecycleState::Dormant));
    let (one, many) = interval_words(subject.interval);
    let courses: Vec<Course> =
        [LifecycleState::New, LifecycleState::Returning, LifecycleState::Resurrecting, LifecycleState::Dormant]
            .into_iter()
            .filter_map(course)
            .collect();
    let n = courses.first().map_or(0, |course| course.values.len());
    if new + back + stayed + gone == 0.0 {
        return Analysis::new(
            format!("Nobody was active in any complete {one} of the range."),
            vec!["New, returning, resurrecting and dormant are all zero.".to_owned()],
            "Check the range, the filters and the name of the event.",
        );
    }
    let gained = new + back;
    let (is_few, range) =
        (gained + gone < FEW, counted(n as f64, (&format!("complete {one}"), &format!("complete {many}"))));
    let few = if is_few { ": too few to tell much" } else { "" };
    let headline = if gone == 0.0 {
        format!("{} came and nobody left in {range}{few}.", number(gained))
    } else {
        let ratio = gained / gone;
        let side = if ratio > 1.0 {
            "more come than go"
        } else if ratio < 1.0 {
            "more go than come"
        } else {
            "as many come as go"
        };
        format!("For each one who goes, {} come: {side} in {range}{few}.", number(ratio))
    };
    let mut points = vec![
        format!("{} are new, {} came back after a break, {} stayed away.", number(new), number(back), number(gone)),
        format!(
            "{} of those active in a {one} had been active in the one before.",
            percent(stayed / (stayed + gained).max(1.0))
        ),
    ];
    let running = courses.iter().find_map(|course| course.running);
    points.extend(running.map(|(start, _)| {
        format!("The {one} that began {} is still running and not counted.", when(start, subject.interval))
    }));
    let takeaway = match (is_few, gone > gained, new > back) {
        (true, ..) => "Look at a longer range before drawing a conclusion.",
        (false, true, _) => "Keeping those who are there would do more than winning new ones.",
        (false, false, true) => "Growth comes from new people: watch whether they return.",
        (false, false, false) => "Growth comes from people who come back: find out what brings them.",
    };
    Analysis::new(headline, points, takeaway)
}
