use std::ops::Range;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use insights_core::memory::InMemoryDatabase;
use insights_core::objects::{InMemoryObjects, ObjectKey};
use insights_core::time::ManualClock;
use proptest::collection::vec;
use proptest::prelude::*;
use test_support::builders::{World, at};
use test_support::cases::n_property_cases;
use test_support::ids::CountingIds;

use super::*;
use crate::memory::InMemoryRecordings;
use crate::status::Status;
use crate::video::memory::InMemoryUploads;
use crate::video::model::UPLOAD_LIFETIME;
use crate::video::pool::SameThread;

/// A service over stores in memory, with parts of a few bytes.
struct Bench {
    videos: VideoService,
    states: RecordingService,
    objects: Arc<InMemoryObjects>,
    clock: Arc<ManualClock>,
    world: World,
}

/// The result of what waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("stores in memory answer at once")
}

impl Bench {
    fn new() -> Self {
        Self::with_limits(VideoLimits { video_bytes: 1000, uploads_at_once: 4, part_bytes: 8 })
    }

    fn with_limits(limits: VideoLimits) -> Self {
        let repositories = InMemoryDatabase::repositories();
        let world = World::new(&repositories, 1);
        let clock = Arc::new(ManualClock::new(at(0)));
        let recordings: Arc<dyn RecordingRepository> = Arc::new(InMemoryRecordings::new(&repositories));
        let objects = Arc::new(InMemoryObjects::new());
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let ids: Arc<dyn IdSource> = Arc::new(CountingIds::new());
        let states = RecordingService::new(Arc::clone(&recordings), &repositories, Arc::clone(&time), Arc::clone(&ids));
        let videos = VideoService::new(VideoParts {
            uploads: Arc::new(InMemoryUploads::new(Arc::clone(&recordings))),
            objects: Arc::<InMemoryObjects>::clone(&objects),
            recordings,
            states: states.clone(),
            pool: Arc::new(SameThread),
            clock: time,
            ids,
            limits,
        });
        Self { videos, states, objects, clock, world }
    }

    /// A recording, and the token of its upload.
    fn create(&self) -> (Recording, String) {
        let draft = self.states.draft(None, None).unwrap();
        let grant = now(VideoUploads::begin(&self.videos, draft.id, draft.platform)).unwrap();
        let token = grant.upload_token.clone();
        (self.states.create(&self.world.actor(), draft, &grant).unwrap().recording, token)
    }

    fn append(&self, recording: &Recording, append: Append, chunks: Vec<Result<Bytes, Cut>>) -> VideoResult<Upload> {
        now(self.videos.append(recording, &append, stream::iter(chunks)))
    }

    /// Appends bytes that come whole.
    fn add(&self, recording: &Recording, offset: u64, bytes: &'static [u8]) -> VideoResult<Upload> {
        self.append(recording, Append { offset, ..Append::default() }, vec![Ok(Bytes::from_static(bytes))])
    }

    fn begin(&self, recording: &Recording, length: u64) -> VideoResult<Upload> {
        now(self.videos.begin(recording, &Announcement { length: Some(length), media_type: None }))
    }

    fn read(&self, recording: &Recording, range: Range<u64>) -> Vec<u8> {
        let video = now(self.videos.video(recording.id)).unwrap();
        let pieces: Vec<Bytes> = now(self.videos.read(&video, range).try_collect()).unwrap();
        pieces.concat()
    }

    fn state(&self, recording: &Recording) -> Recording {
        self.states.require(self.world.project.id, recording.id).unwrap()
    }

    fn n_objects(&self) -> usize {
        let all = ObjectKey::new(["recordings"]).expect("a good key");
        now(self.objects.list(&all)).unwrap().len()
    }

    fn sweep(&self) -> (usize, usize) {
        let round = now(self.videos.sweep(&|| false)).unwrap();
        assert!(round.failures.is_empty(), "{:?}", round.failures);
        (round.n_announced, round.n_removed)
    }
}

