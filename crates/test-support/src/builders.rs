//! Valid things with as few words as possible. Tests that are about a field set it themselves.

use actions::model::ActionFields;
use actions::repository::ActionDraft;
use alerts::check::{AlertCheck, CheckDetail};
use alerts::delivery::{DeliveryState, Notification, Target};
use alerts::destination::{AddressPolicy, Destination, DestinationKind, DestinationUrl};
use alerts::message::Message;
use alerts::model::{Alert, AlertId, AlertSettings, AlertState, AlertStatus, CalculationInterval};
use alerts::threshold::{Bounds, Threshold, ThresholdConfiguration, ThresholdType};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cohorts::model::CohortFields;
use cohorts::repository::CohortDraft;
use endpoints::model::{Endpoint, EndpointFields, EndpointId, EndpointName, EndpointVersion};
use insights_core::api_key::repository::StoredKey;
use insights_core::api_key::secret::KeySecret;
use insights_core::api_key::{ApiKey, KeyKind};
use insights_core::auth::Actor;
use insights_core::dashboard::repository::DashboardDraft;
use insights_core::dashboard::{CreationMode, Dashboard, DashboardFields, RestrictionLevel};
use insights_core::ids::{ApiKeyId, OrganizationId, ProjectId, UserId};
use insights_core::insight::repository::InsightDraft;
use insights_core::insight::{Insight, InsightFields, ShortId};
use insights_core::organization::{Membership, MembershipLevel, Organization};
use insights_core::project::settings::ProjectSettings;
use insights_core::project::{NewProject, Project, WeekStart};
use insights_core::repositories::Repositories;
use insights_core::scopes::Scopes;
use insights_core::user::{User, UserProfile};
use serde_json::json;
use uuid::Uuid;

/// 2026-01-14 03:21:34.123456 UTC and so many seconds.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_768_360_894_123_456).expect("it is within range") + TimeDelta::seconds(seconds)
}

/// User number `n`, whose uuid is `n` too.
pub fn profile(n: u64) -> UserProfile {
    UserProfile {
        uuid: Uuid::from_u128(u128::from(n)),
        distinct_id: format!("distinct-{n}"),
        first_name: format!("Ann {n}"),
        last_name: String::new(),
        email: format!("ann{n}@example.com"),
        is_email_verified: None,
        role_at_organization: None,
        is_active: true,
        created_at: at(0),
    }
}

/// Organization number `n`, made `n` seconds after [`at`]`(0)`.
pub fn organization(n: u32) -> Organization {
    Organization {
        id: OrganizationId(Uuid::from_u128(0x0a00 + u128::from(n))),
        name: format!("Organization {n}"),
        created_at: at(i64::from(n)),
    }
}

/// Ownership.
pub fn ownership(organization: &Organization, user: UserId) -> Membership {
    Membership {
        organization: organization.id,
        user,
        level: MembershipLevel::Owner,
        joined_at: organization.created_at,
    }
}

/// Project number `n` of the organization.
pub fn project(organization: OrganizationId, n: u32) -> NewProject {
    NewProject {
        uuid: Uuid::from_u128(0x0b00 + u128::from(n)),
        organization,
        name: format!("Project {n}"),
        api_token: format!("phc_{n}"),
        timezone: Tz::UTC,
        week_start: WeekStart::Sunday,
        settings: ProjectSettings::default(),
        created_at: at(i64::from(n)),
    }
}

/// Key `n` of the user, with all scopes, made `n` seconds after [`at`]`(0)`.
pub fn key(user: UserId, n: u32) -> StoredKey {
    let secret = KeySecret::chosen(&format!("phx_secret_number_{n}")).expect("it is long enough");
    let key = ApiKey {
        id: ApiKeyId(format!("key{n}")),
        kind: KeyKind::Personal,
        user,
        label: format!("Key {n}"),
        mask_value: secret.mask(),
        scopes: Scopes::All,
        scoped_projects: Vec::new(),
        scoped_organizations: Vec::new(),
        created_at: at(i64::from(n)),
        expires_at: None,
        last_used_at: None,
        last_rolled_at: None,
    };
    StoredKey { key, secure_value: secret.secure_value() }
}

