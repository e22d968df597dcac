//! The contract of `InsightRepository::list`.

use chrono::TimeDelta;
use insights_core::ids::UserId;
use insights_core::insight::filter::{Between, InsightFilter, InsightOrder};
use insights_core::insight::kind::InsightKind;
use insights_core::insight::repository::InsightDraft;
use insights_core::paging::Page;
use insights_core::repositories::Repositories;
use serde_json::json;

use crate::builders::{World, at};

/// The short ids of what the filter lets through, as the world's user sees them.
fn ids(repositories: &Repositories, world: &World, filter: &InsightFilter) -> Vec<String> {
    let listed = repositories.insights.list(world.project.id, world.user.id, filter, Page::first()).unwrap();
    assert_eq!(listed.count, listed.items.len() as u64);
    listed.items.into_iter().map(|insight| insight.short_id.0).collect()
}

fn all() -> InsightFilter {
    InsightFilter::default()
}

pub fn every_filter_leaves_out_more(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    other.insight(repositories, "foreign");
    world.insight_with(repositories, "gone", |draft| draft.fields.deleted = true);
    world.insight(repositories, "plain");
    world.insight_with(repositories, "special", |draft| {
        let fields = &mut draft.fields;
        (fields.saved, fields.favorited) = (false, true);
        fields.query = Some(json!({"kind": "FunnelsQuery"}));
        fields.created_by = Some(other.user.id);
    });
    world.insight_with(repositories, "nobody", |draft| {
        draft.fields.query = None;
        draft.fields.created_by = None;
    });
    let list = |filter: InsightFilter| ids(repositories, &world, &filter);
    assert_eq!(list(all()), ["plain", "special", "nobody"]);
    assert_eq!(list(InsightFilter { saved: Some(true), ..all() }), ["plain", "nobody"]);
    assert_eq!(list(InsightFilter { saved: Some(false), ..all() }), ["special"]);
    assert_eq!(list(InsightFilter { favorited: Some(true), ..all() }), ["special"]);
    assert_eq!(list(InsightFilter { favorited: Some(false), ..all() }), ["plain", "nobody"]);
    assert_eq!(list(InsightFilter { kind: Some(InsightKind::Funnels), ..all() }), ["special"]);
    assert_eq!(list(InsightFilter { kind: Some(InsightKind::Sql), ..all() }), [""; 0]);
    assert_eq!(list(InsightFilter { short_id: Some("plain".to_owned()), ..all() }), ["plain"]);
    assert_eq!(list(InsightFilter { short_id: Some("Plain".to_owned()), ..all() }), [""; 0]);
    assert_eq!(list(InsightFilter { created_by_caller: true, ..all() }), ["plain"]);
    let by = |users: &[UserId]| InsightFilter { created_by: Some(users.to_vec()), ..all() };
    assert_eq!(list(by(&[other.user.id])), ["special"]);
    assert_eq!(list(by(&[other.user.id, world.user.id])), ["plain", "special"]);
    assert_eq!(list(by(&[])), [""; 0]);
    assert_eq!(list(InsightFilter { created_by_caller: true, ..by(&[other.user.id]) }), [""; 0]);
}

pub fn searching_knows_no_case_and_no_wildcards(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let with = |name: &str, set: fn(&mut InsightDraft)| _ = world.insight_with(repositories, name, set);
    with("a", |draft| draft.fields.name = Some("Größe 100%".to_owned()));
    with("b", |draft| draft.fields.derived_name = Some("the GRÖßE of it".to_owned()));
    with("c", |draft| draft.fields.description = Some("under_score \\ slash".to_owned()));
    with("d", |draft| draft.fields.tags = vec!["größe".to_owned(), "x_y".to_owned()]);
    with("e", |draft| draft.fields.name = None);
    let search = |text: &str| ids(repositories, &world, &InsightFilter { search: Some(text.to_owned()), ..all() });
    assert_eq!(search("gRÖßE"), ["a", "b", "d"]);
    assert_eq!(search("0%"), ["a"]);
    assert_eq!(search("r_s"), ["c"]);
    assert_eq!(search("X_Y"), ["d"]);
    assert_eq!(search("\\"), ["c"]);
    assert_eq!(search("%"), ["a"]);
    assert_eq!(search("'; DROP TABLE insights; --"), [""; 0]);
    assert_eq!(search("\0"), [""; 0]);
    assert_eq!(search(""), ["a", "b", "c", "d", "e"]);
}

