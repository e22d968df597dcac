//! Plans made by hand, down to the rows.

use std::collections::BTreeMap;

use hogql::ir::{ColumnRef, Expr, ExprKind, OutputColumn, Query, Relation, RelationId, Value};
use hogql::tables::{Table, TableColumn};
use hogql::types::Type;
use hogql_datafusion::DataFusionEngine;
use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::memory::MemorySource;
use query_engine::plan::select::{Rows, Select};
use query_engine::scan::HogqlEngine as _;
use serde_json::json;

fn column(relation: u32, index: usize) -> ColumnRef {
    ColumnRef { relation: RelationId(relation), index }
}

fn read(relation: u32, index: usize, ty: Type) -> Expr {
    Expr { kind: ExprKind::Column(column(relation, index)), ty }
}

fn int(value: i64) -> Expr {
    Expr { kind: ExprKind::Literal(Value::Int(value)), ty: Type::Int }
}

fn numbers(id: u32, n: u64) -> Relation {
    Relation::Table {
        id: RelationId(id),
        table: Table::Numbers { first: 0, n },
        columns: vec![(TableColumn::Number, Type::UInt)],
        bounds: Default::default(),
    }
}

#[track_caller]
fn run(root: Relation, columns: Vec<(ColumnRef, Type)>, limit: u64) -> Rows {
    let columns = columns.into_iter().map(|(column, ty)| OutputColumn { name: "x".to_owned(), ty, column }).collect();
    let select = Select {
        query: Query { root, columns, limit: None, offset: 0 },
        conditions: Vec::new(),
        cohorts: BTreeMap::new(),
        timezone: chrono_tz::Tz::UTC,
        limit,
        offset: 0,
    };
    let source = MemorySource::new(ProjectId(1));
    DataFusionEngine.select(&select, ProjectId(1), &source, &QueryControl::unlimited()).unwrap()
}

#[test]
fn numbers_are_counted_off() {
    let rows = run(numbers(1, 20_000), vec![(column(1, 0), Type::UInt)], 3);
    assert_eq!(rows.rows.len(), 3);
    assert!(rows.has_more);
}

#[test]
fn a_row_without_a_table_has_its_values() {
    let root = Relation::Project { id: RelationId(1), input: Box::new(Relation::OneRow), values: vec![int(7)] };
    let rows = run(root, vec![(column(1, 0), Type::Int)], 10);
    assert_eq!(rows.rows, vec![vec![json!(7)]]);
    assert!(!rows.has_more);
}

#[test]
fn a_lambda_reads_what_is_around_it() {
    // arrayMap(x -> x + number, [1, 2])
    let sum = Expr {
        kind: ExprKind::Call {
            function: "plus",
            args: vec![Expr { kind: ExprKind::LambdaParam(0), ty: Type::Int }, read(1, 0, Type::UInt)],
        },
        ty: Type::Int,
    };
    let lambda = Expr { kind: ExprKind::Lambda { params: vec![(0, Type::Int)], body: Box::new(sum) }, ty: Type::Int };
    let ints = Type::Array(Box::new(Type::Int));
    let array = Expr { kind: ExprKind::Literal(Value::Array(vec![Value::Int(1), Value::Int(2)])), ty: ints.clone() };
    let call = Expr { kind: ExprKind::Call { function: "arrayMap", args: vec![lambda, array] }, ty: ints.clone() };
    let root = Relation::Project { id: RelationId(2), input: Box::new(numbers(1, 3)), values: vec![call] };
    let rows = run(root, vec![(column(2, 0), ints)], 10);
    assert_eq!(rows.rows, vec![vec![json!([1, 2])], vec![json!([2, 3])], vec![json!([3, 4])]]);
}
