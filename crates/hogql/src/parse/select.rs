//! One `SELECT`, clause by clause.

use super::operators::{LOWEST, NO_ALIAS};
use super::{Parsed, Parser};
use crate::ast::{
    ArrayJoin, Bound, Expr, ExprKind, Frame, From, GroupBy, Identifier, LimitBy, OrderBy, Select, WindowSpec,
};
use crate::lex::TokenKind;

/// What may stand at the end of a `SELECT`.
#[derive(Default)]
struct Limits {
    limit_by: Option<LimitBy>,
    limit: Option<Expr>,
    offset: Option<Expr>,
    with_ties: bool,
}

impl Parser<'_> {
    pub(super) fn select(&mut self) -> Parsed<Select> {
        let start = self.start();
        let with = self.with()?;
        self.expect_word("select", "and the columns of the query")?;
        let distinct = self.eat_word("distinct");
        if distinct && self.is_word("on") {
            return Err(self.error_here("DISTINCT ON is not answered: use LIMIT 1 BY"));
        }
        let columns = self.list(Self::column)?;
        let from = self.from()?;
        let array_join = self.array_join(from.as_ref())?;
        let prewhere = self.clause("prewhere")?;
        let filter = self.clause("where")?;
        let group_by = self.group_by()?;
        let having = self.clause("having")?;
        let windows = self.windows()?;
        let qualify = self.clause("qualify")?;
        let order_by = self.order_by()?;
        let Limits { limit_by, limit, offset, with_ties } = self.limits()?;
        if self.is_one_of(&["settings", "format", "into"]) {
            return Err(self.error_here(format!("{} cannot be given: remove it", self.found())));
        }
        Ok(Select {
            with,
            distinct,
            columns,
            from,
            array_join,
            prewhere,
            filter,
            group_by,
            having,
            windows,
            qualify,
            order_by,
            limit_by,
            limit,
            offset,
            with_ties,
            span: self.span_from(start),
        })
    }

    fn column(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let value = self.expr(LOWEST)?;
        Ok(match self.bare_alias()? {
            Some(alias) => self.wrap(start, ExprKind::Alias(Box::new(value), alias)),
            None => value,
        })
    }

    /// Reads a clause of one word and a value.
    fn clause(&mut self, word: &str) -> Parsed<Option<Expr>> {
        if self.eat_word(word) { self.expr(LOWEST).map(Some) } else { Ok(None) }
    }

    fn array_join(&mut self, from: Option<&From>) -> Parsed<Option<ArrayJoin>> {
        let is_left = self.is_word("left") && self.is_word_at(1, "array");
        let is_inner = self.is_word("inner") && self.is_word_at(1, "array");
        if !is_left && !is_inner && !self.is_word("array") {
            return Ok(None);
        }
        if from.is_none() {
            return Err(self.error_here("ARRAY JOIN needs rows: put FROM before it"));
        }
        if is_left || is_inner {
            self.advance();
        }
        self.advance();
        self.expect_word("join", "after ARRAY")?;
        let arrays = self.list(Self::column)?;
        let another = self.is_one_of(&["left", "inner"]) && self.is_word_at(1, "array");
        if another || self.is_word("array") {
            return Err(
                self.error_here("only one ARRAY JOIN can stand in a query: put all arrays into it, or use arrayJoin()")
            );
        }
        Ok(Some(ArrayJoin { is_left, arrays }))
    }

    fn group_by(&mut self) -> Parsed<GroupBy> {
        if !self.eat_words(&["group", "by"]) {
            self.refuse_totals()?;
            return Ok(GroupBy::Exprs(Vec::new()));
        }
        let is_function = self.is_symbol_at(1, "(");
        if (self.is_one_of(&["rollup", "cube"]) && is_function)
            || (self.is_word("grouping") && self.is_word_at(1, "sets"))
        {
            return Err(self.error_here(format!("{} is not answered: group by plain values", self.found())));
        }
        let group_by = if self.is_word("all") && !is_function {
            self.advance();
            GroupBy::All
        } else {
            GroupBy::Exprs(self.list(|parser| parser.expr(LOWEST))?)
        };
        self.refuse_totals()?;
        Ok(group_by)
    }

    fn refuse_totals(&self) -> Parsed<()> {
        let names_totals = ["rollup", "cube", "totals"].iter().any(|word| self.is_word_at(1, word));
        if self.is_word("with") && names_totals {
            return Err(self.error_here("WITH ROLLUP, WITH CUBE and WITH TOTALS are not answered: remove it"));
        }
        Ok(())
    }

    fn windows(&mut self) -> Parsed<Vec<(Identifier, WindowSpec)>> {
        if !self.eat_word("window") {
            return Ok(Vec::new());
        }
        self.list(|parser| {
            let name = parser.identifier("the name of a window")?;
            parser.expect_word("as", "after the name of a window")?;
            parser.expect_symbol("(", "and the window")?;
            let window = parser.window_spec()?;
            parser.expect_symbol(")", "after the window")?;
            Ok((name, window))
        })
    }

    fn order_by(&mut self) -> Parsed<Vec<OrderBy>> {
        if self.eat_words(&["order", "by"]) { self.list(Self::order_by_item) } else { Ok(Vec::new()) }
    }

    pub(super) fn order_by_item(&mut self) -> Parsed<OrderBy> {
        let expr = self.expr(LOWEST)?;
        let descending = self.eat_word("desc") || self.eat_word("descending");
        if !descending && !self.eat_word("asc") {
            self.eat_word("ascending");
        }
        let nulls_first = if self.eat_word("nulls") {
            let first = self.eat_word("first");
            if !first {
                self.expect_word("last", "or FIRST after NULLS")?;
            }
            Some(first)
        } else {
            None
        };
        if self.is_word("collate") || self.eat_words(&["with", "fill"]) {
            return Err(self.error_here("COLLATE and WITH FILL are not answered: remove it"));
        }
        Ok(OrderBy { expr, descending, nulls_first })
    }

    /// Reads `LIMIT` and `OFFSET` in all their forms.
    fn limits(&mut self) -> Parsed<Limits> {
        let mut limits = Limits::default();
        loop {
            let at = self.at;
            let again = if self.eat_word("limit") {
                self.limit(&mut limits)?
            } else if self.eat_word("offset") {
                limits.offset.replace(self.offset_rows()?).is_some()
            } else {
                return Ok(limits);
            };
            if again {
                self.at = at;
                return Err(self.error_here("LIMIT, OFFSET and LIMIT BY can each stand only once"));
            }
        }
    }

    /// Reads what stands behind `LIMIT`, and says whether that was there before.
    fn limit(&mut self, limits: &mut Limits) -> Parsed<bool> {
        let first = self.expr(NO_ALIAS)?;
        let (limit, offset) = if self.eat_symbol(",") {
            (self.expr(NO_ALIAS)?, Some(first))
        } else {
            let with_ties = self.eat_words(&["with", "ties"]);
            limits.with_ties |= with_ties;
            (first, if self.eat_word("offset") { Some(self.offset_rows()?) } else { None })
        };
        if self.eat_word("by") {
            let by = self.list(|parser| parser.expr(NO_ALIAS))?;
            return Ok(limits.limit_by.replace(LimitBy { limit, offset, by }).is_some());
        }
        limits.with_ties |= self.eat_words(&["with", "ties"]);
        let again = limits.limit.replace(limit).is_some();
        Ok(again || offset.is_some_and(|offset| limits.offset.replace(offset).is_some()))
    }

    fn offset_rows(&mut self) -> Parsed<Expr> {
        let offset = self.expr(NO_ALIAS)?;
        if !self.eat_word("rows") {
            self.eat_word("row");
        }
        Ok(offset)
    }

    /// Reads a window without its brackets.
    pub(super) fn window_spec(&mut self) -> Parsed<WindowSpec> {
        let partition_by =
            if self.eat_words(&["partition", "by"]) { self.list(|parser| parser.expr(LOWEST))? } else { Vec::new() };
        let order_by = self.order_by()?;
        let counts_rows = self.eat_word("rows");
        let frame = if counts_rows || self.eat_word("range") {
            let (start, end) = if self.eat_word("between") {
                let start = self.bound()?;
                self.expect_word("and", "and the end of the window")?;
                (start, self.bound()?)
            } else {
                (self.bound()?, Bound::CurrentRow)
            };
            Some(Frame { counts_rows, start, end })
        } else {
            None
        };
        Ok(WindowSpec { partition_by, order_by, frame })
    }

    fn bound(&mut self) -> Parsed<Bound> {
        const EXPECTED: &str = "UNBOUNDED, CURRENT ROW or a whole number, and PRECEDING or FOLLOWING";
        if self.eat_words(&["current", "row"]) {
            return Ok(Bound::CurrentRow);
        }
        let rows = match self.kind() {
            TokenKind::Int(rows) => Some(u64::try_from(*rows).expect("a number without a sign is not negative")),
            TokenKind::Word if self.is_word("unbounded") => None,
            _ => return Err(self.unexpected(EXPECTED)),
        };
        self.advance();
        let is_before = self.eat_word("preceding");
        if !is_before && !self.eat_word("following") {
            return Err(self.unexpected("PRECEDING or FOLLOWING"));
        }
        Ok(match (rows, is_before) {
            (None, true) => Bound::UnboundedPreceding,
            (None, false) => Bound::UnboundedFollowing,
            (Some(rows), true) => Bound::Preceding(rows),
            (Some(rows), false) => Bound::Following(rows),
        })
    }
}
