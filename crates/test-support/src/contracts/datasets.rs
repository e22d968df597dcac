//! The contract of `DatasetRepository` and `ItemRepository`.

use datasets::model::{
    DATASET_SCOPE, Dataset, DatasetFields, DatasetId, ITEM_SCOPE, Item, ItemContent, ItemFields, ItemId,
};
use datasets::repository::{DatasetFilter, DatasetOrder, DatasetOrderField, Imported, ItemPlace};
use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityFilter;
use insights_core::ids::ProjectId;
use insights_core::insight::filter::Direction;
use insights_core::paging::Page;
use insights_core::repositories::DeletedRows;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at};
use crate::store::ModelRepositories;

/// Dataset number `n` of that name, made `n` seconds after [`at`]`(0)`.
fn dataset(project: ProjectId, n: u32, name: &str) -> Dataset {
    let fields = DatasetFields {
        name: name.to_owned(),
        description: None,
        metadata: json!(null),
        deleted: false,
        created_at: at(i64::from(n)),
        created_by: None,
        updated_at: at(0),
    };
    Dataset { id: DatasetId(Uuid::from_u128(u128::from(n))), project, revision: 1, fields }
}

/// Item number `n` of the dataset, made `n` seconds after [`at`]`(0)`.
fn item(dataset: &Dataset, n: u32, input: Value) -> Item {
    let fields = ItemFields {
        dataset: dataset.id,
        content: ItemContent { input, ..ItemContent::default() },
        deleted: false,
        created_at: at(i64::from(n)),
        created_by: None,
        updated_at: at(0),
    };
    Item { id: ItemId(Uuid::from_u128(1000 + u128::from(n))), project: dataset.project, revision: 1, key: None, fields }
}

fn row(dataset: &Dataset, n: u32, key: &str, input: Value) -> Item {
    Item { key: Some(key.to_owned()), ..item(dataset, n, input) }
}

fn about(world: &World, scope: &str, id: Uuid) -> NewActivity {
    NewActivity::by(&world.actor(), "updated", scope, id.to_string(), Default::default(), at(0))
}

fn create(repositories: &ModelRepositories, world: &World, n: u32, name: &str) -> Dataset {
    let made = dataset(world.project.id, n, name);
    repositories.datasets.create_dataset(&made, &about(world, DATASET_SCOPE, made.id.0)).unwrap();
    made
}

fn add(repositories: &ModelRepositories, world: &World, item: &Item) {
    repositories.items.create_item(item, &about(world, ITEM_SCOPE, item.id.0)).unwrap();
}

fn change(repositories: &ModelRepositories, world: &World, old: &Item, change: impl FnOnce(&mut Item)) -> Item {
    let mut item = old.clone();
    change(&mut item);
    repositories.items.update_item(&item, &about(world, ITEM_SCOPE, item.id.0)).unwrap();
    Item { revision: item.revision + 1, ..item }
}

fn delete_dataset(repositories: &ModelRepositories, world: &World, dataset: &Dataset) {
    let stored =
        repositories.datasets.get_dataset(dataset.project, dataset.id, DeletedRows::Included).unwrap().unwrap();
    let fields = DatasetFields { deleted: true, ..stored.fields.clone() };
    let deleted = Dataset { fields, ..stored };
    repositories.datasets.update_dataset(&deleted, &about(world, DATASET_SCOPE, dataset.id.0)).unwrap();
}

fn get(repositories: &ModelRepositories, item: &Item, rows: DeletedRows) -> Option<Item> {
    repositories.items.get_item(item.project, item.id, rows).unwrap()
}

fn names(repositories: &ModelRepositories, project: ProjectId, filter: DatasetFilter) -> Vec<String> {
    let page = repositories.datasets.list_datasets(project, &filter, Page::first()).unwrap();
    assert_eq!(page.count, page.items.len() as u64);
    page.items.into_iter().map(|dataset| dataset.fields.name).collect()
}

fn inputs(repositories: &ModelRepositories, dataset: &Dataset) -> Vec<Value> {
    let items = repositories.items.items_after(dataset.project, dataset.id, None, 100).unwrap();
    items.into_iter().map(|item| item.fields.content.input).collect()
}

fn import(repositories: &ModelRepositories, world: &World, dataset: &Dataset, rows: &[Item]) -> Imported {
    repositories.items.import(dataset, rows, &about(world, DATASET_SCOPE, dataset.id.0)).unwrap()
}

