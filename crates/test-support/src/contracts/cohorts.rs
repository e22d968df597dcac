//! The contract of `CohortRepository`.

use cohorts::model::{Cohort, CohortId, Counted, SCOPE};
use cohorts::repository::{CohortDraft, CohortFilter, MemberChange};
use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use insights_core::repositories::DeletedRows;
use serde_json::{Value, json};

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at, cohort};
use crate::store::DefinitionRepositories;

fn row(world: &World, verb: &'static str, item_id: &str) -> NewActivity {
    NewActivity::by(&world.actor(), verb, SCOPE, item_id.to_owned(), ActivityDetail::default(), at(0))
}

fn create(repositories: &DefinitionRepositories, world: &World, draft: &CohortDraft) -> Cohort {
    repositories.cohorts.create(draft, &row(world, verb::CREATED, "")).unwrap()
}

fn named(repositories: &DefinitionRepositories, world: &World, name: &str) -> Cohort {
    create(repositories, world, &cohort(world.project.id, name))
}

fn get(repositories: &DefinitionRepositories, project: ProjectId, id: CohortId) -> Option<Cohort> {
    repositories.cohorts.get(project, id, DeletedRows::Hidden).unwrap()
}

fn n_logged(repositories: &DefinitionRepositories, world: &World, id: CohortId) -> u64 {
    let filter = ActivityFilter { project: world.project.id, scope: SCOPE.to_owned(), item_id: Some(id.to_string()) };
    repositories.others.activity.list(&filter, Page::first()).unwrap().count
}

