use std::sync::Arc;

use insights_core::ids::{OrganizationId, RandomIds};
use insights_core::memory::InMemoryDatabase;
use insights_core::setup::{SetupOptions, set_up};
use insights_core::time::ManualClock;
use uuid::Uuid;

use super::*;
use crate::control::Cancel;
use crate::facts::Facts;
use crate::memory::InMemoryReports;
use crate::record::Owner;
use crate::report::Version;

struct Fixture {
    service: ReportService,
    clock: Arc<ManualClock>,
    organization: OrganizationId,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new("2026-03-24T08:00:00Z".parse().unwrap()));
        let repositories = InMemoryDatabase::repositories();
        let options = SetupOptions::default();
        let start = set_up(&*repositories.setup, &options, &*clock, &RandomIds).unwrap().unwrap();
        let reports = Arc::new(InMemoryReports::new(&repositories));
        let service =
            ReportService::new(reports, &repositories, Arc::<ManualClock>::clone(&clock), Arc::new(RandomIds));
        Self { service, clock, organization: start.organization.id }
    }

    fn shelf(&self, version: Version) -> Shelf {
        Shelf { owner: Owner { organization: self.organization, developer: None }, version }
    }

    fn v2(&self) -> Shelf {
        self.shelf(Version::V2)
    }

    fn start(&self, scope: &str) -> ReportRecord {
        match self.service.begin(self.v2(), &wish(scope)).unwrap() {
            Begun::Started(record) => record,
            Begun::Busy(running) => panic!("{running:?} is in the way"),
        }
    }

    fn make(&self, record: &ReportRecord) -> Option<ReportRecord> {
        let order = self.service.order_of(record);
        let report = Report::compute(Version::V2, &Facts::default(), &order, &Cancel::default()).unwrap();
        self.service.complete(record, &report).unwrap()
    }
}

fn wish(scope: &str) -> Wish {
    Wish { scope: Some(scope.to_owned()), language: Language::De, from: None, to: None }
}

#[test]
fn a_report_is_made_and_found() {
    let fixture = Fixture::new();
    let record = fixture.start("team");
    assert_eq!(fixture.service.pending(fixture.v2()).unwrap(), Some(record.clone()));
    let made = fixture.make(&record).unwrap();
    assert_eq!((made.status, made.completed_at), (Status::Completed, Some(fixture.clock.now())));
    assert_eq!(made.headline.as_deref(), Some("Keine Sitzungen in diesem Zeitraum."));
    assert_eq!(fixture.service.pending(fixture.v2()).unwrap(), None);
    let latest = fixture.service.latest(fixture.v2(), Some("team".to_owned()), None, None).unwrap();
    assert_eq!((&latest.record, latest.record.id), (&made, record.id));
    assert_eq!(fixture.service.read(fixture.v2(), record.id).unwrap(), latest);
    assert!(Report::read(Version::V2, &latest.body).is_ok());
    assert!(fixture.service.latest(fixture.v2(), None, None, None).is_err(), "another scope");
    assert!(fixture.service.read(fixture.shelf(Version::V3), record.id).is_err(), "another version");
}

#[test]
fn one_of_a_scope_is_made_at_a_time() {
    let fixture = Fixture::new();
    let first = fixture.start("team");
    assert_eq!(fixture.service.begin(fixture.v2(), &wish("team")).unwrap(), Begun::Busy(first.clone()));
    assert!(busy(&first).detail.contains(&first.id.to_string()));
    let other = fixture.start("other");
    assert_ne!(other.id, first.id);
    let v3 = fixture.service.begin(fixture.shelf(Version::V3), &wish("team")).unwrap();
    assert!(matches!(v3, Begun::Started(_)));
    fixture.make(&first).unwrap();
    fixture.start("team");
}