#[test]
fn a_video_comes_in_parts_and_is_read_in_ranges() {
    let bench = Bench::new();
    let (recording, _) = bench.create();
    bench.begin(&recording, 20).unwrap();
    assert_eq!(bench.add(&recording, 0, b"0123456789ab").unwrap().offset, 12);
    let uploading = bench.state(&recording);
    assert_eq!((uploading.fields.status, uploading.fields.video_url), (Status::Uploading, None));
    assert!(matches!(now(bench.videos.video(recording.id)), Err(VideoError::NotFound)));
    assert!(bench.add(&recording, 12, b"cdefghij").unwrap().is_complete());

    assert_eq!(bench.read(&recording, 0..20), b"0123456789abcdefghij");
    assert_eq!(bench.read(&recording, 7..13), b"789abc");
    assert_eq!(bench.n_objects(), 3);
    let ready = bench.state(&recording);
    assert_eq!((ready.fields.status, ready.fields.video_size_bytes), (Status::Ready, Some(20)));
    let path = video_path(recording.project, recording.id);
    assert_eq!(ready.fields.video_url, Some(path));
    assert_eq!(bench.sweep(), (0, 0), "it was announced at once");
}

#[test]
fn what_came_before_a_cut_is_kept() {
    let bench = Bench::new();
    let (recording, _) = bench.create();
    bench.begin(&recording, 12).unwrap();
    let cut = vec![Ok(Bytes::from_static(b"012345678")), Err(Cut)];
    let error = bench.append(&recording, Append::default(), cut).unwrap_err();
    assert!(matches!(error, VideoError::Interrupted { offset: 9 }), "{error:?}");
    assert_eq!(now(bench.videos.upload(recording.id)).unwrap().offset, 9);
    // fewer bytes than were announced are a cut too
    let append = Append { offset: 9, n_bytes: Some(3), ..Append::default() };
    let error = bench.append(&recording, append, vec![Ok(Bytes::from_static(b"9"))]).unwrap_err();
    assert!(matches!(error, VideoError::Interrupted { offset: 10 }), "{error:?}");
    bench.add(&recording, 10, b"ab").unwrap();
    assert_eq!(bench.read(&recording, 0..12), b"0123456789ab");
}

#[test]
fn of_two_that_upload_the_same_bytes_one_is_told_where_the_upload_is() {
    let bench = Bench::new();
    let (recording, _) = bench.create();
    bench.begin(&recording, 16).unwrap();
    let other = recording.clone();
    // the other one uploads a part while this one is sending its first
    let mut has_uploaded = false;
    let chunks = stream::iter([b"AAAA", b"BBBB"]).map(|chunk| {
        if !std::mem::replace(&mut has_uploaded, true) {
            bench.add(&other, 0, b"01234567").unwrap();
        }
        Ok(Bytes::from_static(chunk))
    });
    let error = now(bench.videos.append(&recording, &Append::default(), chunks)).unwrap_err();
    assert!(matches!(error, VideoError::WrongOffset { offset: 8 }), "{error:?}");
    assert_eq!(bench.n_objects(), 1, "what was not taken is removed");
    let error = bench.add(&recording, 0, b"x").unwrap_err();
    assert!(matches!(error, VideoError::WrongOffset { offset: 8 }), "{error:?}");
    bench.add(&recording, 8, b"89abcdef").unwrap();
    assert_eq!(bench.read(&recording, 0..16), b"0123456789abcdef");
    assert!(matches!(bench.add(&recording, 16, b"x"), Err(VideoError::TooLarge { limit_bytes: 16 })));
}

#[test]
fn the_length_may_be_told_later_and_does_not_change() {
    let bench = Bench::new();
    let (recording, _) = bench.create();
    bench.add(&recording, 0, b"0123").unwrap();
    let told = |length| Append { offset: 4, length: Some(length), n_bytes: Some(0), ..Append::default() };
    for wrong in [0, 3] {
        assert!(matches!(bench.append(&recording, told(wrong), Vec::new()), Err(VideoError::Refused(_))));
    }
    assert!(matches!(
        bench.append(&recording, told(1001), Vec::new()),
        Err(VideoError::TooLarge { limit_bytes: 1000 })
    ));
    assert!(!bench.append(&recording, told(6), Vec::new()).unwrap().is_complete());
    assert!(matches!(bench.append(&recording, told(4), Vec::new()), Err(VideoError::Refused(_))));
    bench.add(&recording, 4, b"45").unwrap();
    assert_eq!(bench.read(&recording, 0..6), b"012345");

    // a length that is told last makes the video whole
    let (recording, _) = bench.create();
    bench.add(&recording, 0, b"0123").unwrap();
    assert!(bench.append(&recording, told(4), Vec::new()).unwrap().is_complete());
    assert_eq!(bench.state(&recording).fields.status, Status::Ready);
}

