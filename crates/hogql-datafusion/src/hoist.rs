//! Values that depend on one field of an event alone, moved out of a query into its tables: there they are computed once for each distinct
//! value of the field, and rows pick from them, which hashes and parses no text again and again.

use std::collections::HashMap;

use hogql::ir::{ColumnRef, Expr, ExprKind, Query, Relation, RelationId};
use hogql::tables::Table;

use crate::tables::are_fields;
use crate::walk;

/// A query of which some values come with its tables.
#[derive(Debug)]
pub(crate) struct Hoisted {
    /// The query. The values are columns of tables that follow those which the tables have of their own.
    pub(crate) query: Query,
    /// For each table the values that it is to give.
    pub(crate) values: HashMap<RelationId, Vec<HoistedValue>>,
}

/// A value that depends on one column of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HoistedValue {
    /// Position of the column.
    pub(crate) column: usize,
    /// What the value is.
    pub(crate) kind: HoistedKind,
}

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HoistedKind {
    /// What is computed of it.
    Computed(Expr),
    /// A number for each text, by which rows are put into groups.
    Key,
}

/// Functions that refuse no value of their arguments' types: values of a field may be given to these though no row is asked for that
/// has them. Others, which are few, or seldom of one field, stay where they stand.
const TOTAL: [&str; 62] = [
    "and",
    "or",
    "not",
    "xor",
    "multiIf",
    "coalesce",
    "nullIf",
    "isNull",
    "assumeNotNull",
    "equals",
    "notEquals",
    "less",
    "lessOrEquals",
    "greater",
    "greaterOrEquals",
    "in",
    "cast",
    "toInt",
    "toUInt",
    "divide",
    "length",
    "lengthUTF8",
    "empty",
    "lower",
    "upper",
    "lowerUTF8",
    "upperUTF8",
    "initcap",
    "reverse",
    "concat",
    "substring",
    "left",
    "right",
    "trim",
    "trimLeft",
    "trimRight",
    "startsWith",
    "endsWith",
    "position",
    "replaceAll",
    "replaceOne",
    "JSONExtractString",
    "JSONExtractInt",
    "JSONExtractUInt",
    "JSONExtractFloat",
    "JSONExtractBool",
    "JSONExtractRaw",
    "JSONExtractArrayRaw",
    "JSONExtractKeys",
    "JSONHas",
    "JSONLength",
    "JSONType",
    "protocol",
    "domain",
    "domainWithoutWWW",
    "path",
    "pathFull",
    "queryString",
    "fragment",
    "cutQueryString",
    "extractURLParameter",
    "splitByChar",
];

/// Moves what can be moved.
pub(crate) fn hoist(query: &Query) -> Hoisted {
    let mut query_with_columns = query.clone();
    let mut hoister = Hoister { fields: HashMap::new(), values: HashMap::new() };
    walk::tables(query, &mut |table| {
        if *table.table == Table::Events {
            hoister.fields.insert(table.id, are_fields(table.columns));
        }
    });
    hoister.relation(&mut query_with_columns.root);
    Hoisted { query: query_with_columns, values: hoister.values }
}

struct Hoister {
    /// For each table of events which of its columns are fields.
    fields: HashMap<RelationId, Vec<bool>>,
    values: HashMap<RelationId, Vec<HoistedValue>>,
}

impl Hoister {
    fn relation(&mut self, relation: &mut Relation) {
        match relation {
            Relation::OneRow | Relation::Table { .. } => {}
            Relation::Project { input, values, .. } => {
                self.all(values);
                self.relation(input);
            }
            Relation::Filter { input, condition } => {
                self.value(condition);
                self.relation(input);
            }
            Relation::Join { left, right, on, condition, .. } => {
                for (left, right) in on {
                    self.value(left);
                    self.value(right);
                }
                self.all(condition);
                self.relation(left);
                self.relation(right);
            }
            Relation::Aggregate { input, keys, aggregates, .. } => {
                self.all(&mut *keys);
                keys.iter().for_each(|key| self.key(key));
                for call in aggregates {
                    self.all(&mut call.args);
                    self.all(&mut call.filter);
                }
                self.relation(input);
            }
            Relation::Window { input, functions, .. } => {
                for call in functions {
                    self.all(&mut call.args);
                    self.all(&mut call.filter);
                    self.all(&mut call.partition_by);
                    self.all(call.order_by.iter_mut().map(|key| &mut key.value));
                }
                self.relation(input);
            }
            Relation::Sort { input, by } => {
                self.all(by.iter_mut().map(|key| &mut key.value));
                self.relation(input);
            }
            Relation::LimitBy { input, by, order, .. } => {
                self.all(by);
                self.all(order.iter_mut().map(|key| &mut key.value));
                self.relation(input);
            }
            Relation::Limit { input, .. } | Relation::Distinct { input } => self.relation(input),
            Relation::SetOperation { inputs, .. } => inputs.iter_mut().for_each(|(input, _)| self.relation(input)),
            Relation::ArrayJoin { input, arrays, .. } => {
                self.all(arrays);
                self.relation(input);
            }
        }
    }

