//! The contract of `ActionRepository`.

use actions::model::{Action, ActionId, SCOPE};
use actions::repository::{ActionDraft, ActionFilter};
use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use insights_core::repositories::DeletedRows;
use serde_json::json;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, action, at};
use crate::store::DefinitionRepositories;

fn row(world: &World, verb: &'static str, item_id: &str) -> NewActivity {
    NewActivity::by(&world.actor(), verb, SCOPE, item_id.to_owned(), ActivityDetail::default(), at(0))
}

fn create(repositories: &DefinitionRepositories, world: &World, draft: &ActionDraft) -> Action {
    repositories.actions.create(draft, &row(world, verb::CREATED, "")).unwrap()
}

fn named(repositories: &DefinitionRepositories, world: &World, name: &str) -> Action {
    create(repositories, world, &action(world.project.id, name))
}

fn get(repositories: &DefinitionRepositories, project: ProjectId, id: ActionId) -> Option<Action> {
    repositories.actions.get(project, id, DeletedRows::Hidden).unwrap()
}

fn log(repositories: &DefinitionRepositories, world: &World, id: ActionId) -> Vec<String> {
    let filter = ActivityFilter { project: world.project.id, scope: SCOPE.to_owned(), item_id: Some(id.to_string()) };
    let rows = repositories.others.activity.list(&filter, Page::first()).unwrap();
    rows.items.into_iter().map(|row| row.activity.activity).collect()
}

pub fn actions_come_back_as_they_were(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut draft = action(world.project.id, "Ünï 🦀");
    let fields = &mut draft.fields;
    fields.description = "more".to_owned();
    fields.tags = vec!["a".to_owned(), "b".to_owned()];
    fields.post_to_slack = true;
    fields.slack_message_format = "[event]".to_owned();
    fields.steps = json!([{"event": "paid", "properties": [{"key": "n", "value": 2.5, "text": "nul \0"}]}]);
    fields.pinned_at = Some(at(3));
    fields.created_by = Some(world.user.id);
    let made = create(repositories, &world, &draft);
    assert_eq!((&made.fields, made.project), (&draft.fields, world.project.id));
    assert_eq!(get(repositories, world.project.id, made.id), Some(made.clone()));
    let mut changed = made;
    changed.fields = action(world.project.id, "plain").fields;
    let stored = repositories.actions.update(&changed, None).unwrap();
    assert!(stored.version > changed.version);
    assert_eq!(stored.fields.pinned_at, None);
    assert_eq!(get(repositories, world.project.id, changed.id), Some(stored));
}

pub fn an_action_needs_its_project(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let draft = action(ProjectId(99), "lost");
    assert_not_found(repositories.actions.create(&draft, &row(&world, verb::CREATED, "")));
}

pub fn actions_are_found_in_their_project_alone(repositories: &DefinitionRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let [one, two] = ["one", "two"].map(|name| named(repositories, &world, name));
    let foreign = named(repositories, &other, "one");
    assert_eq!(get(repositories, other.project.id, one.id), None);
    assert_eq!(get(repositories, world.project.id, ActionId(i64::MAX)), None);
    let wanted = [two.id, foreign.id, one.id, two.id, ActionId(0)];
    assert_eq!(repositories.actions.get_batch(world.project.id, &wanted).unwrap(), [one.clone(), two]);
    assert_eq!(repositories.actions.get_batch(world.project.id, &[]).unwrap(), []);
    let elsewhere = Action { project: other.project.id, ..one };
    assert_not_found(repositories.actions.update(&elsewhere, None));
    assert_not_found(repositories.actions.update(&Action { id: ActionId(99), ..foreign }, None));
}

pub fn deleted_actions_are_hidden(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = named(repositories, &world, "one");
    made.fields.deleted = true;
    let deleted = repositories.actions.update(&made, None).unwrap();
    assert_eq!(get(repositories, world.project.id, made.id), None);
    assert_eq!(repositories.actions.get_batch(world.project.id, &[made.id]).unwrap(), []);
    assert_eq!(list(repositories, &world, &ActionFilter::default()), [""; 0]);
    let found = repositories.actions.get(world.project.id, made.id, DeletedRows::Included).unwrap();
    assert_eq!(found, Some(deleted));
}

pub fn a_change_of_an_old_version_is_refused(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = named(repositories, &world, "one");
    made.fields.name = "two".to_owned();
    let changed = repositories.actions.update(&made, None).unwrap();
    made.fields.name = "three".to_owned();
    assert_conflict(repositories.actions.update(&made, Some(&row(&world, verb::UPDATED, &made.id.to_string()))));
    assert_eq!(get(repositories, world.project.id, made.id), Some(changed));
    assert_eq!(log(repositories, &world, made.id), [verb::CREATED]);
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = named(repositories, &world, "one");
    let results = at_once(|n| {
        let mut changed = made.clone();
        changed.fields.name = format!("name {n}");
        repositories.actions.update(&changed, None)
    });
    let (succeeded, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    failed.into_iter().for_each(assert_conflict);
    assert_eq!(succeeded.len(), 1);
    assert_eq!(get(repositories, world.project.id, made.id).as_ref(), succeeded[0].as_ref().ok());
}

pub fn changes_are_logged(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = named(repositories, &world, "one");
    repositories.actions.update(&made, Some(&row(&world, verb::DELETED, &made.id.to_string()))).unwrap();
    assert_eq!(log(repositories, &world, made.id), [verb::DELETED, verb::CREATED]);
}

fn list(repositories: &DefinitionRepositories, world: &World, filter: &ActionFilter) -> Vec<String> {
    let listed = repositories.actions.list(world.project.id, filter, Page::first()).unwrap();
    assert_eq!(listed.count, listed.items.len() as u64);
    listed.items.into_iter().map(|found| found.fields.name).collect()
}

pub fn actions_are_listed_by_name(repositories: &DefinitionRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let made = ["b", "a", "Z", "a"].map(|name| named(repositories, &world, name));
    named(repositories, &other, "foreign");
    assert_eq!(list(repositories, &world, &ActionFilter::default()), ["Z", "a", "a", "b"]);
    let page = Page::new(Some(2), Some(1));
    let part = repositories.actions.list(world.project.id, &ActionFilter::default(), page).unwrap();
    assert_eq!((part.count, part.items), (4, vec![made[1].clone(), made[3].clone()]));
}

pub fn actions_are_searched_in_any_case(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    named(repositories, &world, "Größe 100%");
    let mut described = action(world.project.id, "other");
    described.fields.description = "ABOUT größe".to_owned();
    create(repositories, &world, &described);
    let search = |text: &str| {
        list(repositories, &world, &ActionFilter { search: Some(text.to_owned()), ..ActionFilter::default() })
    };
    assert_eq!(search("GRÖßE"), ["Größe 100%", "other"]);
    assert_eq!(search("0%"), ["Größe 100%"]);
    assert_eq!(search("r_a"), [""; 0]);
    assert_eq!(search("\0"), [""; 0]);
}

pub fn actions_are_found_by_their_whole_name(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    for name in ["one", "One", "one two"] {
        named(repositories, &world, name);
    }
    let by_name = |name: &str| list(repositories, &world, &ActionFilter { name: Some(name.to_owned()), search: None });
    assert_eq!(by_name("one"), ["one"]);
    assert_eq!(by_name("on"), [""; 0]);
    assert_eq!(by_name("one\0"), [""; 0]);
}

pub fn numbers_are_not_given_twice(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let ids = at_once(|n| named(repositories, &world, &format!("name {n}")).id);
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
}
