//! The users that objects name as their makers and changers, looked up together.

use std::collections::HashMap;

use insights_core::error::RepositoryResult;
use insights_core::ids::UserId;
use insights_core::user::repository::UserRepository;

use crate::wire::UserBasic;

/// Users by their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authors(HashMap<UserId, UserBasic>);

impl Authors {
    /// Looks up the users of `ids`, in which a user may stand several times and `None` stands for nobody.
    ///
    /// # Errors
    /// The repository's.
    pub(crate) fn load(
        users: &dyn UserRepository,
        ids: impl IntoIterator<Item = Option<UserId>>,
    ) -> RepositoryResult<Self> {
        let mut ids: Vec<UserId> = ids.into_iter().flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let users = users.get_batch(&ids)?;
        Ok(Self(users.iter().map(|user| (user.id, UserBasic::from(user))).collect()))
    }

    /// The user of that number; `None` for nobody and for users that are gone.
    pub(crate) fn get(&self, id: Option<UserId>) -> Option<UserBasic> {
        self.0.get(&id?).cloned()
    }
}
