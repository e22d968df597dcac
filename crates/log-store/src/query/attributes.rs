//! Which keys attributes have.

use std::sync::Arc;

use arrow_array::Array;
use logs::query::{AttributeKey, AttributeOwner, AttributePage, AttributesQuery, TypeCounts};
use logs::record::Attributes;
use query_engine::control::{HeldMemory, QueryControl};
use query_engine::error::QueryError;
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::View;
use super::predicate::Predicate;
use super::workers;
use crate::error::StoreError;
use crate::segment::{
    ColumnSet, KeyCounts, Kind, OpenSegment, TextColumn, attribute_column, count_type, fixed, parse_attributes,
};

type Counts = FxHashMap<Arc<str>, TypeCounts>;

impl View {
    /// Which keys attributes have.
    pub(crate) fn attributes(
        &self,
        query: &AttributesQuery,
        control: &QueryControl,
    ) -> Result<AttributePage, QueryError> {
        let filter = self.bounded(&query.filter);
        let mut counts = Counts::default();
        self.in_memory(&filter, control, |log| {
            match query.owner {
                AttributeOwner::Record => add(&mut counts, &log.record.attributes),
                AttributeOwner::Resource => add(&mut counts, &log.record.resource),
            }
            Ok(())
        })?;
        let mut plan = self.plan(&filter, control)?;
        let predicate = Predicate::new(filter);
        if predicate.is_time_only() {
            // of a segment that is in the range as a whole, everything is counted already
            let range = &predicate.filter().range;
            let is_whole: Vec<bool> = plan
                .segments
                .iter()
                .map(|planned| {
                    let file = planned.segment.file();
                    file.min_us >= range.start && file.max_us < range.end
                })
                .collect();
            for (planned, _) in plan.segments.iter().zip(&is_whole).filter(|(_, is_whole)| **is_whole) {
                let index = &planned.open.details.index;
                let keys = match query.owner {
                    AttributeOwner::Record => &index.record_keys,
                    AttributeOwner::Resource => &index.resource_keys,
                };
                keys.iter().for_each(|key| add_counted(&mut counts, key));
            }
            plan.blocks.retain(|block| !is_whole[block.segment]);
        }
        let parts = workers::each(&plan.blocks, control, Counts::default, |counts, block| {
            if !plan.may_match(block)? {
                return Ok(());
            }
            let open = &plan.segments[block.segment].open;
            let mut columns = ColumnSet::none();
            match query.owner {
                AttributeOwner::Resource => columns.add(fixed::RESOURCE),
                AttributeOwner::Record => {
                    open.details.index.columns.iter().for_each(|column| columns.add(attribute_column(&column.key)));
                    columns.add(fixed::REST);
                }
            }
            let Some((batch, mask)) = predicate.rows(open, block.block, &columns)? else { return Ok(()) };
            control.add_read(mask.len() as u64, batch.get_array_memory_size() as u64);
            match query.owner {
                AttributeOwner::Record => add_record_columns(counts, open, &batch, &mask)?,
                AttributeOwner::Resource => {
                    let column = open.text_column(&batch, fixed::RESOURCE)?;
                    add_json(counts, open, &column, &mask, fixed::RESOURCE)?;
                }
            }
            Ok(())
        })?;
        let mut held = HeldMemory::new(control);
        for part in parts {
            held.grow::<(Arc<str>, TypeCounts)>(part.len())?;
            for (key, types) in part {
                merge(counts.entry(key).or_default(), types);
            }
        }
        Ok(page(counts, query))
    }
}

fn merge(into: &mut TypeCounts, more: TypeCounts) {
    into.string += more.string;
    into.number += more.number;
    into.boolean += more.boolean;
    into.array += more.array;
    into.object += more.object;
}

fn add(counts: &mut Counts, attributes: &Attributes) {
    for (key, value) in attributes.iter() {
        add_value(counts, key, value, 1);
    }
}

fn add_value(counts: &mut Counts, key: &Arc<str>, value: &Value, n: u64) {
    match counts.get_mut(key) {
        Some(types) => count_type(types, value, n),
        None => count_type(counts.entry(Arc::clone(key)).or_default(), value, n),
    }
}

fn add_counted(counts: &mut Counts, key: &KeyCounts) {
    merge(counts.entry(Arc::clone(&key.key)).or_default(), key.types());
}

fn add_record_columns(
    counts: &mut Counts,
    open: &OpenSegment,
    batch: &arrow_array::RecordBatch,
    mask: &[bool],
) -> Result<(), StoreError> {
    for column in &open.details.index.columns {
        let values = open.text_column(batch, &attribute_column(&column.key))?;
        let n = mask.iter().enumerate().filter(|(row, keep)| **keep && values.is_set(*row)).count() as u64;
        let types = counts.entry(Arc::clone(&column.key)).or_default();
        match column.kind {
            Kind::Text => types.string += n,
            Kind::Integer | Kind::Double => types.number += n,
            Kind::Boolean => types.boolean += n,
        }
    }
    add_json(counts, open, &open.text_column(batch, fixed::REST)?, mask, fixed::REST)
}

/// Counts the keys of JSON objects; each text that rows share is read once.
fn add_json(
    counts: &mut Counts,
    open: &OpenSegment,
    column: &TextColumn,
    mask: &[bool],
    name: &str,
) -> Result<(), StoreError> {
    let mut add = |text: &str, n: u64| -> Result<(), StoreError> {
        for (key, value) in parse_attributes(text).ok_or_else(|| open.malformed(name))? {
            add_value(counts, &key, &value, n);
        }
        Ok(())
    };
    let rows = mask.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row);
    if let TextColumn::Dictionary(keys, values) = column {
        let mut n_rows = vec![0; values.len()];
        rows.filter_map(|row| TextColumn::code(keys, row)).for_each(|code| n_rows[code] += 1);
        return n_rows
            .iter()
            .enumerate()
            .filter(|(_, n)| **n > 0)
            .try_for_each(|(code, n)| add(values.value(code), *n));
    }
    rows.filter_map(|row| column.text(row)).try_for_each(|text| add(&text, 1))
}

fn page(counts: Counts, query: &AttributesQuery) -> AttributePage {
    let key = |(name, types): (Arc<str>, TypeCounts)| {
        let count = types.string + types.number + types.boolean + types.array + types.object;
        AttributeKey { name: name.to_string(), count, types }
    };
    let mut keys: Vec<AttributeKey> = counts
        .into_iter()
        .map(key)
        .filter(|key| key.count > 0 && key.name.to_lowercase().contains(&query.search))
        .collect();
    keys.sort_unstable_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
    let total = keys.len();
    AttributePage { keys: keys.into_iter().skip(query.offset).take(query.limit).collect(), total }
}
