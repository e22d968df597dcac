use insights_core::activity::repository::ActivityFilter;
use insights_core::memory::InMemoryDatabase;
use insights_core::repositories::Repositories;
use insights_core::time::ManualClock;
use test_support::builders::{World, at};
use test_support::ids::CountingIds;

use super::*;
use crate::dataset_service::{DatasetPatch, DatasetService, NewDataset};
use crate::file;
use crate::memory::InMemoryDatasets;

struct Fixture {
    repositories: Repositories,
    datasets: DatasetService,
    items: ItemService,
    clock: Arc<ManualClock>,
    actor: Actor,
}

impl Fixture {
    fn new() -> Self {
        let repositories = InMemoryDatabase::repositories();
        let actor = World::new(&repositories, 1).actor();
        let kept = Arc::new(InMemoryDatasets::new(&repositories));
        let (clock, ids) = (Arc::new(ManualClock::new(at(0))), Arc::new(CountingIds::new()));
        let datasets = DatasetService::new(
            Arc::<InMemoryDatasets>::clone(&kept),
            Arc::<ManualClock>::clone(&clock),
            Arc::<CountingIds>::clone(&ids),
        );
        let items =
            ItemService::new(Arc::<InMemoryDatasets>::clone(&kept), kept, Arc::<ManualClock>::clone(&clock), ids);
        Self { repositories, datasets, items, clock, actor }
    }

    fn dataset(&self, name: &str) -> DatasetId {
        let new = NewDataset { name: name.to_owned(), ..NewDataset::default() };
        self.datasets.create(&self.actor, new).unwrap().id
    }

    fn import(&self, dataset: DatasetId, file: &str) -> (usize, usize, usize) {
        let imported = self.items.import(&self.actor, dataset, FileFormat::Jsonl, file.as_bytes()).unwrap();
        (imported.created, imported.updated, imported.unchanged)
    }

    fn exported(&self, dataset: DatasetId) -> String {
        let mut text = Vec::new();
        let mut place = None;
        loop {
            let items = self.items.after(self.actor.project, dataset, place).unwrap();
            let Some(last) = items.last() else { return String::from_utf8(text).unwrap() };
            place = Some(ItemPlace::from(last));
            items.iter().for_each(|item| text.extend(file::row(FileFormat::Jsonl, item)));
        }
    }

    fn inputs(&self, dataset: DatasetId) -> Vec<Value> {
        let text = self.exported(dataset);
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["input"].clone()).collect()
    }

    fn verbs(&self, scope: &str) -> Vec<String> {
        let filter = ActivityFilter { project: self.actor.project, scope: scope.to_owned(), item_id: None };
        let rows = self.repositories.activity.list(&filter, Page::first()).unwrap().items;
        rows.into_iter().rev().map(|row| row.activity.activity).collect()
    }
}

#[track_caller]
fn check_refused<T: std::fmt::Debug>(result: ServiceResult<T>, status: u16, attr: Option<&str>) {
    let problem = Problem::from(result.unwrap_err());
    assert_eq!((problem.kind.status(), problem.attr.as_deref()), (status, attr), "{problem}");
}

#[test]
fn items_are_changed_moved_deleted_and_brought_back() {
    let fixture = Fixture::new();
    let (one, two) = (fixture.dataset("one"), fixture.dataset("two"));
    let content = ItemContent { input: json!("q"), ..ItemContent::default() };
    let item = fixture.items.create(&fixture.actor, one, content, false).unwrap();
    let update = |patch: ItemPatch| fixture.items.update(&fixture.actor, item.id, &patch);
    fixture.clock.set(at(60));
    let changed = update(ItemPatch { output: Some(json!("a")), ..ItemPatch::default() }).unwrap();
    assert_eq!((&changed.fields.content.input, &changed.fields.content.output), (&json!("q"), &json!("a")));
    assert_eq!((changed.fields.created_at, changed.fields.updated_at), (at(0), at(60)));
    assert_eq!(update(ItemPatch { output: Some(json!("a")), ..ItemPatch::default() }).unwrap(), changed);
    let moved = update(ItemPatch { dataset: Some(two), ..ItemPatch::default() }).unwrap();
    assert_eq!((moved.fields.dataset, fixture.inputs(one).len()), (two, 0));
    update(ItemPatch { deleted: Some(true), ..ItemPatch::default() }).unwrap();
    check_refused(fixture.items.require(fixture.actor.project, item.id), 404, None);
    update(ItemPatch { deleted: Some(false), ..ItemPatch::default() }).unwrap();
    assert_eq!(fixture.items.require(fixture.actor.project, item.id).unwrap().fields.content, changed.fields.content);
    assert_eq!(fixture.verbs(ITEM_SCOPE), ["created", "updated", "updated", "deleted", "restored"]);
}

