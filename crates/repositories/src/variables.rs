//! Variables.

use ::variables::model::{Variable, VariableFields, VariableId, VariableKind};
use ::variables::repository::VariableRepository;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{Page, Paged};

use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::variables;
use crate::values::{from_json, from_uuid, instant, json_text, signed, stamp, unsigned};

const WHAT: &str = "variable";

impl VariableRepository for DieselDatabase {
    fn create(&self, variable: &Variable) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            diesel::insert_into(variables::table).values(NewVariableRow::new(variable)).execute(connection)?;
            Ok(())
        })
    }

    fn get_batch(&self, project: ProjectId, ids: &[VariableId]) -> RepositoryResult<Vec<Variable>> {
        let ids: Vec<String> = ids.iter().map(VariableId::to_string).collect();
        self.read(WHAT, |connection| {
            let rows: Vec<VariableRow> = variables::table
                .filter(variables::project_id.eq(project.0))
                .filter(variables::id.eq_any(ids))
                .order(variables::code_name)
                .select(VariableRow::as_select())
                .load(connection)?;
            rows.into_iter().map(Variable::try_from).collect()
        })
    }

    fn list(&self, project: ProjectId, page: Page) -> RepositoryResult<Paged<Variable>> {
        self.read(WHAT, |connection| {
            let of_project = variables::table.filter(variables::project_id.eq(project.0));
            let count: i64 = of_project.count().get_result(connection)?;
            let rows: Vec<VariableRow> = of_project
                .order(variables::code_name)
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(VariableRow::as_select())
                .load(connection)?;
            let items = rows.into_iter().map(Variable::try_from).collect::<Result<_, _>>()?;
            Ok(Paged { count: unsigned(count), items })
        })
    }

    fn update(&self, variable: &Variable) -> RepositoryResult<Variable> {
        self.write(WHAT, |connection| {
            let stored = variables::table
                .filter(variables::id.eq(variable.id.to_string()))
                .filter(variables::project_id.eq(variable.project.0));
            let unchanged = stored.clone().filter(variables::version.eq(variable.version));
            let row = ChangedVariableRow::of_version(&variable.fields, variable.version + 1);
            if diesel::update(unchanged).set(row).execute(connection)? == 0 {
                let n_stored: i64 = stored.clone().count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            }
            Variable::try_from(stored.select(VariableRow::as_select()).first(connection)?)
        })
    }

    fn delete(&self, project: ProjectId, id: VariableId) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let stored =
                variables::table.filter(variables::id.eq(id.to_string())).filter(variables::project_id.eq(project.0));
            match diesel::delete(stored).execute(connection)? {
                0 => Err(RepositoryError::NotFound { what: WHAT }.into()),
                _ => Ok(()),
            }
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = variables)]
struct VariableRow {
    id: String,
    project_id: i64,
    version: i64,
    name: String,
    code_name: String,
    kind: String,
    default_value: String,
    choices: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl TryFrom<VariableRow> for Variable {
    type Error = Failure;

    fn try_from(row: VariableRow) -> Result<Self, Failure> {
        let kind = VariableKind::from_name(&row.kind);
        let fields = VariableFields {
            name: row.name,
            code_name: row.code_name,
            kind: kind.ok_or_else(|| unreadable(WHAT, format!("type {}", row.kind)))?,
            default_value: from_json(WHAT, &row.default_value)?,
            values: from_json(WHAT, &row.choices)?,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
        };
        let id = VariableId(from_uuid(WHAT, &row.id)?);
        Ok(Self { id, project: ProjectId(row.project_id), version: row.version, fields })
    }
}

/// What a variable is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = variables, treat_none_as_default_value = false)]
struct NewVariableRow {
    id: String,
    project_id: i64,
    code_name: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedVariableRow,
}

impl NewVariableRow {
    fn new(variable: &Variable) -> Self {
        let fields = &variable.fields;
        Self {
            id: variable.id.to_string(),
            project_id: variable.project.0,
            code_name: fields.code_name.clone(),
            created_at: stamp(fields.created_at),
            created_by: fields.created_by.map(|user| user.0),
            changeable: ChangedVariableRow::of_version(fields, variable.version),
        }
    }
}

/// What every change of a variable writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = variables)]
struct ChangedVariableRow {
    version: i64,
    name: String,
    kind: &'static str,
    default_value: String,
    choices: String,
}

impl ChangedVariableRow {
    fn of_version(fields: &VariableFields, version: i64) -> Self {
        Self {
            version,
            name: fields.name.clone(),
            kind: fields.kind.name(),
            default_value: json_text(&fields.default_value),
            choices: json_text(&fields.values),
        }
    }
}