fn change(repositories: &DefinitionRepositories, world: &World, id: CohortId, change: MemberChange<'_>) {
    let row = row(world, verb::UPDATED, &id.to_string());
    repositories.cohorts.change_members(world.project.id, id, change, &row).unwrap();
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub fn cohorts_come_back_as_they_were(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut draft = cohort(world.project.id, "Ünï 🦀");
    let fields = &mut draft.fields;
    fields.description = "more".to_owned();
    fields.groups = json!([{"properties": {"text": "nul \0"}}]);
    fields.filters = Value::Null;
    fields.query = json!({"kind": "ActorsQuery", "n": 2.5});
    fields.is_static = true;
    fields.created_by = Some(world.user.id);
    let made = create(repositories, &world, &draft);
    assert_eq!((&made.fields, made.project, made.counted), (&draft.fields, world.project.id, None));
    assert_eq!(get(repositories, world.project.id, made.id), Some(made.clone()));
    let mut changed = made;
    changed.fields.name = "plain".to_owned();
    changed.fields.groups = json!([]);
    changed.fields.filters = json!({"properties": {"type": "AND", "values": []}});
    changed.fields.query = Value::Null;
    let stored = repositories.cohorts.update(&changed, None).unwrap();
    assert!(stored.version > changed.version);
    assert_eq!(stored.fields, changed.fields);
    assert_eq!(get(repositories, world.project.id, changed.id), Some(stored));
}

pub fn a_cohort_needs_its_project(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let draft = cohort(ProjectId(99), "lost");
    assert_not_found(repositories.cohorts.create(&draft, &row(&world, verb::CREATED, "")));
}

pub fn cohorts_are_found_in_their_project_alone(repositories: &DefinitionRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let [one, two] = ["one", "two"].map(|name| named(repositories, &world, name));
    let foreign = named(repositories, &other, "one");
    assert_eq!(get(repositories, other.project.id, one.id), None);
    assert_eq!(get(repositories, world.project.id, CohortId(i64::MAX)), None);
    let wanted = [two.id, foreign.id, one.id, two.id, CohortId(0)];
    assert_eq!(repositories.cohorts.get_batch(world.project.id, &wanted).unwrap(), [one.clone(), two]);
    let elsewhere = Cohort { project: other.project.id, ..one };
    assert_not_found(repositories.cohorts.update(&elsewhere, None));
    assert_not_found(repositories.cohorts.update(&Cohort { id: CohortId(99), ..foreign }, None));
}

pub fn deleted_cohorts_are_hidden(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = named(repositories, &world, "one");
    made.fields.deleted = true;
    let deleted = repositories.cohorts.update(&made, None).unwrap();
    assert_eq!(get(repositories, world.project.id, made.id), None);
    assert_eq!(repositories.cohorts.get_batch(world.project.id, &[made.id]).unwrap(), []);
    assert_eq!(list(repositories, &world, &CohortFilter::default()), [""; 0]);
    let found = repositories.cohorts.get(world.project.id, made.id, DeletedRows::Included).unwrap();
    assert_eq!(found, Some(deleted));
}

pub fn a_change_of_an_old_version_is_refused(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = named(repositories, &world, "one");
    made.fields.name = "two".to_owned();
    let changed = repositories.cohorts.update(&made, None).unwrap();
    made.fields.name = "three".to_owned();
    assert_conflict(repositories.cohorts.update(&made, Some(&row(&world, verb::UPDATED, &made.id.to_string()))));
    assert_eq!(get(repositories, world.project.id, made.id), Some(changed));
    assert_eq!(n_logged(repositories, &world, made.id), 1);
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = named(repositories, &world, "one");
    let results = at_once(|n| {
        let mut changed = made.clone();
        changed.fields.name = format!("name {n}");
        repositories.cohorts.update(&changed, None)
    });
    let (succeeded, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    failed.into_iter().for_each(assert_conflict);
    assert_eq!(succeeded.len(), 1);
    assert_eq!(get(repositories, world.project.id, made.id).as_ref(), succeeded[0].as_ref().ok());
}

fn list(repositories: &DefinitionRepositories, world: &World, filter: &CohortFilter) -> Vec<String> {
    let listed = repositories.cohorts.list(world.project.id, filter, Page::first()).unwrap();
    assert_eq!(listed.count, listed.items.len() as u64);
    listed.items.into_iter().map(|found| found.fields.name).collect()
}

pub fn cohorts_are_listed_the_newest_first(repositories: &DefinitionRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    for (name, seconds) in [("second", 2), ("third", 3), ("first", 1), ("third too", 3)] {
        let mut draft = cohort(world.project.id, name);
        draft.fields.created_at = at(seconds);
        create(repositories, &world, &draft);
    }
    named(repositories, &other, "foreign");
    assert_eq!(list(repositories, &world, &CohortFilter::default()), ["third too", "third", "second", "first"]);
    let page = Page::new(Some(2), Some(1));
    let part = repositories.cohorts.list(world.project.id, &CohortFilter::default(), page).unwrap();
    assert_eq!((part.count, part.map(|found| found.fields.name).items), (4, texts(&["third", "second"])));
}

pub fn cohorts_are_searched_in_any_case(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    named(repositories, &world, "Größe 100%");
    let mut described = cohort(world.project.id, "other");
    described.fields.description = "ABOUT größe".to_owned();
    create(repositories, &world, &described);
    let search = |text: &str| {
        list(repositories, &world, &CohortFilter { search: Some(text.to_owned()), ..CohortFilter::default() })
    };
    assert_eq!(search("GRÖßE"), ["other", "Größe 100%"]);
    assert_eq!(search("0%"), ["Größe 100%"]);
    assert_eq!(search("r_a"), [""; 0]);
    assert_eq!(search("\0"), [""; 0]);
}

pub fn static_and_dynamic_cohorts_are_told_apart(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    named(repositories, &world, "dynamic");
    let mut listed = cohort(world.project.id, "static");
    listed.fields.is_static = true;
    listed.fields.created_by = Some(world.user.id);
    create(repositories, &world, &listed);
    let by_kind =
        |is_static| list(repositories, &world, &CohortFilter { is_static: Some(is_static), ..CohortFilter::default() });
    assert_eq!((by_kind(true), by_kind(false)), (texts(&["static"]), texts(&["dynamic"])));
    let by_user = CohortFilter { created_by: Some(world.user.id), ..CohortFilter::default() };
    assert_eq!(list(repositories, &world, &by_user), ["static"]);
}

pub fn members_come_and_go(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = named(repositories, &world, "one");
    let members = || repositories.cohorts.members(world.project.id, made.id).unwrap();
    assert_eq!(members(), [""; 0]);
    change(repositories, &world, made.id, MemberChange::Add(&texts(&["b", "Ünï 🦀", "a", "b"])));
    change(repositories, &world, made.id, MemberChange::Add(&texts(&["c", "a"])));
    assert_eq!(members(), ["a", "b", "c", "Ünï 🦀"]);
    change(repositories, &world, made.id, MemberChange::Remove(&texts(&["a", "nobody", "c\0", "a"])));
    assert_eq!(members(), ["b", "c", "Ünï 🦀"]);
    let after = get(repositories, world.project.id, made.id).unwrap();
    assert!(after.version > made.version, "whoever knows the list by its version must see that it changed");
    assert_eq!(n_logged(repositories, &world, made.id), 4);
}

pub fn members_belong_to_a_project(repositories: &DefinitionRepositories) {
    let [world, other] = [1, 2].map(|n| World::new(&repositories.others, n));
    let [one, two] = ["one", "two"].map(|name| named(repositories, &world, name));
    change(repositories, &world, one.id, MemberChange::Add(&texts(&["a"])));
    assert_eq!(repositories.cohorts.members(world.project.id, two.id).unwrap(), [""; 0]);
    assert_eq!(repositories.cohorts.members(other.project.id, one.id).unwrap(), [""; 0]);
    let row = row(&other, verb::UPDATED, &one.id.to_string());
    let ids = texts(&["b"]);
    let foreign = repositories.cohorts.change_members(other.project.id, one.id, MemberChange::Add(&ids), &row);
    assert_not_found(foreign);
    assert_eq!(repositories.cohorts.members(world.project.id, one.id).unwrap(), ["a"]);
}

pub fn many_members_come_and_go_at_once(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = named(repositories, &world, "one");
    let everybody: Vec<String> = (0..2_345).map(|n| format!("person {n:04}")).collect();
    change(repositories, &world, made.id, MemberChange::Add(&everybody));
    change(repositories, &world, made.id, MemberChange::Add(&everybody[1_000..]));
    assert_eq!(repositories.cohorts.members(world.project.id, made.id).unwrap(), everybody);
    change(repositories, &world, made.id, MemberChange::Remove(&everybody[1..]));
    assert_eq!(repositories.cohorts.members(world.project.id, made.id).unwrap(), everybody[..1]);
}

pub fn of_many_additions_at_once_all_are_kept(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = named(repositories, &world, "one");
    let added = at_once(|n| {
        let ids = [format!("own {n}"), "shared".to_owned()];
        change(repositories, &world, made.id, MemberChange::Add(&ids));
    });
    assert_eq!(repositories.cohorts.members(world.project.id, made.id).unwrap().len(), added.len() + 1);
}

pub fn a_count_is_no_change(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = named(repositories, &world, "one");
    let counted = Counted { count: 7, at: at(9) };
    repositories.cohorts.record_count(world.project.id, made.id, counted).unwrap();
    repositories.cohorts.record_count(ProjectId(99), made.id, Counted { count: 8, at: at(10) }).unwrap();
    let after = get(repositories, world.project.id, made.id).unwrap();
    assert_eq!(after, Cohort { counted: Some(counted), ..made.clone() });
    let changed = repositories.cohorts.update(&made, None).unwrap();
    assert_eq!(changed.counted, Some(counted));
}
