//! Stickiness: in how many intervals people are active.

use query_engine::results::{Period, Series};

use super::wording::{counted, interval_words, name, number, percent};
use super::{Analysis, FEW, Subject};

/// Analyses the answer to a `StickinessQuery`.
pub(super) fn analyze(subject: &Subject<'_>, series: &[Series]) -> Analysis {
    let current: Vec<&Series> = series.iter().filter(|series| series.period != Some(Period::Previous)).collect();
    let Some(main) = current.first().copied().filter(|series| people(series) > 0.0) else {
        return Analysis::new(
            "Nobody was active in the range.",
            vec!["There is no interval in which anybody did this.".to_owned()],
            "Check the range, the filters and the name of the event.",
        );
    };
    let (one, many) = interval_words(subject.interval);
    let all = people(main);
    let mean = mean_intervals(main);
    let label = shown(main);
    let few = if all < FEW { ": too few to tell much" } else { "" };
    let headline = format!(
        "{} did {label} in {} of {} {many}, in the mean{few}.",
        counted(all, ("person", "people")),
        number(mean),
        number(main.data.len() as f64)
    );
    let once = at(main, 0) / all;
    let half = main.data.len().div_ceil(2);
    let often: f64 = (half..main.data.len()).map(|position| at(main, position)).sum();
    let mut points = vec![
        format!("{} came in one {one} only ({}).", percent(once), counted(at(main, 0), ("person", "people"))),
        format!(
            "{} came in more than half of all {many} ({}).",
            percent(often / all),
            counted(often, ("person", "people"))
        ),
    ];
    let previous = series.iter().find(|series| series.period == Some(Period::Previous) && series.order == main.order);
    if let Some(previous) = previous.filter(|previous| people(previous) > 0.0) {
        points.push(format!(
            "In the period before, the mean was {} {many} of {}.",
            number(mean_intervals(previous)),
            counted(people(previous), ("person", "people"))
        ));
    } else if let Some(other) = current.iter().find(|other| other.order != main.order && people(other) > 0.0) {
        points.push(format!("{} has a mean of {} {many}.", shown(other), number(mean_intervals(other))));
    }
    let takeaway = if all < FEW {
        "Look at a longer range before drawing a conclusion.".to_owned()
    } else if once > 0.5 {
        format!("Most people come once: a reason for a second {one} would change most.")
    } else if often / all > 0.4 {
        "There is a strong core of people who come again and again.".to_owned()
    } else {
        "People come back, but few of them make a habit of it.".to_owned()
    };
    Analysis::new(headline, points, takeaway)
}

fn at(series: &Series, position: usize) -> f64 {
    series.data.get(position).copied().flatten().unwrap_or(0.0)
}

fn people(series: &Series) -> f64 {
    (0..series.data.len()).map(|position| at(series, position)).sum()
}

fn mean_intervals(series: &Series) -> f64 {
    (0..series.data.len()).map(|position| at(series, position) * (position + 1) as f64).sum::<f64>() / people(series)
}

fn shown(series: &Series) -> String {
    name(series.custom_name.as_deref().unwrap_or(&series.label))
}