/// A user who owns an organization with a project.
#[derive(Clone, Debug)]
pub struct World {
    /// The user.
    pub user: User,
    /// The organization.
    pub organization: Organization,
    /// The project.
    pub project: Project,
}

impl World {
    /// World number `n`, stored.
    pub fn new(repositories: &Repositories, n: u32) -> Self {
        let user = repositories.users.create(&profile(u64::from(n))).expect("the user is new");
        let organization = organization(n);
        let owner = ownership(&organization, user.id);
        repositories.organizations.create(&organization, &owner).expect("the organization is new");
        let project = repositories.projects.create(&project(organization.id, n)).expect("the project is new");
        Self { user, organization, project }
    }

    /// The user at work in the project.
    pub fn actor(&self) -> Actor {
        Actor { user: self.user.id, organization: self.organization.id, project: self.project.id }
    }

    /// A stored insight of the project with that name, which is its short id too.
    pub fn insight(&self, repositories: &Repositories, name: &str) -> Insight {
        self.insight_with(repositories, name, |_| {})
    }

    /// As [`Self::insight`], with fields of the test's own.
    pub fn insight_with(
        &self,
        repositories: &Repositories,
        name: &str,
        set: impl FnOnce(&mut InsightDraft),
    ) -> Insight {
        let mut draft = insight(self.project.id, name);
        draft.fields.created_by = Some(self.user.id);
        draft.fields.last_modified_by = Some(self.user.id);
        set(&mut draft);
        repositories.insights.create(&draft, None).expect("the insight is new and valid")
    }

    /// A stored dashboard of the project with that name.
    pub fn dashboard(&self, repositories: &Repositories, name: &str) -> Dashboard {
        let draft = dashboard(self.project.id, name);
        repositories.dashboards.create(&draft, None).expect("the dashboard is valid")
    }
}

/// An insight of that name, which is its short id too, on no dashboard.
pub fn insight(project: ProjectId, name: &str) -> InsightDraft {
    let fields = InsightFields {
        name: Some(name.to_owned()),
        derived_name: None,
        description: None,
        query: Some(json!({ "kind": "InsightVizNode", "source": { "kind": "TrendsQuery", "series": [] } })),
        filters: json!({}),
        order: None,
        deleted: false,
        saved: true,
        favorited: false,
        is_sample: false,
        tags: Vec::new(),
        created_at: at(0),
        created_by: None,
        updated_at: at(0),
        last_modified_at: at(0),
        last_modified_by: None,
    };
    InsightDraft { project, short_id: ShortId(name.to_owned()), fields, dashboards: Vec::new(), folder: None }
}

/// A dashboard of that name without tiles.
pub fn dashboard(project: ProjectId, name: &str) -> DashboardDraft {
    let fields = DashboardFields {
        name: Some(name.to_owned()),
        description: String::new(),
        pinned: false,
        filters: json!({}),
        variables: json!({}),
        breakdown_colors: json!([]),
        tags: Vec::new(),
        restriction_level: RestrictionLevel::Everyone,
        creation_mode: CreationMode::Default,
        deleted: false,
        created_at: at(0),
        created_by: None,
        last_accessed_at: None,
    };
    DashboardDraft { project, fields, tiles: Vec::new(), folder: None }
}

/// An action of that name for the event of the same name.
pub fn action(project: ProjectId, name: &str) -> ActionDraft {
    let fields = ActionFields {
        name: name.to_owned(),
        description: String::new(),
        tags: Vec::new(),
        post_to_slack: false,
        slack_message_format: String::new(),
        steps: json!([{ "event": name }]),
        pinned_at: None,
        deleted: false,
        created_at: at(0),
        created_by: None,
        updated_at: at(0),
    };
    ActionDraft { project, fields }
}

/// A cohort of that name, of who pays.
pub fn cohort(project: ProjectId, name: &str) -> CohortDraft {
    let fields = CohortFields {
        name: name.to_owned(),
        description: String::new(),
        groups: json!([]),
        filters: json!({ "properties": { "type": "AND", "values": [{ "type": "person", "key": "plan", "value": "paid" }] } }),
        query: json!(null),
        is_static: false,
        deleted: false,
        created_at: at(0),
        created_by: None,
    };
    CohortDraft { project, fields }
}

