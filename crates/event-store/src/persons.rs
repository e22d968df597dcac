//! Who is who: distinct ids, the persons behind them, and groups.

mod saved;

use std::sync::Arc;

use capture::identity::IdentityChange;
use query_engine::scan::{Groups, Identities};
use rustc_hash::FxHashSet;

use crate::column::CopiedColumn;
use crate::properties::PropertyTable;
use crate::text::TextDictionary;

/// Most group types that a project may have, as PostHog.
const MAX_GROUP_TYPES: usize = 5;

/// The persons and groups of one project.
///
/// A person is a dense number. A merge makes one number an alias of another; nothing that names the old number is rewritten at
/// once: readers go through [`Self::roots`], compaction folds the aliases in.
#[derive(Debug, Default)]
pub(crate) struct Persons {
    distinct_ids: TextDictionary,
    /// The person that each distinct id joined when it was first seen; it never changes.
    person_of_distinct_id: Vec<u32>,
    /// The person that each was merged into, itself for those that were not.
    parents: Vec<u32>,
    created_at_us: Vec<i64>,
    flags: Vec<Flags>,
    n_merged: usize,
    properties: PropertyTable,
    groups: Vec<GroupType>,
    unsaved: Unsaved,
}

/// What an event tells about its person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting<'a> {
    pub(crate) distinct_id: &'a str,
    pub(crate) timestamp_us: i64,
    /// False where the event asks for no person profile.
    pub(crate) has_profile: bool,
    /// Names of the group types that the event names groups of.
    pub(crate) group_types: &'a [String],
    pub(crate) changes: &'a [IdentityChange],
}

/// Whom an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Number of the distinct id.
    pub(crate) distinct_id: u32,
    /// Number of the person.
    pub(crate) person: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Flags {
    is_identified: bool,
    has_profile: bool,
}

#[derive(Debug)]
struct GroupType {
    name: Arc<str>,
    keys: TextDictionary,
    properties: PropertyTable,
    n_saved_keys: usize,
}

#[derive(Debug, Default)]
struct Unsaved {
    n_saved_distinct_ids: usize,
    persons: FxHashSet<u32>,
}

impl Persons {
    /// Takes in what an event tells, in order of arrival.
    pub(crate) fn see(&mut self, sighting: &Sighting<'_>) -> Seen {
        for name in sighting.group_types {
            self.group_type(name);
        }
        for change in sighting.changes {
            self.apply(sighting, change);
        }
        let (distinct_id, person) = self.person_or_new(sighting.distinct_id, sighting.timestamp_us);
        self.update(person, sighting.timestamp_us, sighting.has_profile);
        Seen { distinct_id, person }
    }

    /// The number of the person of `distinct_id`, merges respected.
    #[cfg(test)]
    pub(crate) fn person(&self, distinct_id: &str) -> Option<u32> {
        let code = self.distinct_ids.code(distinct_id)?;
        Some(self.root(self.person_of_distinct_id[code as usize]))
    }

    /// Distinct ids by their numbers.
    pub(crate) fn distinct_ids(&self) -> &TextDictionary {
        &self.distinct_ids
    }

    /// One more than the highest person number.
    pub(crate) fn n_numbers(&self) -> usize {
        self.parents.len()
    }

    /// Persons that have a profile, those merged into others not counted.
    pub(crate) fn n_profiles(&self) -> usize {
        let is_profile =
            |&(number, flags): &(usize, &Flags)| flags.has_profile && self.parents[number] as usize == number;
        self.flags.iter().enumerate().filter(is_profile).count()
    }

    /// For each person number the one that it counts as; `None` where each counts as itself.
    pub(crate) fn roots(&self) -> Option<Vec<u32>> {
        if self.n_merged == 0 {
            return None;
        }
        let mut roots = self.parents.clone();
        for number in 0..roots.len() {
            let mut root = roots[number];
            while roots[root as usize] != root {
                root = roots[root as usize];
            }
            roots[number] = root;
        }
        Some(roots)
    }

