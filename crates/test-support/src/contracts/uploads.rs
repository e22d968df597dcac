//! The contract of `UploadRepository`.

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::api_key::secret::SecureValue;
use insights_core::objects::ObjectKey;
use recordings::model::{Platform, Recording, RecordingFields, RecordingId, SCOPE};
use recordings::status::Status;
use recordings::video::model::{MediaType, Part, UPLOAD_LIFETIME, Upload, UploadId, UploadState};
use recordings::video::repository::Step;
use uuid::Uuid;

use super::{THREADS, assert_conflict, at_once};
use crate::builders::{World, at};
use crate::store::RecordingRepositories;

/// What of an upload is compared: a hash has no equality of its own.
type Shown =
    (UploadId, UploadState, Option<u64>, u64, u64, Option<MediaType>, Option<String>, [Option<DateTime<Utc>>; 3]);

fn shown(upload: &Upload) -> Shown {
    let instants = [Some(upload.created_at), Some(upload.expires_at), upload.completed_at];
    let hash = upload.token_hash.as_ref().map(|hash| hash.0.clone());
    (upload.id, upload.state, upload.length, upload.offset, upload.n_parts, upload.media_type, hash, instants)
}

fn upload(number: u128) -> Upload {
    let hash = SecureValue(format!("sha256${number}"));
    let id = UploadId(Uuid::from_u128(1000 + number));
    Upload::new(RecordingId(Uuid::from_u128(number)), format!("upload-{number}"), id, Some(hash), at(0))
}

/// A stored upload.
fn made(repositories: &RecordingRepositories, number: u128) -> Upload {
    let upload = upload(number);
    repositories.uploads.create(&upload).unwrap();
    upload
}

fn part(start: u64, size_bytes: u64) -> Part {
    Part { start, size_bytes, key: ObjectKey::new(["recordings", "7", &format!("{start}-x")]).unwrap() }
}

fn step(parts: &[Part]) -> Step {
    Step { parts: parts.to_vec(), ..Step::default() }
}

fn stored(repositories: &RecordingRepositories, upload: &Upload) -> Shown {
    shown(&repositories.uploads.get(upload.recording).unwrap().unwrap())
}

pub fn uploads_come_back_as_they_were(repositories: &RecordingRepositories) {
    let plain = made(repositories, 1);
    assert_eq!(stored(repositories, &plain), shown(&plain));
    let told =
        Upload { length: Some(7 << 33), media_type: MediaType::from_name("video/mp4"), token_hash: None, ..upload(2) };
    repositories.uploads.create(&told).unwrap();
    assert_eq!(stored(repositories, &told), shown(&told));
    assert!(repositories.uploads.get(RecordingId(Uuid::from_u128(3))).unwrap().is_none());
}

pub fn a_recording_has_one_upload(repositories: &RecordingRepositories) {
    let first = made(repositories, 1);
    let second = Upload { id: UploadId(Uuid::from_u128(9)), ..first.clone() };
    assert_conflict(repositories.uploads.create(&second));
    assert_eq!(stored(repositories, &first), shown(&first));
}

pub fn steps_move_the_offset_until_the_upload_is_complete(repositories: &RecordingRepositories) {
    let upload = made(repositories, 1);
    let advance = |from, step: &Step, now| repositories.uploads.advance(upload.id, from, step, now);
    let media_type = MediaType::from_name("video/webm");
    let first = Step { parts: vec![part(0, 5), part(5, 3)], length: None, media_type };
    let after = advance(0, &first, at(1)).unwrap();
    assert_eq!((after.offset, after.n_parts, after.media_type, after.is_complete()), (8, 2, media_type, false));
    let after = advance(8, &Step { length: Some(10), ..Step::default() }, at(2)).unwrap();
    assert_eq!((after.length, after.is_complete()), (Some(10), false));
    let after = advance(8, &step(&[part(8, 2)]), at(3)).unwrap();
    assert_eq!((after.state, after.completed_at, after.n_parts), (UploadState::Complete, Some(at(3)), 3));
    assert_eq!(stored(repositories, &upload), shown(&after));
    assert_conflict(advance(10, &step(&[part(10, 1)]), at(4)));
}

pub fn a_step_from_elsewhere_is_refused_whole(repositories: &RecordingRepositories) {
    let upload = made(repositories, 1);
    let advance = |id, from, parts: &[Part]| repositories.uploads.advance(id, from, &step(parts), at(1));
    advance(upload.id, 0, &[part(0, 5)]).unwrap();
    assert_conflict(advance(upload.id, 0, &[part(0, 7)]));
    assert_conflict(advance(upload.id, 4, &[part(4, 7)]));
    assert_conflict(advance(UploadId(Uuid::from_u128(9)), 5, &[part(5, 7)]));
    assert_eq!(repositories.uploads.parts(upload.id, 0..100, 10).unwrap(), [part(0, 5)]);
}

pub fn of_many_steps_at_once_one_succeeds(repositories: &RecordingRepositories) {
    let upload = made(repositories, 1);
    for round in 0..3_u64 {
        let from = round * 10;
        let results =
            at_once(|_| repositories.uploads.advance(upload.id, from, &step(&[part(from, 10)]), at(1)).is_ok());
        assert_eq!(results.len(), THREADS);
        assert_eq!(results.into_iter().filter(|is_ok| *is_ok).count(), 1);
    }
    let parts = repositories.uploads.parts(upload.id, 0..100, 10).unwrap();
    assert_eq!(parts, [part(0, 10), part(10, 10), part(20, 10)]);
}

