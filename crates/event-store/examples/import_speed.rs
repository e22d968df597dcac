//! Imports a Parquet file of events into a new store and prints how long it took and how large the store is.
//!
//! `cargo run --release -p event-store --example import_speed -- EVENTS.parquet NEW_FOLDER`, where the file has the text columns uuid,
//! event, distinct_id and properties, and timestamp.

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use chrono::DateTime;
use event_store::{EventStore, StoreConfig};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

const PROJECT: ProjectId = ProjectId(1);
const BATCH_ROWS: usize = 10_000;

#[expect(clippy::print_stdout, reason = "a program for the command line")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let usage = "usage: import_speed EVENTS.parquet NEW_FOLDER";
    let (file, folder) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let began = Instant::now();
    let store = EventStore::open(StoreConfig::new(&folder))?;
    let (sender, receiver) = mpsc::sync_channel::<RecordBatch>(4);
    let receiver = std::sync::Mutex::new(receiver);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = receiver.lock().expect("no holder of this lock panics").recv();
                    let Ok(batch) = next else { break };
                    store.append_blocking(PROJECT, events(&batch)).expect("the events can be stored");
                }
            });
        }
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(File::open(&file)?)?.with_batch_size(BATCH_ROWS).build()?;
        for batch in reader {
            sender.send(batch?)?;
        }
        drop(sender);
        Ok::<(), Box<dyn Error>>(())
    })?;
    let appended = began.elapsed();
    store.flush()?;
    let flushed = began.elapsed();
    let before = store.stats(PROJECT);
    store.compact()?;
    let compacted = began.elapsed();
    println!("appended after {appended:?}, flushed after {flushed:?}, compacted after {compacted:?}");
    for stats in [before, store.stats(PROJECT)] {
        println!("{:.2} bytes an event; {stats:?}", stats.bytes_on_disk as f64 / stats.events as f64);
    }
    let began = Instant::now();
    store.close()?;
    let store = EventStore::open(StoreConfig::new(&folder))?;
    println!("opened again in {:?} with {} events", began.elapsed(), store.stats(PROJECT).events);
    Ok(())
}

fn events(batch: &RecordBatch) -> Vec<Event> {
    let text = |name: &str| batch.column_by_name(name).expect("the file has the column").as_string::<i32>().clone();
    let (uuids, names, distinct_ids, properties) =
        (text("uuid"), text("event"), text("distinct_id"), text("properties"));
    let timestamps = batch.column_by_name("timestamp").expect("the file has the column");
    let micros: Vec<i64> = match timestamps.data_type() {
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            timestamps.as_primitive::<TimestampMillisecondType>().values().iter().map(|ms| ms * 1_000).collect()
        }
        _ => timestamps.as_primitive::<TimestampMicrosecondType>().values().to_vec(),
    };
    (0..batch.num_rows())
        .map(|row| Event {
            uuid: uuids.value(row).parse().expect("the column has uuids"),
            event: names.value(row).to_owned(),
            distinct_id: distinct_ids.value(row).to_owned(),
            timestamp: DateTime::from_timestamp_micros(micros[row]).expect("the column has instants"),
            properties: properties.value(row).to_owned(),
        })
        .collect()
}
