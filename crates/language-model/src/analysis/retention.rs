//! Retention: how many come back at once, where it flattens, which cohorts differ.

use query_engine::results::{RetentionCohort, RetentionSheet};

use super::statistics::proportions_z;
use super::wording::{counted, instant, interval_words, name, number, percent, when};
use super::{Analysis, FEW, Subject, end_of};

/// Standard deviations beyond which a cohort differs, given that there are several to look at.
const COHORT_Z: f64 = 3.3;
/// Loss from one column to the next, as a part of the cohort, up to which the curve is flat.
const FLAT: f64 = 0.02;

/// Analyses the answer to a `RetentionQuery`.
pub(super) fn analyze(subject: &Subject<'_>, sheets: &[RetentionSheet]) -> Analysis {
    let cohorts: Vec<&RetentionCohort> = sheets.iter().flat_map(|sheet| &sheet.cohorts).collect();
    let began: f64 = cohorts.iter().map(|cohort| size(cohort)).sum();
    if began == 0.0 {
        return Analysis::new(
            "Nobody began in the range, so that nobody could come back.",
            vec!["Every cohort is empty.".to_owned()],
            "Check the range and the event that people begin with.",
        );
    }
    let (one, many) = interval_words(subject.interval);
    let curve = curve(subject, &cohorts);
    let people = counted(began, ("person", "people"));
    let Some(&(returned, could)) = curve.get(1).filter(|(_, could)| *could > 0.0) else {
        return Analysis::new(
            format!("{people} began; none of them has had a complete {one} to come back in yet."),
            vec!["Retention is only told from intervals that are over.".to_owned()],
            format!("Come back in a {one}, or look at an earlier range."),
        );
    };
    let is_few = could < FEW;
    let few = if is_few { ": too few to tell much" } else { "" };
    let headline = format!(
        "{} of those who began come back in the next {one} ({} of {}){few}.",
        percent(returned / could),
        number(returned),
        number(could)
    );
    let mut points = Vec::new();
    let flat = flattening(&curve);
    let last = (1..curve.len()).rev().find(|at| curve[*at].1 >= FEW).unwrap_or(1);
    let rate = |at: usize| curve[at].0 / curve[at].1;
    match flat {
        Some(at) => points.push(format!(
            "The curve flattens from {one} {at} on, at about {}: who is there then tends to stay.",
            percent(rate(at))
        )),
        None if last > 1 => {
            points.push(format!("By {one} {last} it is {}, and the curve has not become flat.", percent(rate(last))))
        }
        None => points.push(format!("There is no second {one} yet that is complete for enough people.")),
    }
    let odd = odd_cohort(subject, &cohorts);
    points.extend(odd.clone().map(|(text, _)| text));
    points.extend(segments(sheets, subject));
    if points.len() < 3 {
        points.push(format!("{people} began in {}.", counted(filled(&cohorts), (one, many))));
    }
    let takeaway = match (is_few, odd, flat) {
        (true, ..) => "Wait until more people began, or look at a longer range.".to_owned(),
        (false, Some((_, takeaway)), _) => takeaway,
        (false, None, Some(1)) => {
            format!("Those who come back once stay: the first {one} is where people are won or lost.")
        }
        (false, None, Some(at)) => format!("What happens before {one} {at} decides who stays."),
        (false, None, None) => "People go on leaving: find out what those who stay do differently.".to_owned(),
    };
    Analysis::new(headline, points, takeaway)
}

fn size(cohort: &RetentionCohort) -> f64 {
    cohort.cells.first().map_or(0.0, |cell| cell.count)
}

fn filled(cohorts: &[&RetentionCohort]) -> f64 {
    let mut dates: Vec<&str> =
        cohorts.iter().filter(|cohort| size(cohort) > 0.0).map(|cohort| cohort.date.as_str()).collect();
    dates.sort_unstable();
    dates.dedup();
    dates.len() as f64
}

