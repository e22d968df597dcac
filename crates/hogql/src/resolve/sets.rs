//! Queries put together, and values that are in them, in lists and in cohorts.

use crate::ast::{self, Expr, SetOperator, Span};
use crate::error::HogqlError;
use crate::ir::{self, ColumnRef, OutputColumn, Relation, RowBounds, Value};
use crate::resolve::constants::{constant_int, constant_text};
use crate::resolve::convert::{bool, call, cast, literal, not, without_person};
use crate::resolve::from::Rows;
use crate::resolve::scope::{Scope, column};
use crate::resolve::{Resolver, TableState};
use crate::tables::{CohortPeopleColumn, EventsColumn, PersonsColumn, Table, TableColumn};
use crate::types::{Type, common_type};

/// A query of a single column.
pub(super) fn single_column<'a>(
    resolver: &mut Resolver<'a>,
    scope: &Scope<'a>,
    query: &'a ast::Query,
    span: &Span,
) -> Result<ir::Query, HogqlError> {
    let query = resolver.inner_query(scope, query)?.query;
    match query.columns.len() {
        1 => Ok(query),
        n => Err(resolver.error(span, format!("a query that is a value has one column, not {n}"))),
    }
}

impl<'a> Resolver<'a> {
    /// Several queries put together, from left to right.
    pub(super) fn set_operation(
        &mut self,
        first: &'a ast::Query,
        rest: &'a [(SetOperator, ast::Query)],
    ) -> Result<Rows, HogqlError> {
        let mut left = self.query(first)?;
        let mut rest = rest.iter().peekable();
        while let Some((operator, next)) = rest.next() {
            let mut inputs = vec![left, self.query(next)?];
            while *operator == SetOperator::UnionAll
                && let Some((_, next)) = rest.next_if(|(following, _)| following == operator)
            {
                inputs.push(self.query(next)?);
            }
            left = self.put_together(*operator, inputs, &span_of(next))?;
        }
        Ok(left)
    }

    fn put_together(&mut self, operator: SetOperator, inputs: Vec<Rows>, span: &Span) -> Result<Rows, HogqlError> {
        let n_columns = inputs[0].query.columns.len();
        if let Some(other) = inputs.iter().find(|input| input.query.columns.len() != n_columns) {
            let message = format!(
                "queries that are put together have as many columns as each other, not {n_columns} and {}",
                other.query.columns.len()
            );
            return Err(self.error(span, message));
        }
        let mut types = Vec::with_capacity(n_columns);
        for position in 0..n_columns {
            let mut common = inputs[0].query.columns[position].ty.clone();
            for input in &inputs[1..] {
                let ty = &input.query.columns[position].ty;
                common = common_type(&common, ty).ok_or_else(|| {
                    let name = &inputs[0].query.columns[position].name;
                    self.error(
                        span,
                        format!("the column {name} is {common} in one query and {ty} in another; convert one of them"),
                    )
                })?;
            }
            types.push(common);
        }
        let id = self.new_relation(span)?;
        let (names, is_json) = (inputs[0].names.clone(), inputs[0].is_json.clone());
        let columns = inputs[0].query.columns.iter().zip(&types).enumerate();
        let columns = columns
            .map(|(index, (known, ty))| OutputColumn {
                name: known.name.clone(),
                ty: ty.clone(),
                column: ColumnRef { relation: id, index },
            })
            .collect();
        let mut relations = Vec::with_capacity(inputs.len());
        for input in inputs {
            relations.push(self.with_types(input.query, &types, span)?);
        }
        let root = Relation::SetOperation { id, operator, inputs: relations, types };
        Ok(Rows { query: ir::Query { root, columns, limit: None, offset: 0 }, names, is_json })
    }

    /// The rows of a query, its columns as these types.
    fn with_types(
        &mut self,
        query: ir::Query,
        types: &[Type],
        span: &Span,
    ) -> Result<(Relation, Vec<ColumnRef>), HogqlError> {
        if query.columns.iter().zip(types).all(|(column, ty)| column.ty == *ty) {
            return Ok((query.root, query.columns.into_iter().map(|column| column.column).collect()));
        }
        let id = self.new_relation(span)?;
        let values = query.columns.into_iter().zip(types).map(|(known, ty)| cast(column(known.column, known.ty), ty));
        let values: Vec<ir::Expr> = values.collect();
        let columns = (0..values.len()).map(|index| ColumnRef { relation: id, index }).collect();
        Ok((Relation::Project { id, input: Box::new(query.root), values }, columns))
    }

