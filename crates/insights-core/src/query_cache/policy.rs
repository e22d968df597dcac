//! When a kept answer is good enough, and what to do when it is not.

use chrono::{DateTime, TimeDelta, Utc};

use crate::time::Interval;

/// A range that ended this long before the answer was computed cannot have changed since.
const CLOSED_PAST_MARGIN: TimeDelta = TimeDelta::seconds(10);

/// How soon after an answer was computed a client may ask for a new one.
const CLIENT_REFRESH_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// How a client wants to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefreshMode {
    /// Fresh from the cache, otherwise computed while the client waits.
    Blocking,
    /// From the cache at once; what is stale or missing is computed behind the client's back.
    Async,
    /// As `Async`, but what is missing is computed while the client waits.
    AsyncExceptOnCacheMiss,
    /// As `Async`, with more patience for stale answers.
    LazyAsync,
    /// Computed while the client waits, whatever the cache holds.
    ForceBlocking,
    /// Computed behind the client's back, whatever the cache holds.
    ForceAsync,
    /// From the cache, never computed.
    ForceCache,
}

impl RefreshMode {
    /// All modes.
    pub const ALL: [Self; 7] = [
        Self::Blocking,
        Self::Async,
        Self::AsyncExceptOnCacheMiss,
        Self::LazyAsync,
        Self::ForceBlocking,
        Self::ForceAsync,
        Self::ForceCache,
    ];

    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocking => "blocking",
            Self::Async => "async",
            Self::AsyncExceptOnCacheMiss => "async_except_on_cache_miss",
            Self::LazyAsync => "lazy_async",
            Self::ForceBlocking => "force_blocking",
            Self::ForceAsync => "force_async",
            Self::ForceCache => "force_cache",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Reads `refresh` of a request, with `true` and `false` as older clients send them; anything else counts as absent, and what is
    /// absent is `force_cache`.
    ///
    /// On the query route `force_cache` means `blocking`: a client that asks a question there wants an answer.
    pub fn parse(text: Option<&str>, route: CacheRoute) -> Self {
        let mode = match text {
            Some("true" | "True" | "1") => Self::ForceBlocking,
            Some(name) => Self::from_name(name).unwrap_or(Self::ForceCache),
            None => Self::ForceCache,
        };
        match (mode, route) {
            (Self::ForceCache, CacheRoute::Query) => Self::Blocking,
            (mode, _) => mode,
        }
    }

    /// Reads `refresh` of a visitor of a public link, who may make the server compute no more than the page itself would: a new answer where
    /// the old one is stale.
    ///
    /// `force_blocking` counts as `blocking`, `async` as itself, and everything else as `lazy_async`.
    pub fn parse_of_visitor(text: Option<&str>) -> Self {
        match Self::parse(text, CacheRoute::Insights) {
            Self::ForceBlocking => Self::Blocking,
            Self::Async => Self::Async,
            _ => Self::LazyAsync,
        }
    }
}

/// Where a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheRoute {
    /// `/query/`.
    Query,
    /// `/insights/`.
    Insights,
}

/// What the cache holds for a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheState {
    /// An answer within the default threshold.
    Fresh,
    /// An answer beyond the default threshold, within the lazy one.
    Stale,
    /// An answer beyond both.
    LazyStale,
    /// Nothing.
    Missing,
}

/// What to do for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Give the kept answer.
    ReturnCached,
    /// Give the kept answer with a query status, and compute a new one behind the client's back.
    ReturnStaleAndEnqueue,
    /// Compute while the client waits.
    Compute,
    /// Give a query status alone, and compute behind the client's back.
    Enqueue,
    /// Say that there is nothing, and compute nothing.
    Miss,
}

/// What to do for a request of that mode where the cache is in that state.
pub fn decide(mode: RefreshMode, state: CacheState) -> Decision {
    use CacheState::{Fresh, LazyStale, Missing, Stale};
    match (mode, state) {
        (RefreshMode::ForceBlocking, _) => Decision::Compute,
        (RefreshMode::ForceAsync, _) => Decision::Enqueue,
        (RefreshMode::ForceCache, Missing) => Decision::Miss,
        (RefreshMode::ForceCache, Fresh | Stale | LazyStale)
        | (RefreshMode::Blocking | RefreshMode::Async | RefreshMode::AsyncExceptOnCacheMiss, Fresh)
        | (RefreshMode::LazyAsync, Fresh | Stale) => Decision::ReturnCached,
        (RefreshMode::Blocking, Stale | LazyStale | Missing) | (RefreshMode::AsyncExceptOnCacheMiss, Missing) => {
            Decision::Compute
        }
        (RefreshMode::Async | RefreshMode::AsyncExceptOnCacheMiss, Stale | LazyStale)
        | (RefreshMode::LazyAsync, LazyStale) => Decision::ReturnStaleAndEnqueue,
        (RefreshMode::Async | RefreshMode::LazyAsync, Missing) => Decision::Enqueue,
    }
}

/// What of a query decides for how long its answer is fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// Its smallest step of time; `None` where it names none.
    pub interval: Option<Interval>,
    /// The end of its range in time; `None` where it has no range: it is then treated as one by the minute.
    pub range_end: Option<DateTime<Utc>>,
    /// Takes the place of both thresholds.
    pub max_age: Option<TimeDelta>,
}

impl Freshness {
    /// How old an answer may be before it is stale.
    pub fn default_threshold(&self) -> TimeDelta {
        self.threshold([TimeDelta::minutes(5), TimeDelta::hours(1), TimeDelta::hours(6)])
    }

    /// How old an answer may be before it is stale even for the patient.
    pub fn lazy_threshold(&self) -> TimeDelta {
        self.threshold([TimeDelta::minutes(15), TimeDelta::hours(2), TimeDelta::hours(12)])
    }

    fn threshold(&self, [minute, hour, day]: [TimeDelta; 3]) -> TimeDelta {
        if let Some(max_age) = self.max_age {
            return max_age;
        }
        if self.range_end.is_none() {
            return minute;
        }
        match self.interval {
            Some(Interval::Second | Interval::Minute) => minute,
            Some(Interval::Hour) => hour,
            Some(Interval::Day) | None => day,
            Some(Interval::Week | Interval::Month) => TimeDelta::days(1),
        }
    }

    /// The state of a cache whose answer was computed at `last_refresh`, `None` where it has none.
    pub fn state(&self, last_refresh: Option<DateTime<Utc>>, now: DateTime<Utc>) -> CacheState {
        let Some(last_refresh) = last_refresh else { return CacheState::Missing };
        let is_closed_past = self.range_end.is_some_and(|end| end < last_refresh - CLOSED_PAST_MARGIN);
        let age = now - last_refresh;
        if (is_closed_past && self.max_age.is_none()) || age <= self.default_threshold() {
            CacheState::Fresh
        } else if age <= self.lazy_threshold() {
            CacheState::Stale
        } else {
            CacheState::LazyStale
        }
    }

    /// `cache_target_age`: when an answer computed at `last_refresh` becomes stale.
    pub fn target_age(&self, last_refresh: DateTime<Utc>) -> DateTime<Utc> {
        last_refresh + self.default_threshold()
    }
}

/// `next_allowed_client_refresh`: from when on a client may ask for a new answer.
pub fn next_allowed_client_refresh(last_refresh: DateTime<Utc>) -> DateTime<Utc> {
    last_refresh + CLIENT_REFRESH_INTERVAL
}

#[cfg(test)]
mod tests;
