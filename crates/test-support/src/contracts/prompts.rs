//! The contract of `PromptRepository`.

use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityFilter;
use insights_core::ids::ProjectId;
use insights_core::insight::filter::Direction;
use insights_core::paging::Page;
use prompts::content::PromptContent;
use prompts::model::{
    Label, LabelName, Prompt, PromptAt, PromptId, PromptName, PromptVersion, SCOPE, VersionId, VersionSummary,
};
use prompts::repository::{
    ContentLoad, PromptFilter, PromptKey, PromptOrder, PromptOrderField, VersionKey, VersionSlice,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at};
use crate::store::ModelRepositories;

/// Prompt number `n` of that name, made `n` seconds after [`at`]`(0)`, which says its name.
fn prompt(project: ProjectId, n: u128, name: &str) -> PromptAt {
    let prompt = Prompt {
        id: PromptId(Uuid::from_u128(n)),
        project,
        revision: 1,
        name: PromptName::kept(name.to_owned()),
        latest_version: 1,
        labels: Vec::new(),
        deleted: false,
        created_at: at(i64::try_from(n).unwrap()),
        created_by: None,
        updated_at: at(0),
    };
    let version = version(n, 1, json!(name));
    PromptAt { prompt, version }
}

fn version(n: u128, number: u32, content: Value) -> PromptVersion {
    PromptVersion {
        id: VersionId(Uuid::from_u128(n * 1000 + u128::from(number))),
        number,
        content: PromptContent::kept(content),
        created_at: at(i64::from(number)),
        created_by: None,
    }
}

fn label(n: u128, name: &str, version: u32) -> Label {
    Label {
        id: Uuid::from_u128(n),
        name: LabelName::kept(name.to_owned()),
        version,
        created_at: at(1),
        created_by: None,
        updated_at: at(2),
    }
}

fn activity(world: &World, prompt: &Prompt) -> NewActivity {
    NewActivity::by(&world.actor(), "updated", SCOPE, prompt.id.to_string(), Default::default(), at(0))
}

fn create(repositories: &ModelRepositories, world: &World, new: &PromptAt) {
    repositories.prompts.create(new, &activity(world, &new.prompt)).unwrap();
}

/// Writes the prompt as `change` makes it, with a version where there is one, and gives it as it is then.
fn update(
    repositories: &ModelRepositories,
    world: &World,
    old: &Prompt,
    new: Option<PromptVersion>,
    change: impl FnOnce(&mut Prompt),
) -> Prompt {
    let mut prompt = old.clone();
    if let Some(new) = &new {
        prompt.latest_version = new.number;
    }
    change(&mut prompt);
    repositories.prompts.update(&prompt, new.as_ref(), &activity(world, &prompt)).unwrap();
    Prompt { revision: old.revision + 1, ..prompt }
}

fn get(repositories: &ModelRepositories, prompt: &Prompt, version: VersionKey<'_>) -> Option<PromptAt> {
    repositories.prompts.get(prompt.project, PromptKey::Id(prompt.id), version).unwrap()
}

fn names(repositories: &ModelRepositories, project: ProjectId, filter: PromptFilter) -> Vec<String> {
    let page = repositories.prompts.list(project, &filter, Page::first()).unwrap();
    assert_eq!(page.count, page.items.len() as u64);
    page.items.into_iter().map(|listed| listed.prompt.name.as_str().to_owned()).collect()
}

fn all_versions(repositories: &ModelRepositories, prompt: &Prompt) -> Vec<VersionSummary> {
    let slice = VersionSlice { before: None, offset: 0, limit: 100 };
    repositories.prompts.versions(prompt.project, prompt.id, slice).unwrap()
}

pub fn prompts_come_back_as_they_were(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = prompt(world.project.id, 1, "bot");
    made.prompt.created_by = Some(world.user.id);
    made.version.created_by = Some(world.user.id);
    let content = json!([{"role": "sys\0tem", "content": "🦀 {{größe}}"}, 1.5, null, "x".repeat(500)]);
    made.version.content = PromptContent::kept(content);
    create(repositories, &world, &made);
    assert_eq!(get(repositories, &made.prompt, VersionKey::Latest), Some(made.clone()));
    let listed = repositories.prompts.list(world.project.id, &PromptFilter::default(), Page::first()).unwrap();
    assert_eq!((&listed.items[0].prompt, &listed.items[0].version), (&made.prompt, &made.version.summary()));
    assert_eq!(listed.items[0].content.as_ref(), Some(&made.version.content));
    assert_eq!(all_versions(repositories, &made.prompt), [made.version.summary()]);
}