    /// Whether a value is one of some others.
    pub(super) fn in_list(
        &mut self,
        scope: &mut Scope<'a>,
        value: &'a Expr,
        items: &'a [Expr],
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        let value = self.value(scope, value)?;
        let mut items = self.values(scope, items)?;
        if let [only] = items.as_mut_slice() {
            // a single array or tuple is the list itself
            let is_tuple = matches!(value.ty, Type::Tuple(_));
            match &mut only.kind {
                ir::ExprKind::Call { function: "array", args } => items = std::mem::take(args),
                ir::ExprKind::Call { function: "tuple", args } if !is_tuple => items = std::mem::take(args),
                ir::ExprKind::Call { function: "tuple", args }
                    if args.iter().all(|arg| matches!(arg.ty, Type::Tuple(_))) =>
                {
                    items = std::mem::take(args);
                }
                _ if matches!(only.ty, Type::Array(_)) && !matches!(value.ty, Type::Array(_)) => {
                    let items = items.swap_remove(0);
                    let has = self.apply_named("has", vec![items, self.copy(&value, span)?], span)?;
                    let is_there = not(call("isNull", vec![value], Type::Bool));
                    return Ok(call("and", vec![is_there, has], Type::Bool));
                }
                _ => {}
            }
        }
        items.retain(|item| !matches!(item.ty, Type::Nothing));
        if items.is_empty() {
            return Ok(bool(false));
        }
        // each item is compared as `=` compares it; constants of one kind become a list
        let mut compared = Vec::with_capacity(items.len());
        for item in items {
            compared.push(self.comparable(self.copy(&value, span)?, item, span)?);
        }
        let constants: Option<Vec<Value>> = compared.iter().map(|(_, item)| constant(item)).collect();
        let is_alike = compared.iter().all(|(left, item)| *left == compared[0].0 && alike(&item.ty, &compared[0].1.ty));
        if let (Some(constants), true) = (constants, is_alike) {
            let constants: Vec<Value> = constants.into_iter().filter(|constant| *constant != Value::Null).collect();
            let (left, item) = compared.swap_remove(0);
            let list = literal(Value::Array(constants), item.ty.without_null().clone().array());
            return Ok(call("in", vec![without_person(left), list], Type::Bool));
        }
        let is_there = not(call("isNull", vec![value], Type::Bool));
        let equal = compared.into_iter().map(|(left, item)| call("equals", vec![left, item], Type::Bool)).collect();
        let any = call("or", equal, Type::Bool);
        Ok(call("and", vec![is_there, any], Type::Bool))
    }

    /// Whether a value is among the rows of a query.
    pub(super) fn in_query(
        &mut self,
        scope: &mut Scope<'a>,
        value: &'a Expr,
        query: &'a ast::Query,
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        let value = self.value(scope, value)?;
        let mut query = self.inner_query(scope, query)?.query;
        if query.columns.len() > 1 {
            query = self.as_tuples(query, span)?;
        }
        self.among(value, query, span)
    }

    /// Whether a value is in the only column of a query, both in the type that they have in common.
    fn among(&mut self, value: ir::Expr, mut query: ir::Query, span: &Span) -> Result<ir::Expr, HogqlError> {
        let only = column(query.columns[0].column, query.columns[0].ty.clone());
        let (value, compared) = self.comparable(value, only.clone(), span)?;
        if compared != only {
            let id = self.changed(query.columns[0].column.relation, span)?;
            query.columns[0].ty = compared.ty.clone();
            query.columns[0].column = ColumnRef { relation: id, index: 0 };
            query.root = Relation::Project { id, input: Box::new(query.root), values: vec![compared] };
        }
        let kind = ir::ExprKind::InSubquery { value: Box::new(value), query: Box::new(query) };
        Ok(ir::Expr { kind, ty: Type::Bool })
    }

    /// A query whose only column are tuples of its columns.
    fn as_tuples(&mut self, query: ir::Query, span: &Span) -> Result<ir::Query, HogqlError> {
        let id = self.changed(query.columns[0].column.relation, span)?;
        let name = query.columns[0].name.clone();
        let values = query.columns.into_iter().map(|known| column(known.column, known.ty)).collect();
        let tuple = self.apply_named("tuple", values, span)?;
        let columns = vec![OutputColumn { name, ty: tuple.ty.clone(), column: ColumnRef { relation: id, index: 0 } }];
        let root = Relation::Project { id, input: Box::new(query.root), values: vec![tuple] };
        Ok(ir::Query { root, columns, limit: None, offset: 0 })
    }

