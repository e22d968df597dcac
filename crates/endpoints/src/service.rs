//! The use cases of endpoints.

mod patch;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ::variables::model::Variable;
use ::variables::repository::VariableRepository;
use chrono::{DateTime, Months, Utc};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use insights_core::error::{RepositoryError, ServiceError, ServiceResult};
use insights_core::ids::{IdSource, ProjectId};
use insights_core::insight::ShortId;
use insights_core::insight::repository::{InsightKey, InsightRepository};
use insights_core::paging::Page;
use insights_core::problem::Problem;
use insights_core::repositories::{DeletedRows, Repositories};
use insights_core::retry;
use insights_core::time::Clock;
use query_engine::answer::Query;
use serde_json::Value;

pub use self::patch::{EndpointPatch, NewEndpoint};
use crate::executions::Executions;
use crate::materialization::{AnyQuery, MaterializationRules};
use crate::model::{Endpoint, EndpointId, EndpointName, EndpointVersion, MAX_ENDPOINTS, SCOPE};
use crate::openapi::Described;
use crate::repository::{EndpointFilter, EndpointRepository};
use crate::run::{self, RunPlan, RunRequest};
use crate::variables;

/// How far back [`EndpointService::last_executions`] looks, in months.
const EXECUTIONS_MONTHS: u32 = 6;

/// Why an endpoint has nothing to give.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// For any reason but the version.
    #[error("the endpoint cannot be had")]
    Service(#[from] ServiceError),
    /// It has no version of that number.
    #[error("version {wanted} not found for endpoint '{name}'")]
    NoVersion {
        /// The endpoint.
        name: EndpointName,
        /// The number that was asked for.
        wanted: i64,
        /// The highest number that there is.
        current: u32,
    },
}

impl From<RepositoryError> for VersionError {
    fn from(error: RepositoryError) -> Self {
        Self::Service(error.into())
    }
}

impl From<Problem> for VersionError {
    fn from(problem: Problem) -> Self {
        Self::Service(problem.into())
    }
}

/// The use cases of endpoints.
#[derive(Clone, Debug)]
pub struct EndpointService {
    endpoints: Arc<dyn EndpointRepository>,
    variables: Arc<dyn VariableRepository>,
    insights: Arc<dyn InsightRepository>,
    executions: Arc<Executions>,
    materialization: Arc<dyn MaterializationRules>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl EndpointService {
    /// A service over the repositories.
    pub fn new(
        endpoints: Arc<dyn EndpointRepository>,
        variables: Arc<dyn VariableRepository>,
        others: &Repositories,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        let (insights, executions) = (Arc::clone(&others.insights), Arc::default());
        Self { endpoints, variables, insights, executions, materialization: Arc::new(AnyQuery), clock, ids }
    }

    /// The same service, with `rules` for which results can be computed ahead of time; without, all can.
    #[must_use]
    pub fn with_materialization_rules(self, rules: Arc<dyn MaterializationRules>) -> Self {
        Self { materialization: rules, ..self }
    }

    /// Makes an endpoint.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, new: NewEndpoint) -> ServiceResult<Endpoint> {
        let endpoint = new.into_endpoint(actor, self.clock.now(), &*self.ids)?;
        self.check_origin(actor.project, endpoint.fields.derived_from_insight.as_deref())?;
        if endpoint.fields.materialized.is_some() {
            self.check_materializable(&endpoint)?;
        }
        let activity = log_row(actor, verb::CREATED, &endpoint, ActivityDetail::default(), self.clock.now());
        match self.endpoints.create(&endpoint, MAX_ENDPOINTS, &activity) {
            Err(RepositoryError::Conflict { .. }) => {
                let detail = format!("This project already has an endpoint with the name \"{}\".", endpoint.name);
                Err(Problem { code: "unique", ..Problem::invalid("name", detail) }.into())
            }
            result => Ok(result.map(|()| endpoint)?),
        }
    }

    /// The project's endpoint of that name.
    ///
    /// # Errors
    /// A 404 where there is none, and for a text that no endpoint can be called.
    pub fn require(&self, project: ProjectId, name: &str) -> ServiceResult<Endpoint> {
        let found = match EndpointName::parse(name) {
            Some(name) => self.endpoints.get(project, &name)?,
            None => None,
        };
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// The project's endpoints that pass the filter, the newest first; there are no more than [`MAX_ENDPOINTS`].
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, filter: &EndpointFilter) -> ServiceResult<Vec<Endpoint>> {
        Ok(self.endpoints.list(project, filter)?)
    }

