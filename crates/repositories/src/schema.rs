//! The tables as Diesel sees them, the same for SQLite and PostgreSQL: `migrations/` is what makes them.

mod accounts;
mod agents;
mod apis;
mod language_models;
mod links;
mod meetings;
mod operation;
mod questions;
mod reporting;
mod watches;

pub(crate) use self::accounts::*;
pub(crate) use self::agents::*;
pub(crate) use self::apis::*;
pub(crate) use self::language_models::*;
pub(crate) use self::links::*;
pub(crate) use self::meetings::*;
pub(crate) use self::operation::*;
pub(crate) use self::questions::*;
pub(crate) use self::reporting::*;
pub(crate) use self::watches::*;

diesel::allow_tables_to_appear_in_same_query!(
    actions,
    activity_log,
    agent_material,
    agent_sessions,
    agent_sub_sessions,
    alert_checks,
    alert_notifications,
    alerts,
    api_keys,
    cohort_members,
    cohorts,
    dashboard_tags,
    dashboards,
    dataset_items,
    datasets,
    desktop_recordings,
    endpoint_materializations,
    endpoint_versions,
    endpoints,
    former_access_tokens,
    insight_tags,
    insight_views,
    insights,
    installation,
    leases,
    memberships,
    organizations,
    projects,
    prompt_labels,
    prompt_versions,
    prompts,
    query_cache,
    recording_batches,
    recording_parts,
    recording_segments,
    recording_transcripts,
    recording_uploads,
    reports,
    server_secret,
    share_passwords,
    sharing_configurations,
    tiles,
    users,
    variables
);
