//! The contract of `SharingRepository`.

use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity};
use insights_core::error::RepositoryError;
use insights_core::ids::{DashboardId, InsightId, ProjectId, UserId};
use insights_core::paging::Page;
use sharing::model::{
    AccessToken, GRACE, SharePassword, SharePasswordFields, SharePasswordId, SharedThing, Sharing, SharingFields,
    SharingId,
};
use sharing::password::PasswordHash;
use sharing::repository::{FormerToken, SharingDraft};
use sharing::settings::{SharingSettings, Theme};

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at};
use crate::store::SharingRepositories;

fn token(name: &str) -> AccessToken {
    AccessToken::parse(&format!("token-of-{name}")).unwrap()
}

fn draft(project: ProjectId, thing: SharedThing, name: &str) -> SharingDraft {
    let fields = SharingFields {
        created_at: at(0),
        enabled: false,
        access_token: token(name),
        settings: None,
        password_required: false,
    };
    SharingDraft { project, thing, fields }
}

fn share(repositories: &SharingRepositories, world: &World, name: &str) -> Sharing {
    let insight = world.insight(&repositories.others, name);
    let draft = draft(world.project.id, SharedThing::Insight(insight.id), name);
    repositories.sharing.create(&draft, None).unwrap()
}

fn password(note: &str, created_by: Option<UserId>) -> SharePasswordFields {
    let hash = PasswordHash(format!("$argon2id$of-{note}"));
    SharePasswordFields { created_at: at(5), created_by, note: note.to_owned(), hash }
}

fn row(world: &World, item_id: &str) -> NewActivity {
    NewActivity::by(&world.actor(), "sharing enabled", "Insight", item_id.to_owned(), ActivityDetail::default(), at(0))
}

fn find(repositories: &SharingRepositories, name: &str, seconds: i64) -> Option<SharingId> {
    repositories.sharing.find_by_token(&token(name), at(seconds)).unwrap().map(|found| found.id)
}

pub fn shares_come_back_as_they_were(repositories: &SharingRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = share(repositories, &world, "insight");
    assert_eq!((made.project, &made.fields), (world.project.id, &draft(made.project, made.thing, "insight").fields));
    assert_eq!(repositories.sharing.get(made.project, made.thing).unwrap(), Some(made.clone()));
    let mut changed = made;
    changed.fields.enabled = true;
    changed.fields.password_required = true;
    changed.fields.settings =
        Some(SharingSettings { legend: Some(false), theme: Some(Theme::Dark), ..SharingSettings::default() });
    let stored = repositories.sharing.update(&changed, None, None).unwrap();
    assert!(stored.version > changed.version);
    assert_eq!(stored.fields, changed.fields);
    assert_eq!(repositories.sharing.get(stored.project, stored.thing).unwrap(), Some(stored.clone()));
    let mut without = stored;
    without.fields.settings = None;
    assert_eq!(repositories.sharing.update(&without, None, None).unwrap().fields.settings, None);
}

pub fn a_share_needs_its_thing(repositories: &SharingRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let foreign = world.insight(&repositories.others, "insight");
    let dashboard = world.dashboard(&repositories.others, "dashboard");
    for thing in [
        SharedThing::Insight(InsightId(99)),
        SharedThing::Dashboard(DashboardId(99)),
        SharedThing::Insight(foreign.id),
        SharedThing::Dashboard(dashboard.id),
    ] {
        assert_not_found(repositories.sharing.create(&draft(other.project.id, thing, "none"), None));
    }
    assert_eq!(find(repositories, "none", 0), None);
}

pub fn a_thing_has_one_share(repositories: &SharingRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let made = share(repositories, &world, "one");
    assert_conflict(repositories.sharing.create(&draft(made.project, made.thing, "two"), None));
    let second = world.insight(&repositories.others, "second");
    let taken = draft(made.project, SharedThing::Insight(second.id), "one");
    assert_conflict(repositories.sharing.create(&taken, None));
    assert_eq!(repositories.sharing.get(other.project.id, made.thing).unwrap(), None);
    let number = made.thing.number();
    assert_eq!(repositories.sharing.get(made.project, SharedThing::Dashboard(DashboardId(number))).unwrap(), None);
}

pub fn shares_are_found_by_their_token(repositories: &SharingRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let [one, two] = [&world, &other].map(|world| share(repositories, world, &format!("insight{}", world.project.id)));
    assert_eq!(find(repositories, &format!("insight{}", world.project.id), 0), Some(one.id));
    assert_eq!(find(repositories, &format!("insight{}", other.project.id), 0), Some(two.id));
    assert_eq!(find(repositories, &format!("INSIGHT{}", other.project.id), 0), None);
    assert_eq!(find(repositories, "nothing", 0), None);
}

pub fn former_tokens_are_let_in_until_they_expire(repositories: &SharingRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut sharing = share(repositories, &world, "first");
    for (name, former, seconds) in [("second", "first", 0), ("third", "second", 100), ("fourth", "third", 1000)] {
        sharing.fields.access_token = token(name);
        let former = FormerToken { token: token(former), expires_at: at(seconds) + GRACE };
        sharing = repositories.sharing.update(&sharing, Some(&former), None).unwrap();
        assert_eq!(find(repositories, name, seconds), Some(sharing.id));
        match name {
            "second" => {
                assert_eq!(find(repositories, "first", 299), Some(sharing.id));
                assert_eq!(find(repositories, "first", 300), None);
            }
            "third" => {
                assert_eq!(find(repositories, "first", 299), Some(sharing.id));
                assert_eq!(find(repositories, "second", 399), Some(sharing.id));
                assert_eq!(find(repositories, "second", 400), None);
            }
            _ => assert_eq!(find(repositories, "second", 0), None, "it was forgotten"),
        }
    }
}