    /// When each person was first seen, in microseconds since 1970 UTC; `i64::MAX` for those merged into others.
    pub(crate) fn created_at_us(&self) -> Vec<i64> {
        self.created_at_us.clone()
    }

    /// The latest values of a property of all persons.
    pub(crate) fn property_column(&self, key: &str) -> CopiedColumn {
        self.properties.copy_column(key, self.n_numbers())
    }

    /// Names of the group types in the order of their indexes.
    pub(crate) fn group_types(&self) -> Vec<Arc<str>> {
        self.groups.iter().map(|group_type| Arc::clone(&group_type.name)).collect()
    }

    /// The keys of all groups of a type, and the latest values of one of their properties in the same order.
    pub(crate) fn group_column(&self, index: u8, key: &str) -> (Vec<Arc<str>>, CopiedColumn) {
        match self.groups.get(usize::from(index)) {
            Some(group) => {
                let keys = group.keys.iter().map(Arc::from).collect();
                (keys, group.properties.copy_column(key, group.keys.len()))
            }
            None => (Vec::new(), CopiedColumn::default()),
        }
    }

    /// All properties of each person, as JSON objects.
    pub(crate) fn property_objects(&self) -> Vec<Arc<str>> {
        self.properties.objects(self.n_numbers())
    }

    /// The groups of each type.
    pub(crate) fn groups(&self) -> Vec<Groups> {
        let groups = self.groups.iter().map(|group| Groups {
            keys: group.keys.iter().map(Arc::from).collect(),
            properties: group.properties.objects(group.keys.len()),
        });
        groups.collect()
    }

    /// Who is who.
    pub(crate) fn identities(&self) -> Identities {
        let mut first_distinct_ids = vec![u32::MAX; self.n_numbers()];
        for (code, &person) in (0_u32..).zip(&self.person_of_distinct_id) {
            let first = &mut first_distinct_ids[person as usize];
            *first = (*first).min(code);
        }
        let roots = self.roots();
        let root = |person: u32| roots.as_ref().map_or(person, |roots| roots[person as usize]);
        Identities {
            distinct_ids: self.distinct_ids.iter().map(Arc::from).collect(),
            persons: self.person_of_distinct_id.iter().map(|&person| root(person)).collect::<Vec<_>>().into(),
            first_distinct_ids: first_distinct_ids.into(),
            is_identified: self.flags.iter().map(|flags| flags.is_identified).collect::<Vec<_>>().into(),
        }
    }

    fn apply(&mut self, sighting: &Sighting<'_>, change: &IdentityChange) {
        match change {
            IdentityChange::UpdatePerson { set, set_once, unset } => {
                let (_, person) = self.person_or_new(sighting.distinct_id, sighting.timestamp_us);
                for (key, value) in set {
                    self.properties.set(person, key, &value.to_string());
                }
                for (key, value) in set_once {
                    self.properties.set_once(person, key, &value.to_string());
                }
                for key in unset {
                    self.properties.remove(person, key);
                }
            }
            IdentityChange::Merge { other_distinct_id, even_if_identified } => {
                self.join(sighting, other_distinct_id, *even_if_identified);
            }
            IdentityChange::MarkIdentified => {
                let (_, person) = self.person_or_new(sighting.distinct_id, sighting.timestamp_us);
                self.flags[person as usize].is_identified = true;
                self.unsaved.persons.insert(person);
            }
            IdentityChange::UpdateGroup { group_type, group_key, set } => {
                let Some(index) = self.group_type(group_type) else { return };
                let group = &mut self.groups[index];
                let number = group.keys.intern(group_key);
                for (key, value) in set {
                    group.properties.set(number, key, &value.to_string());
                }
            }
        }
    }

