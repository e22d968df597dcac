//! Making and changing projects.

use std::sync::Arc;

use chrono_tz::Tz;

use super::repository::ProjectRepository;
use super::settings::{ProjectSettings, SettingsPatch, SettingsRules};
use super::{MAX_NAME_CHARACTERS, NewProject, Project, WeekStart};
use crate::error::ServiceResult;
use crate::ids::{IdSource, OrganizationId, ProjectId, random_text};
use crate::problem::Problem;
use crate::text::check_length;
use crate::time::Clock;

/// Random characters of a project's token after `phc_`.
const TOKEN_CHARACTERS: usize = 43;

/// What may be chosen of a project; `None` leaves what there is, or the default of a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectPatch {
    /// Name for people; default `Default project`.
    pub name: Option<String>,
    /// Name of a time zone of the IANA database, such as `Europe/Berlin`; default `UTC`.
    pub timezone: Option<String>,
    /// 0 for Sunday (the default), 1 for Monday.
    pub week_start_day: Option<i64>,
    /// What else its insights go by; default none of it.
    pub settings: SettingsPatch,
}

/// The use cases of projects.
#[derive(Clone, Debug)]
pub struct ProjectService {
    projects: Arc<dyn ProjectRepository>,
    rules: Arc<dyn SettingsRules>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl ProjectService {
    /// A service over the repository, for projects whose settings keep `rules`.
    pub fn new(
        projects: Arc<dyn ProjectRepository>,
        rules: Arc<dyn SettingsRules>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { projects, rules, clock, ids }
    }

    /// Makes a project of the organization, which the caller has been allowed to touch.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, organization: OrganizationId, choices: &ProjectPatch) -> ServiceResult<Project> {
        let mut new = new_project(organization, choices, &*self.clock, &*self.ids)?;
        new.settings = choices.settings.apply(&new.settings, &*self.rules)?;
        Ok(self.projects.create(&new)?)
    }

    /// Changes a project, which the caller has been allowed to touch.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn update(&self, project: Project, choices: &ProjectPatch) -> ServiceResult<Project> {
        let mut project = project;
        if let Some(name) = &choices.name {
            project.name = parse_name(name)?;
        }
        if let Some(timezone) = &choices.timezone {
            project.timezone = parse_timezone(timezone)?;
        }
        if let Some(day) = choices.week_start_day {
            project.week_start = parse_week_start(day)?;
        }
        project.settings = choices.settings.apply(&project.settings, &*self.rules)?;
        self.projects.update(&project)?;
        Ok(project)
    }

    /// The project of that number, without asking who wants it: for jobs and the command line.
    ///
    /// # Errors
    /// The repository's.
    pub fn get(&self, id: ProjectId) -> ServiceResult<Option<Project>> {
        Ok(self.projects.get(id)?)
    }

    /// The project that events with this public token belong to.
    ///
    /// # Errors
    /// The repository's.
    pub fn find_by_api_token(&self, api_token: &str) -> ServiceResult<Option<Project>> {
        Ok(self.projects.find_by_api_token(api_token)?)
    }
}

/// A project with a new uuid and a new token, with the settings that every project begins with.
pub(crate) fn new_project(
    organization: OrganizationId,
    choices: &ProjectPatch,
    clock: &dyn Clock,
    ids: &dyn IdSource,
) -> Result<NewProject, Problem> {
    Ok(NewProject {
        uuid: ids.uuid(),
        organization,
        name: choices.name.as_deref().map_or_else(|| Ok("Default project".to_owned()), parse_name)?,
        api_token: format!("phc_{}", random_text(ids, TOKEN_CHARACTERS)),
        timezone: choices.timezone.as_deref().map_or(Ok(Tz::UTC), parse_timezone)?,
        week_start: choices.week_start_day.map_or(Ok(WeekStart::default()), parse_week_start)?,
        settings: ProjectSettings::default(),
        created_at: clock.now(),
    })
}

fn parse_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Problem::blank("name"));
    }
    check_length("name", name, MAX_NAME_CHARACTERS)?;
    Ok(name.to_owned())
}

fn parse_timezone(timezone: &str) -> Result<Tz, Problem> {
    timezone.parse().map_err(|_| Problem::invalid_choice("timezone", timezone))
}

fn parse_week_start(day: i64) -> Result<WeekStart, Problem> {
    WeekStart::from_number(day).ok_or_else(|| Problem::invalid_choice("week_start_day", &day.to_string()))
}