pub fn a_prompt_needs_its_project(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = prompt(ProjectId(99), 1, "bot");
    assert_not_found(repositories.prompts.create(&made, &activity(&world, &made.prompt)));
}

pub fn prompts_are_found_by_name_in_their_project_alone(repositories: &ModelRepositories) {
    let [one, two] = [1, 2].map(|number| World::new(&repositories.others, number));
    let made = prompt(one.project.id, 1, "bot");
    create(repositories, &one, &made);
    let find = |project, name| repositories.prompts.get(project, PromptKey::Name(name), VersionKey::Latest).unwrap();
    assert_eq!(find(one.project.id, "bot"), Some(made.clone()));
    for (project, name) in [(two.project.id, "bot"), (one.project.id, "Bot"), (one.project.id, "b\0t")] {
        assert_eq!(find(project, name), None, "{name}");
    }
    let elsewhere = Prompt { project: two.project.id, ..made.prompt };
    assert_eq!(get(repositories, &elsewhere, VersionKey::Latest), None);
    assert_eq!(all_versions(repositories, &elsewhere), []);
    assert_not_found(repositories.prompts.update(&elsewhere, None, &activity(&two, &elsewhere)));
    create(repositories, &two, &prompt(two.project.id, 2, "bot"));
}

pub fn names_are_unique_among_live_prompts(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let (one, two) = (prompt(world.project.id, 1, "one"), prompt(world.project.id, 2, "two"));
    create(repositories, &world, &one);
    let again = prompt(world.project.id, 3, "one");
    assert_conflict(repositories.prompts.create(&again, &activity(&world, &again.prompt)));
    create(repositories, &world, &two);
    let renamed = Prompt { name: one.prompt.name.clone(), ..two.prompt };
    assert_conflict(repositories.prompts.update(&renamed, None, &activity(&world, &renamed)));
    update(repositories, &world, &one.prompt, None, |prompt| prompt.deleted = true);
    create(repositories, &world, &again);
    let mut deleted = prompt(world.project.id, 4, "one");
    deleted.prompt.deleted = true;
    create(repositories, &world, &deleted);
}

pub fn deleted_prompts_are_never_found_again(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = prompt(world.project.id, 1, "bot");
    create(repositories, &world, &made);
    let labels = vec![label(1, "production", 1)];
    let labelled = update(repositories, &world, &made.prompt, None, |prompt| prompt.labels = labels);
    let deleted = update(repositories, &world, &labelled, None, |prompt| prompt.deleted = true);
    for key in [VersionKey::Latest, VersionKey::Number(1), VersionKey::Id(made.version.id)] {
        assert_eq!(get(repositories, &made.prompt, key), None);
    }
    assert_eq!(all_versions(repositories, &made.prompt), []);
    let production = Some(LabelName::kept("production".to_owned()));
    for label in [None, production] {
        let filter = PromptFilter { label, ..PromptFilter::default() };
        assert_eq!(names(repositories, world.project.id, filter), [""; 0]);
    }
    let back = Prompt { deleted: false, ..deleted };
    assert_not_found(repositories.prompts.update(&back, None, &activity(&world, &back)));
}

pub fn versions_are_kept(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = prompt(world.project.id, 1, "bot");
    create(repositories, &world, &made);
    let mut last = made.prompt.clone();
    for number in 2..=5 {
        let new = version(1, number, json!({ "n": number }));
        last = update(repositories, &world, &last, Some(new), |prompt| prompt.updated_at = at(60));
    }
    let current = get(repositories, &last, VersionKey::Latest).unwrap();
    assert_eq!((&current.prompt, &current.version), (&last, &version(1, 5, json!({"n": 5}))));
    assert_eq!(get(repositories, &last, VersionKey::Number(1)).unwrap().version, made.version);
    let third = version(1, 3, json!({"n": 3}));
    assert_eq!(get(repositories, &last, VersionKey::Id(third.id)).unwrap().version, third);
    assert_eq!(get(repositories, &last, VersionKey::Number(6)), None);
    assert_eq!(get(repositories, &last, VersionKey::Id(VersionId(Uuid::from_u128(7)))), None);

    let numbers = |before, offset, limit| -> Vec<u32> {
        let slice = VersionSlice { before, offset, limit };
        let versions = repositories.prompts.versions(last.project, last.id, slice).unwrap();
        versions.into_iter().map(|version| version.number).collect()
    };
    assert_eq!(numbers(None, 0, 100), [5, 4, 3, 2, 1]);
    assert_eq!(numbers(None, 1, 2), [4, 3]);
    assert_eq!(numbers(Some(3), 0, 5), [2, 1]);
    assert_eq!(numbers(None, 9, 5), [0; 0]);
}