    /// Changes an endpoint. A query that says something else than the latest version does becomes the next version.
    ///
    /// A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is none, a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, name: &str, patch: &EndpointPatch) -> ServiceResult<Endpoint> {
        retry::on_conflict(|| {
            let old = self.require(actor.project, name)?;
            let now = self.clock.now();
            let mut new = patch.apply(&old, actor, now, &*self.ids)?;
            if new.fields.derived_from_insight != old.fields.derived_from_insight {
                self.check_origin(actor.project, new.fields.derived_from_insight.as_deref())?;
            }
            let is_asked_for = patch.materialization.enabled == Some(true);
            let is_other = old.fields.materialized.is_none() || new.latest.version != old.latest.version;
            if new.fields.materialized.is_some() && is_asked_for {
                self.check_materializable(&new)?;
            } else if new.fields.materialized.is_some()
                && is_other
                && self.reason_against_materialization(&new)?.is_some()
            {
                // nobody asks for it with this query: it ends, and its status says why
                new.fields.materialized = None;
            }
            let changes = patch::changes(&old, &new);
            let activity = (!changes.is_empty()).then(|| {
                let detail = ActivityDetail { changes: Some(changes), ..ActivityDetail::default() };
                log_row(actor, verb::UPDATED, &new, detail, now)
            });
            Ok(self.endpoints.update(&new, activity.as_ref())?)
        })
    }

    /// Why the result of the latest query of each of the project's endpoints cannot be computed ahead of time, in their order and in
    /// sentences for users; `None` for one whose result can.
    ///
    /// # Errors
    /// What is needed to tell cannot be read.
    pub fn reasons_against_materialization(
        &self,
        project: ProjectId,
        endpoints: &[&Endpoint],
    ) -> ServiceResult<Vec<Option<String>>> {
        let queries: Vec<&Value> = endpoints.iter().map(|endpoint| &endpoint.latest.query).collect();
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.materialization.reasons_against(project, &queries)?)
    }

    /// Deletes an endpoint with all its versions, and gives what it was.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn delete(&self, actor: &Actor, name: &str) -> ServiceResult<Endpoint> {
        let endpoint = self.require(actor.project, name)?;
        let activity = log_row(actor, verb::DELETED, &endpoint, ActivityDetail::default(), self.clock.now());
        self.endpoints.delete(actor.project, endpoint.id, &activity)?;
        Ok(endpoint)
    }

    /// A page of the versions of the project's endpoint of that name, the newest first.
    ///
    /// # Errors
    /// A 404 where there is no such endpoint.
    pub fn versions(&self, project: ProjectId, name: &str, page: Page) -> ServiceResult<Vec<EndpointVersion>> {
        let endpoint = self.require(project, name)?;
        Ok(self.endpoints.versions(project, endpoint.id, page)?)
    }

    /// The project's endpoint of that name and its version of that number, the latest where none is given.
    ///
    /// # Errors
    /// A 404 where there is no such endpoint, [`VersionError::NoVersion`] where it has no such version.
    pub fn version(
        &self,
        project: ProjectId,
        name: &str,
        number: Option<i64>,
    ) -> Result<(Endpoint, EndpointVersion), VersionError> {
        let endpoint = self.require(project, name)?;
        let version = match number {
            None => Some(endpoint.latest.clone()),
            Some(number) if number == i64::from(endpoint.latest.version) => Some(endpoint.latest.clone()),
            Some(number) => match u32::try_from(number) {
                Ok(number) => self.endpoints.version(project, endpoint.id, number)?,
                Err(_) => None,
            },
        };
        match (version, number) {
            (Some(version), _) => Ok((endpoint, version)),
            (None, wanted) => Err(VersionError::NoVersion {
                name: endpoint.name,
                wanted: wanted.unwrap_or_default(),
                current: endpoint.latest.version,
            }),
        }
    }

    /// Plans a run of the project's endpoint of that name.
    ///
    /// # Errors
    /// As [`Self::version`]; a 404 for one that is not active too; a refusal that names the field at fault.
    pub fn plan_run(&self, project: ProjectId, name: &str, asked: &RunRequest) -> Result<RunPlan, VersionError> {
        let (endpoint, version) = self.version(project, name, asked.version)?;
        if !endpoint.fields.is_active {
            return Err(Problem::not_found().into());
        }
        let known = self.variables_of(project, &version.query)?;
        Ok(run::plan(endpoint, version, asked, &known)?)
    }

    /// The project's variables that a kept query names.
    ///
    /// # Errors
    /// The repository's.
    pub fn variables_of(&self, project: ProjectId, query: &Value) -> ServiceResult<Vec<Variable>> {
        let ids = Query::parse(query).map(|query| variables::ids(query.node())).unwrap_or_default();
        if ids.is_empty() { Ok(Vec::new()) } else { Ok(self.variables.get_batch(project, &ids)?) }
    }

    /// The endpoints with what documents say of their variables.
    ///
    /// # Errors
    /// The repository's.
    pub fn describe(&self, endpoints: Vec<Endpoint>) -> ServiceResult<Vec<Described>> {
        let describe = |endpoint: Endpoint| {
            let known = self.variables_of(endpoint.project, &endpoint.latest.query)?;
            let query = Query::parse(&endpoint.latest.query).ok();
            let variables = query.map(|query| variables::open(query.node(), &known)).unwrap_or_default();
            Ok(Described { endpoint, variables })
        };
        endpoints.into_iter().map(describe).collect()
    }

    /// Notes that the endpoint was run now, unless that was noted a moment ago: [`Executions`] says how long a moment is.
    ///
    /// Gives what is to be written, which [`Self::write_execution`] does: most runs need no place among what blocks.
    pub fn execution_to_write(&self, id: EndpointId) -> Option<DateTime<Utc>> {
        let now = self.clock.now();
        self.executions.is_due(id, now).then_some(now)
    }

    /// Writes down that the endpoint was run at that instant.
    ///
    /// # Errors
    /// The repository's.
    pub fn write_execution(&self, id: EndpointId, at: DateTime<Utc>) -> ServiceResult<()> {
        Ok(self.endpoints.mark_executed(id, at)?)
    }

    /// When each of the project's endpoints of those names was last run within six months, in the order of the names; endpoints that were not,
    /// and names that no endpoint has, are left out.
    ///
    /// # Errors
    /// A refusal where one of them can be no name, or where there are more than [`MAX_ENDPOINTS`].
    pub fn last_executions(
        &self,
        project: ProjectId,
        names: &[String],
    ) -> ServiceResult<Vec<(EndpointName, DateTime<Utc>)>> {
        if names.len() > MAX_ENDPOINTS {
            let detail = format!("Ensure this field has no more than {MAX_ENDPOINTS} elements.");
            return Err(Problem::invalid("names", detail).into());
        }
        let read = |name: &String| {
            let invalid = || Problem::invalid("names", format!("Invalid endpoint name: {name}"));
            EndpointName::parse(name).ok_or_else(invalid)
        };
        let mut asked = names.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let now = self.clock.now();
        let since = now.checked_sub_months(Months::new(EXECUTIONS_MONTHS)).unwrap_or(DateTime::UNIX_EPOCH);
        let known = self.endpoints.last_executions(project, &asked, since)?;
        let mut seen = std::collections::BTreeSet::new();
        asked.retain(|name| seen.insert(name.clone()));
        let found = |name: EndpointName| known.iter().find(|(known, _)| *known == name).map(|(_, at)| (name, *at));
        Ok(asked.into_iter().filter_map(found).collect())
    }

    fn reason_against_materialization(&self, endpoint: &Endpoint) -> ServiceResult<Option<String>> {
        Ok(self.reasons_against_materialization(endpoint.project, &[endpoint])?.pop().flatten())
    }

    fn check_materializable(&self, endpoint: &Endpoint) -> ServiceResult<()> {
        match self.reason_against_materialization(endpoint)? {
            Some(reason) => Err(Problem::invalid("is_materialized", reason).into()),
            None => Ok(()),
        }
    }

    /// Refuses an insight that the project does not have.
    fn check_origin(&self, project: ProjectId, short_id: Option<&str>) -> ServiceResult<()> {
        let Some(short_id) = short_id else { return Ok(()) };
        let key = InsightKey::ShortId(ShortId(short_id.to_owned()));
        match self.insights.get(project, &key, DeletedRows::Hidden)? {
            Some(_) => Ok(()),
            None => {
                let detail = format!("This project has no insight with the short id \"{short_id}\".");
                Err(Problem { code: "does_not_exist", ..Problem::invalid("derived_from_insight", detail) }.into())
            }
        }
    }
}

fn log_row(actor: &Actor, verb: &str, endpoint: &Endpoint, detail: ActivityDetail, at: DateTime<Utc>) -> NewActivity {
    let detail = ActivityDetail { name: Some(endpoint.name.to_string()), ..detail };
    NewActivity::by(actor, verb, SCOPE, endpoint.id.to_string(), detail, at)
}
