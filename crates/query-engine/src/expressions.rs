//! HogQL expressions in queries: read with their place, understood when the query is planned.

mod names;

use hogql::ast;
use hogql::error::HogqlError;
use hogql::expression::Expression;
use hogql::ir::ExprKind;
use hogql::parse::{parse_expression, parse_order};
use hogql::resolve::{Environment, resolve_expression};
use hogql::tables::EventsColumn;
use hogql::types::Type;
use insights_core::project::WeekStart;

use crate::answer::QueryContext;
use crate::error::QueryError;
use crate::field::{Field, field_of_column};
use crate::nodes::reader::Reader;
use crate::predicate::{Predicate, Test};

/// A HogQL expression as it stands in a query. It is well-formed; whether it means anything is known when it is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct HogqlText {
    text: String,
    syntax: ast::Expr,
    path: String,
}

/// An item of an `ORDER BY` as it stands in a query.
#[derive(Clone, Debug, PartialEq)]
pub struct HogqlOrder {
    text: String,
    syntax: ast::OrderBy,
    path: String,
}

impl HogqlOrder {
    /// Reads the item that `node` is.
    ///
    /// # Errors
    /// As [`HogqlText::read`].
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let text = node.text()?;
        let syntax = parse_order(text).map_err(|error| refusal(node.path(), &error))?;
        Ok(Self { text: text.to_owned(), syntax, path: node.path().to_owned() })
    }

    /// The text, as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text says.
    pub(crate) fn syntax(&self) -> &ast::OrderBy {
        &self.syntax
    }

    /// Where it stands in the query.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// What an expression of an event is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EventValue {
    /// The event's person.
    Person,
    /// A value.
    Field(Field),
}

impl HogqlText {
    /// Reads the expression that `node` is.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where it is no text, or none of an expression: with the position in the text.
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let text = node.text()?;
        let mut syntax = parse_expression(text).map_err(|error| refusal(node.path(), &error))?;
        names::name_events(&mut syntax);
        Ok(Self { text: text.to_owned(), syntax, path: node.path().to_owned() })
    }

    /// Reads `text` as an expression of an event, for what stands at `path`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn of_event(path: &str, text: &str) -> Result<Self, QueryError> {
        let mut syntax = parse_expression(text).map_err(|error| refusal(path, &error))?;
        names::name_events(&mut syntax);
        Ok(Self { text: text.to_owned(), syntax, path: path.to_owned() })
    }

    /// Reads `text`, which is that of `node` or a part of it, as an expression of a person: what it names is of the person.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn of_person(node: &Reader<'_>, text: &str) -> Result<Self, QueryError> {
        let mut syntax = parse_expression(text).map_err(|error| refusal(node.path(), &error))?;
        names::name_persons(&mut syntax);
        Ok(Self { text: text.to_owned(), syntax, path: node.path().to_owned() })
    }

    /// The text, as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text says.
    pub(crate) fn syntax(&self) -> &ast::Expr {
        &self.syntax
    }

    /// Where it stands in the query.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What it is of an event. Where it is no more than a field, that field is read without any HogQL.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where a name, a type or an aggregate is out of place.
    pub(crate) fn value(&self, context: &QueryContext) -> Result<EventValue, QueryError> {
        let expression = self.resolve(context)?;
        Ok(match plain_column(&expression) {
            Some(EventsColumn::PersonId) => EventValue::Person,
            column => EventValue::Field(
                column.and_then(field_of_column).unwrap_or_else(|| Field::Expression(expression.into())),
            ),
        })
    }

    /// As [`Self::value`], the person being a value too: their uuid.
    ///
    /// # Errors
    /// As [`Self::value`].
    pub(crate) fn field(&self, context: &QueryContext) -> Result<Field, QueryError> {
        match self.value(context)? {
            EventValue::Field(field) => Ok(field),
            EventValue::Person => Ok(Field::Expression(self.resolve(context)?.into())),
        }
    }

    /// That it holds.
    ///
    /// # Errors
    /// As [`Self::value`], and where its value can be no condition.
    pub(crate) fn predicate(&self, context: &QueryContext) -> Result<Predicate, QueryError> {
        let expression = self.resolve(context)?;
        let ty = match &expression.value.ty {
            Type::Nullable(ty) => ty,
            ty => ty,
        };
        // A text is a condition as a property is that PostHog has found to be a boolean.
        if !matches!(ty, Type::Nothing | Type::Bool | Type::Int | Type::UInt | Type::Float | Type::String) {
            let message = format!("{:?} is no condition; compare it with something", self.text);
            return Err(QueryError::invalid(&self.path, message));
        }
        Ok(Predicate::test(self.field(context)?, Test::IsTrue))
    }

    fn resolve(&self, context: &QueryContext) -> Result<Expression, QueryError> {
        resolve_expression(&self.syntax, &self.text, &environment(context)).map_err(|error| self.refusal(&error))
    }

    /// What is wrong with the text, at its path.
    pub(crate) fn refusal(&self, error: &HogqlError) -> QueryError {
        refusal(&self.path, error)
    }
}

/// What HogQL means in queries asked with `context`.
pub(crate) fn environment(context: &QueryContext) -> Environment {
    let cohorts = &context.definitions.cohorts;
    Environment {
        timezone: context.timezone,
        weeks_start_monday: context.week_start == WeekStart::Monday,
        now: context.now,
        cohorts: cohorts.iter().map(|(id, cohort)| (*id, cohort.name.clone())).collect(),
        group_types: context.definitions.group_types.clone(),
    }
}

/// What is wrong with the text that stands at `path`.
pub(crate) fn refusal(path: &str, error: &HogqlError) -> QueryError {
    QueryError::invalid(path, error.to_string())
}

/// The column that an expression is, where it is no more than one.
fn plain_column(expression: &Expression) -> Option<&EventsColumn> {
    match &expression.value.kind {
        ExprKind::Column(column) => expression.columns.get(column.index).map(|(column, _)| column),
        _ => None,
    }
}
