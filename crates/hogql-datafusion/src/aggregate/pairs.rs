//! Sets of pairs of numbers: which values each group has.

use std::mem;

use rustc_hash::FxHashSet;

/// The most words of all bitmaps together, 64 MiB; with more, a set of pairs takes less.
const MOST_WORDS: usize = 8 << 20;

/// Pairs of a group and a value. Both are small numbers, so that a bitmap a group is small, too, unless there are very many groups.
#[derive(Debug)]
pub(super) enum Pairs {
    Bitmaps {
        /// By group.
        words: Vec<Vec<u64>>,
        n_words: usize,
    },
    Set(FxHashSet<(u32, u32)>),
}

impl Default for Pairs {
    fn default() -> Self {
        Self::Bitmaps { words: Vec::new(), n_words: 0 }
    }
}

impl Pairs {
    pub(super) fn insert(&mut self, group: u32, value: u32) {
        match self {
            Self::Bitmaps { words, n_words } => {
                if words.len() <= group as usize {
                    words.resize_with(group as usize + 1, Vec::new);
                }
                let bitmap = &mut words[group as usize];
                let word = (value / u64::BITS) as usize;
                if bitmap.len() <= word {
                    *n_words += word + 1 - bitmap.len();
                    bitmap.resize(word + 1, 0);
                }
                bitmap[word] |= 1 << (value % u64::BITS);
                if *n_words > MOST_WORDS {
                    let words = mem::take(words);
                    *self = Self::Set((0..).zip(&words).flat_map(|(group, bitmap)| ones(group, bitmap)).collect());
                }
            }
            Self::Set(pairs) => {
                pairs.insert((group, value));
            }
        }
    }

    /// How many values a group has.
    pub(super) fn count(&self, group: u32) -> usize {
        match self {
            Self::Bitmaps { words, .. } => {
                let bitmap = words.get(group as usize);
                bitmap.into_iter().flatten().map(|word| word.count_ones() as usize).sum()
            }
            Self::Set(pairs) => pairs.iter().filter(|(of, _)| *of == group).count(),
        }
    }

    /// How many values each of the first `n_groups` has. These go; the others stay, counted from 0 again.
    pub(super) fn take_counts(&mut self, n_groups: usize) -> Vec<usize> {
        let mut counts = vec![0; n_groups];
        match self {
            Self::Bitmaps { words, n_words } => {
                for (count, bitmap) in counts.iter_mut().zip(words.drain(..n_groups.min(words.len()))) {
                    *n_words -= bitmap.len();
                    *count = bitmap.iter().map(|word| word.count_ones() as usize).sum();
                }
            }
            Self::Set(_) => self.take(n_groups).iter().for_each(|(group, _)| counts[*group as usize] += 1),
        }
        counts
    }

    /// The pairs of the first `n_groups`, ascending. These go; the others stay, counted from 0 again.
    pub(super) fn take(&mut self, n_groups: usize) -> Vec<(u32, u32)> {
        match self {
            Self::Bitmaps { words, n_words } => {
                let taken: Vec<Vec<u64>> = words.drain(..n_groups.min(words.len())).collect();
                *n_words -= taken.iter().map(Vec::len).sum::<usize>();
                (0..).zip(&taken).flat_map(|(group, bitmap)| ones(group, bitmap)).collect()
            }
            Self::Set(pairs) => {
                let limit = u32::try_from(n_groups).expect("there are fewer than 2^32 groups");
                let (mut taken, kept): (Vec<_>, Vec<_>) = pairs.drain().partition(|(group, _)| *group < limit);
                pairs.extend(kept.into_iter().map(|(group, value)| (group - limit, value)));
                taken.sort_unstable();
                taken
            }
        }
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Bitmaps { words, n_words } => n_words * size_of::<u64>() + words.capacity() * size_of::<Vec<u64>>(),
            Self::Set(pairs) => pairs.capacity() * (size_of::<(u32, u32)>() + 1),
        }
    }
}

/// The values of a group's bitmap, with the group.
fn ones(group: u32, bitmap: &[u64]) -> impl Iterator<Item = (u32, u32)> {
    (0..).zip(bitmap).flat_map(move |(word, &bits)| {
        (0..u64::BITS).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| (group, word * u64::BITS + bit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(u32, u32); 6] = [(2, 64), (0, 5), (2, 63), (0, 5), (3, 1000), (2, 0)];

    #[track_caller]
    fn check(mut make: impl FnMut() -> Pairs) {
        let mut filled = || {
            let mut pairs = make();
            PAIRS.iter().for_each(|&(group, value)| pairs.insert(group, value));
            pairs
        };
        assert_eq!(filled().take_counts(5), [1, 0, 3, 1, 0]);
        assert_eq!(filled().take(5), [(0, 5), (2, 0), (2, 63), (2, 64), (3, 1000)]);
        let mut pairs = filled();
        assert_eq!(pairs.take(1), [(0, 5)]);
        assert_eq!(pairs.take_counts(2), [0, 3]);
        pairs.insert(1, 7);
        assert_eq!(pairs.take(9), [(0, 1000), (1, 7)]);
        assert_eq!(pairs.take_counts(1), [0]);
    }

    #[test]
    fn each_group_has_its_values_once() {
        check(Pairs::default);
        check(|| Pairs::Set(FxHashSet::default()));
    }

    #[test]
    fn bitmaps_that_grow_too_large_become_a_set() {
        let mut pairs = Pairs::default();
        pairs.insert(0, 1);
        let far = u32::try_from(MOST_WORDS).unwrap() * u64::BITS;
        pairs.insert(1, far);
        assert!(matches!(pairs, Pairs::Set(_)));
        assert_eq!(pairs.take(2), [(0, 1), (1, far)]);
    }
}
