//! The contract of `AlertRepository`.

use std::collections::BTreeSet;

use alerts::check::{CheckDetail, Conclusion};
use alerts::delivery::{Claim, DeliveryState, Notification, Settlement, Target};
use alerts::detector::Detector;
use alerts::evaluation::Anomaly;
use alerts::model::{Alert, AlertConfig, AlertId, AlertState, CalculationInterval, Condition, SCOPE};
use alerts::repository::CheckFilter;
use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::error::RepositoryError;
use insights_core::ids::{InsightId, ProjectId, UserId};
use insights_core::insight::Insight;
use insights_core::paging::Page;
use serde_json::json;
use uuid::Uuid;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, alert, alert_check, at, destination, notification};
use crate::store::AlertRepositories;

const NO_LIMIT: u64 = 1000;

fn row(world: &World, verb: &str, id: AlertId) -> NewActivity {
    NewActivity::by(&world.actor(), verb, SCOPE, id.to_string(), ActivityDetail::default(), at(0))
}

fn watched(repositories: &AlertRepositories, world: &World, name: &str) -> Insight {
    world.insight_with(&repositories.others, name, |draft| {
        draft.fields.query = Some(json!({"kind": "TrendsQuery", "series": [{"event": "a"}]}));
    })
}

fn store(repositories: &AlertRepositories, world: &World, alert: &Alert) -> Alert {
    repositories.alerts.create(alert, NO_LIMIT, &row(world, verb::CREATED, alert.id)).unwrap()
}

/// A stored alert number `n` on an insight of its own.
fn stored(repositories: &AlertRepositories, world: &World, n: u32) -> Alert {
    let insight = watched(repositories, world, &format!("insight{n}"));
    store(repositories, world, &alert(&insight, n))
}

fn get(repositories: &AlertRepositories, alert: &Alert) -> Option<Alert> {
    repositories.alerts.get(alert.project, alert.id).unwrap()
}

fn ids(alerts: &[Alert]) -> Vec<AlertId> {
    alerts.iter().map(|alert| alert.id).collect()
}

/// A conclusion with a check and so many notifications, whose numbers begin with `n`.
fn conclusion(alert: &Alert, n: u32, n_notifications: u32) -> Conclusion {
    let check = alert_check(alert, n);
    let notifications = (0..n_notifications).map(|position| notification(&check, n * 100 + position)).collect();
    Conclusion { alert: alert.clone(), check, notifications }
}

fn claim(repositories: &AlertRepositories, by: u32, seconds: i64, limit: u32) -> Vec<Notification> {
    let claim = Claim(Uuid::from_u128(u128::from(by)));
    repositories.alerts.claim(claim, at(seconds), at(seconds + 60), limit).unwrap()
}

fn settle(repositories: &AlertRepositories, by: u32, notification: &Notification, settlement: &Settlement) -> bool {
    let claim = Claim(Uuid::from_u128(u128::from(by)));
    repositories.alerts.settle(notification.id, claim, settlement).unwrap()
}

pub fn alerts_come_back_as_they_were(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let insight = watched(repositories, &world, "one");
    let mut full = alert(&insight, 1);
    full.settings.name = "Ünï 🦀".to_owned();
    full.settings.subscribed_users = vec![UserId(1), UserId(7)];
    full.settings.destinations = vec![destination(1), destination(2)];
    full.settings.condition = Some(Condition::RelativeDecrease);
    full.settings.config = Some(AlertConfig { series_index: 2, check_ongoing_interval: true });
    full.settings.detector = Some(Detector::Seasonal { threshold: 0.9, periods: 4 });
    full.settings.calculation_interval = CalculationInterval::Weekly;
    full.settings.skip_weekend = true;
    full.settings.snoozed_until = Some(at(9));
    full.status.state = AlertState::Snoozed;
    full.status.last_value = Some(2.5);
    full.status.last_notified_at = Some(at(1));
    full.status.last_checked_at = Some(at(2));
    full.status.next_check_at = Some(at(3));
    full.created_by = Some(world.user.id);
    let made = store(repositories, &world, &full);
    assert_eq!(made, Alert { version: 1, ..full });
    assert_eq!(get(repositories, &made), Some(made.clone()));
    let plain = Alert { created_by: made.created_by, version: made.version, ..alert(&insight, 1) };
    let changed = repositories.alerts.update(&plain, &[], None).unwrap();
    assert_eq!(changed, Alert { version: 2, ..plain });
    assert_eq!(get(repositories, &made), Some(changed));
}

