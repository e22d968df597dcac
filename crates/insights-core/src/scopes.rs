//! What an API key may do: `insight:read`, `query:write`, `*`.

use std::fmt;

use crate::problem::Problem;

/// How far a scope goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Look.
    Read,
    /// Look and change.
    Write,
}

macro_rules! objects {
    ($($variant:ident => $name:literal),+ $(,)?) => {
        /// What scopes are about: the objects that the reference knows, whether or not this server has routes for them, so that a
        /// key made for another server keeps its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ScopeObject {
            $(#[doc = concat!("`", $name, "`.")] $variant,)+
        }

        impl ScopeObject {
            /// All of them, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in a scope.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

objects! {
    AccessControl => "access_control",
    Action => "action",
    ActivityLog => "activity_log",
    Alert => "alert",
    Annotation => "annotation",
    Approvals => "approvals",
    BatchExport => "batch_export",
    BatchImport => "batch_import",
    Cohort => "cohort",
    Comment => "comment",
    Conversation => "conversation",
    CustomerAnalytics => "customer_analytics",
    CustomerJourney => "customer_journey",
    CustomerProfileConfig => "customer_profile_config",
    Dashboard => "dashboard",
    DashboardTemplate => "dashboard_template",
    Dataset => "dataset",
    DesktopRecording => "desktop_recording",
    EarlyAccessFeature => "early_access_feature",
    Element => "element",
    Endpoint => "endpoint",
    ErrorTracking => "error_tracking",
    Evaluation => "evaluation",
    EventDefinition => "event_definition",
    EventFilter => "event_filter",
    Experiment => "experiment",
    ExperimentSavedMetric => "experiment_saved_metric",
    Export => "export",
    ExternalDataSchema => "external_data_schema",
    ExternalDataSource => "external_data_source",
    FeatureFlag => "feature_flag",
    FileSystem => "file_system",
    FileSystemShortcut => "file_system_shortcut",
    Group => "group",
    HealthIssue => "health_issue",
    Heatmap => "heatmap",
    HogFlow => "hog_flow",
    HogFunction => "hog_function",
    Insight => "insight",
    InsightVariable => "insight_variable",
    Integration => "integration",
    LegalDocument => "legal_document",
    Link => "link",
    LiveDebugger => "live_debugger",
    LlmAnalytics => "llm_analytics",
    LlmGateway => "llm_gateway",
    LlmPrompt => "llm_prompt",
    LlmProviderKey => "llm_provider_key",
    LlmSkill => "llm_skill",
    Logs => "logs",
    Notebook => "notebook",
    Organization => "organization",
    OrganizationIntegration => "organization_integration",
    OrganizationMember => "organization_member",
    PersistedFolder => "persisted_folder",
    Person => "person",
    Plugin => "plugin",
    ProductTour => "product_tour",
    Project => "project",
    PropertyDefinition => "property_definition",
    Query => "query",
    RevenueAnalytics => "revenue_analytics",
    SessionRecording => "session_recording",
    SessionRecordingPlaylist => "session_recording_playlist",
    SharingConfiguration => "sharing_configuration",
    StreamlitApp => "streamlit_app",
    Subscription => "subscription",
    Survey => "survey",
    Tagger => "tagger",
    Task => "task",
    Ticket => "ticket",
    Tracing => "tracing",
    UploadedMedia => "uploaded_media",
    UsageMetric => "usage_metric",
    User => "user",
    VisualReview => "visual_review",
    WarehouseObjects => "warehouse_objects",
    WarehouseTable => "warehouse_table",
    WarehouseView => "warehouse_view",
    WebAnalytics => "web_analytics",
    Webhook => "webhook",
}

impl ScopeObject {
    /// The object of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|object| object.name() == name)
    }
}

/// The right to one kind of access to one kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// To what.
    pub object: ScopeObject,
    /// How far.
    pub access: Access,
}

impl Scope {
    /// The right to look at the object.
    pub const fn read(object: ScopeObject) -> Self {
        Self { object, access: Access::Read }
    }

    /// The right to change the object, and to look at it.
    pub const fn write(object: ScopeObject) -> Self {
        Self { object, access: Access::Write }
    }

    /// Whether whoever has this right may do what needs `needed`: writing includes reading.
    pub fn includes(self, needed: Self) -> bool {
        self.object == needed.object && self.access >= needed.access
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = match self.access {
            Access::Read => "read",
            Access::Write => "write",
        };
        write!(f, "{}:{access}", self.object.name())
    }
}

/// A text that names no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid scope: {text}")]
pub struct InvalidScope {
    /// As it was given.
    pub text: String,
}

impl From<InvalidScope> for Problem {
    fn from(error: InvalidScope) -> Self {
        Self::invalid("scopes", error.to_string())
    }
}

impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidScope { text: text.to_owned() };
        let (object, access) = text.split_once(':').ok_or_else(invalid)?;
        let object = ScopeObject::from_name(object).ok_or_else(invalid)?;
        match access {
            "read" => Ok(Self::read(object)),
            "write" => Ok(Self::write(object)),
            _ => Err(invalid()),
        }
    }
}

