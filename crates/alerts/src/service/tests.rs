use chrono::TimeDelta;
use insights_core::ids::RandomIds;
use insights_core::insight::patch::{InsightPatch, NewInsight};
use insights_core::insight::service::InsightService;
use insights_core::memory::InMemoryDatabase;
use insights_core::setup::{SetupOptions, set_up};
use insights_core::time::ManualClock;
use serde_json::json;

use super::*;
use crate::delivery::{DeliveryState, SendError, Settlement};
use crate::evaluation::Evaluation;
use crate::memory::InMemoryAlerts;

struct House {
    service: AlertService,
    insights: InsightService,
    clock: Arc<ManualClock>,
    actor: Actor,
    insight: InsightId,
}

fn house() -> House {
    let repositories = InMemoryDatabase::repositories();
    let clock = Arc::new(ManualClock::new("2026-01-14T10:05:00Z".parse().unwrap()));
    let ids: Arc<dyn IdSource> = Arc::new(RandomIds);
    let start = set_up(&*repositories.setup, &SetupOptions::default(), &*clock, &*ids).unwrap().unwrap();
    let actor = Actor { organization: start.organization.id, project: start.project.id, user: start.owner.id };
    let insights = InsightService::new(&repositories, Arc::<ManualClock>::clone(&clock), Arc::clone(&ids));
    let query = json!({"kind": "TrendsQuery", "series": [{"event": "error"}]});
    let insight = insights.create(&actor, NewInsight { query: Some(query), ..NewInsight::default() }).unwrap().id;
    let alerts = Arc::new(InMemoryAlerts::new(&repositories));
    let service =
        AlertService::new(alerts, &repositories, Arc::<ManualClock>::clone(&clock), ids, AddressPolicy::PublicOnly);
    House { service, insights, clock, actor, insight }
}

impl House {
    fn alert(&self) -> Alert {
        let patch = AlertPatch {
            insight: Some(self.insight),
            subscribed_users: Some(vec![self.actor.user.0]),
            threshold: Some(json!({"configuration": {"type": "absolute", "bounds": {"upper": 1}}})),
            destinations: Some(json!([{"type": "webhook", "url": "https://example.com/"}])),
            calculation_interval: Some("hourly".to_owned()),
            ..AlertPatch::default()
        };
        self.service.create(&self.actor, &patch).unwrap()
    }

    fn find(&self, alert: &Alert, found: Result<&[&str], &str>) -> Alert {
        let job = self.service.begin(alert.project, alert.id).unwrap().expect("it is due");
        let found = found.map_err(str::to_owned).map(|breaches| Evaluation {
            value: Some(2.0),
            breaches: breaches.iter().map(|breach| (*breach).to_owned()).collect(),
            anomaly: None,
        });
        self.service.conclude(&job, found).unwrap().expect("nobody changed it")
    }
}

