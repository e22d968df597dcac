//! The contract of `ReportRepository`.

use agent_sessions::window::Span;
use insights_core::ids::OrganizationId;
use reports::language::Language;
use reports::record::{Outcome, Owner, ReportId, ReportRecord, Shelf, Status};
use reports::report::Version;
use uuid::Uuid;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at};
use crate::store::ReportRepositories;

fn shelf(repositories: &ReportRepositories) -> Shelf {
    let organization = World::new(&repositories.others, 1).organization.id;
    Shelf { owner: Owner { organization, developer: None }, version: Version::V2 }
}

fn running(shelf: Shelf, number: u32) -> ReportRecord {
    ReportRecord {
        id: ReportId(Uuid::from_u128(number.into())),
        shelf,
        scope: "personal".to_owned(),
        status: Status::Running,
        language: Language::Pt,
        period: Span { from: at(i64::from(number) * 100), to: at(i64::from(number) * 100 + 50) },
        created_at: at(i64::from(number)),
        completed_at: None,
        error: None,
        headline: None,
    }
}

fn completed() -> Outcome {
    Outcome::Completed { headline: "größer & \"besser\" 🦀".to_owned(), body: "{\"a\":\"\\u0000é\"}".to_owned() }
}

/// Stores a report that is made already.
fn make(repositories: &ReportRepositories, record: &ReportRecord) -> ReportRecord {
    repositories.reports.begin(record, 1000).unwrap();
    repositories.reports.conclude(record.shelf, record.id, &completed(), at(5000)).unwrap().unwrap()
}

fn ids(records: &[ReportRecord]) -> Vec<u128> {
    records.iter().map(|record| record.id.0.as_u128()).collect()
}

pub fn reports_come_back_as_they_were(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    let record = ReportRecord { scope: "größe/1 % _ '".to_owned(), ..running(shelf, 1) };
    repositories.reports.begin(&record, 1000).unwrap();
    assert_eq!(repositories.reports.get(shelf, record.id).unwrap(), Some(record.clone()));
    assert_eq!(repositories.reports.read(shelf, record.id).unwrap(), None, "it is not made yet");
    let made = repositories.reports.conclude(shelf, record.id, &completed(), at(7)).unwrap().unwrap();
    let headline = Some("größer & \"besser\" 🦀".to_owned());
    let expected = ReportRecord { status: Status::Completed, completed_at: Some(at(7)), headline, ..record.clone() };
    assert_eq!(made, expected);
    let kept = repositories.reports.read(shelf, record.id).unwrap().unwrap();
    assert_eq!((kept.record, kept.body.as_str()), (expected, "{\"a\":\"\\u0000é\"}"));
}

pub fn a_report_needs_its_organization(repositories: &ReportRepositories) {
    let owner = Owner { organization: OrganizationId(Uuid::from_u128(99)), developer: None };
    assert_not_found(repositories.reports.begin(&running(Shelf { owner, version: Version::V3 }, 1), 1000));
}

pub fn one_report_of_a_shelf_and_scope_is_made_at_a_time(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    repositories.reports.begin(&running(shelf, 1), 1000).unwrap();
    assert_conflict(repositories.reports.begin(&running(shelf, 2), 1000));
    let scope = "other".to_owned();
    repositories.reports.begin(&ReportRecord { scope, ..running(shelf, 3) }, 1000).unwrap();
    let newer = Shelf { version: Version::V3, ..shelf };
    repositories.reports.begin(&running(newer, 4), 1000).unwrap();
    let developer = Some(Uuid::from_u128(5));
    let own = Shelf { owner: Owner { developer, ..shelf.owner }, ..shelf };
    repositories.reports.begin(&running(own, 5), 1000).unwrap();
    repositories.reports.conclude(shelf, running(shelf, 1).id, &Outcome::Cancelled, at(9)).unwrap().unwrap();
    repositories.reports.begin(&running(shelf, 6), 1000).unwrap();
}

pub fn of_many_reports_at_once_one_is_made(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    let begun = at_once(|n| {
        let record = running(shelf, u32::try_from(n).unwrap());
        repositories.reports.begin(&record, 1000).is_ok()
    });
    assert_eq!(begun.into_iter().filter(|is_begun| *is_begun).count(), 1);
}

pub fn a_report_comes_to_one_end(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    let record = running(shelf, 1);
    repositories.reports.begin(&record, 1000).unwrap();
    let failed = Outcome::Failed { error: "nul".to_owned() };
    let ended = repositories.reports.conclude(shelf, record.id, &failed, at(3)).unwrap().unwrap();
    assert_eq!((ended.status, ended.error.as_deref(), ended.completed_at), (Status::Failed, Some("nul"), Some(at(3))));
    for outcome in [completed(), failed, Outcome::Cancelled] {
        assert_eq!(repositories.reports.conclude(shelf, record.id, &outcome, at(4)).unwrap(), None);
    }
    assert_eq!(repositories.reports.get(shelf, record.id).unwrap(), Some(ended));
    let nobodys = ReportId(Uuid::from_u128(99));
    assert_eq!(repositories.reports.conclude(shelf, nobodys, &Outcome::Cancelled, at(4)).unwrap(), None);
}

