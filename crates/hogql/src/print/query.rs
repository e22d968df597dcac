//! Queries, clause by clause.

use std::fmt::Write as _;

use super::{LOWEST, NO_ALIAS, Printer};
use crate::ast::{
    Bound, CommonTable, Expr, From, GroupBy, Join, JoinConstraint, JoinKind, OrderBy, Query, Select, SetOperator,
    TableExpr, TableSource, WindowSpec,
};

impl Printer {
    pub(super) fn query(&mut self, query: &Query) {
        match query {
            Query::Select(select) => self.select(select),
            Query::SetOperation { first, rest } => {
                self.member_query(first);
                for (operator, query) in rest {
                    self.push(match operator {
                        SetOperator::UnionAll => " UNION ALL ",
                        SetOperator::UnionDistinct => " UNION DISTINCT ",
                        SetOperator::IntersectAll => " INTERSECT ",
                        SetOperator::IntersectDistinct => " INTERSECT DISTINCT ",
                        SetOperator::Except => " EXCEPT ",
                    });
                    self.member_query(query);
                }
            }
        }
    }

    pub(super) fn bracketed_query(&mut self, query: &Query) {
        self.push("(");
        self.query(query);
        self.push(")");
    }

    fn member_query(&mut self, query: &Query) {
        match query {
            Query::Select(select) => self.select(select),
            Query::SetOperation { .. } => self.bracketed_query(query),
        }
    }

    fn select(&mut self, select: &Select) {
        if !select.with.is_empty() {
            self.push("WITH ");
            self.list(&select.with, |printer, (name, table)| match table {
                CommonTable::Query(query) => {
                    printer.identifier(name);
                    printer.push(" AS ");
                    printer.bracketed_query(query);
                }
                CommonTable::Value(value) => {
                    printer.expr(value, NO_ALIAS);
                    printer.push(" AS ");
                    printer.identifier(name);
                }
            });
            self.push(" ");
        }
        self.push(if select.distinct { "SELECT DISTINCT " } else { "SELECT " });
        self.exprs(&select.columns);
        if let Some(from) = &select.from {
            self.from(from);
        }
        if let Some(array_join) = &select.array_join {
            self.push(if array_join.is_left { " LEFT ARRAY JOIN " } else { " ARRAY JOIN " });
            self.exprs(&array_join.arrays);
        }
        self.clause(" PREWHERE ", select.prewhere.as_ref());
        self.clause(" WHERE ", select.filter.as_ref());
        match &select.group_by {
            GroupBy::All => self.push(" GROUP BY ALL"),
            GroupBy::Exprs(exprs) if exprs.is_empty() => {}
            GroupBy::Exprs(exprs) => {
                self.push(" GROUP BY ");
                self.exprs(exprs);
            }
        }
        self.clause(" HAVING ", select.having.as_ref());
        if !select.windows.is_empty() {
            self.push(" WINDOW ");
            self.list(&select.windows, |printer, (name, window)| {
                printer.identifier(name);
                printer.push(" AS (");
                printer.window(window);
                printer.push(")");
            });
        }
        self.clause(" QUALIFY ", select.qualify.as_ref());
        self.order_by(" ORDER BY ", &select.order_by);
        self.limits(select);
    }

    fn clause(&mut self, word: &str, value: Option<&Expr>) {
        if let Some(value) = value {
            self.push(word);
            self.expr(value, LOWEST);
        }
    }

    fn limits(&mut self, select: &Select) {
        if let Some(limit_by) = &select.limit_by {
            self.push(" LIMIT ");
            self.expr(&limit_by.limit, NO_ALIAS);
            if let Some(offset) = &limit_by.offset {
                self.push(" OFFSET ");
                self.expr(offset, NO_ALIAS);
            }
            self.push(" BY ");
            self.list(&limit_by.by, |printer, expr| printer.expr(expr, NO_ALIAS));
        }
        if let Some(limit) = &select.limit {
            self.push(" LIMIT ");
            self.expr(limit, NO_ALIAS);
        }
        if select.with_ties {
            self.push(" WITH TIES");
        }
        if let Some(offset) = &select.offset {
            self.push(" OFFSET ");
            self.expr(offset, NO_ALIAS);
        }
    }

