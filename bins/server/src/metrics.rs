//! What the server counts, in Prometheus's terms.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

/// The outcome of what was stored.
const STORED: &str = "stored";
/// The outcome of what was not.
const REFUSED: &str = "refused";

/// How a query came to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryOutcome {
    /// The engine ran it to the end.
    Run,
    /// Answered from the cache.
    Cached,
    /// Answered by the run of an identical query that was under way.
    Coalesced,
    /// Somebody cancelled it.
    Cancelled,
    /// It failed, or its limits ended it.
    Failed,
}

impl QueryOutcome {
    fn label(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Cached => "cached",
            Self::Coalesced => "coalesced",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// What came of computing the result of an endpoint ahead of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshOutcome {
    /// It is there.
    Completed,
    /// It is not.
    Failed,
}

impl RefreshOutcome {
    fn label(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// What somebody waited for, and whether it came: labels from a fixed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitedFor {
    /// Kind of the thing.
    pub(crate) what: &'static str,
    /// What came of it.
    pub(crate) status: &'static str,
}

/// The counters of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    events_captured: IntCounter,
    events_duplicate: IntCounter,
    queries: IntCounterVec,
    queries_running: IntGauge,
    waited_seconds: HistogramVec,
    endpoint_refreshes: IntCounterVec,
    endpoint_runs_materialized: IntCounter,
    log_records: IntCounterVec,
    metric_points: IntCounterVec,
}

impl Metrics {
    /// Counters at zero.
    pub fn new() -> Self {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("hindsight_http_requests_total", "HTTP requests answered, by method, route and status."),
            &["method", "route", "status"],
        );
        let request_seconds = HistogramVec::new(
            HistogramOpts::new("hindsight_http_request_duration_seconds", "Time to answer an HTTP request.")
                .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0]),
            &["method", "route"],
        );
        let events_captured = IntCounter::new("hindsight_events_captured_total", "Events stored by capture.");
        let events_duplicate =
            IntCounter::new("hindsight_events_duplicate_total", "Captured events dropped as retries of stored ones.");
        let queries =
            IntCounterVec::new(Opts::new("hindsight_queries_total", "Queries answered, by how."), &["outcome"]);
        let queries_running = IntGauge::new("hindsight_queries_running", "Queries that the engine is running now.");
        let waited_seconds = HistogramVec::new(
            HistogramOpts::new(
                "hindsight_time_to_see_data_seconds",
                "Time that people waited for data, as clients measured it.",
            )
            .buckets(vec![0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0]),
            &["type", "status"],
        );

        let endpoint_refreshes = IntCounterVec::new(
            Opts::new("hindsight_endpoint_refreshes_total", "Results of endpoints computed ahead of time, by outcome."),
            &["outcome"],
        );
        let endpoint_runs_materialized = IntCounter::new(
            "hindsight_endpoint_runs_materialized_total",
            "Runs of endpoints answered from results that were computed ahead of time.",
        );
        let log_records =
            IntCounterVec::new(Opts::new("hindsight_log_records_total", "Log records sent, by outcome."), &["outcome"]);
        let metric_points = IntCounterVec::new(
            Opts::new("hindsight_metric_points_total", "Data points of metrics sent, by outcome."),
            &["outcome"],
        );

        let valid = "names and labels are constants and valid";
        let metrics = Self {
            requests: requests.expect(valid),
            request_seconds: request_seconds.expect(valid),
            events_captured: events_captured.expect(valid),
            events_duplicate: events_duplicate.expect(valid),
            queries: queries.expect(valid),
            queries_running: queries_running.expect(valid),
            waited_seconds: waited_seconds.expect(valid),
            endpoint_refreshes: endpoint_refreshes.expect(valid),
            endpoint_runs_materialized: endpoint_runs_materialized.expect(valid),
            log_records: log_records.expect(valid),
            metric_points: metric_points.expect(valid),
            registry,
        };
        let collectors: [Box<dyn prometheus::core::Collector>; 11] = [
            Box::new(metrics.requests.clone()),
            Box::new(metrics.request_seconds.clone()),
            Box::new(metrics.events_captured.clone()),
            Box::new(metrics.events_duplicate.clone()),
            Box::new(metrics.queries.clone()),
            Box::new(metrics.queries_running.clone()),
            Box::new(metrics.waited_seconds.clone()),
            Box::new(metrics.endpoint_refreshes.clone()),
            Box::new(metrics.endpoint_runs_materialized.clone()),
            Box::new(metrics.log_records.clone()),
            Box::new(metrics.metric_points.clone()),
        ];
        for collector in collectors {
            metrics.registry.register(collector).expect("every collector is registered once");
        }
        for outcome in [
            QueryOutcome::Run,
            QueryOutcome::Cached,
            QueryOutcome::Coalesced,
            QueryOutcome::Cancelled,
            QueryOutcome::Failed,
        ] {
            // Shown from the start at zero, so that rates have a beginning.
            metrics.queries.with_label_values(&[outcome.label()]);
        }
        for outcome in [RefreshOutcome::Completed, RefreshOutcome::Failed] {
            metrics.endpoint_refreshes.with_label_values(&[outcome.label()]);
        }
        for counter in [&metrics.log_records, &metrics.metric_points] {
            counter.with_label_values(&[STORED]);
            counter.with_label_values(&[REFUSED]);
        }
        metrics
    }

    /// Counts an answered HTTP request.
    pub(crate) fn request_done(&self, method: &str, route: &str, status: u16, duration: Duration) {
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.request_seconds.with_label_values(&[method, route]).observe(duration.as_secs_f64());
    }

    /// Counts captured events: those stored and those dropped because their uuid was known.
    pub fn events_captured(&self, accepted: usize, duplicates: usize) {
        self.events_captured.inc_by(accepted as u64);
        self.events_duplicate.inc_by(duplicates as u64);
    }

    /// Counts log records that were stored, and those that were refused.
    pub(crate) fn logs_taken(&self, stored: usize, refused: usize) {
        self.log_records.with_label_values(&[STORED]).inc_by(stored as u64);
        self.log_records.with_label_values(&[REFUSED]).inc_by(refused as u64);
    }

    /// Counts data points likewise.
    pub(crate) fn points_taken(&self, stored: usize, refused: usize) {
        self.metric_points.with_label_values(&[STORED]).inc_by(stored as u64);
        self.metric_points.with_label_values(&[REFUSED]).inc_by(refused as u64);
    }

    /// Counts an answered query.
    pub fn query_done(&self, outcome: QueryOutcome) {
        self.queries.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts a query as running until the guard is dropped.
    pub fn query_running(&self) -> RunningQuery {
        self.queries_running.inc();
        RunningQuery(self.queries_running.clone())
    }

    /// Counts a wait that a client measured.
    pub(crate) fn waited(&self, seconds: f64, waited_for: WaitedFor) {
        self.waited_seconds.with_label_values(&[waited_for.what, waited_for.status]).observe(seconds);
    }

    /// Counts a result of an endpoint that was, or was not, computed ahead of time.
    pub(crate) fn endpoint_refreshed(&self, outcome: RefreshOutcome) {
        self.endpoint_refreshes.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts a run that was answered from such a result.
    pub(crate) fn endpoint_run_materialized(&self) {
        self.endpoint_runs_materialized.inc();
    }

    /// Everything in Prometheus's text format.
    pub fn render(&self) -> Vec<u8> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("writing to memory does not fail");
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A query that is running, for as long as this lives.
#[derive(Debug)]
pub struct RunningQuery(IntGauge);

impl Drop for RunningQuery {
    fn drop(&mut self) {
        self.0.dec();
    }
}
