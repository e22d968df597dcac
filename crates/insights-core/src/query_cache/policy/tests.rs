use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

#[track_caller]
fn check_mode(mode: RefreshMode, expected: [Decision; 4]) {
    let states = [CacheState::Fresh, CacheState::Stale, CacheState::LazyStale, CacheState::Missing];
    assert_eq!(states.map(|state| decide(mode, state)), expected, "{mode:?}");
}

#[test]
fn every_mode_meets_every_state() {
    use Decision::{Compute, Enqueue, Miss, ReturnCached as Cached, ReturnStaleAndEnqueue as Stale};
    //                                              fresh    stale    lazy-stale  missing
    check_mode(RefreshMode::Blocking, /*         */ [Cached, Compute, Compute, Compute]);
    check_mode(RefreshMode::Async, /*            */ [Cached, Stale, Stale, Enqueue]);
    check_mode(RefreshMode::AsyncExceptOnCacheMiss, [Cached, Stale, Stale, Compute]);
    check_mode(RefreshMode::LazyAsync, /*        */ [Cached, Cached, Stale, Enqueue]);
    check_mode(RefreshMode::ForceBlocking, /*    */ [Compute, Compute, Compute, Compute]);
    check_mode(RefreshMode::ForceAsync, /*       */ [Enqueue, Enqueue, Enqueue, Enqueue]);
    check_mode(RefreshMode::ForceCache, /*       */ [Cached, Cached, Cached, Miss]);
}

#[track_caller]
fn check_parse(text: Option<&str>, insights: RefreshMode, query: RefreshMode) {
    assert_eq!(RefreshMode::parse(text, CacheRoute::Insights), insights, "{text:?}");
    assert_eq!(RefreshMode::parse(text, CacheRoute::Query), query, "{text:?}");
}

#[test]
fn force_cache_means_blocking_on_the_query_route_alone() {
    for mode in RefreshMode::ALL {
        let on_query = if mode == RefreshMode::ForceCache { RefreshMode::Blocking } else { mode };
        check_parse(Some(mode.name()), mode, on_query);
    }
    check_parse(None, RefreshMode::ForceCache, RefreshMode::Blocking);
    check_parse(Some("true"), RefreshMode::ForceBlocking, RefreshMode::ForceBlocking);
    check_parse(Some("false"), RefreshMode::ForceCache, RefreshMode::Blocking);
    check_parse(Some("yes please"), RefreshMode::ForceCache, RefreshMode::Blocking);
}

#[track_caller]
fn check_thresholds(interval: Option<Interval>, default_minutes: i64, lazy_minutes: i64) {
    let freshness = Freshness { interval, range_end: Some(at(0)), max_age: None };
    assert_eq!(freshness.default_threshold(), TimeDelta::minutes(default_minutes), "{interval:?}");
    assert_eq!(freshness.lazy_threshold(), TimeDelta::minutes(lazy_minutes), "{interval:?}");
}

#[test]
fn the_interval_decides_the_thresholds() {
    check_thresholds(None, 360, 720);
    check_thresholds(Some(Interval::Second), 5, 15);
    check_thresholds(Some(Interval::Minute), 5, 15);
    check_thresholds(Some(Interval::Hour), 60, 120);
    check_thresholds(Some(Interval::Day), 360, 720);
    check_thresholds(Some(Interval::Week), 1440, 1440);
    check_thresholds(Some(Interval::Month), 1440, 1440);
    let without_range = Freshness { interval: Some(Interval::Month), ..Freshness::default() };
    assert_eq!(without_range.default_threshold(), TimeDelta::minutes(5));
    let limited = Freshness { max_age: Some(TimeDelta::seconds(7)), ..without_range };
    assert_eq!([limited.default_threshold(), limited.lazy_threshold()], [TimeDelta::seconds(7); 2]);
}

#[track_caller]
fn check_state(range_end: Option<i64>, age_minutes: i64, expected: CacheState) {
    let freshness = Freshness { interval: Some(Interval::Hour), range_end: range_end.map(at), max_age: None };
    let state = freshness.state(Some(at(0)), at(0) + TimeDelta::minutes(age_minutes));
    assert_eq!(state, expected, "{range_end:?} {age_minutes}");
}

#[test]
fn answers_grow_stale_at_their_thresholds() {
    check_state(Some(0), 60, CacheState::Fresh);
    check_state(Some(0), 61, CacheState::Stale);
    check_state(Some(0), 120, CacheState::Stale);
    check_state(Some(0), 121, CacheState::LazyStale);
    check_state(None, 5, CacheState::Fresh);
    check_state(None, 6, CacheState::Stale);
    check_state(None, 16, CacheState::LazyStale);
    assert_eq!(Freshness::default().state(None, at(0)), CacheState::Missing);
}

#[test]
fn the_closed_past_is_never_stale() {
    check_state(Some(-11), 1_000_000, CacheState::Fresh);
    check_state(Some(-10), 1_000_000, CacheState::LazyStale);
}

#[test]
fn clients_learn_when_to_ask_again() {
    let freshness = Freshness { interval: Some(Interval::Day), range_end: Some(at(0)), max_age: None };
    assert_eq!(freshness.target_age(at(0)), at(6 * 3600));
    assert_eq!(next_allowed_client_refresh(at(0)), at(60));
}

#[test]
fn visitors_get_no_more_than_the_page_would() {
    for (asked, expected) in [
        (None, RefreshMode::LazyAsync),
        (Some("force_cache"), RefreshMode::LazyAsync),
        (Some("nonsense"), RefreshMode::LazyAsync),
        (Some("async"), RefreshMode::Async),
        (Some("force_async"), RefreshMode::LazyAsync),
        (Some("blocking"), RefreshMode::LazyAsync),
        (Some("force_blocking"), RefreshMode::Blocking),
        (Some("true"), RefreshMode::Blocking),
    ] {
        assert_eq!(RefreshMode::parse_of_visitor(asked), expected, "{asked:?}");
    }
}
