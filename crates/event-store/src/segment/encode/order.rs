//! The order of the rows of a segment.

use crate::memtable::Memtable;
use crate::segment::StoredRun;

/// Rows of a memtable in the order of a segment: by event (those that queries see first), person, timestamp, arrival.
#[derive(Debug)]
pub(super) struct SortedRows {
    pub(super) rows: Vec<u32>,
    pub(super) runs: Vec<StoredRun>,
    /// Where several persons have the same event at the same instant: the place of each in the order of arrival. What order they
    /// arrived in would be lost otherwise when two of the persons become one.
    pub(super) arrivals: Vec<Option<i32>>,
}

impl SortedRows {
    pub(super) fn sort(memtable: &Memtable, rows: &[u32]) -> Self {
        let mut names: Vec<((&str, bool), u32)> = memtable.names.iter().zip(0..).collect();
        names.sort_unstable();
        let mut rank_of_name = vec![0_u32; names.len()];
        for (rank, &(_, code)) in (0..).zip(&names) {
            rank_of_name[code as usize] = rank;
        }
        let rank = |row: u32| rank_of_name[memtable.name_codes[row as usize] as usize];
        let timestamp = |row: u32| memtable.timestamps[row as usize];
        let person = |row: u32| memtable.persons[row as usize];

        let mut keys: Vec<(u32, u32, i64, u32)> =
            rows.iter().map(|&row| (rank(row), person(row), timestamp(row), row)).collect();
        keys.sort_unstable();

        let mut by_instant: Vec<(u32, i64, u32, u32)> =
            (0..).zip(&keys).map(|(position, &(rank, _, timestamp, row))| (rank, timestamp, row, position)).collect();
        by_instant.sort_unstable();
        let mut arrivals = vec![None; rows.len()];
        for tied in by_instant.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
            let first = keys[tied[0].3 as usize].1;
            if tied.iter().any(|&(.., position)| keys[position as usize].1 != first) {
                for (place, &(.., position)) in (0..).zip(tied) {
                    arrivals[position as usize] = Some(place);
                }
            }
        }

        let runs = keys.chunk_by(|one, next| one.0 == next.0);
        let runs = runs.map(|run| {
            let ((event, is_identity_only), _) = names[run[0].0 as usize];
            StoredRun { event: event.into(), n_rows: run.len(), is_identity_only }
        });
        Self { rows: keys.iter().map(|&(.., row)| row).collect(), runs: runs.collect(), arrivals }
    }
}