#[test]
fn what_is_cancelled_is_not_kept() {
    let fixture = Fixture::new();
    let record = fixture.start("team");
    assert!(fixture.service.is_wanted(&record).unwrap());
    let cancelled = fixture.service.cancel(fixture.v2(), record.id).unwrap();
    assert_eq!(cancelled.status, Status::Cancelled);
    assert_eq!(fixture.service.cancel(fixture.v2(), record.id).unwrap(), cancelled, "again changes nothing");
    assert!(!fixture.service.is_wanted(&record).unwrap());
    assert_eq!(fixture.make(&record), None);
    assert_eq!(fixture.service.status(fixture.v2(), record.id).unwrap(), cancelled);
    let next = fixture.start("team");
    let made = fixture.make(&next).unwrap();
    assert_eq!(fixture.service.cancel(fixture.v2(), next.id).unwrap(), made, "what is done stays");
    assert!(fixture.service.cancel(fixture.v2(), ReportId(Uuid::nil())).is_err());
}

#[test]
fn what_nobody_makes_any_more_says_so() {
    let fixture = Fixture::new();
    let record = fixture.start("team");
    fixture.clock.advance(LEASE - TimeDelta::seconds(1));
    fixture.service.renew(record.id).unwrap();
    fixture.clock.advance(LEASE - TimeDelta::seconds(1));
    assert_eq!(fixture.service.settle_abandoned().unwrap(), 0);
    assert_eq!(fixture.service.status(fixture.v2(), record.id).unwrap().status, Status::Running);

    fixture.clock.advance(TimeDelta::seconds(1));
    let failed = fixture.service.status(fixture.v2(), record.id).unwrap();
    assert_eq!((failed.status, failed.error.as_deref()), (Status::Failed, Some(ABANDONED)));
    assert_eq!(fixture.make(&record), None, "its maker is too late");
    assert_eq!(fixture.service.pending(fixture.v2()).unwrap(), None);

    fixture.start("team");
    fixture.clock.advance(LEASE);
    let next = fixture.start("team");
    assert_eq!(fixture.service.pending(fixture.v2()).unwrap(), Some(next.clone()));
    fixture.clock.advance(LEASE);
    assert_eq!(fixture.service.settle_abandoned().unwrap(), 1);
    let history = fixture.service.history(fixture.v2(), Some("team".to_owned()), 100).unwrap();
    assert_eq!(history.iter().map(|record| record.status).collect::<Vec<_>>(), [Status::Failed; 3]);
}

#[test]
fn failures_say_why() {
    let fixture = Fixture::new();
    let record = fixture.start("team");
    let failed = fixture.service.fail(&record, "The store could not be read.").unwrap().unwrap();
    assert_eq!((failed.status, failed.error.as_deref()), (Status::Failed, Some("The store could not be read.")));
    assert!(fixture.service.read(fixture.v2(), record.id).is_err());
}

#[test]
fn the_latest_may_be_asked_for_by_its_period() {
    let fixture = Fixture::new();
    let day = |day: u32| Some(format!("2026-02-{day:02}T00:00:00Z").parse::<DateTime<Utc>>().unwrap());
    let made = |from, to| {
        let wish = Wish { scope: None, from, to, ..wish("") };
        let Begun::Started(record) = fixture.service.begin(fixture.v2(), &wish).unwrap() else { panic!("it is busy") };
        fixture.clock.advance(TimeDelta::seconds(1));
        fixture.make(&record).unwrap().id
    };
    let early = made(day(1), day(5));
    let late = made(day(10), day(20));
    let latest = |from, to| fixture.service.latest(fixture.v2(), None, from, to).map(|kept| kept.record.id).ok();
    assert_eq!(latest(None, None), Some(late));
    assert_eq!((latest(day(4), day(10)), latest(day(4), day(11))), (Some(early), Some(late)));
    assert_eq!((latest(day(5), day(10)), latest(None, day(3)), latest(day(20), None)), (None, Some(early), None));
    assert!(fixture.service.latest(fixture.v2(), None, day(5), day(5)).is_err());
}

#[test]
fn reports_are_deleted_for_good() {
    let fixture = Fixture::new();
    let record = fixture.start("team");
    fixture.service.delete(fixture.v2(), record.id).unwrap();
    assert!(fixture.service.delete(fixture.v2(), record.id).is_err());
    assert!(!fixture.service.is_wanted(&record).unwrap());
    assert_eq!(fixture.make(&record), None);
    fixture.start("team");
}
