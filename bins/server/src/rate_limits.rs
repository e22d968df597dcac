//! How often a key may ask, by PostHog's names and numbers. Off unless the configuration turns it on.

use std::collections::HashMap;
use std::sync::Mutex;

use actix_web::http::Method;
use chrono::{DateTime, Utc};
use insights_core::ids::ApiKeyId;

use crate::error::ApiError;

/// Key and class pairs that are remembered before full buckets, which say nothing, are forgotten.
const MANY: usize = 10_000;

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// Routes that share an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RateClass {
    /// All that is in no other class.
    Default,
    /// Insights, whose answers may have to be computed.
    Insights,
    /// What answers queries: the query route, and runs of endpoints.
    Queries,
    /// What asks a language model about an insight.
    InsightAssistance,
    /// What turns words into queries.
    Ai,
}

/// So many requests in such a time.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    requests: u32,
    seconds: u32,
}

impl RateClass {
    /// The class of a route, by its method and its pattern.
    pub(crate) fn of(method: &Method, pattern: &str) -> Self {
        let resource = pattern.strip_prefix("/api/environments/{environment_id}/").unwrap_or_default();
        let last = resource.rsplit('/').next().unwrap_or_default();
        match resource.split('/').next().unwrap_or_default() {
            "query" if method == Method::POST => Self::Queries,
            "endpoints" if last == "run" => Self::Queries,
            "insights" if ["analyze", "suggestions", "generate_metadata"].contains(&last) => Self::InsightAssistance,
            "insights" => Self::Insights,
            "max_tools" => Self::Ai,
            _ => Self::Default,
        }
    }

    fn allowances(self) -> &'static [Allowance] {
        const fn per(requests: u32, seconds: u32) -> Allowance {
            Allowance { requests, seconds }
        }
        match self {
            Self::Default => const { &[per(480, MINUTE), per(4800, HOUR)] },
            Self::Insights => const { &[per(240, MINUTE), per(1200, HOUR)] },
            Self::Queries => const { &[per(240, MINUTE), per(2400, HOUR)] },
            Self::Ai => const { &[per(10, MINUTE), per(100, DAY)] },
            Self::InsightAssistance => const { &[per(50, MINUTE), per(200, HOUR), per(500, DAY)] },
        }
    }
}

/// Counts what each key asks, in memory: a bucket of tokens for each allowance, which fills up evenly.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    keys: Mutex<HashMap<(RateClass, ApiKeyId), Buckets>>,
}

#[derive(Debug)]
struct Buckets {
    /// Tokens left, one number for each allowance of the class.
    tokens: Vec<f64>,
    counted_at: DateTime<Utc>,
}

impl RateLimiter {
    /// Takes a token of `key` for a route of `class`.
    ///
    /// # Errors
    /// The 429 that says when the next token is there.
    pub(crate) fn take(&self, class: RateClass, key: &ApiKeyId, now: DateTime<Utc>) -> Result<(), ApiError> {
        let allowances = class.allowances();
        let mut keys = self.keys.lock().expect("no holder of this lock panics");
        if keys.len() >= MANY {
            keys.retain(|(class, _), buckets| !buckets.refilled(class.allowances(), now).is_full(class.allowances()));
        }
        let buckets = keys.entry((class, key.clone())).or_insert_with(|| Buckets::full(allowances, now));
        *buckets = buckets.refilled(allowances, now);
        let waits = allowances.iter().zip(&buckets.tokens).map(|(allowance, tokens)| {
            let missing = (1.0 - tokens).max(0.0);
            missing * f64::from(allowance.seconds) / f64::from(allowance.requests)
        });
        let wait_seconds = waits.fold(0.0, f64::max);
        if wait_seconds > 0.0 {
            return Err(ApiError::throttled(whole_seconds(wait_seconds)));
        }
        for tokens in &mut buckets.tokens {
            *tokens -= 1.0;
        }
        Ok(())
    }
}

impl Buckets {
    fn full(allowances: &[Allowance], now: DateTime<Utc>) -> Self {
        Self { tokens: allowances.iter().map(|allowance| f64::from(allowance.requests)).collect(), counted_at: now }
    }