pub fn an_alert_needs_its_insight(repositories: &AlertRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let insight = watched(repositories, &world, "one");
    let mut lost = alert(&insight, 1);
    lost.settings.insight = InsightId(99);
    let create = |alert: &Alert| repositories.alerts.create(alert, NO_LIMIT, &row(&world, verb::CREATED, alert.id));
    assert_not_found(create(&lost));
    let foreign = Alert { project: other.project.id, ..alert(&insight, 2) };
    assert_not_found(create(&foreign));
    let made = create(&alert(&insight, 3)).unwrap();
    let mut moved = made;
    moved.settings.insight = InsightId(99);
    assert_not_found(repositories.alerts.update(&moved, &[], None));
}

pub fn the_limit_counts_alerts_of_one_project(repositories: &AlertRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    stored(repositories, &other, 1);
    let insight = watched(repositories, &world, "one");
    let create = |n: u32| {
        let alert = alert(&insight, n);
        repositories.alerts.create(&alert, 2, &row(&world, verb::CREATED, alert.id))
    };
    create(2).unwrap();
    create(3).unwrap();
    assert!(matches!(create(4), Err(RepositoryError::Limit { limit: 2, .. })));
}

pub fn alerts_are_found_in_their_project_alone(repositories: &AlertRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let made = stored(repositories, &world, 1);
    assert_eq!(repositories.alerts.get(other.project.id, made.id).unwrap(), None);
    let elsewhere = Alert { project: other.project.id, ..made.clone() };
    assert_not_found(repositories.alerts.update(&elsewhere, &[], None));
    assert_not_found(repositories.alerts.delete(other.project.id, made.id, &row(&other, verb::DELETED, made.id)));
    assert_eq!(repositories.alerts.of_insights(other.project.id, &[made.settings.insight]).unwrap(), []);
    assert_eq!(get(repositories, &made), Some(made));
}

pub fn alerts_are_listed_the_newest_first(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let [one, two] = ["one", "two"].map(|name| watched(repositories, &world, name));
    for n in [3, 1, 2] {
        store(repositories, &world, &alert(&one, n));
    }
    store(repositories, &world, &alert(&two, 4));
    let list = |project: ProjectId, insight: Option<InsightId>, page| {
        let paged = repositories.alerts.list(project, insight, page).unwrap();
        (paged.count, ids(&paged.items))
    };
    let number = |n: u32| alert(&one, n).id;
    assert_eq!(list(world.project.id, None, Page::first()), (4, [4, 3, 2, 1].map(number).to_vec()));
    assert_eq!(list(world.project.id, Some(one.id), Page::new(Some(2), Some(1))), (3, [2, 1].map(number).to_vec()));
    assert_eq!(list(ProjectId(99), None, Page::first()), (0, Vec::new()));
    let found = repositories.alerts.of_insights(world.project.id, &[two.id, one.id, InsightId(99)]).unwrap();
    assert_eq!(ids(&found), [4, 3, 2, 1].map(number));
    assert_eq!(repositories.alerts.of_insights(world.project.id, &[]).unwrap(), []);
}