pub fn dashboards_with_a_link_are_listed(repositories: &SharingRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let make = |world: &World, name: &str, enabled: bool| {
        let dashboard = world.dashboard(&repositories.others, name);
        let mut draft = draft(world.project.id, SharedThing::Dashboard(dashboard.id), name);
        draft.fields.enabled = enabled;
        repositories.sharing.create(&draft, None).unwrap();
        dashboard.id
    };
    let [one, two] = ["one", "two"].map(|name| make(&world, name, true));
    let disabled = make(&world, "disabled", false);
    let foreign = make(&other, "foreign", true);
    share(repositories, &world, "insight");
    let wanted = [two, foreign, disabled, one, DashboardId(99)];
    assert_eq!(repositories.sharing.shared_dashboards(world.project.id, &wanted).unwrap(), [one, two]);
    assert_eq!(repositories.sharing.shared_dashboards(world.project.id, &[disabled]).unwrap(), []);
    assert_eq!(repositories.sharing.shared_dashboards(world.project.id, &[]).unwrap(), []);
}

pub fn a_change_of_an_old_version_is_refused(repositories: &SharingRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = share(repositories, &world, "one");
    let changed = repositories.sharing.update(&made, None, None).unwrap();
    let former = FormerToken { token: token("former"), expires_at: at(100) };
    assert_conflict(repositories.sharing.update(&made, Some(&former), Some(&row(&world, "1"))));
    assert_eq!(find(repositories, "former", 0), None);
    assert_not_found(repositories.sharing.update(&Sharing { id: SharingId(99), ..made }, None, None));
    assert_eq!(repositories.sharing.get(changed.project, changed.thing).unwrap(), Some(changed));
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &SharingRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = share(repositories, &world, "one");
    let results = at_once(|n| {
        let mut changed = made.clone();
        changed.fields.access_token = token(&format!("number{n}"));
        repositories.sharing.update(&changed, None, None)
    });
    let (succeeded, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    failed.into_iter().for_each(assert_conflict);
    assert_eq!(succeeded.len(), 1);
}

pub fn changes_are_logged(repositories: &SharingRepositories) {
    let world = World::new(&repositories.others, 1);
    let insight = world.insight(&repositories.others, "insight");
    let row = row(&world, &insight.id.to_string());
    let draft = draft(world.project.id, SharedThing::Insight(insight.id), "one");
    let made = repositories.sharing.create(&draft, Some(&row)).unwrap();
    assert_conflict(repositories.sharing.create(&draft, Some(&row)));
    repositories.sharing.update(&made, None, Some(&row)).unwrap();
    let filter = ActivityFilter {
        project: world.project.id,
        scope: "Insight".to_owned(),
        item_id: Some(insight.id.to_string()),
    };
    assert_eq!(repositories.others.activity.list(&filter, Page::first()).unwrap().count, 2);
}

pub fn passwords_come_and_go(repositories: &SharingRepositories) {
    let world = World::new(&repositories.others, 1);
    let [one, two] = ["one", "two"].map(|name| share(repositories, &world, name));
    let add = |share: &Sharing, note: &str| {
        repositories.sharing.add_password(share.id, &password(note, Some(world.user.id)), 3).unwrap()
    };
    let passwords = |share: &Sharing| -> Vec<SharePassword> {
        repositories.sharing.get(share.project, share.thing).unwrap().unwrap().passwords
    };
    let [first, second, third] = ["a", "", "Ünï 🦀"].map(|note| add(&one, note));
    let elsewhere = add(&two, "a");
    assert_eq!(passwords(&one), [first.clone(), second.clone(), third.clone()]);
    assert_eq!(first.fields, password("a", Some(world.user.id)));
    let full = repositories.sharing.add_password(one.id, &password("d", None), 3);
    assert!(matches!(full, Err(RepositoryError::Limit { limit: 3, .. })), "{full:?}");
    assert_not_found(repositories.sharing.add_password(SharingId(99), &password("d", None), 3));

    repositories.sharing.deactivate_password(one.id, second.id).unwrap();
    assert_eq!(passwords(&one), [first, third]);
    assert_not_found(repositories.sharing.deactivate_password(one.id, second.id));
    assert_not_found(repositories.sharing.deactivate_password(one.id, elsewhere.id));
    assert_not_found(repositories.sharing.deactivate_password(one.id, SharePasswordId(99)));
    let again = add(&one, "d");
    assert!(again.id > elsewhere.id, "numbers are not given again");
    assert_eq!(passwords(&two), [elsewhere]);
}

pub fn the_limit_of_passwords_holds_for_many_writers_at_once(repositories: &SharingRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = share(repositories, &world, "one");
    let results = at_once(|n| repositories.sharing.add_password(made.id, &password(&n.to_string(), None), 4));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 4);
    let kept = repositories.sharing.get(made.project, made.thing).unwrap().unwrap();
    assert_eq!(kept.passwords.len(), 4);
}