/// How many columns of a cohort are complete.
fn n_complete(subject: &Subject<'_>, cohort: &RetentionCohort) -> usize {
    let Some(mut start) = instant(&cohort.date) else { return 0 };
    let mut n = 0;
    while n < cohort.cells.len() {
        start = end_of(start, subject.interval);
        if start > subject.now {
            break;
        }
        n += 1;
    }
    n
}

/// How many came back in each column, and how many could: of cohorts that have the column complete.
fn curve(subject: &Subject<'_>, cohorts: &[&RetentionCohort]) -> Vec<(f64, f64)> {
    let mut curve: Vec<(f64, f64)> = Vec::new();
    for cohort in cohorts {
        let n = n_complete(subject, cohort);
        for (at, cell) in cohort.cells.iter().take(n).enumerate() {
            if curve.len() <= at {
                curve.push((0.0, 0.0));
            }
            curve[at].0 += cell.count;
            curve[at].1 += size(cohort);
        }
    }
    curve
}

/// The first column after which hardly anybody is lost any more, of those that tell of enough people.
fn flattening(curve: &[(f64, f64)]) -> Option<usize> {
    let told: Vec<f64> =
        curve.iter().take_while(|(_, could)| *could >= FEW).map(|(returned, could)| returned / could).collect();
    let is_flat_from = |at: usize| {
        told[at..].windows(2).all(|pair| pair[0] - pair[1] <= FLAT) && told[at] - told[told.len() - 1] <= 2.0 * FLAT
    };
    // Two further columns make it a curve.
    (1..told.len().saturating_sub(2)).find(|at| told[*at] > 0.0 && is_flat_from(*at))
}

/// The cohort whose first return differs most from that of all others, with what to make of it.
fn odd_cohort(subject: &Subject<'_>, cohorts: &[&RetentionCohort]) -> Option<(String, String)> {
    let known: Vec<(&RetentionCohort, f64, f64)> = cohorts
        .iter()
        .filter(|cohort| n_complete(subject, cohort) > 1)
        .filter_map(|cohort| Some((*cohort, cohort.cells.get(1)?.count, size(cohort))))
        .collect();
    let (all_returned, all) =
        known.iter().fold((0.0, 0.0), |sum, (_, returned, size)| (sum.0 + returned, sum.1 + size));
    let scored =
        known.iter().filter(|(_, _, size)| *size >= FEW && all - size >= FEW).map(|(cohort, returned, size)| {
            (cohort, *returned, *size, proportions_z((*returned, *size), (all_returned - returned, all - size)))
        });
    let (cohort, returned, size, z) =
        scored.max_by(|a, b| a.3.abs().total_cmp(&b.3.abs())).filter(|scored| scored.3.abs() > COHORT_Z)?;
    let start = when(instant(&cohort.date)?, subject.interval);
    let better = if z > 0.0 { "better" } else { "worse" };
    let others = (all_returned - returned) / (all - size);
    let text = format!(
        "Those who began {start} came back {better}: {} of {} against {} of the others.",
        percent(returned / size),
        number(size),
        percent(others)
    );
    Some((text, format!("See what was different for those who began {start}; the difference is no chance.")))
}

/// The values of a breakdown with the best and the worst first return.
fn segments(sheets: &[RetentionSheet], subject: &Subject<'_>) -> Option<String> {
    let mut rates: Vec<(String, f64)> = sheets
        .iter()
        .filter_map(|sheet| {
            let cohorts: Vec<&RetentionCohort> = sheet.cohorts.iter().collect();
            let (returned, could) = *curve(subject, &cohorts).get(1)?;
            (could >= FEW).then_some((name(&sheet.breakdown.as_ref()?.to_string()), returned / could))
        })
        .collect();
    rates.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (best, worst) = (rates.first()?, rates.last()?);
    (rates.len() > 1)
        .then(|| format!("{} comes back most ({}), {} least ({}).", best.0, percent(best.1), worst.0, percent(worst.1)))
}
