//! A deterministic product-analytics event set of any size, for the demo and for benchmarks.
//!
//! Events come in sessions; a person has one browser, operating system, country and plan; activity is heavy-tailed over persons.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate};
use clap::{Args, Subcommand};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, Exp, Gamma, Geometric, LogNormal, Normal};
use rand_pcg::Pcg64Mcg;

use crate::logs;
use crate::process::Outcome;

const DAY_MS: i64 = 86_400_000;
const BROWSERS: [&str; 8] =
    ["Chrome", "Safari", "Firefox", "Edge", "Mobile Safari", "Samsung Internet", "Opera", "Brave"];
const SYSTEMS: [&str; 6] = ["Windows", "Mac OS X", "iOS", "Android", "Linux", "Chrome OS"];
const PLANS: [&str; 3] = ["free", "pro", "enterprise"];
const N_URLS: usize = 2000;
/// Codes of ISO 3166, the most frequent country first.
const COUNTRIES: [&str; 120] = [
    "US", "DE", "GB", "IN", "BR", "FR", "CA", "JP", "AU", "ES", "IT", "NL", "MX", "PL", "SE", "KR", "TR", "CH", "BE",
    "AT", "DK", "NO", "FI", "PT", "IE", "CZ", "GR", "RO", "HU", "IL", "ZA", "AR", "CL", "CO", "PE", "ID", "PH", "TH",
    "VN", "MY", "SG", "TW", "HK", "NZ", "UA", "EG", "NG", "KE", "MA", "PK", "BD", "LK", "AE", "SA", "QA", "KW", "JO",
    "LB", "SK", "SI", "HR", "RS", "BG", "LT", "LV", "EE", "IS", "LU", "MT", "CY", "GE", "AM", "AZ", "KZ", "UZ", "MN",
    "NP", "MM", "KH", "LA", "EC", "BO", "PY", "UY", "VE", "CR", "PA", "GT", "HN", "SV", "NI", "DO", "CU", "JM", "TT",
    "BS", "BB", "GH", "CI", "SN", "CM", "UG", "TZ", "ET", "RW", "ZM", "ZW", "BW", "NA", "MZ", "AO", "MG", "MU", "TN",
    "DZ", "LY", "IQ", "MD", "AL", "MK",
];

/// The named events and how often each is among all; thirty custom events share the rest.
const EVENTS: [(&str, f64); 10] = [
    ("$pageview", 0.40),
    ("$autocapture", 0.25),
    ("$pageleave", 0.08),
    ("signup_started", 0.02),
    ("signup_completed", 0.012),
    ("purchase", 0.008),
    ("$identify", 0.01),
    ("search", 0.05),
    ("add_to_cart", 0.03),
    ("checkout_started", 0.015),
];
const CUSTOM_EVENTS: usize = 30;
const CUSTOM_SHARE: f64 = 0.125;

/// What to make.
#[derive(Debug, Subcommand)]
pub(crate) enum GenerateCommand {
    /// Product-analytics events, as NDJSON
    Events(GenerateArguments),
    /// Log records, as OTLP
    Logs(logs::LogsArguments),
}

/// Makes what is asked for.
pub(crate) fn run_command(command: &GenerateCommand) -> Outcome {
    match command {
        GenerateCommand::Events(arguments) => run(arguments),
        GenerateCommand::Logs(arguments) => logs::run(arguments),
    }
}