pub fn of_many_ends_at_once_one_is_kept(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    let record = running(shelf, 1);
    repositories.reports.begin(&record, 1000).unwrap();
    let ended = at_once(|n| {
        let outcome = if n % 2 == 0 { Outcome::Cancelled } else { completed() };
        repositories.reports.conclude(shelf, record.id, &outcome, at(2)).unwrap()
    });
    assert_eq!(ended.into_iter().flatten().count(), 1);
}

pub fn the_latest_completed_report_is_found(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    for number in 1..=3 {
        make(repositories, &running(shelf, number));
    }
    repositories.reports.begin(&running(shelf, 4), 1000).unwrap();
    let latest = |scope: &str, from, to| {
        let overlapping = Some(Span { from: at(from), to: at(to) }).filter(|span| span.from < span.to);
        repositories.reports.latest(shelf, scope, overlapping).unwrap().map(|kept| kept.record.id.0.as_u128())
    };
    assert_eq!((latest("personal", 0, 0), latest("other", 0, 0)), (Some(3), None));
    assert_eq!((latest("personal", 0, 201), latest("personal", 0, 200)), (Some(2), Some(1)));
    assert_eq!((latest("personal", 149, 160), latest("personal", 150, 160)), (Some(1), None));
}

pub fn running_reports_are_listed(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    make(repositories, &running(shelf, 1));
    repositories.reports.begin(&running(shelf, 2), 1000).unwrap();
    let other = ReportRecord { scope: "other".to_owned(), ..running(shelf, 3) };
    repositories.reports.begin(&other, 1000).unwrap();
    let newer = Shelf { version: Version::V3, ..shelf };
    repositories.reports.begin(&running(newer, 4), 1000).unwrap();
    let listed = |scope| ids(&repositories.reports.running(shelf, scope).unwrap());
    assert_eq!((listed(None), listed(Some("personal")), listed(Some("no"))), (vec![3, 2], vec![2], vec![]));
    assert_eq!(ids(&repositories.reports.all_running(100).unwrap()), [4, 3, 2]);
    assert_eq!(ids(&repositories.reports.all_running(2).unwrap()), [4, 3]);
}

pub fn the_history_is_listed_the_newest_first(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    for number in 1..=3 {
        make(repositories, &running(shelf, number));
    }
    make(repositories, &ReportRecord { created_at: at(3), ..running(shelf, 5) });
    make(repositories, &ReportRecord { scope: "other".to_owned(), ..running(shelf, 6) });
    let listed = |scope, limit| ids(&repositories.reports.history(shelf, scope, limit).unwrap());
    assert_eq!((listed("personal", 100), listed("personal", 2)), (vec![5, 3, 2, 1], vec![5, 3]));
    assert_eq!((listed("other", 100), listed("no", 100)), (vec![6], vec![]));
}

pub fn the_oldest_reports_beyond_the_limit_go(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    let other = Shelf { version: Version::V3, ..shelf };
    make(repositories, &running(other, 9));
    for number in 1..=4 {
        make(repositories, &running(shelf, number));
    }
    repositories.reports.begin(&running(shelf, 5), 2).unwrap();
    let listed = |shelf| ids(&repositories.reports.history(shelf, "personal", 100).unwrap());
    assert_eq!((listed(shelf), listed(other)), (vec![5, 4, 3], vec![9]));
}

pub fn reports_are_found_on_their_shelf_alone(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    let made = make(repositories, &running(shelf, 1));
    let foreign = World::new(&repositories.others, 2).organization.id;
    let others = [
        Shelf { version: Version::V3, ..shelf },
        Shelf { owner: Owner { developer: Some(Uuid::from_u128(1)), ..shelf.owner }, ..shelf },
        Shelf { owner: Owner { organization: foreign, developer: None }, ..shelf },
    ];
    for other in others {
        assert_eq!(repositories.reports.get(other, made.id).unwrap(), None);
        assert_eq!(repositories.reports.read(other, made.id).unwrap(), None);
        assert_eq!(repositories.reports.latest(other, "personal", None).unwrap(), None);
        assert!(repositories.reports.history(other, "personal", 100).unwrap().is_empty());
        assert!(!repositories.reports.delete(other, made.id).unwrap());
    }
    assert_eq!(repositories.reports.get(shelf, made.id).unwrap(), Some(made));
}

pub fn deleted_reports_are_gone(repositories: &ReportRepositories) {
    let shelf = shelf(repositories);
    let made = make(repositories, &running(shelf, 1));
    repositories.reports.begin(&running(shelf, 2), 1000).unwrap();
    assert!(repositories.reports.delete(shelf, made.id).unwrap());
    assert!(!repositories.reports.delete(shelf, made.id).unwrap());
    assert_eq!(repositories.reports.get(shelf, made.id).unwrap(), None);
    assert!(repositories.reports.delete(shelf, running(shelf, 2).id).unwrap(), "one that is being made as well");
    repositories.reports.begin(&running(shelf, 3), 1000).unwrap();
}