pub fn labels_point_at_versions(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let (made, other) = (prompt(world.project.id, 1, "bot"), prompt(world.project.id, 2, "other"));
    create(repositories, &world, &made);
    create(repositories, &world, &other);
    let mut production = label(1, "production", 1);
    production.created_by = Some(world.user.id);
    let labels = vec![production.clone(), label(2, "staging", 2)];
    let second = Some(version(1, 2, json!("two {{x}}")));
    let labelled = update(repositories, &world, &made.prompt, second, |prompt| prompt.labels = labels);
    let name = |text: &str| LabelName::kept(text.to_owned());
    let at_label = |prompt: &Prompt, text| {
        get(repositories, prompt, VersionKey::Label(&name(text))).map(|found| (found.prompt, found.version.number))
    };
    assert_eq!(at_label(&labelled, "production"), Some((labelled.clone(), 1)));
    assert_eq!(at_label(&labelled, "staging"), Some((labelled.clone(), 2)));
    assert_eq!(at_label(&labelled, "none"), None);
    assert_eq!(at_label(&other.prompt, "production"), None);

    let filter = PromptFilter { label: Some(name("production")), ..PromptFilter::default() };
    let listed = repositories.prompts.list(world.project.id, &filter, Page::first()).unwrap();
    assert_eq!((listed.count, &listed.items[0].prompt), (1, &labelled));
    assert_eq!((listed.items[0].version.number, &listed.items[0].content), (1, &Some(made.version.content.clone())));

    production.version = 2;
    let moved = update(repositories, &world, &labelled, None, |prompt| prompt.labels = vec![production]);
    assert_eq!(at_label(&moved, "production"), Some((moved.clone(), 2)));
    assert_eq!(at_label(&moved, "staging"), None);
}

pub fn prompts_are_searched_in_any_case(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut one = prompt(world.project.id, 1, "Support-Bot");
    one.version.content = PromptContent::kept(json!("Größe 50%_\0 of"));
    let mut two = prompt(world.project.id, 2, "two");
    two.version.content = PromptContent::kept(json!([{"content": "Élan"}]));
    create(repositories, &world, &one);
    create(repositories, &world, &two);
    let found = |search: &str| {
        let filter = PromptFilter { search: Some(search.to_owned()), ..PromptFilter::default() };
        names(repositories, world.project.id, filter)
    };
    assert_eq!(found("support-b"), ["Support-Bot"]);
    assert_eq!(found("GRÖSSE"), [""; 0]);
    assert_eq!(found("GRÖ"), ["Support-Bot"]);
    assert_eq!(found("50%_"), ["Support-Bot"]);
    assert_eq!(found("5_%"), [""; 0]);
    assert_eq!(found("éLAN"), ["two"]);
    let renamed = update(repositories, &world, &two.prompt, None, |prompt| {
        prompt.name = PromptName::kept("three".to_owned());
    });
    assert_eq!((found("élan"), found("two")), (vec!["three".to_owned()], vec![]));
    update(repositories, &world, &renamed, Some(version(2, 2, json!("other"))), |_| {});
    assert_eq!((found("élan"), found("OTHER")), (vec![], vec!["three".to_owned()]));
}

pub fn prompts_are_listed_in_every_order(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    for (n, name) in [(1, "b"), (2, "c"), (3, "a")] {
        create(repositories, &world, &prompt(world.project.id, n, name));
    }
    let first = prompt(world.project.id, 1, "b").prompt;
    update(repositories, &world, &first, Some(version(1, 2, json!("x"))), |prompt| prompt.updated_at = at(99));
    let ordered = |field, direction| {
        let filter = PromptFilter { order: PromptOrder { field, direction }, ..PromptFilter::default() };
        names(repositories, world.project.id, filter).concat()
    };
    assert_eq!(names(repositories, world.project.id, PromptFilter::default()).concat(), "acb");
    for (field, ascending) in [
        (PromptOrderField::CreatedAt, "bca"),
        (PromptOrderField::UpdatedAt, "cab"),
        (PromptOrderField::Name, "abc"),
        (PromptOrderField::LatestVersion, "cab"),
    ] {
        assert_eq!(ordered(field, Direction::Ascending), ascending, "{field:?}");
        let descending: String = ascending.chars().rev().collect();
        assert_eq!(ordered(field, Direction::Descending), descending, "{field:?}");
    }
    let page =
        repositories.prompts.list(world.project.id, &PromptFilter::default(), Page::new(Some(1), Some(1))).unwrap();
    assert_eq!((page.count, page.items[0].prompt.name.as_str()), (3, "c"));
    let mine = PromptFilter { created_by: Some(world.user.id), ..PromptFilter::default() };
    assert_eq!(names(repositories, world.project.id, mine), [""; 0]);
}