/// All that a key may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// Everything: `*`.
    All,
    /// These alone; never empty when made by [`Scopes::parse`].
    Only(Vec<Scope>),
}

impl Scopes {
    /// Reads a list of scopes. An empty one and one with `*` in it mean everything, as the reference reads them.
    ///
    /// # Errors
    /// [`InvalidScope`] for the first text that names none.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, InvalidScope> {
        let mut scopes = Vec::new();
        let mut all = texts.is_empty();
        for text in texts {
            if text.as_ref() == "*" {
                all = true;
                continue;
            }
            let scope = text.as_ref().parse()?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        Ok(if all { Self::All } else { Self::Only(scopes) })
    }

    /// The scopes as texts, in the order given.
    pub fn to_texts(&self) -> Vec<String> {
        match self {
            Self::All => vec!["*".to_owned()],
            Self::Only(scopes) => scopes.iter().map(Scope::to_string).collect(),
        }
    }

    /// Whether they include the right.
    pub fn include(&self, needed: Scope) -> bool {
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.iter().any(|scope| scope.includes(needed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(granted: &[&str], needed: &str, expected: bool) {
        let granted = Scopes::parse(granted).unwrap();
        assert_eq!(granted.include(needed.parse().unwrap()), expected, "{granted:?} {needed}");
    }

    #[test]
    fn write_includes_read_of_the_same_object_alone() {
        check(&["insight:read"], "insight:read", true);
        check(&["insight:read"], "insight:write", false);
        check(&["insight:write"], "insight:read", true);
        check(&["insight:write"], "query:read", false);
        check(&["query:read", "insight:write"], "insight:write", true);
        check(&["*"], "project:write", true);
        check(&[], "project:write", true);
        check(&["insight:read", "*"], "project:write", true);
    }

    #[test]
    fn unknown_scopes_are_named() {
        for text in
            ["x", "insight", "insight:", "insight:admin", "nothing:read", "Insight:read", " insight:read", "*:read"]
        {
            let error = Scopes::parse(&["query:read", text]).unwrap_err();
            assert_eq!(error.to_string(), format!("Invalid scope: {text}"));
        }
        let problem = Problem::from(Scopes::parse(&["x"]).unwrap_err());
        assert_eq!((problem.detail.as_str(), problem.attr.as_deref()), ("Invalid scope: x", Some("scopes")));
    }

    #[test]
    fn scopes_keep_their_text() {
        let texts = ["insight:read", "activity_log:read", "insight:read"];
        assert_eq!(Scopes::parse(&texts).unwrap().to_texts(), ["insight:read", "activity_log:read"]);
        assert_eq!(Scopes::All.to_texts(), ["*"]);
    }

    #[test]
    fn every_object_is_found_by_its_name_and_they_are_in_order() {
        assert!(ScopeObject::ALL.is_sorted_by_key(|object| object.name()));
        assert!(ScopeObject::ALL.iter().all(|object| ScopeObject::from_name(object.name()) == Some(*object)));
    }
}
