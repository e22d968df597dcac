//! What names mean within one `SELECT`, and what its values need besides its rows.

use crate::ast;
use crate::ir::{self, AggregateCall, ColumnRef, ExprKind, RelationId, WindowCall};
use crate::resolve::syntax;
use crate::tables::Table;
use crate::types::Type;

/// The names of one `SELECT`.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) sources: Vec<Source>,
    /// Names given with `AS`, in the order of the text.
    pub(super) aliases: Vec<Alias<'a>>,
    /// Those that are being looked into right now.
    pub(super) open_aliases: Vec<usize>,
    /// How many aliases stand before what is being read: these go before columns of the same name.
    pub(super) n_seen_aliases: usize,
    /// Parameters of the lambdas around, the innermost last.
    pub(super) params: Vec<(String, u32, Type)>,
    /// The number of the next parameter.
    pub(super) next_param: u32,
    /// What may stand where values are being read.
    pub(super) place: Place,
    /// Of which rows, where values are of groups.
    pub(super) groups: Option<Groups>,
    /// Window functions.
    pub(super) window: Option<(RelationId, Vec<WindowCall>)>,
    pub(super) named_windows: Vec<(&'a ast::Identifier, &'a ast::WindowSpec)>,
    /// Calls of `arrayJoin`.
    pub(super) joins: Vec<(RelationId, ir::Expr)>,
}

/// A name given with `AS`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a ast::Expr,
    /// Whether it has aggregates or window functions.
    pub(super) is_of_groups: bool,
}

/// What may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Values of rows alone; what the place is called in errors.
    Rows(&'static str),
    /// Values of groups too, and of windows where the flag says so.
    Groups {
        /// Whether window functions may.
        has_windows: bool,
    },
}

/// How rows are grouped.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) id: RelationId,
    pub(super) keys: Vec<ir::Expr>,
    pub(super) aggregates: Vec<AggregateCall>,
}

/// A table of `FROM`.
#[derive(Debug)]
pub(super) struct Source {
    /// By what name its columns are asked for.
    pub(super) name: Option<String>,
    pub(super) id: RelationId,
    pub(super) kind: SourceKind,
    /// Whether an outer join may fill it with nulls.
    pub(super) is_nullable: bool,
    /// Columns that a table before it has too, with equal values (`USING`).
    pub(super) shared: Vec<String>,
}

/// What a table of `FROM` is.
#[derive(Debug)]
pub(super) enum SourceKind {
    Table(Table),
    Columns(Vec<DerivedColumn>),
}

/// A column of a query in `FROM`.
#[derive(Clone, Debug)]
pub(super) struct DerivedColumn {
    pub(super) name: String,
    pub(super) column: ColumnRef,
    pub(super) ty: Type,
    /// Whether it is JSON that names can go into.
    pub(super) is_json: bool,
}

impl Source {
    pub(super) fn new(name: Option<String>, id: RelationId, kind: SourceKind) -> Self {
        Self { name, id, kind, is_nullable: false, shared: Vec::new() }
    }

    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }
}

impl<'a> Scope<'a> {
    pub(super) fn new(place: &'static str) -> Self {
        Self {
            sources: Vec::new(),
            aliases: Vec::new(),
            open_aliases: Vec::new(),
            n_seen_aliases: 0,
            params: Vec::new(),
            next_param: 0,
            place: Place::Rows(place),
            groups: None,
            window: None,
            named_windows: Vec::new(),
            joins: Vec::new(),
        }
    }

    /// Makes known what is named within `expr`.
    pub(super) fn add_aliases_of(&mut self, expr: &'a ast::Expr) {
        syntax::visit(expr, &mut |inner| {
            if let ast::ExprKind::Alias(value, name) = &inner.kind {
                let is_of_groups = syntax::find(value, &|expr| syntax::is_aggregate(expr) || syntax::is_window(expr));
                self.aliases.push(Alias { name: &name.name, value, is_of_groups: is_of_groups.is_some() });
            }
        });
    }
}

/// A value.
pub(super) fn expr(kind: ExprKind, ty: Type) -> ir::Expr {
    ir::Expr { kind, ty }
}

/// A column as a value.
pub(super) fn column(column: ColumnRef, ty: Type) -> ir::Expr {
    expr(ExprKind::Column(column), ty)
}
