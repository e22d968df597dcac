//! The contract of `QueryCacheRepository`.

use insights_core::ids::ProjectId;
use insights_core::query_cache::CachedResult;
use insights_core::repositories::Repositories;

use super::{assert_not_found, at_once};
use crate::builders::{World, at};

fn answer(project: ProjectId, cache_key: &str, body: &str, seconds: i64) -> CachedResult {
    CachedResult { cache_key: cache_key.to_owned(), project, body: body.to_owned(), last_refresh: at(seconds) }
}

pub fn answers_are_kept_by_project_and_key(repositories: &Repositories) {
    let [one, two] = [1, 2].map(|n| World::new(repositories, n).project.id);
    for kept in [answer(one, "b", "1b", 1), answer(one, "a", "1a", 2), answer(two, "a", "2a", 3)] {
        repositories.query_cache.put(&kept).unwrap();
    }
    assert_eq!(repositories.query_cache.get(one, "a").unwrap(), Some(answer(one, "a", "1a", 2)));
    assert_eq!(repositories.query_cache.get(two, "b").unwrap(), None);
    assert_eq!(repositories.query_cache.get(one, "a\0").unwrap(), None);
    let keys = ["b", "c", "a", "a"].map(str::to_owned);
    let found = repositories.query_cache.get_batch(one, &keys).unwrap();
    assert_eq!(found, [answer(one, "a", "1a", 2), answer(one, "b", "1b", 1)]);
    assert_not_found(repositories.query_cache.put(&answer(ProjectId(99), "a", "", 1)));
}

pub fn a_younger_answer_stays(repositories: &Repositories) {
    let project = World::new(repositories, 1).project.id;
    for (body, seconds) in [("second", 2), ("first", 1), ("third", 3), ("third again", 3)] {
        repositories.query_cache.put(&answer(project, "a", body, seconds)).unwrap();
    }
    assert_eq!(repositories.query_cache.get(project, "a").unwrap(), Some(answer(project, "a", "third again", 3)));
}

pub fn old_answers_are_dropped(repositories: &Repositories) {
    let project = World::new(repositories, 1).project.id;
    for seconds in 1..=3 {
        repositories.query_cache.put(&answer(project, &seconds.to_string(), "", seconds)).unwrap();
    }
    assert_eq!(repositories.query_cache.delete_older(at(3)).unwrap(), 2);
    assert_eq!(repositories.query_cache.delete_older(at(3)).unwrap(), 0);
    assert_eq!(repositories.query_cache.get(project, "2").unwrap(), None);
    assert!(repositories.query_cache.get(project, "3").unwrap().is_some());
}

pub fn many_writers_of_one_key_all_succeed(repositories: &Repositories) {
    let project = World::new(repositories, 1).project.id;
    let results = at_once(|n| {
        let seconds = i64::try_from(n).unwrap();
        repositories.query_cache.put(&answer(project, "a", &n.to_string(), seconds))
    });
    let n_writers = results.len();
    results.into_iter().for_each(Result::unwrap);
    let kept = repositories.query_cache.get(project, "a").unwrap().unwrap();
    assert_eq!(kept.body, (n_writers - 1).to_string());
}

pub fn large_answers_come_back_whole(repositories: &Repositories) {
    let project = World::new(repositories, 1).project.id;
    let large = answer(project, "a", &"[\"🦀\", null]".repeat(300_000), 1);
    repositories.query_cache.put(&large).unwrap();
    assert!(repositories.query_cache.get(project, "a").unwrap() == Some(large));
}
