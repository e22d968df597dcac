//! Who is in a cohort now: asked of the events' store, as queries are.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cohorts::model::{Cohort, CohortId};
use insights_core::project::Project;
use query_engine::answer::QueryContext;
use query_engine::cohort::{Cohort as EngineCohort, Members as EngineMembers};
use query_engine::control::QueryControl;
use query_engine::definitions::References;
use query_engine::error::QueryError;
use query_engine::field::Field;
use query_engine::plan::members::{CohortMembers, Member, MembersOutput};
use query_engine::plan::{Operator, Output, Plan};
use query_engine::predicate::{OneOf, Predicate, Test};
use query_engine::source::EventSource as _;
use uuid::Uuid;

use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::queries::{ExecutorConfig, QueryFailure, load_definitions};

/// A page of the persons of a cohort, and how many there are.
pub(crate) async fn members(
    state: &AppState,
    project: &Project,
    id: CohortId,
    (offset, limit): (usize, usize),
) -> Result<MembersOutput, ApiError> {
    let (actions, cohorts) = (Arc::clone(&state.storage.actions), Arc::clone(&state.storage.cohorts));
    let (of, now) = (project.clone(), state.clock.now());
    let cohort = blocking(move || {
        let references = References { cohorts: [id.0].into(), ..References::default() };
        let loaded = load_definitions(&*actions, &*cohorts, &of, references);
        loaded.and_then(|loaded| context(&of, now, loaded.definitions).cohort(id.0, "")).map_err(QueryFailure::from)
    })
    .await?;
    run(state, project, CohortMembers { cohort, offset, limit }).await
}

/// Counts the persons of a cohort and notes how many there are. Where they cannot be counted, the cohort stays as it is.
pub(crate) async fn counted(
    state: &actix_web::web::Data<AppState>,
    project: &Project,
    cohort: Cohort,
) -> Result<Cohort, ApiError> {
    if cohort.fields.deleted {
        return Ok(cohort);
    }
    match members(state, project, cohort.id, (0, 0)).await {
        Ok(found) => {
            let (services, id) = (state.clone(), cohort.id);
            let project = project.id;
            blocking(move || services.cohorts.record_count(project, id, found.n_members)).await
        }
        Err(error) => {
            tracing::warn!(cohort = cohort.id.0, %error, "a cohort could not be counted");
            Ok(cohort)
        }
    }
}

/// One distinct id for each of the persons of these uuids; uuids of nobody are left out.
pub(crate) async fn distinct_ids(
    state: &AppState,
    project: &Project,
    uuids: &BTreeSet<Uuid>,
) -> Result<Vec<String>, ApiError> {
    let persons = persons(state, project, uuids).await?;
    Ok(persons.filter_map(|person| person.distinct_ids.first().map(ToString::to_string)).collect())
}

/// Every distinct id of the persons of these uuids.
pub(crate) async fn all_distinct_ids(
    state: &AppState,
    project: &Project,
    uuids: &BTreeSet<Uuid>,
) -> Result<Vec<String>, ApiError> {
    let persons = persons(state, project, uuids).await?;
    Ok(persons.flat_map(|person| person.distinct_ids).map(|id| id.to_string()).collect())
}

/// One distinct id for each of the persons who have one of these e-mail addresses.
pub(crate) async fn distinct_ids_by_email(
    state: &AppState,
    project: &Project,
    addresses: &[String],
) -> Result<Vec<String>, ApiError> {
    let has_one = Predicate::test(
        Field::PersonProperty("email".to_owned()),
        Test::OneOf(OneOf::new(addresses.iter().map(String::as_str))),
    );
    let cohort = Arc::new(EngineCohort { id: EngineCohort::EVERYBODY_ID, members: EngineMembers::Person(has_one) });
    let found = run(state, project, CohortMembers { cohort, offset: 0, limit: usize::MAX }).await?.members;
    Ok(found.into_iter().filter_map(|person| person.distinct_ids.first().map(ToString::to_string)).collect())
}

async fn persons<'a>(
    state: &AppState,
    project: &Project,
    uuids: &'a BTreeSet<Uuid>,
) -> Result<impl Iterator<Item = Member> + use<'a>, ApiError> {
    let found = if uuids.is_empty() {
        Vec::new()
    } else {
        let cohort = Arc::new(EngineCohort::everybody());
        run(state, project, CohortMembers { cohort, offset: 0, limit: usize::MAX }).await?.members
    };
    Ok(found.into_iter().filter(|person| uuids.contains(&person.uuid)))
}

async fn run(state: &AppState, project: &Project, members: CohortMembers) -> Result<MembersOutput, ApiError> {
    let plan = Plan { project: project.id, operator: Operator::Members(members) };
    let control = QueryControl::start(ExecutorConfig::from(&state.limits).limits);
    match state.storage.events.run(&plan, &control).await.map_err(QueryFailure::from)? {
        Output::Members(members) => Ok(members),
        _ => {
            let message = "the source gave numbers of another operator than it was asked for";
            Err(QueryFailure::from(QueryError::Source(message.into())).into())
        }
    }
}

fn context(project: &Project, now: DateTime<Utc>, definitions: query_engine::definitions::Definitions) -> QueryContext {
    QueryContext {
        project: project.id,
        timezone: project.timezone,
        week_start: project.week_start,
        now,
        definitions: Arc::new(definitions),
    }
}
