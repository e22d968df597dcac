use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn set(n_records: usize) -> LogSet {
    LogSet::new(n_records, NaiveDate::from_ymd_opt(2026, 1, 14).unwrap(), 1)
}

fn all(set: &LogSet) -> Vec<LogRecord> {
    (0..set.n_windows()).flat_map(|window| set.window(window)).collect()
}

#[test]
fn a_set_is_the_same_each_time() {
    let (one, other) = (set(5_000), set(5_000));
    assert_eq!(all(&one), all(&other));
    assert_eq!(one.request(1), other.request(1));
    assert_ne!(LogSet { seed: 2, ..set(5_000) }.window(1), one.window(1));
}

#[test]
fn a_set_has_as_many_records_as_asked_for_on_its_day() {
    for n_records in [0, 1, 1_999, 2_000, 7_001] {
        let set = set(n_records);
        let records = all(&set);
        assert_eq!(records.len(), n_records);
        let day = set.first_us()..set.first_us() + DAY_US;
        assert!(records.iter().all(|record| day.contains(&record.timestamp_us)));
    }
}

#[test]
fn rare_words_are_in_as_many_records_as_they_say() {
    for n_records in [7, 2_000, 40_001] {
        let records = all(&set(n_records));
        for (word, count) in RARE_WORDS {
            let found = records.iter().filter(|record| record.body.contains(word)).count();
            assert_eq!(found, count.min(n_records), "{word} of {n_records}");
        }
    }
}

#[test]
fn records_look_like_those_of_real_services() {
    let records = all(&set(40_000));
    let bytes: usize = records.iter().map(|record| record.body.len()).sum();
    let mean = bytes / records.len();
    assert!((180..230).contains(&mean), "bodies have {mean} bytes");

    let services: BTreeSet<&str> = records.iter().map(LogRecord::service).collect();
    assert_eq!(services.len(), 8);
    let keys: BTreeSet<&str> =
        records.iter().flat_map(|record| record.attributes.iter().map(|(key, _)| key.as_ref())).collect();
    assert!(keys.len() >= 12, "{keys:?}");

    let mut levels = BTreeMap::new();
    for record in &records {
        *levels.entry(record.severity.level().name()).or_insert(0_usize) += 1;
    }
    let share = |level: &str| levels[level] as f64 / records.len() as f64;
    assert!(share("info") > 0.6 && share("error") > 0.005 && share("error") < 0.05, "{levels:?}");
    assert!(records.iter().any(|record| record.body.lines().count() > 3));

    let traced = records.iter().filter(|record| record.trace_id != 0).count() as f64 / records.len() as f64;
    assert!((0.2..0.3).contains(&traced), "{traced}");
}

/// Fields of a message: number, and what stands there.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (first, rest) = bytes.split_first().unwrap();
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let length = match tag & 7 {
            0 => {
                fields.push((tag >> 3, varint(&mut bytes).to_le_bytes().to_vec()));
                continue;
            }
            1 => 8,
            5 => 4,
            _ => usize::try_from(varint(&mut bytes)).unwrap(),
        };
        fields.push((tag >> 3, bytes[..length].to_vec()));
        bytes = &bytes[length..];
    }
    fields
}

#[test]
fn a_request_has_every_record() {
    let set = set(2_000);
    let request = set.request(0);
    let mut bodies = BTreeSet::new();
    for (_, resource_logs) in fields(&request) {
        let parts = fields(&resource_logs);
        assert_eq!(parts[0].0, 1);
        for (_, scope_logs) in &parts[1..] {
            let records = fields(scope_logs);
            assert_eq!(fields(&records[0].1)[0].0, 1);
            for (number, record) in &records[1..] {
                assert_eq!(*number, 2);
                let record = fields(record);
                let body = record.iter().find(|(number, _)| *number == 5).unwrap();
                let time = u64::from_le_bytes(record[0].1.clone().try_into().unwrap());
                bodies.insert((time / 1_000, String::from_utf8(fields(&body.1)[0].1.clone()).unwrap()));
            }
        }
    }
    let expected: BTreeSet<(u64, String)> =
        set.window(0).into_iter().map(|record| (u64::try_from(record.timestamp_us).unwrap(), record.body)).collect();
    assert_eq!(bodies, expected);
}
