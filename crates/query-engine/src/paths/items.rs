//! What each event is on a path: worked out once for each distinct value, then looked up row by row.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::columns::ByDictionary;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::{FieldValues, ScanLayout};
use crate::plan::paths::{PathEdges, PathItems};
use crate::scan::{Run, Scan};
use crate::value::PropertyValue;

/// The item without a text.
pub(super) const EMPTY: u32 = 0;

/// What an event is that is not seen.
pub(super) const UNSEEN: u32 = u32::MAX;

/// Values that are looked at between two looks at the control; cleaning one may take microseconds.
const VALUES_A_CHECK: usize = 1 << 10;

/// Numbers for the texts of items.
#[derive(Debug)]
pub(super) struct Items {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

/// The items of one run.
#[derive(Debug)]
pub(super) struct RunItems {
    values: FieldValues,
    /// The item for each code.
    items: Arc<[u32]>,
}

impl RunItems {
    /// The item of `row`, whose person is `person`; [`UNSEEN`] for none.
    pub(super) fn of_row(&self, row: usize, person: u32) -> u32 {
        self.items[self.values.code(row, person) as usize]
    }
}

impl Items {
    /// Only [`EMPTY`].
    pub(super) fn new() -> Self {
        let empty: Arc<str> = "".into();
        Self { numbers: FxHashMap::from_iter([(Arc::clone(&empty), EMPTY)]), texts: vec![empty] }
    }

    /// The number of `text`.
    pub(super) fn number(&mut self, text: Arc<str>) -> u32 {
        let next = u32::try_from(self.texts.len()).expect("a query has fewer than 2^32 distinct texts");
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.texts.push(Arc::clone(text));
            next
        })
    }

    /// The text of `item`.
    pub(super) fn text(&self, item: u32) -> &Arc<str> {
        &self.texts[item as usize]
    }

    /// The items of `runs`, which are of `scan`, made for the request of `layout`; `None` for a run whose events are none.
    pub(super) fn read(
        &mut self,
        plan: &PathEdges,
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
        memory: &mut HeldMemory,
    ) -> Result<Vec<Option<RunItems>>, QueryError> {
        let mut known: Vec<ByDictionary<Arc<[u32]>>> = plan.items.iter().map(|_| ByDictionary::new()).collect();
        let items = scan.runs.iter().map(|run: &Run| {
            control.check()?;
            let Some(index) = plan.items.iter().position(|items| items.events.contains(&run.event)) else {
                return Ok(None);
            };
            let rule = &plan.items[index];
            let values = layout.read(&rule.field, scan, run);
            let items = known[index]
                .get(values.dictionary(), |dictionary| self.of_dictionary(plan, rule, dictionary, control, memory))?;
            Ok(Some(RunItems { items: Arc::clone(items), values }))
        });
        items.collect()
    }

    fn of_dictionary(
        &mut self,
        plan: &PathEdges,
        rule: &PathItems,
        dictionary: &[PropertyValue],
        control: &QueryControl,
        memory: &mut HeldMemory,
    ) -> Result<Arc<[u32]>, QueryError> {
        memory.grow::<(u32, Arc<str>, Arc<str>, u32)>(dictionary.len())?;
        let mut items = Vec::with_capacity(dictionary.len());
        for values in dictionary.chunks(VALUES_A_CHECK) {
            control.check()?;
            for value in values {
                let text = value.to_text().unwrap_or_else(|| Arc::clone(self.text(EMPTY)));
                let name = name(plan, rule, &text);
                items.push(if plan.excluded.contains(&*name) {
                    UNSEEN
                } else if *name == *text {
                    self.number(text)
                } else {
                    memory.grow::<u8>(name.len())?;
                    self.number(name.into())
                });
            }
        }
        Ok(items.into())
    }
}

/// What the item of that text is called.
fn name<'a>(plan: &'a PathEdges, rule: &PathItems, text: &'a str) -> Cow<'a, str> {
    let mut name = Cow::Borrowed(if rule.is_url { without_slash(text) } else { text });
    for cleaning in &plan.cleaning {
        if let Cow::Owned(cleaned) = cleaning.pattern.replace_all(&name, &cleaning.alias) {
            name = Cow::Owned(cleaned);
        }
    }
    let places = plan.groupings.iter().filter_map(|grouping| Some((end_of(&name, grouping)?, grouping)));
    match places.min_by_key(|(end, _)| *end) {
        Some((_, grouping)) => Cow::Borrowed(grouping),
        None => name,
    }
}

/// `text` without a slash at its end, where that is not all there is.
pub(super) fn without_slash(text: &str) -> &str {
    text.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(text)
}

/// Where in `text` the first place ends that has what `grouping` says, in which `*` stands for any text; `None` where there is no such place.
fn end_of(text: &str, grouping: &str) -> Option<usize> {
    // the first place for each part leaves the most for those after it
    grouping.split('*').try_fold(0, |end, part| Some(end + text[end..].find(part)? + part.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_slash(text: &str, expected: &str) {
        assert_eq!(without_slash(text), expected);
    }

    #[test]
    fn a_slash_at_the_end_of_a_url_does_not_count() {
        check_slash("", "");
        check_slash("/", "/");
        check_slash("/a/", "/a");
        check_slash("/a", "/a");
        check_slash("/a//", "/a/");
    }

    #[track_caller]
    fn check_end(text: &str, grouping: &str, expected: Option<usize>) {
        assert_eq!(end_of(text, grouping), expected, "{grouping} in {text}");
    }

    #[test]
    fn a_grouping_is_found_anywhere_with_any_text_for_its_wildcards() {
        check_end("/2/bar/1/foo/3/foo", "/bar/*/foo", Some(12));
        check_end("/bar/foo", "/bar/*/foo", None);
        check_end("/bar//foo", "/bar/*/foo", Some(9));
        check_end("/foo/1/bar/", "/bar/*/foo", None);
        check_end("test.com/step1/foo", "/step1", Some(14));
        check_end("step two", "step t*", Some(6));
        check_end("a.b", "a*b*", Some(3));
        check_end("axb", "a.b", None);
        check_end("", "*", Some(0));
        check_end("aXaY", "a*aY", Some(4));
    }
}
