//! Scopes as types, so that a handler's signature says which right it needs.

use insights_core::scopes::{Scope, ScopeObject};

/// The rights that a route needs. All of them are needed.
pub(crate) trait RequiredScopes: Send + 'static {
    /// In the order in which a missing one is reported.
    const SCOPES: &'static [Scope];
}

macro_rules! scopes {
    ($($name:ident => $scope:expr),+ $(,)?) => {
        $(
            #[doc = concat!("`", stringify!($scope), "`.")]
            #[derive(Debug)]
            pub(crate) enum $name {}

            impl RequiredScopes for $name {
                const SCOPES: &'static [Scope] = &[$scope];
            }
        )+
    };
}

scopes! {
    ActionRead => Scope::read(ScopeObject::Action),
    ActionWrite => Scope::write(ScopeObject::Action),
    ActivityLogRead => Scope::read(ScopeObject::ActivityLog),
    AlertRead => Scope::read(ScopeObject::Alert),
    AlertWrite => Scope::write(ScopeObject::Alert),
    CohortRead => Scope::read(ScopeObject::Cohort),
    CohortWrite => Scope::write(ScopeObject::Cohort),
    DashboardRead => Scope::read(ScopeObject::Dashboard),
    DashboardWrite => Scope::write(ScopeObject::Dashboard),
    DatasetRead => Scope::read(ScopeObject::Dataset),
    DatasetWrite => Scope::write(ScopeObject::Dataset),
    DesktopRecordingRead => Scope::read(ScopeObject::DesktopRecording),
    DesktopRecordingWrite => Scope::write(ScopeObject::DesktopRecording),
    EndpointRead => Scope::read(ScopeObject::Endpoint),
    EndpointWrite => Scope::write(ScopeObject::Endpoint),
    FileSystemRead => Scope::read(ScopeObject::FileSystem),
    GroupRead => Scope::read(ScopeObject::Group),
    InsightRead => Scope::read(ScopeObject::Insight),
    InsightVariableRead => Scope::read(ScopeObject::InsightVariable),
    InsightVariableWrite => Scope::write(ScopeObject::InsightVariable),
    InsightWrite => Scope::write(ScopeObject::Insight),
    LlmAnalyticsRead => Scope::read(ScopeObject::LlmAnalytics),
    LlmAnalyticsWrite => Scope::write(ScopeObject::LlmAnalytics),
    LlmPromptRead => Scope::read(ScopeObject::LlmPrompt),
    LlmPromptWrite => Scope::write(ScopeObject::LlmPrompt),
    LogsRead => Scope::read(ScopeObject::Logs),
    LogsWrite => Scope::write(ScopeObject::Logs),
    OrganizationRead => Scope::read(ScopeObject::Organization),
    OrganizationWrite => Scope::write(ScopeObject::Organization),
    ProjectRead => Scope::read(ScopeObject::Project),
    ProjectWrite => Scope::write(ScopeObject::Project),
    QueryRead => Scope::read(ScopeObject::Query),
    SharingConfigurationRead => Scope::read(ScopeObject::SharingConfiguration),
    SharingConfigurationWrite => Scope::write(ScopeObject::SharingConfiguration),
    UserRead => Scope::read(ScopeObject::User),
    UserWrite => Scope::write(ScopeObject::User),
}

/// `Scope::read(ScopeObject::Insight)` and `Scope::read(ScopeObject::Query)`.
#[derive(Debug)]
pub(crate) enum InsightAndQueryRead {}

impl RequiredScopes for InsightAndQueryRead {
    const SCOPES: &'static [Scope] = &[Scope::read(ScopeObject::Insight), Scope::read(ScopeObject::Query)];
}