/// Endpoint number `n` of that name, made `n` seconds after [`at`]`(0)`: it answers 1.
pub fn endpoint(project: ProjectId, n: u32, name: &str) -> Endpoint {
    let created_at = at(i64::from(n));
    Endpoint {
        id: EndpointId(Uuid::from_u128(0x0010_0000 + u128::from(n))),
        project,
        name: EndpointName::parse(name).expect("it is a name"),
        revision: 1,
        fields: EndpointFields {
            description: String::new(),
            is_active: true,
            cache_age: None,
            derived_from_insight: None,
            materialized: None,
            created_at,
            created_by: None,
            updated_at: created_at,
        },
        latest: EndpointVersion {
            id: Uuid::from_u128(0x0011_0000 + u128::from(n)),
            version: 1,
            query: json!({ "kind": "HogQLQuery", "query": "select 1" }),
            created_at,
            created_by: None,
        },
        last_executed_at: None,
    }
}

/// Alert number `n` on the insight, made `n` seconds after [`at`]`(0)`: fires above 4.
pub fn alert(insight: &Insight, n: u32) -> Alert {
    let bounds = Bounds { lower: None, upper: Some(4.0) };
    Alert {
        id: AlertId(Uuid::from_u128(0x0c00 + u128::from(n))),
        project: insight.project,
        version: 1,
        settings: AlertSettings {
            insight: insight.id,
            name: String::new(),
            subscribed_users: Vec::new(),
            destinations: Vec::new(),
            threshold: Some(Threshold {
                id: Uuid::from_u128(0x0d00 + u128::from(n)),
                created_at: at(0),
                name: String::new(),
                configuration: ThresholdConfiguration { r#type: ThresholdType::Absolute, bounds },
            }),
            condition: None,
            config: None,
            detector: None,
            calculation_interval: CalculationInterval::Daily,
            skip_weekend: false,
            enabled: true,
            snoozed_until: None,
        },
        status: AlertStatus {
            state: AlertState::NotFiring,
            last_value: None,
            last_notified_at: None,
            last_checked_at: None,
            next_check_at: None,
        },
        created_at: at(i64::from(n)),
        created_by: None,
    }
}

/// Check number `n` of the alert, made `n` seconds after [`at`]`(0)`.
pub fn alert_check(alert: &Alert, n: u32) -> AlertCheck {
    AlertCheck {
        id: Uuid::from_u128(0x0e00 + u128::from(n)),
        alert: alert.id,
        created_at: at(i64::from(n)),
        value: Some(5.5),
        state: AlertState::Firing,
        detail: CheckDetail::default(),
    }
}

/// Webhook number `n`.
pub fn destination(n: u32) -> Destination {
    let url = format!("https://example.com/hooks/{n}");
    Destination {
        id: Uuid::from_u128(u128::from(n)),
        kind: DestinationKind::Webhook,
        url: DestinationUrl::parse(&url, AddressPolicy::PublicOnly).expect("it is an address"),
    }
}

/// Notification number `n` of the check, to [`destination`] 1, due when the check was made.
pub fn notification(check: &AlertCheck, n: u32) -> Notification {
    Notification {
        id: Uuid::from_u128(0x000f_0000 + u128::from(n)),
        alert: check.alert,
        check: check.id,
        target: Target::Destination(destination(1)),
        message: Message {
            is_error: false,
            at: check.created_at,
            project: 1,
            project_name: "Project 1".to_owned(),
            alert: check.alert.0,
            alert_name: "Alert".to_owned(),
            insight: 1,
            insight_short_id: "aB3dE5gH".to_owned(),
            insight_name: "Insight".to_owned(),
            check: check.id,
            value: check.value,
            reasons: vec!["too many".to_owned()],
        },
        state: DeliveryState::Pending,
        attempts: 0,
        last_error: None,
        created_at: check.created_at,
        next_attempt_at: check.created_at,
    }
}
