//! The query cache.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};
use insights_core::error::RepositoryResult;
use insights_core::ids::ProjectId;
use insights_core::query_cache::CachedResult;
use insights_core::query_cache::repository::QueryCacheRepository;

use crate::database::DieselDatabase;
use crate::schema::query_cache;
use crate::values::{instant, lookup, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = query_cache)]
struct CacheRow {
    project_id: i64,
    cache_key: String,
    body: String,
    last_refresh: NaiveDateTime,
}

impl From<CacheRow> for CachedResult {
    fn from(row: CacheRow) -> Self {
        Self {
            cache_key: row.cache_key,
            project: ProjectId(row.project_id),
            body: row.body,
            last_refresh: instant(row.last_refresh),
        }
    }
}

impl QueryCacheRepository for DieselDatabase {
    fn get(&self, project: ProjectId, cache_key: &str) -> RepositoryResult<Option<CachedResult>> {
        Ok(QueryCacheRepository::get_batch(self, project, &[cache_key.to_owned()])?.pop())
    }

    fn get_batch(&self, project: ProjectId, cache_keys: &[String]) -> RepositoryResult<Vec<CachedResult>> {
        let cache_keys: Vec<_> = cache_keys.iter().map(|key| lookup(key)).collect();
        self.read("cached result", |connection| {
            let rows: Vec<CacheRow> = query_cache::table
                .filter(query_cache::project_id.eq(project.0))
                .filter(query_cache::cache_key.eq_any(cache_keys))
                .order(query_cache::cache_key)
                .select(CacheRow::as_select())
                .load(connection)?;
            Ok(rows.into_iter().map(Into::into).collect())
        })
    }

    fn put(&self, result: &CachedResult) -> RepositoryResult<()> {
        // One statement for both databases: Diesel offers no upsert over several, though their syntax is the same.
        let upsert = "INSERT INTO query_cache (project_id, cache_key, body, last_refresh) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (project_id, cache_key) DO UPDATE \
                      SET body = excluded.body, last_refresh = excluded.last_refresh \
                      WHERE query_cache.last_refresh <= excluded.last_refresh";
        self.write("project", |connection| {
            diesel::sql_query(upsert)
                .bind::<BigInt, _>(result.project.0)
                .bind::<Text, _>(&result.cache_key)
                .bind::<Text, _>(&result.body)
                .bind::<Timestamp, _>(stamp(result.last_refresh))
                .execute(connection)?;
            Ok(())
        })
    }

    fn delete_older(&self, before: DateTime<Utc>) -> RepositoryResult<usize> {
        self.write("cached result", |connection| {
            let old = query_cache::table.filter(query_cache::last_refresh.lt(stamp(before)));
            Ok(diesel::delete(old).execute(connection)?)
        })
    }
}