pub fn lists_may_leave_the_content(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    create(repositories, &world, &prompt(world.project.id, 1, "bot"));
    let filter = PromptFilter { content: ContentLoad::Left, ..PromptFilter::default() };
    let listed = repositories.prompts.list(world.project.id, &filter, Page::first()).unwrap();
    assert_eq!((&listed.items[0].content, listed.items[0].version.preview.as_str()), (&None, "bot"));
}

pub fn a_change_of_an_old_revision_is_refused(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = prompt(world.project.id, 1, "bot");
    create(repositories, &world, &made);
    let changed = update(repositories, &world, &made.prompt, None, |prompt| {
        prompt.created_at = at(1000);
        prompt.created_by = Some(world.user.id);
        prompt.updated_at = at(60);
    });
    let stored = get(repositories, &made.prompt, VersionKey::Latest).unwrap().prompt;
    assert_eq!((stored.created_at, stored.created_by, stored.updated_at), (at(1), None, at(60)));
    assert_eq!(stored.revision, changed.revision);
    let stale = Prompt { latest_version: 2, labels: vec![label(1, "production", 2)], ..made.prompt.clone() };
    let new = version(1, 2, json!("two"));
    assert_conflict(repositories.prompts.update(&stale, Some(&new), &activity(&world, &stale)));
    assert_eq!(get(repositories, &made.prompt, VersionKey::Latest).unwrap().prompt, stored);
    assert_eq!(all_versions(repositories, &made.prompt).len(), 1);
    let unknown = prompt(world.project.id, 9, "unknown").prompt;
    assert_not_found(repositories.prompts.update(&unknown, None, &activity(&world, &unknown)));
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = prompt(world.project.id, 1, "bot");
    create(repositories, &world, &made);
    let results = at_once(|n| {
        let mut new = version(1, 2, json!(n));
        new.id = VersionId(Uuid::from_u128(5000 + n as u128));
        let prompt = Prompt { latest_version: 2, ..made.prompt.clone() };
        repositories.prompts.update(&prompt, Some(&new), &activity(&world, &prompt))
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    results.into_iter().filter(Result::is_err).for_each(assert_conflict);
    assert_eq!(all_versions(repositories, &made.prompt).len(), 2);
}

pub fn changes_are_logged(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = prompt(world.project.id, 1, "bot");
    create(repositories, &world, &made);
    update(repositories, &world, &made.prompt, None, |_| {});
    let again = prompt(world.project.id, 2, "bot");
    assert_conflict(repositories.prompts.create(&again, &activity(&world, &again.prompt)));
    let filter = ActivityFilter { project: world.project.id, scope: SCOPE.to_owned(), item_id: None };
    let rows = repositories.others.activity.list(&filter, Page::first()).unwrap();
    assert_eq!(rows.count, 2);
    assert!(rows.items.iter().all(|row| row.activity.item_id == made.prompt.id.to_string()));
}

pub fn every_change_of_a_prompt_is_counted(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut last = repositories.others.changes.generations().unwrap().prompts;
    let mut check = |change: &str| {
        let generation = repositories.others.changes.generations().unwrap().prompts;
        assert_ne!(generation, last, "{change}");
        last = generation;
    };
    let made = prompt(world.project.id, 1, "bot");
    create(repositories, &world, &made);
    check("a prompt is made");
    let second = update(repositories, &world, &made.prompt, Some(version(1, 2, json!("two"))), |_| {});
    check("a version is made");
    let labelled =
        update(repositories, &world, &second, None, |prompt| prompt.labels = vec![label(1, "production", 1)]);
    check("a label is made");
    let moved = update(repositories, &world, &labelled, None, |prompt| prompt.labels[0].version = 2);
    check("a label is moved");
    update(repositories, &world, &moved, None, |prompt| prompt.deleted = true);
    check("a prompt is deleted");
}
