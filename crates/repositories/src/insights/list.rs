//! Lists of insights: the filter and the order as SQL.

use diesel::dsl::{IntoBoxed, exists};
use diesel::prelude::*;
use insights_core::ids::{ProjectId, UserId};
use insights_core::insight::Insight;
use insights_core::insight::filter::{Direction, InsightFilter, InsightOrder, InsightOrderField};
use insights_core::paging::{Page, Paged};
use insights_core::text::search_form;

use super::rows::{InsightRow, assemble};
use crate::connection::{AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::schema::{insight_tags, insight_views, insights, tiles};
use crate::values::{containing, lookup, signed, stamp, unsigned};

type Query<'a> = IntoBoxed<'a, insights::table, MultiBackend>;

pub(super) fn list(
    connection: &mut AnyConnection,
    project: ProjectId,
    caller: UserId,
    filter: &InsightFilter,
    page: Page,
) -> Result<Paged<Insight>, Failure> {
    let count: i64 = passing(project, caller, filter).count().get_result(connection)?;
    let rows: Vec<InsightRow> = ordered(passing(project, caller, filter), caller, filter.order)
        .limit(i64::from(page.limit()))
        .offset(signed(page.offset()))
        .select(InsightRow::as_select())
        .load(connection)?;
    Ok(Paged { count: unsigned(count), items: assemble(connection, rows)? })
}

/// The project's live insights that pass the filter.
fn passing(project: ProjectId, caller: UserId, filter: &InsightFilter) -> Query<'static> {
    let mut query = insights::table.into_boxed::<MultiBackend>();
    query = query.filter(insights::project_id.eq(project.0)).filter(insights::deleted.eq(false));
    if let Some(saved) = filter.saved {
        query = query.filter(insights::saved.eq(saved));
    }
    if let Some(favorited) = filter.favorited {
        query = query.filter(insights::favorited.eq(favorited));
    }
    if filter.created_by_caller {
        query = query.filter(insights::created_by.eq(Some(caller.0)));
    }
    if let Some(users) = &filter.created_by {
        let users: Vec<_> = users.iter().map(|user| Some(user.0)).collect();
        query = query.filter(insights::created_by.eq_any(users));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(insights::kind.eq(Some(kind.name())));
    }
    if let Some(short_id) = &filter.short_id {
        query = query.filter(insights::short_id.eq(lookup(short_id)));
    }
    for dashboard in &filter.dashboards {
        let tile = tiles::table
            .filter(tiles::insight_id.eq(insights::id.nullable()))
            .filter(tiles::dashboard_id.eq(dashboard.0))
            .filter(tiles::deleted.eq(false));
        query = query.filter(exists(tile));
    }
    if !filter.tags.is_empty() {
        let tags: Vec<_> = filter.tags.iter().map(|tag| search_form(lookup(tag).trim())).collect();
        let tagged = insight_tags::table
            .filter(insight_tags::insight_id.eq(insights::id))
            .filter(insight_tags::tag.eq_any(tags));
        query = query.filter(exists(tagged));
    }
    if let Some(search) = &filter.search {
        let pattern = containing(&search_form(search));
        let tagged = insight_tags::table
            .filter(insight_tags::insight_id.eq(insights::id))
            .filter(insight_tags::tag.like(pattern.clone()).escape('\\'));
        query = query.filter(insights::search_text.like(pattern).escape('\\').or(exists(tagged)));
    }
    viewed_between(in_time(query, filter), caller, filter)
}

fn in_time<'a>(mut query: Query<'a>, filter: &InsightFilter) -> Query<'a> {
    if let Some(after) = filter.last_modified.after {
        query = query.filter(insights::last_modified_at.gt(stamp(after)));
    }
    if let Some(before) = filter.last_modified.before {
        query = query.filter(insights::last_modified_at.lt(stamp(before)));
    }
    if let Some(after) = filter.created.after {
        query = query.filter(insights::created_at.gt(stamp(after)));
    }
    if let Some(before) = filter.created.before {
        query = query.filter(insights::created_at.lt(stamp(before)));
    }
    query
}

fn viewed_between<'a>(mut query: Query<'a>, caller: UserId, filter: &InsightFilter) -> Query<'a> {
    let views = || {
        insight_views::table
            .filter(insight_views::insight_id.eq(insights::id))
            .filter(insight_views::user_id.eq(caller.0))
    };
    if let Some(after) = filter.last_viewed.after {
        query = query.filter(exists(views().filter(insight_views::viewed_at.gt(stamp(after)))));
    }
    if let Some(before) = filter.last_viewed.before {
        query = query.filter(exists(views().filter(insight_views::viewed_at.lt(stamp(before)))));
    }
    query
}

fn ordered<'a>(query: Query<'a>, caller: UserId, order: InsightOrder) -> Query<'a> {
    // The databases disagree on where what is absent belongs, so its place is made part of the order.
    macro_rules! by {
        ($column:expr) => {
            match order.direction {
                Direction::Ascending => query.order(($column.is_not_null().asc(), $column.asc(), insights::id.asc())),
                Direction::Descending => {
                    query.order(($column.is_not_null().desc(), $column.desc(), insights::id.desc()))
                }
            }
        };
    }
    match order.field {
        InsightOrderField::Order => by!(insights::sort_order),
        InsightOrderField::Id => by!(insights::id),
        InsightOrderField::ShortId => by!(insights::short_id),
        InsightOrderField::Name => by!(insights::name),
        InsightOrderField::DerivedName => by!(insights::derived_name),
        InsightOrderField::CreatedAt => by!(insights::created_at),
        InsightOrderField::CreatedBy => by!(insights::created_by),
        InsightOrderField::UpdatedAt => by!(insights::updated_at),
        InsightOrderField::LastModifiedAt => by!(insights::last_modified_at),
        InsightOrderField::Favorited => by!(insights::favorited),
        InsightOrderField::Saved => by!(insights::saved),
        InsightOrderField::LastViewedAt => {
            let viewed_at = || {
                insight_views::table
                    .filter(insight_views::insight_id.eq(insights::id))
                    .filter(insight_views::user_id.eq(caller.0))
                    .select(insight_views::viewed_at)
                    .single_value()
            };
            by!(viewed_at())
        }
    }
}
