//! The uuids that a project has: what makes sending an event twice count once.

/// A set of uuids, exact, in 16 bytes of memory a uuid plus at most half as much again.
///
/// Open addressing in many small tables, each grown by a quarter when it is nearly full: what is free stays small, and growing
/// copies one small table at a time.
#[derive(Debug)]
pub(crate) struct UuidSet {
    shards: Vec<Shard>,
    has_nil: bool,
}

#[derive(Clone, Debug, Default)]
struct Shard {
    /// Zero is a free slot; the nil uuid is kept apart.
    slots: Vec<u128>,
    n_used: usize,
}

const N_SHARDS: usize = 64;

impl Default for UuidSet {
    fn default() -> Self {
        Self { shards: vec![Shard::default(); N_SHARDS], has_nil: false }
    }
}

impl UuidSet {
    /// Adds `uuid`; whether it was new.
    pub(crate) fn insert(&mut self, uuid: u128) -> bool {
        if uuid == 0 {
            return !std::mem::replace(&mut self.has_nil, true);
        }
        let hash = mix(uuid);
        self.shards[shard_of(hash)].insert(uuid, hash)
    }

    /// Whether `uuid` was added.
    pub(crate) fn contains(&self, uuid: u128) -> bool {
        if uuid == 0 {
            return self.has_nil;
        }
        let hash = mix(uuid);
        let shard = &self.shards[shard_of(hash)];
        !shard.slots.is_empty() && shard.slots[shard.slot_of(uuid, hash)] == uuid
    }

    /// Number of uuids.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.n_used).sum::<usize>() + usize::from(self.has_nil)
    }
}

impl Shard {
    fn insert(&mut self, uuid: u128, hash: u64) -> bool {
        // at most 17 of 20 slots are used, so that probing stays short
        if (self.n_used + 1) * 20 > self.slots.len() * 17 {
            self.grow();
        }
        let slot = self.slot_of(uuid, hash);
        let is_new = self.slots[slot] == 0;
        if is_new {
            self.slots[slot] = uuid;
            self.n_used += 1;
        }
        is_new
    }

    /// The slot that holds `uuid` or, where there is none, the free one that it belongs in.
    fn slot_of(&self, uuid: u128, hash: u64) -> usize {
        // the high half of a product spreads the hash evenly over a table of any length
        let spread = (u128::from(hash << 6) * self.slots.len() as u128) >> 64;
        let mut slot = usize::try_from(spread).expect("the product is below the table's length");
        while self.slots[slot] != 0 && self.slots[slot] != uuid {
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
        slot
    }

    fn grow(&mut self) {
        let n_slots = (self.slots.len() + self.slots.len() / 4).max(16);
        let old = std::mem::replace(&mut self.slots, vec![0; n_slots]);
        for uuid in old.into_iter().filter(|&uuid| uuid != 0) {
            let slot = self.slot_of(uuid, mix(uuid));
            self.slots[slot] = uuid;
        }
    }
}

/// The top six bits of a hash choose the table, the others the slot.
fn shard_of(hash: u64) -> usize {
    (hash >> 58) as usize
}

/// Spreads the bits of a uuid: those of versions 1 and 7 differ in few of them.
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the uuid are meant")]
fn mix(uuid: u128) -> u64 {
    let mut hash = (uuid as u64) ^ ((uuid >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_set(uuids in prop::collection::vec(prop_oneof![0..50_u128, any::<u128>()], 0..400)) {
            let mut plain = HashSet::new();
            let mut set = UuidSet::default();
            for &uuid in &uuids {
                prop_assert_eq!(set.contains(uuid), plain.contains(&uuid));
                prop_assert_eq!(set.insert(uuid), plain.insert(uuid));
                prop_assert_eq!(set.len(), plain.len());
            }
        }
    }

    #[test]
    fn memory_stays_below_24_bytes_a_uuid() {
        let mut set = UuidSet::default();
        for number in 1..=300_000_u128 {
            // consecutive numbers, as in the low bits of time-ordered uuids
            assert!(set.insert(number << 64 | 0x8000));
            if number > 50_000 && number % 1_000 == 0 {
                let slots: usize = set.shards.iter().map(|shard| shard.slots.len()).sum();
                assert!(slots * 16 < 24 * set.len(), "{slots} slots for {} uuids", set.len());
            }
        }
    }
}