pub fn dashboards_are_all_of_and_tags_any_of(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let [one, two] = ["1", "2"].map(|name| world.dashboard(repositories, name).id);
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    world.insight_with(repositories, "a", |draft| (draft.dashboards, draft.fields.tags) = (vec![one], tags(&["x"])));
    world.insight_with(repositories, "b", |draft| {
        (draft.dashboards, draft.fields.tags) = (vec![one, two], tags(&["x", "y"]))
    });
    let c = world
        .insight_with(repositories, "c", |draft| (draft.dashboards, draft.fields.tags) = (vec![two], tags(&["z"])));
    repositories.insights.update(&c, Some(&[]), None).unwrap();
    let on = |dashboards: &[_]| ids(repositories, &world, &InsightFilter { dashboards: dashboards.to_vec(), ..all() });
    assert_eq!(on(&[one]), ["a", "b"]);
    assert_eq!(on(&[two]), ["b"]);
    assert_eq!(on(&[one, two]), ["b"]);
    let tagged = |names: &[&str]| ids(repositories, &world, &InsightFilter { tags: tags(names), ..all() });
    assert_eq!(tagged(&["x"]), ["a", "b"]);
    assert_eq!(tagged(&["y", " Z "]), ["b", "c"]);
    assert_eq!(tagged(&["none"]), [""; 0]);
}

pub fn time_filters_are_strict(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    for seconds in [1, 2, 3] {
        world.insight_with(repositories, &seconds.to_string(), |draft| {
            draft.fields.created_at = at(seconds);
            draft.fields.last_modified_at = at(10 - seconds);
        });
    }
    let micro = TimeDelta::microseconds(1);
    let created = |created| ids(repositories, &world, &InsightFilter { created, ..all() });
    assert_eq!(created(Between { after: Some(at(1)), before: Some(at(3)) }), ["2"]);
    assert_eq!(created(Between { after: Some(at(1) - micro), before: Some(at(3) + micro) }), ["1", "2", "3"]);
    assert_eq!(created(Between { after: Some(at(2)), before: None }), ["3"]);
    assert_eq!(created(Between { after: None, before: Some(at(2)) }), ["1"]);
    let modified = |last_modified| ids(repositories, &world, &InsightFilter { last_modified, ..all() });
    assert_eq!(modified(Between { after: Some(at(8)), before: None }), ["1"]);
    assert_eq!(modified(Between { after: None, before: Some(at(8)) }), ["3"]);
    // An instant without a fraction sorts among ones with a fraction.
    let whole = at(2) - TimeDelta::microseconds(123_456);
    assert_eq!(created(Between { after: Some(whole), before: Some(at(3)) }), ["2"]);
}

pub fn last_views_are_the_callers(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    let [a, b, _] = ["a", "b", "c"].map(|name| world.insight(repositories, name).id);
    for (user, id, seconds) in [(&world, a, 1), (&world, b, 2), (&other, a, 9)] {
        repositories.insights.mark_viewed(world.project.id, user.user.id, &[id], at(seconds)).unwrap();
    }
    let viewed = |after: Option<i64>, before: Option<i64>| {
        let last_viewed = Between { after: after.map(at), before: before.map(at) };
        ids(repositories, &world, &InsightFilter { last_viewed, ..all() })
    };
    assert_eq!(viewed(Some(0), None), ["a", "b"]);
    assert_eq!(viewed(Some(1), None), ["b"]);
    assert_eq!(viewed(None, Some(2)), ["a"]);
    assert_eq!(viewed(Some(1), Some(2)), [""; 0]);
}