/// Arguments of `cargo xtask generate events`.
#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// Where to write the NDJSON file
    pub(crate) out: PathBuf,
    /// How many events
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: usize,
    /// How many days they spread over
    #[arg(long, default_value_t = 90)]
    pub(crate) days: u32,
    /// The first day
    #[arg(long, default_value = "2026-01-01")]
    pub(crate) first_day: NaiveDate,
    /// Another seed gives another set
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Runs `cargo xtask generate events`.
pub(crate) fn run(arguments: &GenerateArguments) -> Outcome {
    let file = File::create(&arguments.out)
        .map_err(|error| format!("{} cannot be written: {error}", arguments.out.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let n_events = write_events(arguments, &mut out)
        .and_then(|n_events| out.flush().map(|()| n_events))
        .map_err(|error| format!("{}: {error}", arguments.out.display()))?;
    println!("{}: {n_events} events", arguments.out.display());
    Ok(())
}

/// A person's fixed attributes, as positions in the lists above.
struct Person {
    browser: usize,
    system: usize,
    country: usize,
    plan: usize,
}

/// One event before it is written: only numbers, so that a large set sorts quickly.
struct Draft {
    timestamp_ms: i64,
    person: u32,
    session: u32,
    event: u16,
    url: u16,
}

fn write_events(arguments: &GenerateArguments, out: &mut impl Write) -> std::io::Result<usize> {
    let mut rng = Pcg64Mcg::seed_from_u64(arguments.seed);
    let persons = persons(&mut rng, (arguments.events / 50).max(10));
    let names = event_names();
    let drafts = drafts(arguments, &mut rng, persons.len(), &names);
    let revenue = Gamma::new(2.0, 30.0).expect("shape and scale are positive");
    for (row, draft) in drafts.iter().enumerate() {
        let person = &persons[draft.person as usize];
        let (name, _) = &names[usize::from(draft.event)];
        let uuid = uuid::Uuid::from_u64_pair(rng.random::<u64>(), row as u64);
        let amount = revenue.sample(&mut rng);
        write_event(out, draft, person, name, uuid, (name == "purchase").then_some(amount))?;
    }
    Ok(drafts.len())
}

fn write_event(
    out: &mut impl Write,
    draft: &Draft,
    person: &Person,
    name: &str,
    uuid: uuid::Uuid,
    revenue: Option<f64>,
) -> std::io::Result<()> {
    let timestamp = DateTime::from_timestamp_millis(draft.timestamp_ms).expect("generated times are within range");
    let folder = if draft.url.is_multiple_of(3) { "docs" } else { "product" };
    write!(
        out,
        r#"{{"uuid":"{uuid}","event":"{name}","distinct_id":"user-{person_number}","timestamp":"{timestamp}","properties":{{"$browser":"{browser}","$os":"{system}","$geoip_country_code":"{country}","plan":"{plan}","$current_url":"https://example.com/{folder}/{url}","$session_id":"s{session}","$lib":"web","$lib_version":"1.234.5","$screen_width":{width}"#,
        person_number = draft.person,
        timestamp = timestamp.format("%Y-%m-%dT%H:%M:%S%.3fZ"),
        browser = BROWSERS[person.browser],
        system = SYSTEMS[person.system],
        country = COUNTRIES[person.country],
        plan = PLANS[person.plan],
        url = draft.url,
        session = draft.session,
        width = 1024 + (draft.person % 5) * 256,
    )?;
    if let Some(revenue) = revenue {
        write!(out, r#","revenue":{}"#, (revenue * 100.0).round() / 100.0)?;
    }
    if name == "$identify" {
        write!(out, r#","$set":{{"email":"user-{0}@example.com","plan":"{1}"}}"#, draft.person, PLANS[person.plan])?;
    }
    out.write_all(b"}}\n")
}

fn event_names() -> Vec<(String, f64)> {
    let harmonic: f64 = (1..=CUSTOM_EVENTS).map(|rank| 1.0 / rank as f64).sum();
    let named = EVENTS.iter().map(|(name, share)| ((*name).to_owned(), *share));
    let custom = (0..CUSTOM_EVENTS)
        .map(|index| (format!("custom_event_{index}"), CUSTOM_SHARE / ((index + 1) as f64 * harmonic)));
    named.chain(custom).collect()
}

/// Draws positions in a list of `n` by Zipf's law: the one of rank k as often as 1 / k^exponent.
pub(crate) fn zipf(n: usize, exponent: f64) -> WeightedAliasIndex<f64> {
    let weights = (1..=n).map(|rank| (rank as f64).powf(-exponent)).collect();
    WeightedAliasIndex::new(weights).expect("the weights are positive")
}

fn persons(rng: &mut Pcg64Mcg, n_persons: usize) -> Vec<Person> {
    let (browser, system, country) = (zipf(BROWSERS.len(), 1.1), zipf(SYSTEMS.len(), 0.8), zipf(COUNTRIES.len(), 1.2));
    let plan = WeightedAliasIndex::new(vec![0.80, 0.15, 0.05]).expect("the weights are positive");
    (0..n_persons)
        .map(|_| Person {
            browser: browser.sample(rng),
            system: system.sample(rng),
            country: country.sample(rng),
            plan: plan.sample(rng),
        })
        .collect()
}

/// All events, in order of time.
fn drafts(arguments: &GenerateArguments, rng: &mut Pcg64Mcg, n_persons: usize, names: &[(String, f64)]) -> Vec<Draft> {
    let activity = LogNormal::new(0.0, 1.2).expect("the deviation is positive");
    let activity = WeightedAliasIndex::new((0..n_persons).map(|_| activity.sample(rng)).collect::<Vec<f64>>())
        .expect("activities are positive");
    let event = WeightedAliasIndex::new(names.iter().map(|(_, share)| *share).collect()).expect("shares are positive");
    let url = zipf(N_URLS, 1.05);
    let length = Geometric::new(1.0 / 8.0).expect("a probability");
    let hour = Normal::new(14.0, 4.0).expect("the deviation is positive");
    let gap_ms = Exp::new(1.0 / 30_000.0).expect("the rate is positive");
    let first_ms = arguments.first_day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();

    let mut drafts = Vec::with_capacity(arguments.events);
    let mut session = 0;
    while drafts.len() < arguments.events {
        let person = u32::try_from(activity.sample(rng)).expect("there are fewer than 2^32 persons");
        let day = i64::from(rng.random_range(0..arguments.days));
        let hour_of_day = f64::rem_euclid(hour.sample(rng), 24.0);
        let mut timestamp_ms = first_ms + day * DAY_MS + whole(hour_of_day * 3_600_000.0);
        for _ in 0..=length.sample(rng).min((arguments.events - drafts.len() - 1) as u64) {
            drafts.push(Draft {
                timestamp_ms,
                person,
                session,
                event: u16::try_from(event.sample(rng)).expect("there are few event names"),
                url: u16::try_from(url.sample(rng)).expect("there are 2000 urls"),
            });
            timestamp_ms += 1 + whole(gap_ms.sample(rng));
        }
        session += 1;
    }
    // ties in time keep no trace of the order in which sessions were drawn
    drafts.shuffle(rng);
    drafts.sort_by_key(|draft| draft.timestamp_ms);
    drafts
}

#[expect(clippy::cast_possible_truncation, reason = "times within a day are far below 2^63 ms")]
fn whole(ms: f64) -> i64 {
    ms as i64
}