    fn all<'e>(&mut self, values: impl IntoIterator<Item = &'e mut Expr>) {
        values.into_iter().for_each(|value| self.value(value));
    }

    /// Moves the value, or else those in it. What stands in queries inside of values and in functions given to functions stays there.
    fn value(&mut self, value: &mut Expr) {
        if !matches!(value.kind, ExprKind::Call { .. }) {
            return;
        }
        let mut field = None;
        if self.is_of_one_field(value, &mut field)
            && let Some(ColumnRef { relation, index: column }) = field
        {
            let moved = HoistedValue { column, kind: HoistedKind::Computed(value.clone()) };
            value.kind = ExprKind::Column(self.column(relation, moved));
        } else if let ExprKind::Call { args, .. } = &mut value.kind {
            self.all(args);
        }
    }

    /// Has the table number the texts of a field by which rows are grouped.
    fn key(&mut self, key: &Expr) {
        if let ExprKind::Column(column) = key.kind
            && self.is_field(column)
        {
            self.column(column.relation, HoistedValue { column: column.index, kind: HoistedKind::Key });
        }
    }

    /// The column that `value` becomes.
    fn column(&mut self, relation: RelationId, value: HoistedValue) -> ColumnRef {
        let values = self.values.entry(relation).or_default();
        let position = values.iter().position(|known| *known == value).unwrap_or(values.len());
        if position == values.len() {
            values.push(value);
        }
        ColumnRef { relation, index: self.fields[&relation].len() + position }
    }

    /// Whether a value can be moved that depends on `field`, or on the one that is found where there is none yet.
    fn is_of_one_field(&self, value: &Expr, field: &mut Option<ColumnRef>) -> bool {
        match &value.kind {
            ExprKind::Literal(_) => true,
            ExprKind::Column(column) => self.is_field(*column) && *field.get_or_insert(*column) == *column,
            ExprKind::Call { function, args } => {
                TOTAL.contains(function) && args.iter().all(|arg| self.is_of_one_field(arg, field))
            }
            _ => false,
        }
    }

    fn is_field(&self, column: ColumnRef) -> bool {
        let fields = self.fields.get(&column.relation);
        fields.and_then(|fields| fields.get(column.index)).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use hogql::parse::parse_query;
    use hogql::resolve::{Environment, resolve_query};

    use super::*;

    /// What the tables of a query give besides their columns: functions by their names, keys as `key`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let environment = Environment {
            timezone: chrono_tz::UTC,
            weeks_start_monday: false,
            now: DateTime::UNIX_EPOCH,
            cohorts: Default::default(),
            group_types: Vec::new(),
        };
        let query = resolve_query(&parse_query(text).unwrap(), text, &environment).unwrap();
        let hoisted = hoist(&query);
        let mut tables: Vec<_> = hoisted.values.into_iter().collect();
        tables.sort_by_key(|(table, _)| *table);
        let found = tables.iter().flat_map(|(_, values)| values).map(|value| match &value.kind {
            HoistedKind::Key => "key",
            HoistedKind::Computed(Expr { kind: ExprKind::Call { function, .. }, .. }) => function,
            HoistedKind::Computed(_) => "no function",
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn values_of_one_field_come_with_the_table() {
        check("SELECT event, distinct_id, timestamp FROM events", &[]);
        check(
            "SELECT lower(properties.a), upper(lower(properties.a)), lower(properties.a) FROM events",
            &["lower", "upper"],
        );
        check("SELECT count() FROM events WHERE lower(event) = 'a' AND timestamp > now()", &["equals"]);
        check("SELECT concat(lower(properties.a), upper(properties.b)) FROM events", &["lower", "upper"]);
        check(
            "SELECT sumIf(1, properties.a = 'x'), groupArray(length(properties.b)) FROM events",
            &["equals", "length"],
        );
        check(
            "SELECT lower(a.event), lower(b.event) FROM events a JOIN events b ON a.uuid = b.uuid",
            &["lower", "lower"],
        );
    }

    #[test]
    fn texts_that_rows_are_grouped_by_get_keys() {
        check("SELECT event, count() FROM events GROUP BY event", &["key"]);
        check("SELECT properties.a, event, count() FROM events GROUP BY 1, 2", &["key", "key"]);
        check("SELECT lower(event) AS e, count() FROM events GROUP BY e", &["lower"]);
        check("SELECT person_id, count() FROM events GROUP BY person_id", &[]);
    }

    #[test]
    fn what_may_be_refused_or_depends_on_more_stays() {
        check("SELECT repeat(event, 1000) FROM events", &[]);
        check("SELECT properties.a = properties.b FROM events", &[]);
        check("SELECT length(properties), lower(toString(uuid)) FROM events", &[]);
        check("SELECT lower(e) FROM (SELECT any(event) AS e FROM events GROUP BY person_id)", &[]);
        check("SELECT lower(id::String), lower(properties.email) FROM persons", &[]);
        check("SELECT arrayMap(x -> lower(event), [1]) FROM events", &[]);
    }
}