pub fn datasets_come_back_as_they_were(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = dataset(world.project.id, 1, "größe");
    made.fields.description = Some("🦀".to_owned());
    made.fields.metadata = json!({"nul \0": [1.5, null]});
    made.fields.created_by = Some(world.user.id);
    repositories.datasets.create_dataset(&made, &about(&world, DATASET_SCOPE, made.id.0)).unwrap();
    let find = |project| repositories.datasets.get_dataset(project, made.id, DeletedRows::Hidden).unwrap();
    assert_eq!(find(world.project.id), Some(made.clone()));
    assert_eq!(find(World::new(&repositories.others, 2).project.id), None);
    let unknown = dataset(ProjectId(99), 2, "x");
    assert_not_found(repositories.datasets.create_dataset(&unknown, &about(&world, DATASET_SCOPE, unknown.id.0)));
}

pub fn datasets_are_listed_in_every_order(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made: Vec<Dataset> =
        (1..).zip(["a", "b", "c"]).map(|(n, name)| create(repositories, &world, n, name)).collect();
    let fields = DatasetFields { updated_at: at(60), ..made[0].fields.clone() };
    let touched = Dataset { fields, ..made[0].clone() };
    repositories.datasets.update_dataset(&touched, &about(&world, DATASET_SCOPE, touched.id.0)).unwrap();
    let list = |filter| names(repositories, world.project.id, filter).concat();
    assert_eq!(list(DatasetFilter::default()), "cba");
    for (field, direction, expected) in [
        (DatasetOrderField::CreatedAt, Direction::Ascending, "abc"),
        (DatasetOrderField::UpdatedAt, Direction::Ascending, "bca"),
        (DatasetOrderField::UpdatedAt, Direction::Descending, "abc"),
    ] {
        let order = DatasetOrder { field, direction };
        assert_eq!(list(DatasetFilter { order, ..DatasetFilter::default() }), expected, "{field:?} {direction:?}");
    }
    let ids = Some(vec![made[0].id, made[2].id, DatasetId(Uuid::from_u128(99))]);
    assert_eq!(list(DatasetFilter { ids, ..DatasetFilter::default() }), "ca");
    assert_eq!(list(DatasetFilter { ids: Some(Vec::new()), ..DatasetFilter::default() }), "");
    delete_dataset(repositories, &world, &made[1]);
    assert_eq!(list(DatasetFilter::default()), "ca");
    let second =
        repositories.datasets.list_datasets(world.project.id, &DatasetFilter::default(), Page::new(Some(1), Some(1)));
    let second = second.unwrap();
    assert_eq!((second.count, second.items[0].fields.name.as_str()), (2, "a"));
}

pub fn datasets_are_searched_in_any_case(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut made = dataset(world.project.id, 1, "Größe 50%_");
    made.fields.description = Some("Élan".to_owned());
    made.fields.metadata = json!({"Team": "Växjö\0"});
    repositories.datasets.create_dataset(&made, &about(&world, DATASET_SCOPE, made.id.0)).unwrap();
    create(repositories, &world, 2, "other");
    let found = |search: &str| {
        let filter = DatasetFilter { search: Some(search.to_owned()), ..DatasetFilter::default() };
        names(repositories, world.project.id, filter).len()
    };
    for (search, n) in [("GRÖ", 1), ("50%_", 1), ("5_%", 0), ("élan", 1), ("team", 1), ("VÄX", 1), ("null", 0)] {
        assert_eq!(found(search), n, "{search}");
    }
}