    fn order_by(&mut self, words: &str, items: &[OrderBy]) {
        if items.is_empty() {
            return;
        }
        self.push(words);
        self.list(items, |printer, item| {
            printer.expr(&item.expr, LOWEST);
            printer.push(if item.descending { " DESC" } else { " ASC" });
            match item.nulls_first {
                None => {}
                Some(true) => printer.push(" NULLS FIRST"),
                Some(false) => printer.push(" NULLS LAST"),
            }
        });
    }

    pub(super) fn window(&mut self, window: &WindowSpec) {
        if !window.partition_by.is_empty() {
            self.push("PARTITION BY ");
            self.exprs(&window.partition_by);
        }
        let begins = window.partition_by.is_empty();
        self.order_by(if begins { "ORDER BY " } else { " ORDER BY " }, &window.order_by);
        if let Some(frame) = &window.frame {
            let begins = begins && window.order_by.is_empty();
            self.push(if begins { "" } else { " " });
            self.push(if frame.counts_rows { "ROWS BETWEEN " } else { "RANGE BETWEEN " });
            self.bound(&frame.start);
            self.push(" AND ");
            self.bound(&frame.end);
        }
    }

    fn bound(&mut self, bound: &Bound) {
        let _ = match bound {
            Bound::UnboundedPreceding => write!(self.text, "UNBOUNDED PRECEDING"),
            Bound::Preceding(rows) => write!(self.text, "{rows} PRECEDING"),
            Bound::CurrentRow => write!(self.text, "CURRENT ROW"),
            Bound::Following(rows) => write!(self.text, "{rows} FOLLOWING"),
            Bound::UnboundedFollowing => write!(self.text, "UNBOUNDED FOLLOWING"),
        };
    }

    fn from(&mut self, from: &From) {
        self.push(" FROM ");
        self.table(&from.first);
        for join in &from.joins {
            self.join(join);
        }
    }

    fn join(&mut self, join: &Join) {
        self.push(match join.kind {
            JoinKind::Inner => " JOIN ",
            JoinKind::Left => " LEFT JOIN ",
            JoinKind::Right => " RIGHT JOIN ",
            JoinKind::Full => " FULL JOIN ",
            JoinKind::Cross => " CROSS JOIN ",
            JoinKind::Semi => " LEFT SEMI JOIN ",
            JoinKind::Anti => " LEFT ANTI JOIN ",
            JoinKind::AnyInner => " ANY JOIN ",
            JoinKind::AnyLeft => " LEFT ANY JOIN ",
            JoinKind::AsofInner => " ASOF JOIN ",
            JoinKind::AsofLeft => " ASOF LEFT JOIN ",
        });
        self.table(&join.table);
        match &join.constraint {
            JoinConstraint::None => {}
            JoinConstraint::On(condition) => self.clause(" ON ", Some(condition)),
            JoinConstraint::Using(names) => {
                self.push(" USING (");
                self.list(names, Self::identifier);
                self.push(")");
            }
        }
    }

    fn table(&mut self, table: &TableExpr) {
        match &table.source {
            TableSource::Name(parts) => self.path(parts),
            TableSource::Function { name, args } => {
                self.identifier(name);
                self.push("(");
                self.exprs(args);
                self.push(")");
            }
            TableSource::Query(query) => self.bracketed_query(query),
            TableSource::Placeholder(placeholder) => self.expr(placeholder, LOWEST),
        }
        if let Some(alias) = &table.alias {
            self.push(" AS ");
            self.identifier(alias);
        }
        if !table.column_aliases.is_empty() {
            self.push(" (");
            self.list(&table.column_aliases, Self::identifier);
            self.push(")");
        }
        if let Some(sample) = &table.sample {
            self.push(" SAMPLE ");
            self.expr(sample, LOWEST);
        }
    }
}