#[test]
fn more_bytes_than_there_may_be_are_refused() {
    let bench = Bench::new();
    let (recording, _) = bench.create();
    assert!(matches!(bench.begin(&recording, 1001), Err(VideoError::TooLarge { limit_bytes: 1000 })));
    assert!(matches!(bench.begin(&recording, 0), Err(VideoError::Refused(_))));
    bench.begin(&recording, 10).unwrap();
    let announced = Append { n_bytes: Some(11), ..Append::default() };
    assert!(matches!(bench.append(&recording, announced, Vec::new()), Err(VideoError::TooLarge { limit_bytes: 10 })));
    // nobody said how many come: the full part before is kept, and the video does not become whole by what fits
    let error = bench.add(&recording, 0, b"0123456789a").unwrap_err();
    assert!(matches!(error, VideoError::TooLarge { limit_bytes: 10 }), "{error:?}");
    assert!(!now(bench.videos.upload(recording.id)).unwrap().is_complete());
}

#[test]
fn bytes_with_a_checksum_are_kept_all_or_not_at_all() {
    use sha2::Digest as _;

    let bench = Bench::new();
    let (recording, _) = bench.create();
    bench.begin(&recording, 20).unwrap();
    let content = Bytes::from_static(b"0123456789abcdefghij");
    let digest: Digest = sha2::Sha256::digest(&content).into();
    let append = |digest| Append { digest: Some(digest), ..Append::default() };
    let wrong = bench.append(&recording, append([0; 32]), vec![Ok(content.clone())]);
    assert!(matches!(wrong, Err(VideoError::Checksum)), "{wrong:?}");
    let cut = bench.append(&recording, append(digest), vec![Ok(content.slice(..9)), Err(Cut)]);
    assert!(matches!(cut, Err(VideoError::Interrupted { offset: 0 })), "{cut:?}");
    assert_eq!((bench.n_objects(), now(bench.videos.upload(recording.id)).unwrap().offset), (0, 0));
    assert!(bench.append(&recording, append(digest), vec![Ok(content.clone())]).unwrap().is_complete());
    assert_eq!(bench.read(&recording, 0..20), content);
}

#[test]
fn a_token_opens_its_own_upload_for_a_while() {
    let bench = Bench::new();
    let ((recording, token), (other, other_token)) = (bench.create(), bench.create());
    assert!(token.starts_with(TOKEN_PREFIX));
    let opened = |recording: &Recording, token: &str| now(bench.videos.opened_by(recording.id, token));
    assert_eq!(opened(&recording, &token).unwrap().id, recording.id);
    for wrong in [other_token.as_str(), "", "upl_", &token[..token.len() - 1]] {
        assert!(matches!(opened(&recording, wrong), Err(VideoError::WrongToken)), "{wrong}");
    }
    let nothing = RecordingId(uuid::Uuid::from_u128(9));
    assert!(matches!(now(bench.videos.opened_by(nothing, &token)), Err(VideoError::WrongToken)));
    // beginning anew neither changes the token nor gives it more time
    bench.clock.set(at(0) + UPLOAD_LIFETIME - TimeDelta::seconds(1));
    bench.begin(&recording, 5).unwrap();
    assert!(opened(&recording, &token).is_ok());
    bench.clock.set(at(0) + UPLOAD_LIFETIME);
    assert!(matches!(opened(&recording, &token), Err(VideoError::Gone)));
    assert!(matches!(bench.add(&recording, 0, b"x"), Err(VideoError::Gone)));
    bench.states.delete(&bench.world.actor(), other.id).unwrap();
    bench.clock.set(at(0));
    assert!(matches!(opened(&other, &other_token), Err(VideoError::NotFound)));
}

#[test]
fn an_upload_begins_anew_and_is_given_up_until_it_is_complete() {
    let bench = Bench::new();
    let (recording, token) = bench.create();
    bench.begin(&recording, 10).unwrap();
    bench.add(&recording, 0, b"01234").unwrap();
    assert_eq!(bench.begin(&recording, 4).unwrap().offset, 0);
    assert_eq!(bench.n_objects(), 0);
    bench.add(&recording, 0, b"ab").unwrap();
    now(bench.videos.give_up(recording.id)).unwrap();
    assert_eq!(bench.n_objects(), 0);
    assert!(matches!(now(bench.videos.upload(recording.id)), Err(VideoError::Gone)));
    assert!(matches!(bench.add(&recording, 0, b"x"), Err(VideoError::Gone)));
    assert!(now(bench.videos.opened_by(recording.id, &token)).is_ok());
    bench.begin(&recording, 4).unwrap();
    bench.add(&recording, 0, b"wxyz").unwrap();
    assert!(matches!(bench.begin(&recording, 4), Err(VideoError::Complete)));
    assert!(matches!(now(bench.videos.give_up(recording.id)), Err(VideoError::Complete)));
    assert_eq!(bench.read(&recording, 1..3), b"xy");
}

