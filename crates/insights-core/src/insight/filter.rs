//! Which insights to list, and in which order.

use chrono::{DateTime, Utc};

use super::kind::InsightKind;
use crate::ids::{DashboardId, UserId};
use crate::problem::Problem;

/// Instants strictly between two ends, each of which may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// Strictly after this.
    pub after: Option<DateTime<Utc>>,
    /// Strictly before this.
    pub before: Option<DateTime<Utc>>,
}

impl Between {
    /// Whether neither end is closed.
    pub fn is_open(&self) -> bool {
        self.after.is_none() && self.before.is_none()
    }

    /// Whether the instant lies between the ends.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.after.is_none_or(|after| instant > after) && self.before.is_none_or(|before| instant < before)
    }
}

/// Which insights to list. Deleted ones never are; each field that is set leaves out more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InsightFilter {
    /// Saved on purpose or not.
    pub saved: Option<bool>,
    /// Favourites or others.
    pub favorited: Option<bool>,
    /// Made by whoever asks (`user`).
    pub created_by_caller: bool,
    /// Made by one of these; `None` for anyone.
    pub created_by: Option<Vec<UserId>>,
    /// On each of these dashboards.
    pub dashboards: Vec<DashboardId>,
    /// With at least one of these tags, in any case; empty for any.
    pub tags: Vec<String>,
    /// Of this kind.
    pub kind: Option<InsightKind>,
    /// Part of the name, the derived name, the description or a tag, in any case.
    pub search: Option<String>,
    /// Of this short id.
    pub short_id: Option<String>,
    /// By `last_modified_at` (`date_from`, `date_to`).
    pub last_modified: Between,
    /// By `created_at`.
    pub created: Between,
    /// By the last time that whoever asks looked at it; where an end is closed, ones never looked at are left out.
    pub last_viewed: Between,
    /// The order.
    pub order: InsightOrder,
}

/// What insights are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InsightOrderField {
    /// Their place.
    #[default]
    Order,
    /// Their number.
    Id,
    /// Their short id.
    ShortId,
    /// Their given name, by code points.
    Name,
    /// Their derived name, by code points.
    DerivedName,
    /// When they were made.
    CreatedAt,
    /// Who made them, by number.
    CreatedBy,
    /// When they were last written.
    UpdatedAt,
    /// When their words or query were last changed.
    LastModifiedAt,
    /// When whoever asks last looked at them.
    LastViewedAt,
    /// Others before favourites.
    Favorited,
    /// Unsaved ones before saved ones.
    Saved,
}

/// Upwards or downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first; what is absent comes before all.
    #[default]
    Ascending,
    /// The largest first; what is absent comes after all.
    Descending,
}

/// The order of a list; ties are broken by number, in the same direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InsightOrder {
    /// By what.
    pub field: InsightOrderField,
    /// Which way.
    pub direction: Direction,
}

impl InsightOrder {
    /// Reads `name` or `-name`.
    ///
    /// # Errors
    /// A 400 that names `order` for a field that there is no ordering by.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (text, Direction::Ascending),
        };
        let field = match name {
            "order" => InsightOrderField::Order,
            "id" => InsightOrderField::Id,
            "short_id" => InsightOrderField::ShortId,
            "name" => InsightOrderField::Name,
            "derived_name" => InsightOrderField::DerivedName,
            "created_at" => InsightOrderField::CreatedAt,
            "created_by" => InsightOrderField::CreatedBy,
            "updated_at" => InsightOrderField::UpdatedAt,
            "last_modified_at" => InsightOrderField::LastModifiedAt,
            "last_viewed_at" => InsightOrderField::LastViewedAt,
            "favorited" => InsightOrderField::Favorited,
            "saved" => InsightOrderField::Saved,
            _ => return Err(Problem::invalid_choice("order", text)),
        };
        Ok(Self { field, direction })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minus_turns_the_order_around() {
        let expected = InsightOrder { field: InsightOrderField::LastViewedAt, direction: Direction::Descending };
        assert_eq!(InsightOrder::parse("-last_viewed_at"), Ok(expected));
        assert_eq!(InsightOrder::parse("order"), Ok(InsightOrder::default()));
        for text in ["", "-", "--name", "password", "name;drop"] {
            assert_eq!(InsightOrder::parse(text).unwrap_err().code, "invalid_choice");
        }
    }
}