pub fn a_change_of_an_old_revision_is_refused(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let made = create(repositories, &world, 1, "one");
    let activity = about(&world, DATASET_SCOPE, made.id.0);
    let fields = DatasetFields {
        name: "two".to_owned(),
        created_at: at(500),
        created_by: Some(world.user.id),
        ..made.fields.clone()
    };
    let changed = Dataset { fields, ..made.clone() };
    repositories.datasets.update_dataset(&changed, &activity).unwrap();
    assert_conflict(repositories.datasets.update_dataset(&changed, &activity));
    let stored = repositories.datasets.get_dataset(made.project, made.id, DeletedRows::Hidden).unwrap().unwrap();
    assert_eq!((stored.fields.name.as_str(), stored.fields.created_at), ("two", at(1)));
    assert_eq!(stored.fields.created_by, None);
    let unknown = dataset(world.project.id, 9, "x");
    assert_not_found(repositories.datasets.update_dataset(&unknown, &activity));

    let first = item(&made, 1, json!(1));
    add(repositories, &world, &first);
    let changed = change(repositories, &world, &first, |item| {
        item.fields.content.output = json!("x");
        item.fields.created_at = at(500);
    });
    assert_conflict(repositories.items.update_item(&first, &about(&world, ITEM_SCOPE, first.id.0)));
    let stored = get(repositories, &first, DeletedRows::Hidden).unwrap();
    assert_eq!((stored.revision, stored.fields.created_at), (changed.revision, at(1)));
    let unknown = item(&made, 9, json!(1));
    assert_not_found(repositories.items.update_item(&unknown, &about(&world, ITEM_SCOPE, unknown.id.0)));
}

pub fn items_come_back_as_they_were(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let set = create(repositories, &world, 1, "one");
    let mut made = item(&set, 1, json!({"nul \0": ["🦀", 1e300, -0.1]}));
    made.key = Some("key 🦀".to_owned());
    made.fields.created_by = Some(world.user.id);
    made.fields.content = ItemContent {
        output: json!("text"),
        metadata: json!({"a": {}}),
        ref_trace_id: Some(String::new()),
        ref_timestamp: Some(at(-1_000_000_000)),
        ref_source_id: Some("span".to_owned()),
        ..made.fields.content
    };
    add(repositories, &world, &made);
    assert_eq!(get(repositories, &made, DeletedRows::Hidden), Some(made.clone()));
    let elsewhere = Item { project: World::new(&repositories.others, 2).project.id, ..made.clone() };
    assert_eq!(get(repositories, &elsewhere, DeletedRows::Included), None);
    let bare = change(repositories, &world, &made, |item| {
        item.key = None;
        item.fields.content = ItemContent::default();
    });
    assert_eq!(get(repositories, &made, DeletedRows::Hidden), Some(bare));
}

pub fn an_item_needs_a_live_dataset_of_its_project(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let set = create(repositories, &world, 1, "one");
    let other = World::new(&repositories.others, 2);
    let foreign = Item { project: other.project.id, ..item(&set, 1, json!(1)) };
    assert_not_found(repositories.items.create_item(&foreign, &about(&other, ITEM_SCOPE, foreign.id.0)));
    delete_dataset(repositories, &world, &set);
    let late = item(&set, 1, json!(1));
    assert_not_found(repositories.items.create_item(&late, &about(&world, ITEM_SCOPE, late.id.0)));
    assert_not_found(repositories.items.import(&set, &[late], &about(&world, DATASET_SCOPE, set.id.0)));
}

pub fn items_are_listed_the_newest_first(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let (one, two) = (create(repositories, &world, 1, "one"), create(repositories, &world, 2, "two"));
    for (set, n) in [(&one, 1), (&two, 2), (&one, 3), (&one, 4)] {
        add(repositories, &world, &item(set, n, json!(n)));
    }
    let mut beside = item(&one, 5, json!(5));
    beside.fields.created_at = at(4);
    add(repositories, &world, &beside);
    let list = |dataset: Option<&Dataset>, page| -> Vec<Value> {
        let items = repositories.items.list_items(world.project.id, dataset.map(|set| set.id), page).unwrap().items;
        items.into_iter().map(|item| item.fields.content.input).collect()
    };
    assert_eq!(list(None, Page::first()), [4, 5, 3, 2, 1].map(Value::from));
    assert_eq!(list(Some(&one), Page::new(Some(2), Some(1))), [5, 3].map(Value::from));
    let fourth = item(&one, 4, json!(4));
    let deleted = change(repositories, &world, &fourth, |item| item.fields.deleted = true);
    assert_eq!(get(repositories, &deleted, DeletedRows::Hidden), None);
    assert_eq!(get(repositories, &deleted, DeletedRows::Included), Some(deleted));
    assert_eq!(list(Some(&one), Page::first()), [5, 3, 1].map(Value::from));
    delete_dataset(repositories, &world, &one);
    assert_eq!(list(None, Page::first()), [2].map(Value::from));
    assert_eq!(get(repositories, &beside, DeletedRows::Hidden), None);
    assert!(get(repositories, &beside, DeletedRows::Included).is_some());
}

