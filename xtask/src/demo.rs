//! `cargo xtask demo`: from a clone to numbers in one command.

mod project;

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use chrono::{Days, NaiveDate};
use clap::Args;

use self::project::Page;
use crate::generate::{self, GenerateArguments};
use crate::process::{self, Outcome, step, target_dir};
use crate::server::{Server, build_release};

/// The demo's key: the same at every start, for a server that only this machine reaches.
const DEMO_KEY: &str = "phx_demo_key_for_this_machine_only";
const DEMO_DAYS: u32 = 60;

/// Arguments of `cargo xtask demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// How many events to load
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// Ends once the demo is loaded and its commands were printed
    #[arg(long)]
    exit: bool,
}

/// Runs `cargo xtask demo`.
pub(crate) fn run(arguments: &DemoArguments) -> Outcome {
    let binary = step("build the server", build_release)?;
    let folder = target_dir().join("demo");
    let data_dir = folder.join("data");
    if data_dir.exists() {
        fs::remove_dir_all(&data_dir).map_err(|error| format!("{}: {error}", data_dir.display()))?;
    }
    fs::create_dir_all(&data_dir).map_err(|error| format!("{}: {error}", data_dir.display()))?;

    let events = folder.join("events.ndjson");
    let today = today();
    step("make the demo events", || {
        generate::run(&GenerateArguments {
            out: events.clone(),
            events: arguments.events,
            days: DEMO_DAYS,
            first_day: today.checked_sub_days(Days::new(u64::from(DEMO_DAYS))).unwrap_or(today),
            seed: 1,
        })
    })?;

    let mut server = Server::start(&binary, &data_dir, arguments.listen, DEMO_KEY)?;
    step("load them", || {
        process::run(Command::new(&binary).arg("import").arg(&events).args([
            "--project",
            "1",
            "--url",
            &server.url,
            "--key",
            DEMO_KEY,
        ]))
    })?;
    let mut pages = Vec::new();
    step("make insights, a dashboard and shared pages", || {
        pages = project::make(&server.url, DEMO_KEY)?;
        Ok(())
    })?;
    print_tour(&server.url, &pages);
    if arguments.exit { Ok(()) } else { server.wait() }
}

#[expect(clippy::disallowed_methods, reason = "the demo's events end today, so that relative dates show them")]
fn today() -> NaiveDate {
    chrono::Utc::now().date_naive()
}

fn print_tour(url: &str, pages: &[Page]) {
    println!(
        r#"
Hindsight serves the demo project.

  URL       {url}
  API docs  {url}/docs
  key       {DEMO_KEY}

Shared pages to open in a browser:
"#
    );
    for Page { title, url, password } in pages {
        let password = password.as_ref().map_or_else(String::new, |password| format!("  (password: {password})"));
        println!("  {title}\n  {url}{password}\n");
    }
    println!(
        r#"Three commands to paste:

# daily active users of the last week
curl -s {url}/api/environments/1/query/ -H 'Authorization: Bearer {DEMO_KEY}' -H 'Content-Type: application/json' \
  -d '{{"query":{{"kind":"TrendsQuery","series":[{{"kind":"EventsNode","event":"$pageview","math":"dau"}}],"dateRange":{{"date_from":"-7d"}}}}}}'

# how many go from signing up to buying within two weeks
curl -s {url}/api/environments/1/query/ -H 'Authorization: Bearer {DEMO_KEY}' -H 'Content-Type: application/json' \
  -d '{{"query":{{"kind":"FunnelsQuery","series":[{{"kind":"EventsNode","event":"signup_started"}},{{"kind":"EventsNode","event":"signup_completed"}},{{"kind":"EventsNode","event":"purchase"}}],"dateRange":{{"date_from":"-30d"}}}}}}'

# save an insight: page views by browser
curl -s '{url}/api/environments/1/insights/?refresh=blocking' -H 'Authorization: Bearer {DEMO_KEY}' -H 'Content-Type: application/json' \
  -d '{{"name":"Page views by browser","query":{{"kind":"InsightVizNode","source":{{"kind":"TrendsQuery","series":[{{"kind":"EventsNode","event":"$pageview"}}],"breakdownFilter":{{"breakdown":"$browser"}}}}}}}}'

Ctrl-C stops the server."#
    );
}
