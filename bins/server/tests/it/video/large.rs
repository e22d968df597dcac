//! A large video, against the built server in a process of its own.

use std::fs;

use sha2::{Digest, Sha256};

use super::{Upload, content, cut_off, resume};
use crate::support::data::TestData;
use crate::support::process::ServerProcess;

/// 200 MB, and a little that fills no part.
const N_BYTES: usize = 200_000_123;

/// How much more memory than when idle the server may need at any time.
const MAX_GROWTH_BYTES: u64 = 64 << 20;

/// A number of bytes that the system tells of a process.
fn memory(pid: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn a_large_upload_is_cut_off_twice_and_comes_back_as_it_was_in_little_memory() {
    let data = TestData::new();
    let server = ServerProcess::start(&data);
    let (admin, base, pid) = (server.admin(), server.base().to_owned(), server.pid());
    let upload = Upload::of_new_recording(&admin);
    let content = content(N_BYTES);
    let sha256 = Sha256::digest(&content);
    let idle = memory(pid, "VmRSS");
    // the highest value so far begins anew
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();

    upload.create(content.len()).expect(201);
    let mut n_sent = 0;
    for until in [70_000_000, 140_000_000] {
        let offset = upload.offset();
        cut_off(&base, &upload, offset, &content[offset..], until - offset);
        n_sent += until - offset;
    }
    n_sent += resume(&base, &upload, &content);
    assert!(n_sent < N_BYTES + (200 << 20), "{n_sent} bytes were sent");

    let video = upload.video(&admin).expect(200);
    assert_eq!(video.body.len(), N_BYTES);
    assert_eq!(Sha256::digest(&video.body), sha256);
    let range = upload.range(&admin, "bytes=99999999-140000000").expect(206);
    assert!(range.body == content[99_999_999..=140_000_000]);
    let growth = memory(pid, "VmHWM").saturating_sub(idle);
    assert!(growth < MAX_GROWTH_BYTES, "{growth} bytes more than when idle");
}