#[test]
fn each_beginning_is_told_once_to_everyone() {
    let house = house();
    let alert = house.alert();
    let mut n_told = Vec::new();
    for found in
        [Ok(&[][..]), Ok(&["a"]), Ok(&["a", "b"]), Err("broken"), Err("broken"), Ok(&["a"]), Ok(&[]), Ok(&["a"])]
    {
        house.find(&alert, found);
        let (claim, told) = house.service.claim(100).unwrap();
        for notification in &told {
            assert!(house.service.settle(notification.id, claim, &Settlement::Sent).unwrap());
        }
        n_told.push(told.len());
        house.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(n_told, [0, 2, 0, 2, 0, 2, 0, 2]);
}

#[test]
fn a_change_meanwhile_lets_a_check_fall_flat() {
    let house = house();
    let alert = house.alert();
    let job = house.service.begin(alert.project, alert.id).unwrap().unwrap();
    let rename = AlertPatch { name: Some("new".to_owned()), ..AlertPatch::default() };
    house.service.update(&house.actor, alert.id, &rename).unwrap();
    let found = Evaluation { value: Some(2.0), breaches: vec!["a".to_owned()], anomaly: None };
    assert_eq!(house.service.conclude(&job, Ok(found)).unwrap(), None);
    assert_eq!(house.service.claim(100).unwrap().1, []);
    assert!(house.service.begin(alert.project, alert.id).unwrap().is_some(), "it is still due");
}

#[test]
fn what_was_checked_is_not_due() {
    let house = house();
    let alert = house.alert();
    house.find(&alert, Ok(&[]));
    assert!(house.service.begin(alert.project, alert.id).unwrap().is_none());
    assert_eq!(house.service.due().unwrap(), []);
}

#[test]
fn an_insight_that_no_longer_fits_is_said_so() {
    let house = house();
    let two = json!({"kind": "TrendsQuery", "series": [{"event": "a"}, {"event": "b"}]});
    let ask = |query: serde_json::Value| {
        let patch = InsightPatch { query: Some(Some(query)), ..InsightPatch::default() };
        house.insights.update(&house.actor, &house.insight.to_string(), &patch).unwrap();
    };
    ask(two);
    let alert = house.alert();
    let second = json!({"type": "TrendsAlertConfig", "series_index": 1});
    let patch = AlertPatch { config: Some(second), ..AlertPatch::default() };
    house.service.update(&house.actor, alert.id, &patch).unwrap();
    ask(json!({"kind": "TrendsQuery", "series": [{"event": "a"}]}));
    let job = house.service.begin(alert.project, alert.id).unwrap().unwrap();
    assert_eq!(job.trend.unwrap_err(), "series_index 1 is out of range: the insight has 1 series or formulas");
}

#[test]
fn what_is_given_up_stays_with_its_check() {
    let house = house();
    let alert = house.alert();
    house.find(&alert, Ok(&["a"]));
    for attempt in 1.. {
        let (claim, told) = house.service.claim(1).unwrap();
        let Some(one) = told.first() else { break };
        let settlement = Settlement::of(one, Err(SendError::Temporary("500".to_owned())), house.clock.now());
        house.service.settle(one.id, claim, &settlement).unwrap();
        house.clock.advance(TimeDelta::hours(3));
        assert!(attempt <= 2 * crate::delivery::MAX_ATTEMPTS, "it is tried for ever");
    }
    let checks = house.service.checks(alert.id, CheckFilter::default(), Page::first()).unwrap();
    let deliveries = &checks.items[0].deliveries;
    assert_eq!(deliveries.len(), 2);
    assert!(deliveries.iter().all(|delivered| delivered.state == DeliveryState::Failed));
}

#[test]
fn destinations_keep_their_ids_and_strangers_are_refused() {
    let house = house();
    let alert = house.alert();
    let strange = AlertPatch { subscribed_users: Some(vec![99]), ..AlertPatch::default() };
    let refused = house.service.update(&house.actor, alert.id, &strange).unwrap_err();
    assert!(refused.to_string().contains("does not belong to the same organization"), "{refused}");
    let destination = &alert.settings.destinations[0];
    let back = json!([{"id": destination.id, "type": "webhook", "url": destination.url.shown()}]);
    let patch = AlertPatch { destinations: Some(back), ..AlertPatch::default() };
    let same = house.service.update(&house.actor, alert.id, &patch).unwrap();
    assert_eq!(same.settings.destinations, alert.settings.destinations);
}

#[test]
fn what_alerts_do_not_do_is_refused_and_what_clients_got_is_taken_back() {
    let house = house();
    let alert = house.alert();
    let hours = json!({"blocked_windows": [{"start": "22:00", "end": "07:00"}]});
    let restricted = AlertPatch { schedule_restriction: Some(hours), ..AlertPatch::default() };
    let refused = house.service.update(&house.actor, alert.id, &restricted).unwrap_err();
    assert!(refused.to_string().contains("at all hours"), "{refused}");
    let looked_into = AlertPatch { investigation_agent_enabled: Some(true), ..AlertPatch::default() };
    let refused = house.service.update(&house.actor, alert.id, &looked_into).unwrap_err();
    assert!(refused.to_string().contains("no investigation agent"), "{refused}");
    let echo = AlertPatch {
        schedule_restriction: Some(json!(null)),
        investigation_agent_enabled: Some(false),
        ..AlertPatch::default()
    };
    assert_eq!(house.service.update(&house.actor, alert.id, &echo).unwrap().settings, alert.settings);
}
