use insights_core::activity::ActivityEntry;
use insights_core::activity::repository::ActivityFilter;
use insights_core::memory::InMemoryDatabase;
use insights_core::paging::Page;
use insights_core::time::ManualClock;
use serde_json::json;
use test_support::builders::{World, at};
use test_support::ids::CountingIds;

use super::*;
use crate::memory::InMemorySharing;

/// A service over a store in memory, at [`at`]`(0)`.
pub(crate) struct House {
    pub(crate) repositories: Repositories,
    pub(crate) world: World,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) service: SharingService,
}

impl House {
    pub(crate) fn new() -> Self {
        let repositories = InMemoryDatabase::repositories();
        let world = World::new(&repositories, 1);
        let clock = Arc::new(ManualClock::new(at(0)));
        let sharing = Arc::new(InMemorySharing::new(&repositories));
        let secret = ServerSecret::new([7; 32]);
        let service = SharingService::new(
            &repositories,
            sharing,
            &secret,
            Arc::<ManualClock>::clone(&clock),
            Arc::new(CountingIds::new()),
        );
        Self { repositories, world, clock, service }
    }

    pub(crate) fn insight(&self) -> Subject {
        Subject::from(&self.world.insight(&self.repositories, "Growth"))
    }

    pub(crate) fn update(&self, subject: &Subject, patch: &SharingPatch) -> Sharing {
        self.service.update(&self.world.actor(), subject, patch).unwrap()
    }

    pub(crate) fn log(&self, subject: &Subject) -> Vec<ActivityEntry> {
        let filter = ActivityFilter {
            project: self.world.project.id,
            scope: subject.thing.scope().to_owned(),
            item_id: Some(subject.thing.number().to_string()),
        };
        self.repositories.activity.list(&filter, Page::first()).unwrap().items
    }

    fn verbs(&self, subject: &Subject) -> Vec<String> {
        self.log(subject).into_iter().map(|entry| entry.activity.activity).collect()
    }
}

pub(crate) fn enabled(is_on: bool) -> SharingPatch {
    SharingPatch { enabled: Some(is_on), ..SharingPatch::default() }
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(result: ServiceResult<T>) -> Problem {
    Problem::from(result.unwrap_err())
}

#[test]
fn a_thing_that_nobody_shared_has_another_token_at_each_look() {
    let house = House::new();
    let subject = house.insight();
    let look = || match house.service.get(house.world.project.id, &subject).unwrap() {
        FoundSharing::Unsaved(token) => token,
        FoundSharing::Stored(sharing) => panic!("{sharing:?}"),
    };
    assert_ne!(look(), look());
}

#[test]
fn switching_on_and_off_keeps_the_link_and_is_logged() {
    let house = House::new();
    let subject = house.insight();
    let first = house.update(&subject, &enabled(true));
    let second = house.update(&subject, &enabled(true));
    let third = house.update(&subject, &enabled(false));
    assert_eq!((first.fields.enabled, second.fields.enabled, third.fields.enabled), (true, true, false));
    assert_eq!(first.fields.access_token, third.fields.access_token);
    assert_eq!(house.verbs(&subject), [verb::DISABLED, verb::ENABLED]);
    let detail = serde_json::to_value(&house.log(&subject)[0].activity.detail).unwrap();
    let change = json!({"type": "Insight", "action": "changed", "field": "sharing", "before": true, "after": false});
    let expected = json!({"changes": [change], "name": "Growth", "short_id": "Growth", "trigger": null, "type": null});
    assert_eq!(detail, expected);
}

#[test]
fn what_a_patch_leaves_out_stays() {
    let house = House::new();
    let subject = house.insight();
    let settings = json!({"legend": true, "nonsense": 1});
    house.update(&subject, &SharingPatch { settings: Some(Some(settings)), ..SharingPatch::default() });
    let sharing = house.update(&subject, &SharingPatch { password_required: Some(true), ..SharingPatch::default() });
    assert!(!sharing.fields.enabled && sharing.fields.password_required);
    assert_eq!(sharing.fields.settings.unwrap().to_value(), json!({"legend": true}));
    let sharing = house.update(&subject, &SharingPatch { settings: Some(None), ..enabled(true) });
    assert!(sharing.fields.settings.is_none() && sharing.fields.password_required);
    let wrong = SharingPatch { settings: Some(Some(json!(3))), ..enabled(false) };
    let problem = refusal(house.service.update(&house.world.actor(), &subject, &wrong));
    assert_eq!(problem.attr.as_deref(), Some("settings"));
}

#[test]
fn a_replaced_link_is_another_one_and_keeps_the_rest() {
    let house = House::new();
    let subject = house.insight();
    let before = house.update(&subject, &SharingPatch { password_required: Some(true), ..enabled(true) });
    house.service.add_password(&house.world.actor(), &subject, &NewSharePassword::default()).unwrap();
    let after = house.service.refresh(&house.world.actor(), &subject).unwrap();
    assert_ne!(before.fields.access_token, after.fields.access_token);
    assert_eq!((after.fields.enabled, after.fields.password_required, after.passwords.len()), (true, true, 1));
    assert_eq!(house.verbs(&subject), [verb::REFRESHED, verb::ENABLED]);
}

#[test]
fn passwords_are_made_shown_once_and_taken_back() {
    let house = House::new();
    let (subject, actor) = (house.insight(), house.world.actor());
    let add = |raw: Option<&str>, note: &str| {
        let new = NewSharePassword { raw_password: raw.map(str::to_owned), note: Some(note.to_owned()) };
        house.service.add_password(&actor, &subject, &new)
    };
    assert_eq!(refusal(add(None, "")).attr.as_deref(), Some("password_required"));
    house.update(&subject, &SharingPatch { password_required: Some(true), ..enabled(true) });
    let made = add(Some(""), "for Bob").unwrap();
    let chosen = add(Some("correct horse"), "").unwrap();
    assert_eq!((made.plain.reveal().len(), chosen.plain.reveal()), (22, "correct horse"));
    assert!(chosen.password.fields.hash.matches(&chosen.plain));
    assert_eq!(refusal(add(Some("short"), "")).attr.as_deref(), Some("raw_password"));
    assert_eq!(refusal(add(None, &"x".repeat(101))).attr.as_deref(), Some("note"));

    let remove = |id| house.service.remove_password(actor.project, &subject, id);
    remove(made.password.id).unwrap();
    assert_eq!(refusal(remove(made.password.id)).detail, "Password not found");
    let FoundSharing::Stored(sharing) = house.service.get(actor.project, &subject).unwrap() else { panic!("it is") };
    assert_eq!(sharing.passwords, [chosen.password]);
}

#[test]
fn things_are_found_in_their_project_alone() {
    let house = House::new();
    let other = World::new(&house.repositories, 2);
    let subject = house.insight();
    let dashboard = house.world.dashboard(&house.repositories, "Board");
    let project = house.world.project.id;
    assert_eq!(house.service.insight(project, &subject.thing.number().to_string()).unwrap(), subject);
    assert_eq!(house.service.insight(project, "Growth").unwrap(), subject);
    assert_eq!(house.service.dashboard(project, dashboard.id).unwrap(), Subject::from(&dashboard));
    assert_eq!(refusal(house.service.insight(other.project.id, "Growth")).detail, "Insight not found.");
    assert_eq!(refusal(house.service.dashboard(other.project.id, dashboard.id)).detail, "Dashboard not found.");
}