    /// The number of what is made of the rows of a query for `IN`: the same each time.
    fn changed(&mut self, of: ir::RelationId, span: &Span) -> Result<ir::RelationId, HogqlError> {
        if let Some(known) = self.changed_queries.get(&of) {
            return Ok(*known);
        }
        let id = self.new_relation(span)?;
        self.changed_queries.insert(of, id);
        Ok(id)
    }

    /// Whether a person is in a cohort.
    pub(super) fn in_cohort(
        &mut self,
        scope: &mut Scope<'a>,
        value: &'a Expr,
        cohort: &'a Expr,
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        let person = self.value(scope, value)?;
        if *person.ty.without_null() != Type::Person {
            return Err(self.error(&value.span, "persons are in cohorts: write person_id IN COHORT"));
        }
        let number = self.value(scope, cohort)?;
        let id = self.cohort_id(&number, &cohort.span)?;
        if let ir::ExprKind::Column(reference) = person.kind {
            let known = self.tables.get(&reference.relation).and_then(|state| state.columns.get(reference.index));
            let found = match known {
                Some((TableColumn::Event(EventsColumn::PersonId), _)) => {
                    Some(TableColumn::Event(EventsColumn::InCohort(id)))
                }
                Some((TableColumn::Person(PersonsColumn::Id), _)) => {
                    Some(TableColumn::Person(PersonsColumn::InCohort(id)))
                }
                _ => None,
            };
            if let Some(found) = found {
                let ty = if person.ty.is_nullable() { Type::Bool.nullable() } else { Type::Bool };
                let reference = self.table_column(reference.relation, found, Type::Bool);
                return self.condition_of(column(reference, ty), span);
            }
        }
        let query = self.cohort_members(id, span)?;
        self.among(person, query, span)
    }

    /// The id of a cohort by id or name.
    fn cohort_id(&self, value: &ir::Expr, span: &Span) -> Result<i64, HogqlError> {
        let cohorts = &self.environment.cohorts;
        let found = match (constant_int(value), constant_text(value)) {
            (Some(id), _) => cohorts.contains_key(&id).then_some(id),
            (None, Some(name)) => cohorts.iter().find(|(_, known)| *known == name).map(|(id, _)| *id),
            (None, None) => return Err(self.error(span, "a cohort is named by its id or its name")),
        };
        found.ok_or_else(|| self.error(span, "the project has no such cohort"))
    }

    /// The persons of a cohort.
    fn cohort_members(&mut self, cohort: i64, span: &Span) -> Result<ir::Query, HogqlError> {
        let (table, project) = (self.new_relation(span)?, self.new_relation(span)?);
        let read = vec![
            (TableColumn::CohortMember(CohortPeopleColumn::PersonId), Type::Person),
            (TableColumn::CohortMember(CohortPeopleColumn::CohortId), Type::Int),
        ];
        self.tables.insert(table, TableState { columns: read, bounds: RowBounds::default() });
        let person = column(ColumnRef { relation: table, index: 0 }, Type::Person);
        let of = column(ColumnRef { relation: table, index: 1 }, Type::Int);
        let rows = Relation::Table {
            id: table,
            table: Table::CohortPeople,
            columns: Vec::new(),
            bounds: RowBounds::default(),
        };
        let condition = call("equals", vec![of, literal(Value::Int(cohort), Type::Int)], Type::Bool);
        let input = Box::new(Relation::Filter { input: Box::new(rows), condition });
        let root = Relation::Project { id: project, input, values: vec![person] };
        let only = ColumnRef { relation: project, index: 0 };
        let columns = vec![OutputColumn { name: "person_id".to_owned(), ty: Type::Person, column: only }];
        Ok(ir::Query { root, columns, limit: None, offset: 0 })
    }
}

/// Whether constants of two types can stand in one list.
fn alike(one: &Type, other: &Type) -> bool {
    let (one, other) = (one.without_null(), other.without_null());
    one == other || matches!((one, other), (Type::Int | Type::UInt, Type::Int | Type::UInt))
}

/// The constant that a value is; a tuple of constants too.
fn constant(value: &ir::Expr) -> Option<Value> {
    match &value.kind {
        ir::ExprKind::Literal(constant) => Some(constant.clone()),
        ir::ExprKind::Call { function: "tuple", args } => {
            args.iter().map(constant).collect::<Option<_>>().map(Value::Tuple)
        }
        _ => None,
    }
}

fn span_of(query: &ast::Query) -> Span {
    match query {
        ast::Query::Select(select) => select.span.clone(),
        ast::Query::SetOperation { first, .. } => span_of(first),
    }
}
