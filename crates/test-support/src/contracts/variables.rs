//! The contract of `VariableRepository`.

use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use serde_json::json;
use uuid::Uuid;
use variables::model::{Variable, VariableFields, VariableId, VariableKind};

use super::{assert_conflict, assert_not_found};
use crate::builders::{World, at};
use crate::store::DefinitionRepositories;

fn variable(project: ProjectId, number: u128, code_name: &str) -> Variable {
    let fields = VariableFields {
        name: code_name.to_uppercase(),
        code_name: code_name.to_owned(),
        kind: VariableKind::String,
        default_value: json!(null),
        values: json!([]),
        created_at: at(0),
        created_by: None,
    };
    Variable { id: VariableId(Uuid::from_u128(number)), project, version: 1, fields }
}

fn get(repositories: &DefinitionRepositories, variable: &Variable) -> Option<Variable> {
    repositories.variables.get_batch(variable.project, &[variable.id]).unwrap().pop()
}

pub fn variables_come_back_as_they_were(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = variable(world.project.id, 1, "größe");
    made.fields.kind = VariableKind::List;
    made.fields.default_value = json!("nul \0");
    made.fields.values = json!(["nul \0", "🦀"]);
    made.fields.created_by = Some(world.user.id);
    repositories.variables.create(&made).unwrap();
    assert_eq!(get(repositories, &made), Some(made.clone()));
    let foreign = Variable { project: World::new(&repositories.others, 2).project.id, ..made };
    assert_eq!(get(repositories, &foreign), None);
}

pub fn a_variable_needs_its_project(repositories: &DefinitionRepositories) {
    assert_not_found(repositories.variables.create(&variable(ProjectId(99), 1, "a")));
}

pub fn code_names_are_unique_in_a_project(repositories: &DefinitionRepositories) {
    let [one, two] = [1, 2].map(|number| World::new(&repositories.others, number).project.id);
    repositories.variables.create(&variable(one, 1, "a")).unwrap();
    assert_conflict(repositories.variables.create(&variable(one, 2, "a")));
    repositories.variables.create(&variable(two, 3, "a")).unwrap();
}

pub fn variables_are_listed_by_code_name(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    for (number, name) in [(1, "c"), (2, "a"), (3, "b")] {
        repositories.variables.create(&variable(world.project.id, number, name)).unwrap();
    }
    let page = repositories.variables.list(world.project.id, Page::new(Some(2), Some(1))).unwrap();
    let names: Vec<_> = page.items.into_iter().map(|variable| variable.fields.code_name).collect();
    assert_eq!((page.count, names), (3, vec!["b".to_owned(), "c".to_owned()]));
    let other = World::new(&repositories.others, 2);
    assert_eq!(repositories.variables.list(other.project.id, Page::first()).unwrap().count, 0);
}

pub fn a_change_of_an_old_version_is_refused(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = variable(world.project.id, 1, "a");
    repositories.variables.create(&made).unwrap();
    let mut changed = made.clone();
    changed.fields.name = "New".to_owned();
    changed.fields.code_name = "other".to_owned();
    changed.fields.default_value = json!("x");
    let stored = repositories.variables.update(&changed).unwrap();
    assert_eq!((stored.fields.name.as_str(), stored.fields.code_name.as_str()), ("New", "a"));
    assert!(stored.version > made.version);
    assert_conflict(repositories.variables.update(&changed));
    assert_not_found(repositories.variables.update(&variable(world.project.id, 2, "a")));
    assert_eq!(get(repositories, &made), Some(stored));
}

pub fn deleted_variables_are_gone(repositories: &DefinitionRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = variable(world.project.id, 1, "a");
    repositories.variables.create(&made).unwrap();
    let elsewhere = World::new(&repositories.others, 2).project.id;
    assert_not_found(repositories.variables.delete(elsewhere, made.id));
    repositories.variables.delete(made.project, made.id).unwrap();
    assert_eq!(get(repositories, &made), None);
    assert_not_found(repositories.variables.delete(made.project, made.id));
    repositories.variables.create(&made).unwrap();
}