pub fn a_change_of_an_old_version_is_refused(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = stored(repositories, &world, 1);
    made.settings.name = "new".to_owned();
    let changed = repositories.alerts.update(&made, &[], None).unwrap();
    assert_conflict(repositories.alerts.update(&made, &[alert_check(&made, 1)], None));
    assert_conflict(repositories.alerts.conclude(&conclusion(&made, 2, 1)));
    assert_eq!(get(repositories, &made), Some(changed));
    assert_eq!(repositories.alerts.checks(made.id, CheckFilter::default(), Page::first()).unwrap().count, 0);
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    let results = at_once(|n| {
        let number = u32::try_from(n).unwrap() + 1;
        repositories.alerts.conclude(&conclusion(&made, number, 1))
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    results.into_iter().filter(Result::is_err).for_each(assert_conflict);
    assert_eq!(claim(repositories, 1, 3600, 100).len(), 1);
}

pub fn changes_are_logged(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    repositories.alerts.update(&made, &[], Some(&row(&world, verb::UPDATED, made.id))).unwrap();
    repositories.alerts.delete(made.project, made.id, &row(&world, verb::DELETED, made.id)).unwrap();
    assert_not_found(repositories.alerts.delete(made.project, made.id, &row(&world, verb::DELETED, made.id)));
    let filter = ActivityFilter { project: made.project, scope: SCOPE.to_owned(), item_id: Some(made.id.to_string()) };
    let rows = repositories.others.activity.list(&filter, Page::first()).unwrap().items;
    let verbs: BTreeSet<String> = rows.into_iter().map(|row| row.activity.activity).collect();
    assert_eq!(verbs, ["created", "deleted", "updated"].map(str::to_owned).into());
}

pub fn alerts_go_with_what_they_watch(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let [deleted, changed, kept] = ["deleted", "changed", "kept"].map(|name| watched(repositories, &world, name));
    for (n, insight) in [(1, &deleted), (2, &changed), (3, &kept)] {
        let alert = store(repositories, &world, &alert(insight, n));
        repositories.alerts.conclude(&conclusion(&alert, n, 1)).unwrap();
    }
    let update = |insight: &Insight, change: &dyn Fn(&mut Insight)| {
        let mut insight = insight.clone();
        change(&mut insight);
        repositories.others.insights.update(&insight, None, None).unwrap()
    };
    update(&deleted, &|insight| insight.fields.deleted = true);
    update(&changed, &|insight| insight.fields.query = Some(json!({"kind": "PathsQuery"})));
    update(&kept, &|insight| insight.fields.name = Some("other words".to_owned()));
    let left = repositories.alerts.list(world.project.id, None, Page::first()).unwrap().items;
    assert_eq!(left.iter().map(|alert| alert.settings.insight).collect::<Vec<_>>(), [kept.id]);
    let outbox = claim(repositories, 1, 3600, 10);
    assert_eq!(outbox.iter().map(|notification| notification.alert).collect::<Vec<_>>(), ids(&left));
}

pub fn due_alerts_are_those_that_wait(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let insight = watched(repositories, &world, "one");
    let with = |n: u32, change: &dyn Fn(&mut Alert)| {
        let mut alert = alert(&insight, n);
        change(&mut alert);
        store(repositories, &world, &alert).id
    };
    let late = with(1, &|alert| alert.status.next_check_at = Some(at(5)));
    let later = with(2, &|alert| alert.status.next_check_at = Some(at(10)));
    let never = with(3, &|_| {});
    with(4, &|alert| alert.status.next_check_at = Some(at(11)));
    with(5, &|alert| alert.settings.enabled = false);
    with(6, &|alert| alert.settings.snoozed_until = Some(at(11)));
    let awake = with(7, &|alert| {
        alert.settings.snoozed_until = Some(at(10));
        alert.status.next_check_at = Some(at(1));
    });
    let due = |limit| ids(&repositories.alerts.due(at(10), limit).unwrap());
    assert_eq!(due(10), [never, awake, late, later]);
    assert_eq!(due(2), [never, awake]);
}

pub fn a_conclusion_is_stored_whole_or_not_at_all(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = stored(repositories, &world, 1);
    made.status.state = AlertState::Firing;
    made.status.last_value = Some(7.0);
    let mut first = conclusion(&made, 1, 2);
    first.check.detail = CheckDetail {
        error: None,
        breaches: vec!["too many".to_owned()],
        anomaly: Some(Anomaly {
            score: Some(0.99),
            position: 3,
            date: "2026-01-14".to_owned(),
            interval: "day".to_owned(),
            is_triggered: true,
        }),
        users: vec!["ann@example.com".to_owned()],
        destinations: vec![Uuid::from_u128(1)],
    };
    let concluded = repositories.alerts.conclude(&first).unwrap();
    assert_eq!(concluded, Alert { version: made.version + 1, ..made });
    let told = repositories.alerts.checks(concluded.id, CheckFilter::default(), Page::first()).unwrap();
    assert_eq!(told.items[0].check, first.check);
    let told_ids: Vec<Uuid> = told.items[0].deliveries.iter().map(|delivered| delivered.id).collect();
    assert_eq!(told_ids, first.notifications.iter().map(|one| one.id).collect::<Vec<_>>());
    assert_eq!(claim(repositories, 1, 3600, 10), first.notifications);
    // the second notification of the next one has an id that is taken: nothing of it is stored
    let mut second = conclusion(&concluded, 2, 2);
    second.notifications[1].id = first.notifications[0].id;
    assert_conflict(repositories.alerts.conclude(&second));
    assert_eq!(get(repositories, &concluded), Some(concluded.clone()));
    assert_eq!(repositories.alerts.checks(concluded.id, CheckFilter::default(), Page::first()).unwrap().count, 1);
    let gone = Alert { id: AlertId(Uuid::from_u128(99)), ..concluded };
    assert_not_found(repositories.alerts.conclude(&conclusion(&gone, 3, 1)));
}

pub fn checks_are_listed_the_newest_first(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let [made, other] = [1, 2].map(|n| stored(repositories, &world, n));
    let made = repositories.alerts.update(&made, &[2, 3, 1].map(|n| alert_check(&made, n)), None).unwrap();
    repositories.alerts.update(&other, &[alert_check(&other, 9)], None).unwrap();
    let list = |filter: CheckFilter, page: Page| {
        let paged = repositories.alerts.checks(made.id, filter, page).unwrap();
        let numbers = paged.items.iter().map(|told| told.check.id.as_u128()).collect::<Vec<_>>();
        (paged.count, numbers)
    };
    let number = |n: u32| alert_check(&made, n).id.as_u128();
    assert_eq!(list(CheckFilter::default(), Page::first()), (3, [3, 2, 1].map(number).to_vec()));
    assert_eq!(list(CheckFilter::default(), Page::new(Some(1), Some(1))), (3, vec![number(2)]));
    assert_eq!(list(CheckFilter { from: Some(at(2)), to: None }, Page::first()), (2, [3, 2].map(number).to_vec()));
    assert_eq!(list(CheckFilter { from: None, to: Some(at(2)) }, Page::first()), (2, [2, 1].map(number).to_vec()));
}

pub fn old_checks_are_forgotten(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    let made = repositories.alerts.conclude(&conclusion(&made, 1, 1)).unwrap();
    let made = repositories.alerts.conclude(&conclusion(&made, 2, 1)).unwrap();
    assert_eq!(repositories.alerts.delete_checks(at(2)).unwrap(), 1);
    assert_eq!(repositories.alerts.delete_checks(at(2)).unwrap(), 0);
    assert_eq!(repositories.alerts.checks(made.id, CheckFilter::default(), Page::first()).unwrap().count, 1);
    let outbox = claim(repositories, 1, 3600, 10);
    assert_eq!(outbox.iter().map(|one| one.check).collect::<Vec<_>>(), [alert_check(&made, 2).id]);
}

pub fn a_notification_is_claimed_once(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    repositories.alerts.conclude(&conclusion(&made, 1, 3)).unwrap();
    assert_eq!(claim(repositories, 1, 0, 10), [], "none is due yet");
    let first = claim(repositories, 1, 1, 2);
    let second = claim(repositories, 2, 1, 10);
    assert_eq!((first.len(), second.len()), (2, 1));
    assert!(!settle(repositories, 2, &first[0], &Settlement::Sent), "it is another's");
    assert!(settle(repositories, 1, &first[0], &Settlement::Sent));
    assert!(!settle(repositories, 1, &first[0], &Settlement::Sent), "it is settled");
    assert_eq!(claim(repositories, 3, 3600, 10).len(), 2, "what was sent is not sent again");
}

pub fn of_many_claims_at_once_each_gets_its_own(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    repositories.alerts.conclude(&conclusion(&made, 1, 30)).unwrap();
    let claimed = at_once(|n| claim(repositories, u32::try_from(n).unwrap() + 1, 1, 10));
    let all: Vec<Uuid> = claimed.into_iter().flatten().map(|notification| notification.id).collect();
    let distinct: BTreeSet<Uuid> = all.iter().copied().collect();
    assert_eq!(distinct.len(), all.len(), "one was given to two");
    let rest = claim(repositories, 99, 1, 100);
    assert_eq!(distinct.len() + rest.len(), 30, "none is lost");
}

pub fn a_claim_ends_by_the_clock(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    repositories.alerts.conclude(&conclusion(&made, 1, 1)).unwrap();
    let first = claim(repositories, 1, 1, 10);
    assert_eq!(claim(repositories, 2, 60, 10), []);
    assert_eq!(claim(repositories, 2, 61, 10), first);
    assert!(!settle(repositories, 1, &first[0], &Settlement::Sent), "the first claim is over");
    assert!(settle(repositories, 2, &first[0], &Settlement::Sent));
}

pub fn a_failed_try_is_made_again_later(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    repositories.alerts.conclude(&conclusion(&made, 1, 1)).unwrap();
    let first = claim(repositories, 1, 1, 10).pop().unwrap();
    let later = Settlement::Retry { error: "500".to_owned(), at: at(100) };
    assert!(settle(repositories, 1, &first, &later));
    assert_eq!(claim(repositories, 2, 99, 10), []);
    let second = claim(repositories, 2, 100, 10).pop().unwrap();
    assert_eq!((second.attempts, second.last_error.as_deref()), (1, Some("500")));
    assert!(settle(repositories, 2, &second, &Settlement::Failed { error: "given up".to_owned() }));
    assert_eq!(claim(repositories, 3, 9999, 10), []);
    let told = repositories.alerts.checks(made.id, CheckFilter::default(), Page::first()).unwrap();
    let delivered = &told.items[0].deliveries[0];
    assert_eq!((delivered.state, delivered.attempts), (DeliveryState::Failed, 2));
    assert_eq!(delivered.last_error.as_deref(), Some("given up"));
    assert_eq!(delivered.target, Target::Destination(destination(1)));
}

pub fn a_deleted_alert_takes_its_outbox_along(repositories: &AlertRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = stored(repositories, &world, 1);
    repositories.alerts.conclude(&conclusion(&made, 1, 1)).unwrap();
    repositories.alerts.delete(made.project, made.id, &row(&world, verb::DELETED, made.id)).unwrap();
    assert_eq!(get(repositories, &made), None);
    assert_eq!(claim(repositories, 1, 3600, 10), []);
    assert_eq!(repositories.alerts.delete_checks(at(3600)).unwrap(), 0);
}
