//! Cutting long lists into pages.

use crate::problem::Problem;

/// Items of a page where the request names no limit.
pub const DEFAULT_LIMIT: u32 = 100;

/// Rows of a page of the activity log where the request names no limit.
pub const DEFAULT_ACTIVITY_LIMIT: u32 = 10;

/// Largest page. A larger limit is served as this one, since the reference has no maximum that a client could rely on.
pub const MAX_LIMIT: u32 = 1000;

/// A stretch of a list, by limit and offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    limit: u32,
    offset: u64,
}

impl Page {
    /// The page of `limit` items (default [`DEFAULT_LIMIT`], at most [`MAX_LIMIT`]) after the first `offset` (default 0).
    ///
    /// A limit below 1 and an offset below 0 count as absent, as the reference's paginator takes them.
    pub fn new(limit: Option<i64>, offset: Option<i64>) -> Self {
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(i64::from(DEFAULT_LIMIT)).min(i64::from(MAX_LIMIT));
        let limit = u32::try_from(limit).expect("the limit lies between 1 and MAX_LIMIT");
        // Stores count in i64, which the offset came in as, so it never outgrows them.
        let offset = offset.and_then(|offset| u64::try_from(offset).ok()).unwrap_or(0);
        Self { limit, offset }
    }

    /// The page of that number, beginning with 1, of `limit` items each (default [`DEFAULT_ACTIVITY_LIMIT`], at most [`MAX_LIMIT`]).
    ///
    /// # Errors
    /// A [`Problem`] that names `page` or `limit` where it is below 1.
    pub fn numbered(number: Option<i64>, limit: Option<i64>) -> Result<Self, Problem> {
        let at_least_one = |attr: &'static str, value: i64| {
            u64::try_from(value).ok().filter(|value| *value > 0).ok_or_else(|| Problem {
                code: "min_value",
                ..Problem::invalid(attr, "Ensure this value is greater than or equal to 1.")
            })
        };
        let number = at_least_one("page", number.unwrap_or(1))?;
        let limit = at_least_one("limit", limit.unwrap_or(i64::from(DEFAULT_ACTIVITY_LIMIT)))?;
        let limit = u32::try_from(limit.min(u64::from(MAX_LIMIT))).expect("the limit lies between 1 and MAX_LIMIT");
        let offset = (number - 1).saturating_mul(u64::from(limit)).min(i64::MAX.unsigned_abs());
        Ok(Self { limit, offset })
    }

    /// The first page of the default size.
    pub fn first() -> Self {
        Self { limit: DEFAULT_LIMIT, offset: 0 }
    }

    /// The page with no more than `limit` items, for lists whose items are large.
    #[must_use]
    pub fn at_most(self, limit: u32) -> Self {
        Self { limit: self.limit.min(limit.max(1)), ..self }
    }

    /// Most items of the page, 1 to [`MAX_LIMIT`].
    pub fn limit(self) -> u32 {
        self.limit
    }

    /// Items before the page, at most `i64::MAX`.
    pub fn offset(self) -> u64 {
        self.offset
    }

    /// The offset of the page after this one; `None` where this one reaches the end of `count` items.
    pub fn next_offset(self, count: u64) -> Option<u64> {
        Some(self.offset.saturating_add(u64::from(self.limit))).filter(|next| *next < count)
    }

    /// The offset of the page before this one; `None` on the first.
    pub fn previous_offset(self) -> Option<u64> {
        (self.offset > 0).then(|| self.offset.saturating_sub(u64::from(self.limit)))
    }

    /// The number of a page made by [`Self::numbered`], beginning with 1.
    pub fn number(self) -> u64 {
        self.offset / u64::from(self.limit) + 1
    }
}

/// A page's items, and how many there are over all pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// Over all pages.
    pub count: u64,
    /// Of this page, in the list's order.
    pub items: Vec<T>,
}

impl<T> Paged<T> {
    /// Cuts the page out of the whole list.
    pub fn cut(all: Vec<T>, page: Page) -> Self {
        let count = all.len() as u64;
        let offset = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let items = all.into_iter().skip(offset).take(page.limit() as usize).collect();
        Self { count, items }
    }

    /// The page with each item turned into another.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Paged<U> {
        Paged { count: self.count, items: self.items.into_iter().map(turn).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: Option<i64>, offset: Option<i64>, expected: (u32, u64)) {
        let page = Page::new(limit, offset);
        assert_eq!((page.limit(), page.offset()), expected);
    }

    #[test]
    fn limit_and_offset_are_kept_in_bounds() {
        check(None, None, (100, 0));
        check(Some(5), Some(10), (5, 10));
        check(Some(0), Some(-1), (100, 0));
        check(Some(-5), None, (100, 0));
        check(Some(i64::MAX), Some(i64::MAX), (1000, i64::MAX.unsigned_abs()));
    }

    #[test]
    fn pages_of_large_items_are_smaller() {
        for (limit, most, expected) in [(5, 10, 5), (50, 10, 10), (50, 0, 1)] {
            assert_eq!(Page::new(Some(limit), Some(7)).at_most(most), Page::new(Some(expected), Some(7)));
        }
    }

    #[test]
    fn numbered_pages_begin_with_one() {
        let page = Page::numbered(Some(3), Some(20)).unwrap();
        assert_eq!((page.limit(), page.offset(), page.number()), (20, 40, 3));
        assert_eq!(Page::numbered(None, None).unwrap().limit(), 10);
        assert_eq!(Page::numbered(Some(0), None).unwrap_err().attr.as_deref(), Some("page"));
        assert_eq!(Page::numbered(None, Some(0)).unwrap_err().attr.as_deref(), Some("limit"));
        assert!(i64::try_from(Page::numbered(Some(i64::MAX), Some(1000)).unwrap().offset()).is_ok());
    }

    #[test]
    fn neighbours_are_named_only_where_there_are_any() {
        let page = Page::new(Some(10), Some(10));
        assert_eq!((page.next_offset(21), page.next_offset(20), page.previous_offset()), (Some(20), None, Some(0)));
        assert_eq!(Page::new(Some(10), Some(5)).previous_offset(), Some(0));
        assert_eq!(Page::first().previous_offset(), None);
    }

    #[test]
    fn a_page_beyond_the_end_is_empty_and_counts_all() {
        assert_eq!(Paged::cut(vec![1, 2, 3], Page::new(Some(2), Some(2))), Paged { count: 3, items: vec![3] });
        assert_eq!(Paged::cut(vec![1, 2, 3], Page::new(None, Some(i64::MAX))), Paged { count: 3, items: vec![] });
    }
}
