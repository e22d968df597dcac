//! The use cases of variables.

use std::sync::Arc;

use insights_core::auth::Actor;
use insights_core::error::{RepositoryError, ServiceResult};
use insights_core::ids::{IdSource, ProjectId};
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::retry;
use insights_core::text::check_length;
use insights_core::time::Clock;
use serde_json::Value;

use crate::model::{
    MAX_NAME_CHARACTERS, MAX_VALUE_CHARACTERS, MAX_VALUES, Variable, VariableFields, VariableId, VariableKind,
    code_name,
};
use crate::repository::VariableRepository;

/// What a new variable is asked for with.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVariable {
    /// See [`VariableFields::name`].
    pub name: String,
    /// See [`VariableFields::kind`].
    pub kind: VariableKind,
    /// See [`VariableFields::default_value`].
    pub default_value: Value,
    /// See [`VariableFields::values`]; null stands for none.
    pub values: Value,
}

/// What of a variable is to change. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VariablePatch {
    /// See [`VariableFields::name`]. The code name stays.
    pub name: Option<String>,
    /// See [`VariableFields::kind`].
    pub kind: Option<VariableKind>,
    /// See [`VariableFields::default_value`]; null takes it away.
    pub default_value: Option<Value>,
    /// See [`VariableFields::values`].
    pub values: Option<Value>,
}

/// The use cases of variables.
#[derive(Clone, Debug)]
pub struct VariableService {
    variables: Arc<dyn VariableRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl VariableService {
    /// A service over the repository.
    pub fn new(variables: Arc<dyn VariableRepository>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { variables, clock, ids }
    }

    /// Makes a variable.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, new: NewVariable) -> ServiceResult<Variable> {
        let fields = VariableFields {
            code_name: code_name(&new.name),
            name: new.name,
            kind: new.kind,
            default_value: new.default_value,
            values: if new.values.is_null() { Value::Array(Vec::new()) } else { new.values },
            created_at: self.clock.now(),
            created_by: Some(actor.user),
        };
        check(&fields)?;
        let variable = Variable { id: VariableId(self.ids.uuid()), project: actor.project, version: 1, fields };
        match self.variables.create(&variable) {
            Err(RepositoryError::Conflict { .. }) => {
                Err(Problem { code: "unique", ..Problem::invalid("name", "Variable with name already exists") }.into())
            }
            result => Ok(result.map(|()| variable)?),
        }
    }

    /// The project's variable of that id.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: VariableId) -> ServiceResult<Variable> {
        let found = self.variables.get_batch(project, &[id])?.pop();
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// A page of the project's variables by code name.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, page: Page) -> ServiceResult<Paged<Variable>> {
        Ok(self.variables.list(project, page)?)
    }

    /// Changes a variable. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is none, a refusal that names the field at fault.
    pub fn update(&self, project: ProjectId, id: VariableId, patch: &VariablePatch) -> ServiceResult<Variable> {
        retry::on_conflict(|| {
            let old = self.require(project, id)?;
            let patch = patch.clone();
            let fields = VariableFields {
                name: patch.name.unwrap_or(old.fields.name),
                kind: patch.kind.unwrap_or(old.fields.kind),
                default_value: patch.default_value.unwrap_or(old.fields.default_value),
                values: patch.values.unwrap_or(old.fields.values),
                ..old.fields
            };
            check(&fields)?;
            match self.variables.update(&Variable { fields, ..old }) {
                Err(RepositoryError::NotFound { .. }) => Err(Problem::not_found().into()),
                result => Ok(result?),
            }
        })
    }

    /// Deletes a variable. Queries that name it go by the values that they carry themselves.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn delete(&self, project: ProjectId, id: VariableId) -> ServiceResult<()> {
        match self.variables.delete(project, id) {
            Err(RepositoryError::NotFound { .. }) => Err(Problem::not_found().into()),
            result => Ok(result?),
        }
    }
}

fn check(fields: &VariableFields) -> Result<(), Problem> {
    check_length("name", &fields.name, MAX_NAME_CHARACTERS)?;
    if fields.code_name.is_empty() {
        return Err(Problem::invalid("name", "A name has at least one letter or digit."));
    }
    fields.kind.check("default_value", &fields.default_value)?;
    if let Value::String(text) = &fields.default_value {
        check_length("default_value", text, MAX_VALUE_CHARACTERS)?;
    }
    let Value::Array(values) = &fields.values else {
        return Err(Problem::invalid("values", "values must be a JSON array of texts."));
    };
    if values.len() > MAX_VALUES {
        return Err(Problem::invalid("values", format!("Ensure this field has no more than {MAX_VALUES} elements.")));
    }
    for value in values {
        let text = value.as_str().ok_or_else(|| Problem::invalid("values", "values must be a JSON array of texts."))?;
        check_length("values", text, MAX_VALUE_CHARACTERS)?;
    }
    let is_offered = fields.default_value.is_null() || values.contains(&fields.default_value);
    if fields.kind == VariableKind::List && !is_offered {
        return Err(Problem::invalid("default_value", "The default value of a list is one of its values."));
    }
    Ok(())
}
