//! The contracts of the repository traits. Each public function is one case, and gets repositories over an empty store.

#![expect(missing_docs, reason = "the name of a case says what it checks")]
#![expect(clippy::unwrap_used, reason = "these are tests, compiled as a library")]

pub mod actions;
pub mod activity;
pub mod agent_sessions;
pub mod alerts;
pub mod api_keys;
pub mod changes;
pub mod cohorts;
pub mod dashboards;
pub mod datasets;
pub mod endpoints;
pub mod file_system;
pub mod insight_lists;
pub mod insights;
pub mod leases;
pub mod materializations;
pub mod objects;
pub mod organizations;
pub mod projects;
pub mod prompts;
pub mod query_cache;
pub mod recordings;
pub mod reports;
pub mod server_secret;
pub mod setup;
pub mod sharing;
pub mod uploads;
pub mod users;
pub mod variables;

use insights_core::error::{RepositoryError, RepositoryResult};

/// How many threads the cases about concurrency use: more than a pool has connections.
const THREADS: usize = 12;

/// Runs the same call in many threads at once; the results in no particular order.
fn at_once<T: Send>(call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(THREADS);
    std::thread::scope(|scope| {
        let (barrier, call) = (&barrier, &call);
        let spawn = |n| {
            scope.spawn(move || {
                barrier.wait();
                call(n)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().expect("the call does not panic")).collect()
    })
}

#[track_caller]
fn assert_conflict<T: std::fmt::Debug>(result: RepositoryResult<T>) {
    assert!(matches!(result, Err(RepositoryError::Conflict { .. })), "{result:?}");
}

#[track_caller]
fn assert_not_found<T: std::fmt::Debug>(result: RepositoryResult<T>) {
    assert!(matches!(result, Err(RepositoryError::NotFound { .. })), "{result:?}");
}

#[cfg(test)]
mod tests {
    /// A case that is not in the macro's list would never run.
    #[test]
    fn every_case_is_in_the_list() {
        let list = include_str!("lib.rs");
        let suites = [
            ("actions", include_str!("contracts/actions.rs")),
            ("activity", include_str!("contracts/activity.rs")),
            ("agent_sessions", include_str!("contracts/agent_sessions.rs")),
            ("alerts", include_str!("contracts/alerts.rs")),
            ("api_keys", include_str!("contracts/api_keys.rs")),
            ("changes", include_str!("contracts/changes.rs")),
            ("cohorts", include_str!("contracts/cohorts.rs")),
            ("dashboards", include_str!("contracts/dashboards.rs")),
            ("datasets", include_str!("contracts/datasets.rs")),
            ("endpoints", include_str!("contracts/endpoints.rs")),
            ("insight_lists", include_str!("contracts/insight_lists.rs")),
            ("insights", include_str!("contracts/insights.rs")),
            ("leases", include_str!("contracts/leases.rs")),
            ("objects", include_str!("contracts/objects.rs")),
            ("organizations", include_str!("contracts/organizations.rs")),
            ("projects", include_str!("contracts/projects.rs")),
            ("prompts", include_str!("contracts/prompts.rs")),
            ("query_cache", include_str!("contracts/query_cache.rs")),
            ("server_secret", include_str!("contracts/server_secret.rs")),
            ("recordings", include_str!("contracts/recordings.rs")),
            ("reports", include_str!("contracts/reports.rs")),
            ("setup", include_str!("contracts/setup.rs")),
            ("sharing", include_str!("contracts/sharing.rs")),
            ("uploads", include_str!("contracts/uploads.rs")),
            ("users", include_str!("contracts/users.rs")),
        ];
        for (suite, source) in suites {
            let listed = list.split_once(&format!("{suite}: [")).expect("the suite is listed").1;
            let listed = listed.split_once("];").expect("the list ends").0;
            let declared =
                |line: &'static str| line.strip_prefix("pub async fn ").or_else(|| line.strip_prefix("pub fn "));
            let cases = source.lines().filter_map(|line| declared(line)?.split('(').next());
            for case in cases {
                assert!(listed.contains(&format!(" {case},")), "{suite}::{case} is not in repository_contracts!");
            }
        }
    }
}
