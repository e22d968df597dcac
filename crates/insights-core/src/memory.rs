//! A store in memory that implements every repository trait: for tests, examples and programs that keep nothing.

mod accounts;
mod changes;
mod dashboards;
mod file_system;
mod insights;
mod keys;
mod leases;
mod records;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};

use crate::activity::{ActivityEntry, NewActivity};
use crate::api_key::repository::StoredKey;
use crate::dashboard::{Dashboard, Tile};
use crate::file_system::Folder;
use crate::ids::{ActivityId, ApiKeyId, DashboardId, InsightId, OrganizationId, ProjectId, TileId, UserId};
use crate::insight::Insight;
use crate::lease::LeaseHolder;
use crate::organization::{Membership, Organization};
use crate::project::Project;
use crate::query_cache::CachedResult;
use crate::repositories::Repositories;
use crate::server_secret::ServerSecret;
use crate::user::User;

/// Everything in maps behind one lock, so that each method is one transaction.
#[derive(Debug, Default)]
pub struct InMemoryDatabase {
    state: Mutex<State>,
    n_times_asked: AtomicU64,
}

impl InMemoryDatabase {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The repositories over a new empty store.
    pub fn repositories() -> Repositories {
        Repositories::over(&Arc::new(Self::new()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

/// A tile with the mark that its readers never see.
#[derive(Debug)]
struct TileRow {
    tile: Tile,
    deleted: bool,
}

#[derive(Debug, Default)]
struct State {
    organizations: BTreeMap<OrganizationId, Organization>,
    memberships: Vec<Membership>,
    users: BTreeMap<UserId, User>,
    projects: BTreeMap<ProjectId, Project>,
    keys: BTreeMap<ApiKeyId, StoredKey>,
    /// Without their tiles, which are in `tiles` alone.
    insights: BTreeMap<InsightId, Insight>,
    /// Without their tiles, likewise.
    dashboards: BTreeMap<DashboardId, Dashboard>,
    tiles: BTreeMap<TileId, TileRow>,
    insight_folders: BTreeMap<InsightId, Folder>,
    dashboard_folders: BTreeMap<DashboardId, Folder>,
    views: HashMap<(UserId, InsightId), DateTime<Utc>>,
    activity: Vec<ActivityEntry>,
    cache: BTreeMap<(ProjectId, String), CachedResult>,
    /// Who holds each lease, until when.
    leases: BTreeMap<String, (LeaseHolder, DateTime<Utc>)>,
    server_secret: Option<ServerSecret>,
}

impl State {
    fn log(&mut self, activity: &NewActivity) -> ActivityEntry {
        let number = i64::try_from(self.activity.len()).expect("memory ends before i64 does") + 1;
        let entry = ActivityEntry { id: ActivityId(number), activity: activity.clone() };
        self.activity.push(entry.clone());
        entry
    }

    fn live_tiles(&self, of: impl Fn(&Tile) -> bool) -> Vec<Tile> {
        let live = self.tiles.values().filter(|row| !row.deleted);
        live.map(|row| &row.tile).filter(|tile| of(tile)).cloned().collect()
    }
}

/// The number after the highest of a map's.
fn next_number<K: Copy + Ord, V>(map: &BTreeMap<K, V>, number: impl Fn(K) -> i64) -> i64 {
    map.last_key_value().map_or(1, |(key, _)| number(*key) + 1)
}