#[test]
fn an_item_needs_a_live_dataset_of_the_project() {
    let fixture = Fixture::new();
    let (one, two) = (fixture.dataset("one"), fixture.dataset("two"));
    let item = fixture.items.create(&fixture.actor, one, ItemContent::default(), false).unwrap();
    let delete = DatasetPatch { deleted: Some(true), ..DatasetPatch::default() };
    fixture.datasets.update(&fixture.actor, two, &delete).unwrap();
    let create = |actor: &Actor, dataset| fixture.items.create(actor, dataset, ItemContent::default(), false);
    check_refused(create(&fixture.actor, two), 400, Some("dataset"));
    let stranger = World::new(&fixture.repositories, 2).actor();
    check_refused(create(&stranger, one), 400, Some("dataset"));
    let patch = ItemPatch { dataset: Some(two), ..ItemPatch::default() };
    check_refused(fixture.items.update(&fixture.actor, item.id, &patch), 400, Some("dataset"));
    check_refused(fixture.items.update(&stranger, item.id, &patch), 404, None);
    let wrong = ItemContent { metadata: json!(1), ..ItemContent::default() };
    check_refused(fixture.items.create(&fixture.actor, one, wrong, false), 400, Some("metadata"));
    check_refused(fixture.items.import(&fixture.actor, two, FileFormat::Jsonl, b"{}"), 404, None);

    fixture.datasets.update(&fixture.actor, one, &delete).unwrap();
    check_refused(fixture.items.require(fixture.actor.project, item.id), 404, None);
    assert_eq!(fixture.items.list(fixture.actor.project, None, Page::first()).unwrap().count, 0);
}

#[test]
fn a_file_that_comes_again_adds_nothing() {
    let fixture = Fixture::new();
    let one = fixture.dataset("one");
    let file = "{\"id\": \"a\", \"input\": 1}\n{\"id\": \"b\", \"input\": 2}\n{\"input\": 3}\n";
    assert_eq!(fixture.import(one, file), (3, 0, 0));
    assert_eq!(fixture.inputs(one), [json!(1), json!(2), json!(3)]);
    assert_eq!(fixture.import(one, "{\"id\": \"a\", \"input\": 1}\n{\"id\": \"b\", \"input\": 5}"), (0, 1, 1));
    assert_eq!(fixture.inputs(one), [json!(1), json!(5), json!(3)]);
    // what is exported has ids of items, and so has rows without one
    let exported = fixture.exported(one);
    assert_eq!(fixture.import(one, &exported), (0, 0, 3));
    let two = fixture.dataset("two");
    assert_eq!(fixture.import(two, &exported), (3, 0, 0));
    assert_eq!(fixture.import(two, &exported), (0, 0, 3));
    assert_eq!(fixture.inputs(two), fixture.inputs(one));
    assert_eq!(fixture.verbs(DATASET_SCOPE).iter().filter(|verb| *verb == "imported").count(), 5);
}

#[test]
fn a_row_brings_its_item_back() {
    let fixture = Fixture::new();
    let one = fixture.dataset("one");
    fixture.import(one, "{\"id\": \"a\", \"input\": 1}");
    let item = fixture.items.list(fixture.actor.project, Some(one), Page::first()).unwrap().items.remove(0);
    let delete = ItemPatch { deleted: Some(true), ..ItemPatch::default() };
    fixture.items.update(&fixture.actor, item.id, &delete).unwrap();
    assert_eq!(fixture.import(one, "{\"id\": \"a\", \"input\": 1}"), (0, 1, 0));
    assert!(!fixture.items.require(fixture.actor.project, item.id).unwrap().fields.deleted);
}

#[test]
fn of_a_file_with_a_wrong_row_nothing_is_taken_in() {
    let fixture = Fixture::new();
    let one = fixture.dataset("one");
    let wrong = fixture.items.import(&fixture.actor, one, FileFormat::Csv, b"input,metadata\n1,{}\n2,3\n");
    check_refused(wrong, 400, Some("metadata"));
    assert_eq!(fixture.inputs(one), [Value::Null; 0]);
}

#[test]
fn long_datasets_are_read_in_parts() {
    let fixture = Fixture::new();
    let one = fixture.dataset("one");
    let file: String = (0..120).map(|number| format!("{{\"input\": {number}}}\n")).collect();
    fixture.import(one, &file);
    assert_eq!(fixture.inputs(one), (0..120).map(Value::from).collect::<Vec<_>>());
}

#[test]
fn datasets_are_changed_deleted_and_brought_back() {
    let fixture = Fixture::new();
    let one = fixture.dataset("one");
    let update = |patch: DatasetPatch| fixture.datasets.update(&fixture.actor, one, &patch);
    let patch = DatasetPatch { metadata: Some(json!({"a": 1})), ..DatasetPatch::default() };
    assert_eq!(update(patch.clone()).unwrap(), update(patch).unwrap());
    update(DatasetPatch { deleted: Some(true), ..DatasetPatch::default() }).unwrap();
    check_refused(fixture.datasets.require(fixture.actor.project, one), 404, None);
    let restored = update(DatasetPatch { deleted: Some(false), ..DatasetPatch::default() }).unwrap();
    assert_eq!(restored.fields.metadata, json!({"a": 1}));
    assert_eq!(fixture.verbs(DATASET_SCOPE), ["created", "updated", "deleted", "restored"]);
    for (patch, attr) in [
        (DatasetPatch { name: Some(" ".to_owned()), ..DatasetPatch::default() }, "name"),
        (DatasetPatch { metadata: Some(json!([])), ..DatasetPatch::default() }, "metadata"),
        (DatasetPatch { description: Some(Some("x".repeat(10_001))), ..DatasetPatch::default() }, "description"),
        (DatasetPatch { metadata: Some(json!({"a": "x".repeat(100_000)})), ..DatasetPatch::default() }, "metadata"),
    ] {
        check_refused(update(patch), 400, Some(attr));
    }
}
