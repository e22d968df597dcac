//! Alerts, their checks, and the outbox of their notifications.

mod outbox;
mod rows;

use ::alerts::check::{AlertCheck, Conclusion, ToldCheck};
use ::alerts::delivery::{Claim, Notification, Settlement};
use ::alerts::model::{Alert, AlertId};
use ::alerts::repository::{AlertRepository, CheckFilter};
use chrono::{DateTime, Utc};
use diesel::dsl::IntoBoxed;
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{InsightId, ProjectId};
use insights_core::insight::InsightFields;
use insights_core::insight::kind::InsightKind;
use insights_core::paging::{Page, Paged};
use uuid::Uuid;

use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::insights::n_live_insights;
use crate::schema::{alert_checks, alerts};
use crate::values::{signed, stamp, unsigned};
use rows::{AlertRow, ChangedAlertRow, CheckRow, NewAlertRow};

pub(crate) const WHAT: &str = "alert";

impl AlertRepository for DieselDatabase {
    fn create(&self, alert: &Alert, limit: u64, activity: &NewActivity) -> RepositoryResult<Alert> {
        self.write(WHAT, |connection| {
            require_insight(connection, alert)?;
            let n_alerts: i64 =
                alerts::table.filter(alerts::project_id.eq(alert.project.0)).count().get_result(connection)?;
            if unsigned(n_alerts) >= limit {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                return Err(RepositoryError::Limit { what: "alerts", limit }.into());
            }
            diesel::insert_into(alerts::table).values(NewAlertRow::new(alert)).execute(connection)?;
            insert_activity(connection, activity, &activity.item_id)?;
            load_one(connection, alert.id)
        })
    }

    fn get(&self, project: ProjectId, id: AlertId) -> RepositoryResult<Option<Alert>> {
        self.read(WHAT, |connection| {
            let row: Option<AlertRow> = alerts::table
                .filter(alerts::id.eq(id.to_string()))
                .filter(alerts::project_id.eq(project.0))
                .select(AlertRow::as_select())
                .first(connection)
                .optional()?;
            row.map(AlertRow::into_alert).transpose()
        })
    }

    fn list(&self, project: ProjectId, insight: Option<InsightId>, page: Page) -> RepositoryResult<Paged<Alert>> {
        self.read(WHAT, |connection| {
            let count: i64 = passing(project, insight).count().get_result(connection)?;
            let rows: Vec<AlertRow> = passing(project, insight)
                .order((alerts::created_at.desc(), alerts::id.desc()))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(AlertRow::as_select())
                .load(connection)?;
            Ok(Paged { count: unsigned(count), items: into_alerts(rows)? })
        })
    }

    fn of_insights(&self, project: ProjectId, insights: &[InsightId]) -> RepositoryResult<Vec<Alert>> {
        let insights: Vec<i64> = insights.iter().map(|insight| insight.0).collect();
        self.read(WHAT, |connection| {
            let rows: Vec<AlertRow> = alerts::table
                .filter(alerts::project_id.eq(project.0))
                .filter(alerts::insight_id.eq_any(insights))
                .order((alerts::created_at.desc(), alerts::id.desc()))
                .select(AlertRow::as_select())
                .load(connection)?;
            into_alerts(rows)
        })
    }