#[test]
fn what_is_of_no_more_use_is_removed() {
    let bench = Bench::new();
    let ((abandoned, _), (deleted, _), (finished, _)) = (bench.create(), bench.create(), bench.create());
    for recording in [&abandoned, &deleted, &finished] {
        bench.begin(recording, 10).unwrap();
        bench.add(recording, 0, b"01234").unwrap();
    }
    bench.add(&finished, 5, b"56789").unwrap();
    bench.states.delete(&bench.world.actor(), deleted.id).unwrap();
    assert_eq!(bench.sweep(), (0, 0), "a recording may be stored a little after its upload");
    bench.clock.advance(TimeDelta::minutes(11));
    assert_eq!(bench.sweep(), (0, 1));
    assert_eq!(bench.n_objects(), 3);
    bench.clock.advance(UPLOAD_LIFETIME);
    assert_eq!(bench.sweep(), (0, 1));
    let failed = bench.state(&abandoned);
    assert_eq!(failed.fields.status, Status::Error);
    assert_eq!(failed.fields.error_message.as_deref(), Some("The upload of the video was not finished in time."));
    assert_eq!(bench.read(&finished, 0..10), b"0123456789");
    assert_eq!(bench.sweep(), (0, 0));
}

#[test]
fn uploads_at_the_same_time_are_limited() {
    let bench = Bench::with_limits(VideoLimits { video_bytes: 100, uploads_at_once: 1, part_bytes: 8 });
    let (recording, _) = bench.create();
    let append = Append::default();
    let mut never_ends = Box::pin(bench.videos.append(&recording, &append, stream::pending()));
    assert!(never_ends.as_mut().now_or_never().is_none());
    assert!(matches!(bench.add(&recording, 0, b"x"), Err(VideoError::Busy)));
    drop(never_ends);
    bench.add(&recording, 0, b"x").unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    /// However a video is chopped, cut off and resumed, it comes back as it was, whole and in any range.
    #[test]
    fn any_way_of_uploading_gives_the_same_bytes(
        content in vec(any::<u8>(), 1..200),
        part_bytes in 1_usize..40,
        requests in vec((0_usize..60, 1_usize..20, any::<bool>()), 0..12),
        (a, b) in (0_usize..200, 0_usize..200),
    ) {
        let bench = Bench::with_limits(VideoLimits { video_bytes: 1000, uploads_at_once: 1, part_bytes });
        let (recording, _) = bench.create();
        bench.begin(&recording, content.len() as u64).unwrap();
        let mut offset = 0;
        for (n_bytes, chunk_bytes, is_cut) in requests {
            let end = content.len().min(offset + n_bytes);
            let mut chunks: Vec<_> =
                content[offset..end].chunks(chunk_bytes).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
            if is_cut {
                chunks.push(Err(Cut));
            }
            let append = Append { offset: offset as u64, ..Append::default() };
            let result = bench.append(&recording, append, chunks);
            prop_assert_eq!(result.is_err(), is_cut);
            offset = end;
            let upload = now(bench.videos.upload(recording.id)).unwrap();
            prop_assert_eq!(upload.offset, offset as u64);
            if upload.is_complete() {
                break;
            }
        }
        if offset < content.len() {
            let rest = vec![Ok(Bytes::copy_from_slice(&content[offset..]))];
            bench.append(&recording, Append { offset: offset as u64, ..Append::default() }, rest).unwrap();
        }
        let (from, to) = (a.min(b).min(content.len() - 1), a.max(b).clamp(1, content.len()));
        let (from, to) = (from.min(to - 1), to);
        prop_assert_eq!(bench.read(&recording, from as u64..to as u64), &content[from..to]);
        prop_assert_eq!(bench.read(&recording, 0..content.len() as u64), content);
    }
}