    /// As they are at `now`. A clock that was set back fills nothing.
    fn refilled(&self, allowances: &[Allowance], now: DateTime<Utc>) -> Self {
        let elapsed = (now - self.counted_at).as_seconds_f64().max(0.0);
        let refill = |(tokens, allowance): (&f64, &Allowance)| {
            let capacity = f64::from(allowance.requests);
            (tokens + elapsed * capacity / f64::from(allowance.seconds)).min(capacity)
        };
        Self { tokens: self.tokens.iter().zip(allowances).map(refill).collect(), counted_at: now }
    }

    fn is_full(&self, allowances: &[Allowance]) -> bool {
        self.tokens.iter().zip(allowances).all(|(tokens, allowance)| *tokens >= f64::from(allowance.requests))
    }
}

/// `seconds` rounded up, at least 1: a client that waits so long is not refused for the same reason again.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "waits are positive and at most a day")]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil().max(1.0) as u64
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[track_caller]
    fn check_class(method: &Method, pattern: &str, expected: RateClass) {
        assert_eq!(RateClass::of(method, pattern), expected, "{method} {pattern}");
    }

    #[test]
    fn routes_have_the_classes_of_the_reference() {
        check_class(&Method::GET, "/api/projects", RateClass::Default);
        check_class(&Method::GET, "/api/environments/{environment_id}/dashboards", RateClass::Default);
        check_class(&Method::GET, "/api/environments/{environment_id}/insights/{id}", RateClass::Insights);
        check_class(
            &Method::GET,
            "/api/environments/{environment_id}/insights/{id}/analyze",
            RateClass::InsightAssistance,
        );
        check_class(&Method::POST, "/api/environments/{environment_id}/query", RateClass::Queries);
        check_class(&Method::GET, "/api/environments/{environment_id}/endpoints/{name}/run", RateClass::Queries);
        check_class(&Method::GET, "/api/environments/{environment_id}/endpoints/{name}", RateClass::Default);
        let ask = "/api/environments/{environment_id}/max_tools/create_and_query_insight";
        check_class(&Method::POST, ask, RateClass::Ai);
        check_class(&Method::GET, "/api/environments/{environment_id}/query/{query_id}", RateClass::Default);
    }

    /// Takes `n` tokens that must be there.
    #[track_caller]
    fn take_all(limiter: &RateLimiter, n: u32, key: &ApiKeyId, now: DateTime<Utc>) {
        for taken in 0..n {
            assert_eq!(limiter.take(RateClass::InsightAssistance, key, now), Ok(()), "token {taken} of {n}");
        }
    }

    #[test]
    fn each_key_has_its_own_allowance_that_fills_up_evenly() {
        let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let (one, other) = (ApiKeyId("one".to_owned()), ApiKeyId("other".to_owned()));
        let limiter = RateLimiter::default();
        let throttled = |seconds| Err(ApiError::throttled(seconds));

        take_all(&limiter, 50, &one, start);
        assert_eq!(limiter.take(RateClass::InsightAssistance, &one, start), throttled(2));
        assert_eq!(limiter.take(RateClass::Default, &one, start), Ok(()), "another class");
        take_all(&limiter, 50, &other, start);

        let later = start + TimeDelta::seconds(2);
        take_all(&limiter, 1, &one, later);
        assert_eq!(limiter.take(RateClass::InsightAssistance, &one, later), throttled(1));
        let mut now = later;
        // 200 an hour is the narrower one after the first minutes: 51 are gone, and each minute gives 3.3 back.
        for _ in 0..3 {
            now += TimeDelta::seconds(60);
            take_all(&limiter, 49, &one, now);
        }
        assert_eq!(limiter.take(RateClass::InsightAssistance, &one, now), Ok(()));
        now += TimeDelta::seconds(60);
        let refused = (0..50).find_map(|_| limiter.take(RateClass::InsightAssistance, &one, now).err());
        assert!(refused.is_some(), "the hour's allowance is used up");
    }

    #[test]
    fn keys_that_say_nothing_are_forgotten() {
        let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let limiter = RateLimiter::default();
        for n in 0..MANY {
            limiter.take(RateClass::Default, &ApiKeyId(n.to_string()), start).unwrap();
        }
        limiter.take(RateClass::Default, &ApiKeyId("last".to_owned()), start + TimeDelta::hours(2)).unwrap();
        assert_eq!(limiter.keys.lock().unwrap().len(), 1);
    }
}