    /// Makes the persons of the event's distinct id and of `other_distinct_id` one, where the rules allow it. A distinct id that
    /// has no person yet joins the other's.
    fn join(&mut self, sighting: &Sighting<'_>, other_distinct_id: &str, even_if_identified: bool) {
        let own = self.known_person(sighting.distinct_id);
        let other = self.known_person(other_distinct_id);
        match (own, other) {
            (None, Some(other)) => self.add_distinct_id(sighting.distinct_id, other),
            (None, None) => {
                let (_, own) = self.person_or_new(sighting.distinct_id, sighting.timestamp_us);
                if other_distinct_id != sighting.distinct_id {
                    self.add_distinct_id(other_distinct_id, own);
                }
            }
            (Some(own), None) => self.add_distinct_id(other_distinct_id, own),
            (Some(own), Some(other)) => {
                let may_merge = even_if_identified || !self.flags[other as usize].is_identified;
                if own != other && may_merge {
                    self.merge(own, other);
                }
            }
        }
    }

    fn merge(&mut self, target: u32, other: u32) {
        let (to, from) = (target as usize, other as usize);
        self.parents[from] = target;
        self.n_merged += 1;
        self.created_at_us[to] = self.created_at_us[to].min(self.created_at_us[from]);
        self.created_at_us[from] = i64::MAX;
        self.flags[to].is_identified |= self.flags[from].is_identified;
        self.flags[to].has_profile |= self.flags[from].has_profile;
        self.properties.merge(target, other);
        self.unsaved.persons.extend([target, other]);
    }

    fn update(&mut self, person: u32, timestamp_us: i64, has_profile: bool) {
        let index = person as usize;
        let is_news = timestamp_us < self.created_at_us[index] || (has_profile && !self.flags[index].has_profile);
        if is_news {
            self.created_at_us[index] = self.created_at_us[index].min(timestamp_us);
            self.flags[index].has_profile |= has_profile;
            self.unsaved.persons.insert(person);
        }
    }

    /// The numbers of a distinct id and of its person, which are made where they are new.
    fn person_or_new(&mut self, distinct_id: &str, timestamp_us: i64) -> (u32, u32) {
        let code = self.distinct_ids.intern(distinct_id);
        if let Some(&person) = self.person_of_distinct_id.get(code as usize) {
            return (code, self.root(person));
        }
        let person = u32::try_from(self.parents.len()).expect("no more persons than distinct ids");
        self.parents.push(person);
        self.created_at_us.push(timestamp_us);
        self.flags.push(Flags::default());
        self.person_of_distinct_id.push(person);
        self.unsaved.persons.insert(person);
        (code, person)
    }

    fn known_person(&self, distinct_id: &str) -> Option<u32> {
        let code = self.distinct_ids.code(distinct_id)?;
        Some(self.root(self.person_of_distinct_id[code as usize]))
    }

    fn add_distinct_id(&mut self, distinct_id: &str, person: u32) {
        let code = self.distinct_ids.intern(distinct_id);
        debug_assert_eq!(code as usize, self.person_of_distinct_id.len(), "only new distinct ids are added");
        self.person_of_distinct_id.push(person);
    }

    fn root(&self, person: u32) -> u32 {
        let mut root = person;
        while self.parents[root as usize] != root {
            root = self.parents[root as usize];
        }
        root
    }

    /// The index of the group type of that name, which gets the next one when it is new; `None` where there are too many.
    fn group_type(&mut self, name: &str) -> Option<usize> {
        let known = self.groups.iter().position(|group_type| &*group_type.name == name);
        if known.is_some() || self.groups.len() == MAX_GROUP_TYPES {
            return known;
        }
        self.groups.push(GroupType::new(name));
        Some(self.groups.len() - 1)
    }
}

impl GroupType {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            keys: TextDictionary::default(),
            properties: PropertyTable::default(),
            n_saved_keys: 0,
        }
    }
}

#[cfg(test)]
mod tests;