    fn update(&self, alert: &Alert, checks: &[AlertCheck], activity: Option<&NewActivity>) -> RepositoryResult<Alert> {
        self.write(WHAT, |connection| {
            require_insight(connection, alert)?;
            write_alert(connection, alert)?;
            for check in checks {
                diesel::insert_into(alert_checks::table).values(CheckRow::new(check)).execute(connection)?;
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            load_one(connection, alert.id)
        })
    }

    fn delete(&self, project: ProjectId, id: AlertId, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let stored = alerts::table.filter(alerts::id.eq(id.to_string())).filter(alerts::project_id.eq(project.0));
            if diesel::delete(stored).execute(connection)? == 0 {
                return Err(RepositoryError::NotFound { what: WHAT }.into());
            }
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn due(&self, now: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Alert>> {
        let now = stamp(now);
        self.read(WHAT, |connection| {
            let due = || {
                let snooze_is_over = alerts::snoozed_until.is_null().or(alerts::snoozed_until.le(now));
                alerts::table.filter(alerts::enabled.eq(true)).filter(snooze_is_over).limit(i64::from(limit))
            };
            // Databases do not agree on where NULL goes in an order, so that those never checked are asked for apart.
            let mut rows: Vec<AlertRow> = due()
                .filter(alerts::next_check_at.is_null())
                .order(alerts::id)
                .select(AlertRow::as_select())
                .load(connection)?;
            let waiting: Vec<AlertRow> = due()
                .filter(alerts::next_check_at.le(now))
                .order((alerts::next_check_at, alerts::id))
                .select(AlertRow::as_select())
                .load(connection)?;
            rows.extend(waiting);
            rows.truncate(limit as usize);
            into_alerts(rows)
        })
    }

    fn conclude(&self, conclusion: &Conclusion) -> RepositoryResult<Alert> {
        self.write(WHAT, |connection| {
            write_alert(connection, &conclusion.alert)?;
            diesel::insert_into(alert_checks::table).values(CheckRow::new(&conclusion.check)).execute(connection)?;
            outbox::insert(connection, &conclusion.notifications)?;
            load_one(connection, conclusion.alert.id)
        })
    }

    fn checks(&self, id: AlertId, filter: CheckFilter, page: Page) -> RepositoryResult<Paged<ToldCheck>> {
        self.read(WHAT, |connection| {
            let count: i64 = checks_of(id, filter).count().get_result(connection)?;
            let rows: Vec<CheckRow> = checks_of(id, filter)
                .order((alert_checks::created_at.desc(), alert_checks::id.desc()))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(CheckRow::as_select())
                .load(connection)?;
            let checks = rows.into_iter().map(CheckRow::into_check).collect::<Result<Vec<_>, _>>()?;
            let mut delivered = outbox::delivered(connection, &checks)?;
            let told = checks.into_iter().map(|check| {
                let deliveries = delivered.remove(&check.id).unwrap_or_default();
                ToldCheck { check, deliveries }
            });
            Ok(Paged { count: unsigned(count), items: told.collect() })
        })
    }

    fn delete_checks(&self, before: DateTime<Utc>) -> RepositoryResult<usize> {
        self.write(WHAT, |connection| {
            let old = alert_checks::table.filter(alert_checks::created_at.lt(stamp(before)));
            Ok(diesel::delete(old).execute(connection)?)
        })
    }

    fn claim(
        &self,
        claim: Claim,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> RepositoryResult<Vec<Notification>> {
        self.write(WHAT, |connection| outbox::claim(connection, claim, now, until, limit))
    }

    fn settle(&self, notification: Uuid, claim: Claim, settlement: &Settlement) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| outbox::settle(connection, notification, claim, settlement))
    }
}

/// Removes the alerts of an insight that cannot be watched as it is now. Part of the transaction that changes the insight.
pub(crate) fn delete_unwatchable(
    connection: &mut AnyConnection,
    insight: InsightId,
    fields: &InsightFields,
) -> Result<(), Failure> {
    if fields.deleted || fields.kind() != Some(InsightKind::Trends) {
        delete_of_insights(connection, &[insight.0])?;
    }
    Ok(())
}

/// Removes the alerts of insights. Part of the transaction that deletes these.
pub(crate) fn delete_of_insights(connection: &mut AnyConnection, insights: &[i64]) -> Result<(), Failure> {
    diesel::delete(alerts::table.filter(alerts::insight_id.eq_any(insights))).execute(connection)?;
    Ok(())
}

fn require_insight(connection: &mut AnyConnection, alert: &Alert) -> Result<(), Failure> {
    match n_live_insights(connection, alert.project, &[alert.settings.insight.0])? {
        0 => Err(RepositoryError::NotFound { what: "insight" }.into()),
        _ => Ok(()),
    }
}

fn write_alert(connection: &mut AnyConnection, alert: &Alert) -> Result<(), Failure> {
    let stored =
        alerts::table.filter(alerts::id.eq(alert.id.to_string())).filter(alerts::project_id.eq(alert.project.0));
    let unchanged = stored.clone().filter(alerts::version.eq(alert.version));
    let row = ChangedAlertRow::of_version(alert, alert.version + 1);
    if diesel::update(unchanged).set(row).execute(connection)? == 0 {
        let n_stored: i64 = stored.count().get_result(connection)?;
        return Err(match n_stored {
            0 => RepositoryError::NotFound { what: WHAT }.into(),
            _ => RepositoryError::Conflict { what: WHAT }.into(),
        });
    }
    Ok(())
}

fn passing(project: ProjectId, insight: Option<InsightId>) -> IntoBoxed<'static, alerts::table, MultiBackend> {
    let query = alerts::table.into_boxed::<MultiBackend>().filter(alerts::project_id.eq(project.0));
    match insight {
        Some(insight) => query.filter(alerts::insight_id.eq(insight.0)),
        None => query,
    }
}

fn checks_of(id: AlertId, filter: CheckFilter) -> IntoBoxed<'static, alert_checks::table, MultiBackend> {
    let mut query = alert_checks::table.into_boxed::<MultiBackend>().filter(alert_checks::alert_id.eq(id.to_string()));
    if let Some(from) = filter.from {
        query = query.filter(alert_checks::created_at.ge(stamp(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(alert_checks::created_at.le(stamp(to)));
    }
    query
}

fn load_one(connection: &mut AnyConnection, id: AlertId) -> Result<Alert, Failure> {
    let row: AlertRow =
        alerts::table.filter(alerts::id.eq(id.to_string())).select(AlertRow::as_select()).first(connection)?;
    row.into_alert()
}

fn into_alerts(rows: Vec<AlertRow>) -> Result<Vec<Alert>, Failure> {
    rows.into_iter().map(AlertRow::into_alert).collect()
}
