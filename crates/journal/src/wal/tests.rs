use std::fs;

use super::replay::End;
use super::*;

fn log_of(records: &[&[u8]]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut wal = Wal::create(&Disk::default(), folder.path(), 1).unwrap();
    for record in records {
        wal.append(&[record]).unwrap();
    }
    let path = folder.path().join(file_name(1));
    (folder, path)
}

fn read(folder: &Path, from: u64) -> Result<(Vec<Vec<u8>>, End), FileError> {
    let mut records = Vec::new();
    let end = replay(folder, from, |content| {
        records.push(content.to_vec());
        Ok(())
    })?;
    Ok((records, end))
}

const RECORDS: [&[u8]; 3] = [b"first", b"", b"third record"];

#[test]
fn records_come_back_over_several_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut wal = Wal::create(&Disk::default(), folder.path(), 1).unwrap();
    wal.append(&[b"a", b"b"]).unwrap();
    assert_eq!(wal.rotate().unwrap(), 2);
    assert!(wal.is_empty());
    wal.append(&[b"c"]).unwrap();
    wal.append(&[b"d"]).unwrap();
    let (records, end) = read(folder.path(), 1).unwrap();
    assert_eq!(records, [b"ab".to_vec(), b"c".to_vec(), b"d".to_vec()]);
    assert_eq!((end.next_record, &end.torn), (4, &None));
    let mut wal = Wal::go_on(&Disk::default(), end.file.unwrap(), end.n_bytes, end.next_record).unwrap();
    wal.append(&[b"e"]).unwrap();
    assert_eq!(read(folder.path(), 2).unwrap().0, [b"c".to_vec(), b"d".to_vec(), b"e".to_vec()]);
}

#[test]
fn a_log_cut_anywhere_gives_the_whole_records_before_the_cut() {
    let (folder, path) = log_of(&RECORDS);
    let whole = fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (records, end) = read(folder.path(), 1).unwrap();
        assert_eq!(records, RECORDS[..records.len()]);
        let n_whole = if end.file.is_none() { 0 } else { end.n_bytes };
        assert_eq!(end.torn.is_some(), n_whole < cut as u64 || cut == 0, "cut at {cut}");
        if let Some(file) = end.file {
            let mut wal = Wal::go_on(&Disk::default(), file, end.n_bytes, end.next_record).unwrap();
            wal.append(&[b"next"]).unwrap();
            let (again, _) = read(folder.path(), 1).unwrap();
            assert_eq!(again.len(), records.len() + 1, "cut at {cut}");
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_damage_and_named() {
    let (folder, path) = log_of(&RECORDS);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&path, &flipped).unwrap();
        match read(folder.path(), 1) {
            Err(FileError::Damaged { path: named, offset, .. }) => {
                assert_eq!(named, path);
                assert!(offset <= at as u64, "byte {at} is reported at {offset}");
            }
            other => panic!("byte {at}: {other:?}"),
        }
    }
}

#[test]
fn zeros_at_the_end_are_a_torn_tail_and_elsewhere_damage() {
    let (folder, path) = log_of(&RECORDS);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], &[0; 700]].concat()).unwrap();
    assert_eq!(read(folder.path(), 1).unwrap().1.torn.unwrap().n_bytes, 700);
    fs::write(&path, [&whole[..], &[0; 700], b"x"].concat()).unwrap();
    read(folder.path(), 1).unwrap_err();
}

#[test]
fn only_the_last_file_may_end_in_the_middle_of_a_record() {
    let (folder, path) = log_of(&RECORDS);
    Wal::create(&Disk::default(), folder.path(), 4).unwrap();
    assert_eq!(read(folder.path(), 1).unwrap().0.len(), 3);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    read(folder.path(), 1).unwrap_err();
    fs::remove_file(&path).unwrap();
    read(folder.path(), 1).unwrap_err();
    assert_eq!(read(folder.path(), 4).unwrap().0.len(), 0, "what is not needed any more may be gone");
}