pub fn datasets_are_read_in_parts_the_oldest_first(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let set = create(repositories, &world, 1, "one");
    for n in [3, 1, 2, 5, 4] {
        let mut made = item(&set, n, json!(n));
        made.fields.created_at = at(i64::from(n / 2));
        add(repositories, &world, &made);
    }
    let mut read = Vec::new();
    let mut place = None;
    loop {
        let part = repositories.items.items_after(set.project, set.id, place, 2).unwrap();
        let Some(last) = part.last() else { break };
        place = Some(ItemPlace::from(last));
        read.extend(part.into_iter().map(|item| item.fields.content.input));
    }
    assert_eq!(read, [1, 2, 3, 4, 5].map(Value::from));
    let elsewhere = World::new(&repositories.others, 2).project.id;
    assert_eq!(repositories.items.items_after(elsewhere, set.id, None, 2).unwrap(), []);
}

pub fn rows_of_files_find_their_items(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let (one, two) = (create(repositories, &world, 1, "one"), create(repositories, &world, 2, "two"));
    let by_hand = item(&one, 1, json!("by hand"));
    add(repositories, &world, &by_hand);
    let id = by_hand.id.to_string();
    let counts = |created, updated, unchanged| Imported { created, updated, unchanged };
    let rows = [row(&one, 2, "a", json!(1)), row(&one, 3, &id, json!("changed")), item(&one, 4, json!(4))];
    assert_eq!(import(repositories, &world, &one, &rows), counts(2, 1, 0));
    assert_eq!(inputs(repositories, &one), [json!("changed"), json!(1), json!(4)]);
    let again = [row(&one, 5, "a", json!(1)), row(&one, 6, &id, json!("again")), row(&one, 7, "b", json!(7))];
    assert_eq!(import(repositories, &world, &one, &again), counts(1, 1, 1));
    assert_eq!(inputs(repositories, &one), [json!("again"), json!(1), json!(4), json!(7)]);
    let elsewhere = [row(&two, 8, "a", json!(8)), row(&two, 9, &id, json!(9))];
    assert_eq!(import(repositories, &world, &two, &elsewhere), counts(2, 0, 0));
    assert_eq!((inputs(repositories, &two).len(), inputs(repositories, &one).len()), (2, 4));

    let stored = get(repositories, &by_hand, DeletedRows::Hidden).unwrap();
    change(repositories, &world, &stored, |item| item.fields.deleted = true);
    assert_eq!(import(repositories, &world, &one, &again), counts(0, 1, 2));
    assert_eq!(inputs(repositories, &one).len(), 4);
    // by its id and by its key, two rows of one file are the same item
    let named = get(repositories, &rows[0], DeletedRows::Hidden).unwrap();
    let twice = [row(&one, 10, "a", json!("first")), row(&one, 11, &named.id.to_string(), json!("second"))];
    assert_eq!(import(repositories, &world, &one, &twice), counts(0, 2, 0));
    assert_eq!(inputs(repositories, &one)[1], json!("second"));
}

pub fn of_the_same_file_at_once_every_row_is_taken_once(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let set = create(repositories, &world, 1, "one");
    let results = at_once(|thread| {
        let first = u32::try_from(thread).unwrap() * 100 + 1;
        let rows: Vec<Item> = (0..20).map(|n| row(&set, first + n, &format!("key {n}"), json!(n))).collect();
        import(repositories, &world, &set, &rows)
    });
    assert_eq!(results.iter().map(|imported| imported.created).sum::<usize>(), 20);
    assert_eq!(inputs(repositories, &set).len(), 20);
}

pub fn changes_are_logged(repositories: &ModelRepositories) {
    let world = World::new(&repositories.others, 1);
    let set = create(repositories, &world, 1, "one");
    add(repositories, &world, &item(&set, 1, json!(1)));
    import(repositories, &world, &set, &[item(&set, 2, json!(2))]);
    let rows = |scope: &str| {
        let filter = ActivityFilter { project: world.project.id, scope: scope.to_owned(), item_id: None };
        repositories.others.activity.list(&filter, Page::first()).unwrap().count
    };
    assert_eq!((rows(DATASET_SCOPE), rows(ITEM_SCOPE)), (2, 1));
}
