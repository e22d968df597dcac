//! What a query may read besides events, by who asks it: the one place where that is decided.

use insights_core::auth::Principal;
use insights_core::problem::Problem;
use insights_core::scopes::{Scope, ScopeObject};
use query_engine::definitions::References;
use serde_json::Value;

/// The scope that HogQL's table `logs` wants.
const LOGS: Scope = Scope::read(ScopeObject::Logs);

/// What a query may read. Nothing besides events, unless somebody is known who may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryRights {
    logs: bool,
}

impl QueryRights {
    /// Of the server itself, and of visitors: whoever made what they see had the rights.
    pub(crate) const ALL: Self = Self { logs: true };

    /// Of a key.
    pub(crate) fn of(principal: &Principal) -> Self {
        Self { logs: principal.require_scope(LOGS).is_ok() }
    }

    /// Refuses what names more than may be read.
    ///
    /// # Errors
    /// The missing scope.
    pub(crate) fn check(self, references: &References) -> Result<(), Scope> {
        if references.logs && !self.logs { Err(LOGS) } else { Ok(()) }
    }

    /// As [`Self::check`], of a query that is to be kept: others may see its answers.
    ///
    /// # Errors
    /// A 403 that names the scope.
    pub(crate) fn check_kept<'a>(self, nodes: impl IntoIterator<Item = Option<&'a Value>>) -> Result<(), Problem> {
        let mut kept = nodes.into_iter().flatten();
        kept.try_for_each(|node| self.check(&References::of(node))).map_err(missing_scope)
    }
}

/// The refusal of a query for want of a scope.
pub(super) fn missing_scope(scope: Scope) -> Problem {
    Problem::permission_denied(format!("API key missing required scope '{scope}'"))
}
