//! Where users are kept.

use std::fmt;

use super::{User, UserProfile};
use crate::error::RepositoryResult;
use crate::ids::UserId;

/// Keeps users.
pub trait UserRepository: Send + Sync + fmt::Debug {
    /// Stores a new user and gives it a number.
    ///
    /// # Errors
    /// `Conflict` where the e-mail address (in any case), the uuid or the distinct id is taken.
    fn create(&self, profile: &UserProfile) -> RepositoryResult<User>;

    /// The user of that number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, id: UserId) -> RepositoryResult<Option<User>>;

    /// The users of those numbers, by number; unknown ones are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, ids: &[UserId]) -> RepositoryResult<Vec<User>>;

    /// The user with that address, in any case.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn find_by_email(&self, email: &str) -> RepositoryResult<Option<User>>;

    /// The user of the lowest number: whom the first start made.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn first(&self) -> RepositoryResult<Option<User>>;

    /// Lets the user's keys match or not.
    ///
    /// # Errors
    /// `NotFound` where the user is unknown.
    fn set_active(&self, id: UserId, is_active: bool) -> RepositoryResult<()>;
}