pub fn parts_are_found_by_the_bytes_that_they_have(repositories: &RecordingRepositories) {
    let (upload, other) = (made(repositories, 1), made(repositories, 2));
    let parts = [part(0, 10), part(10, 5), part(15, 20)];
    repositories.uploads.advance(upload.id, 0, &step(&parts), at(1)).unwrap();
    let found = |range, limit| repositories.uploads.parts(upload.id, range, limit).unwrap();
    assert_eq!(found(0..35, 10), parts);
    assert_eq!(found(0..35, 2), parts[..2]);
    assert_eq!(found(9..10, 10), parts[..1]);
    assert_eq!(found(10..11, 10), parts[1..2]);
    assert_eq!(found(14..16, 10), parts[1..]);
    assert!(found(35..40, 10).is_empty());
    assert!(repositories.uploads.parts(other.id, 0..35, 10).unwrap().is_empty());
}

pub fn an_upload_begins_anew_until_it_is_complete(repositories: &RecordingRepositories) {
    let former = made(repositories, 1);
    repositories.uploads.advance(former.id, 0, &step(&[part(0, 5)]), at(1)).unwrap();
    let fresh = former.anew(UploadId(Uuid::from_u128(9)), at(2));
    repositories.uploads.restart(former.id, &fresh).unwrap();
    assert_eq!(stored(repositories, &former), shown(&fresh));
    assert!(repositories.uploads.parts(former.id, 0..10, 10).unwrap().is_empty());
    assert_conflict(repositories.uploads.restart(former.id, &fresh));
    assert_conflict(repositories.uploads.advance(former.id, 5, &step(&[part(5, 5)]), at(3)));
    // one that was given up takes no bytes, and another one may begin
    let given_up = Upload { state: UploadState::GivenUp, ..fresh.anew(UploadId(Uuid::from_u128(10)), at(4)) };
    repositories.uploads.restart(fresh.id, &given_up).unwrap();
    assert_conflict(repositories.uploads.advance(given_up.id, 0, &step(&[part(0, 5)]), at(5)));
    let last = given_up.anew(UploadId(Uuid::from_u128(11)), at(6));
    repositories.uploads.restart(given_up.id, &last).unwrap();
    let complete = Step { length: Some(5), ..step(&[part(0, 5)]) };
    repositories.uploads.advance(last.id, 0, &complete, at(7)).unwrap();
    assert_conflict(repositories.uploads.restart(last.id, &fresh));
}

pub fn complete_uploads_wait_until_they_are_announced(repositories: &RecordingRepositories) {
    let (first, second, _open) = (made(repositories, 1), made(repositories, 2), made(repositories, 3));
    let complete = Step { length: Some(5), ..step(&[part(0, 5)]) };
    for upload in [&second, &first] {
        repositories.uploads.advance(upload.id, 0, &complete, at(1)).unwrap();
    }
    let waiting = |limit| -> Vec<UploadId> {
        repositories.uploads.unannounced(limit).unwrap().iter().map(|upload| upload.id).collect()
    };
    assert_eq!(waiting(10), [first.id, second.id]);
    assert_eq!(waiting(1), [first.id]);
    repositories.uploads.mark_announced(first.id).unwrap();
    repositories.uploads.mark_announced(UploadId(Uuid::from_u128(99))).unwrap();
    assert_eq!(waiting(10), [second.id]);
    assert_eq!(stored(repositories, &first).1, UploadState::Announced);
}

pub fn useless_uploads_are_found_and_removed(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let (with_recording, alone, complete) = (made(repositories, 1), made(repositories, 2), made(repositories, 3));
    for upload in [&with_recording, &complete] {
        let recording = Recording {
            id: upload.recording,
            project: world.project.id,
            version: 1,
            sdk_upload_id: upload.sdk_upload_id.clone(),
            created_at: at(0),
            created_by: None,
            updated_at: at(0),
            fields: RecordingFields::new(Platform::Zoom, Status::Recording, at(0)),
        };
        let id = recording.id.to_string();
        let row = NewActivity::by(&world.actor(), verb::CREATED, SCOPE, id, ActivityDetail::default(), at(0));
        repositories.recordings.create(&recording, &row).unwrap();
    }
    let whole = Step { length: Some(5), ..step(&[part(0, 5)]) };
    repositories.uploads.advance(complete.id, 0, &whole, at(1)).unwrap();
    let useless = |now, made_before| -> Vec<UploadId> {
        let found = repositories.uploads.useless(now, made_before, 10).unwrap();
        found.iter().map(|upload| upload.id).collect()
    };
    assert!(useless(at(1), at(0)).is_empty(), "its recording may still come");
    assert_eq!(useless(at(1), at(1)), [alone.id]);
    let expiry = at(0) + UPLOAD_LIFETIME;
    assert!(useless(expiry - TimeDelta::seconds(1), at(0)).is_empty());
    assert_eq!(useless(expiry, at(1)), [with_recording.id, alone.id]);
    repositories.uploads.remove(with_recording.id).unwrap();
    repositories.uploads.remove(with_recording.id).unwrap();
    assert!(repositories.uploads.get(with_recording.recording).unwrap().is_none());
    repositories.uploads.remove(complete.id).unwrap();
    assert!(repositories.uploads.parts(complete.id, 0..10, 10).unwrap().is_empty());
}