pub fn every_order_goes_both_ways(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    let names = ["b", "a", "c"];
    for (n, name) in [0_i32, 1, 2].into_iter().zip(names) {
        let made = world.insight_with(repositories, name, |draft| {
            let fields = &mut draft.fields;
            fields.order = Some(n);
            fields.derived_name = Some(format!("{}", 9 - n));
            let seconds = i64::from(n);
            (fields.created_at, fields.updated_at, fields.last_modified_at) = (at(seconds), at(-seconds), at(seconds));
            fields.created_by = Some(if n == 1 { other.user.id } else { world.user.id });
            (fields.favorited, fields.saved) = (n == 0, n != 0);
        });
        repositories.insights.mark_viewed(world.project.id, world.user.id, &[made.id], at(-i64::from(n))).unwrap();
    }
    let list = |text: &str| -> String {
        let order = InsightOrder::parse(text).unwrap();
        ids(repositories, &world, &InsightFilter { order, ..all() }).concat()
    };
    let expected = [
        ("order", "bac"),
        ("id", "bac"),
        ("short_id", "abc"),
        ("name", "abc"),
        ("derived_name", "cab"),
        ("created_at", "bac"),
        ("created_by", "bca"),
        ("updated_at", "cab"),
        ("last_modified_at", "bac"),
        ("last_viewed_at", "cab"),
        ("favorited", "acb"),
        ("saved", "bac"),
    ];
    for (field, upwards) in expected {
        assert_eq!(list(field), upwards, "{field}");
        let downwards: String = upwards.chars().rev().collect();
        assert_eq!(list(&format!("-{field}")), downwards, "-{field}");
    }
}

pub fn what_is_absent_comes_first_upwards_and_last_downwards(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let [a, _, c] = [("a", Some(2)), ("b", None), ("c", Some(1))].map(|(name, order)| {
        world.insight_with(repositories, name, |draft| {
            draft.fields.order = order;
            draft.fields.name = order.map(|order| format!("{order}"));
        })
    });
    for (id, seconds) in [(a.id, 2), (c.id, 1)] {
        repositories.insights.mark_viewed(world.project.id, world.user.id, &[id], at(seconds)).unwrap();
    }
    for field in ["order", "name", "last_viewed_at"] {
        let list = |text: &str| {
            let order = InsightOrder::parse(text).unwrap();
            ids(repositories, &world, &InsightFilter { order, ..all() }).concat()
        };
        assert_eq!(list(field), "bca", "{field}");
        assert_eq!(list(&format!("-{field}")), "acb", "-{field}");
    }
}

pub fn pages_are_cut_and_counted(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    for n in 0..5 {
        world.insight_with(repositories, &n.to_string(), |draft| draft.fields.favorited = n > 0);
    }
    let filter = InsightFilter { favorited: Some(true), ..all() };
    let page = |limit, offset| {
        let page = Page::new(Some(limit), Some(offset));
        let listed = repositories.insights.list(world.project.id, world.user.id, &filter, page).unwrap();
        (listed.count, listed.items.into_iter().map(|insight| insight.short_id.0).collect::<String>())
    };
    assert_eq!(page(2, 0), (4, "12".to_owned()));
    assert_eq!(page(2, 2), (4, "34".to_owned()));
    assert_eq!(page(100, 3), (4, "4".to_owned()));
}

pub fn pages_beyond_the_end_are_empty(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    world.insight(repositories, "one");
    let page = Page::new(None, Some(i64::MAX));
    let listed = repositories.insights.list(world.project.id, world.user.id, &all(), page).unwrap();
    assert_eq!((listed.count, listed.items), (1, vec![]));
}
