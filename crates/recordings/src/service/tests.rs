use insights_core::memory::InMemoryDatabase;
use insights_core::paging::Page;
use insights_core::problem::ProblemKind;
use insights_core::time::ManualClock;
use test_support::builders::{World, at};
use test_support::ids::CountingIds;

use super::*;
use crate::memory::InMemoryRecordings;
use crate::model::ExtractedTask;
use crate::recall::news::{Happened, News};

/// A service over a store of its own, with a project and a clock that stands still.
struct Bench {
    service: RecordingService,
    clock: Arc<ManualClock>,
    world: World,
    repositories: Repositories,
}

impl Bench {
    fn new() -> Self {
        let repositories = InMemoryDatabase::repositories();
        let world = World::new(&repositories, 1);
        let clock = Arc::new(ManualClock::new(at(0)));
        let recordings = Arc::new(InMemoryRecordings::new(&repositories));
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let service = RecordingService::new(recordings, &repositories, time, Arc::new(CountingIds::new()));
        Self { service, clock, world, repositories }
    }

    fn create(&self, upload: &str) -> Recording {
        let draft = self.service.draft(None, None).unwrap();
        let grant = UploadGrant { sdk_upload_id: upload.to_owned(), upload_token: "token".to_owned() };
        self.service.create(&self.world.actor(), draft, &grant).unwrap().recording
    }

    fn patch(&self, id: RecordingId, patch: RecordingPatch) -> Recording {
        self.service.update(&self.world.actor(), id, &patch).unwrap().recording
    }

    fn move_to(&self, id: RecordingId, status: Status) -> Recording {
        self.patch(id, RecordingPatch { status: Some(status), ..RecordingPatch::default() })
    }

    fn say(&self, id: RecordingId, timestamp: f64, text: &str) {
        self.service.append(self.world.project.id, id, vec![segment(timestamp, text)]).unwrap();
    }

    fn text(&self, id: RecordingId) -> String {
        self.service.retrieve(self.world.project.id, id).unwrap().transcript.unwrap().text
    }

    fn n_due(&self) -> usize {
        self.service.due().unwrap().len()
    }

    fn job(&self) -> Option<Job> {
        let due = self.service.due().unwrap().pop().expect("something is due");
        self.service.begin(due).unwrap()
    }

    fn follow(&self, upload: &str, happened: Happened, seconds: i64) -> Followed {
        self.service.follow(&news(upload, happened, seconds)).unwrap()
    }

    fn get(&self, id: RecordingId) -> RecordingFields {
        self.service.require(self.world.project.id, id).unwrap().fields
    }

    fn log(&self) -> Vec<(String, bool, Vec<String>)> {
        let filter = insights_core::activity::repository::ActivityFilter {
            project: self.world.project.id,
            scope: SCOPE.to_owned(),
            item_id: None,
        };
        let entries = self.repositories.activity.list(&filter, Page::first()).unwrap().items;
        let told = entries.into_iter().map(|entry| entry.activity).map(|row| {
            let changes = row.detail.changes.unwrap_or_default();
            (row.activity, row.is_system, changes.into_iter().map(|change| change.field).collect())
        });
        told.collect()
    }
}

fn segment(timestamp: f64, text: &str) -> Segment {
    Segment {
        timestamp_ms: Some(timestamp),
        speaker: Some("Ann".to_owned()),
        text: text.to_owned(),
        confidence: None,
        is_final: None,
    }
}

fn news(upload: &str, happened: Happened, seconds: i64) -> News {
    News {
        sdk_upload_id: Some(upload.to_owned()),
        recall_recording_id: Some(format!("recall-{upload}")),
        happened,
        at: at(seconds),
        video_url: None,
    }
}

fn failed() -> Happened {
    Happened::Failed { what: "upload", reason: Some("no_disk".to_owned()) }
}

fn texts(summary: &str) -> Texts {
    let task = ExtractedTask { title: "Send notes".to_owned(), ..ExtractedTask::default() };
    Texts { summary: summary.to_owned(), tasks: vec![task] }
}

#[test]
fn a_recording_begins_as_it_is_asked_for() {
    let bench = Bench::new();
    let draft = bench.service.draft(None, None).unwrap();
    assert_eq!((draft.platform, draft.status), (Platform::DesktopAudio, Status::Recording));
    assert_eq!(bench.service.draft(Some("zoom"), Some("pending")).unwrap().status, Status::Pending);
    assert_eq!(bench.service.draft(Some("phone"), None).unwrap_err().attr.as_deref(), Some("platform"));
    assert_eq!(bench.service.draft(None, Some("ready")).unwrap_err().attr.as_deref(), Some("status"));
}

#[test]
fn changes_are_logged_and_words_are_not() {
    let bench = Bench::new();
    let made = bench.create("a");
    bench.say(made.id, 1.0, "secret words");
    bench.patch(made.id, RecordingPatch { notes: Some(Some("n".to_owned())), ..RecordingPatch::default() });
    bench.patch(made.id, RecordingPatch::default());
    let replaced = RecordingPatch { transcript_segments: Some(vec![segment(1.0, "x")]), ..RecordingPatch::default() };
    bench.patch(made.id, replaced);
    bench.follow("a", Happened::Reached(Status::Uploading), 1);
    bench.service.delete(&bench.world.actor(), made.id).unwrap();
    let row = |verb: &str, is_system, fields: &[&str]| {
        (verb.to_owned(), is_system, fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(
        bench.log(),
        [
            row("deleted", false, &[]),
            row("updated", true, &["status", "recall_recording_id"]),
            row("updated", false, &["transcript_segments"]),
            row("updated", false, &["notes"]),
            row("created", false, &[]),
        ]
    );
}

#[test]
fn a_replaced_transcript_says_what_its_segments_say() {
    let bench = Bench::new();
    let made = bench.create("a");
    bench.say(made.id, 1.0, "old");
    let segments = vec![segment(2.0, "b"), segment(1.0, "a")];
    bench.patch(made.id, RecordingPatch { transcript_segments: Some(segments), ..RecordingPatch::default() });
    assert_eq!(bench.text(made.id), "a b");
    // What was there before is forgotten: the same batch may come again.
    bench.patch(made.id, RecordingPatch { transcript_segments: Some(Vec::new()), ..RecordingPatch::default() });
    bench.say(made.id, 1.0, "old");
    assert_eq!(bench.text(made.id), "old");
}

#[test]
fn bad_batches_are_named() {
    let bench = Bench::new();
    let made = bench.create("a");
    let append = |segments| bench.service.append(bench.world.project.id, made.id, segments).map_err(Problem::from);
    assert_eq!(append(Vec::new()).unwrap_err().attr.as_deref(), Some("segments"));
    assert_eq!(append(vec![segment(1.0, "")]).unwrap_err().attr.as_deref(), Some("segments__0__text"));
    let many = (0..=MAX_BATCH_SEGMENTS).map(|_| segment(1.0, "x")).collect();
    assert_eq!(append(many).unwrap_err().code, "max_length");
    let elsewhere = bench.service.append(ProjectId(99), made.id, vec![segment(1.0, "x")]).map_err(Problem::from);
    assert_eq!(elsewhere.unwrap_err().kind, ProblemKind::NotFound);
}

#[test]
fn news_move_a_recording_forwards_in_whichever_order_they_come() {
    let bench = Bench::new();
    let made = bench.create("a");
    assert_eq!(bench.follow("a", Happened::Reached(Status::Ready), 30), Followed::Changed);
    assert_eq!(bench.get(made.id).recall_recording_id.as_deref(), Some("recall-a"));
    for late in [Happened::Reached(Status::Uploading), Happened::Reached(Status::Recording), failed()] {
        assert_eq!(bench.follow("a", late, 20), Followed::Known);
    }
    bench.follow("a", failed(), 40);
    assert_eq!(bench.get(made.id).status, Status::Ready);
    // Other things have other clocks: an upload is complete whenever that is told.
    let other = bench.create("b");
    bench.follow("b", Happened::Noted, 50);
    bench.follow("b", Happened::Reached(Status::Ready), 30);
    assert_eq!(bench.get(other.id).status, Status::Ready);
}

#[test]
fn the_same_news_again_bring_no_error_back() {
    let bench = Bench::new();
    let made = bench.create("a");
    bench.follow("a", failed(), 10);
    let fields = bench.get(made.id);
    assert_eq!(fields.error_message.as_deref(), Some("Recall.ai: the upload failed (no_disk)"));
    bench.move_to(made.id, Status::Uploading);
    assert_eq!(bench.follow("a", failed(), 10), Followed::Known);
    assert_eq!(bench.get(made.id).status, Status::Uploading);
    bench.follow("a", failed(), 11);
    assert_eq!(bench.get(made.id).status, Status::Error);
    assert_eq!(bench.follow("a", Happened::Reached(Status::Uploading), 5), Followed::Known);
    bench.follow("a", Happened::Reached(Status::Ready), 12);
    assert_eq!((bench.get(made.id).status, bench.get(made.id).error_message), (Status::Ready, None));
}

#[test]
fn news_bring_the_video_and_take_it_away() {
    let bench = Bench::new();
    let made = bench.create("a");
    let with = |url: &str, seconds| {
        let news = News { video_url: Some(url.to_owned()), ..news("a", Happened::Noted, seconds) };
        bench.service.follow(&news).unwrap();
        bench.get(made.id).video_url
    };
    assert_eq!(with("https://video.example.com/1", 1).as_deref(), Some("https://video.example.com/1"));
    assert_eq!(with("https://video.example.com/0", 0).as_deref(), Some("https://video.example.com/1"));
    assert_eq!(with("javascript:alert(1)", 2).as_deref(), Some("https://video.example.com/1"));
    bench.follow("a", Happened::Removed, 3);
    assert_eq!(bench.get(made.id).video_url, None);
    let by_recording = News { sdk_upload_id: None, ..news("a", Happened::Reached(Status::Ready), 4) };
    bench.service.follow(&by_recording).unwrap();
    assert_eq!(bench.get(made.id).status, Status::Ready);
    let unknown = bench.service.follow(&news("z", Happened::Noted, 4)).map_err(Problem::from);
    assert_eq!(unknown.unwrap_err().kind, ProblemKind::NotFound);
}

#[test]
fn texts_are_written_once_everything_is_there() {
    let bench = Bench::new();
    let made = bench.create("a");
    bench.say(made.id, 1.0, "I'll send the notes.");
    assert_eq!(bench.n_due(), 0);
    bench.move_to(made.id, Status::Ready);
    let job = bench.job().unwrap();
    assert_eq!(job.segments.len(), 1);
    bench.clock.advance(TimeDelta::seconds(5));
    let stored = bench.service.conclude(&job, Some(&texts("Notes"))).unwrap().unwrap().fields;
    assert_eq!((stored.summary.as_deref(), stored.summary_generated_at), (Some("Notes"), Some(at(5))));
    assert_eq!((stored.extracted_tasks.len(), stored.tasks_generated_at), (1, Some(at(5))));
    assert_eq!(bench.n_due(), 0);
    // Of two servers that found it due, the second one finds nothing to do.
    let due = crate::repository::DueRecording { project: made.project, id: made.id, due_at: at(0) };
    assert_eq!(bench.service.begin(due).unwrap(), None);
}

#[test]
fn late_words_make_texts_due_again() {
    let bench = Bench::new();
    let made = bench.create("a");
    bench.move_to(made.id, Status::Ready);
    assert_eq!(bench.job(), None, "nothing was said");
    assert_eq!(bench.n_due(), 0);
    bench.say(made.id, 1.0, "late");
    assert_eq!(bench.n_due(), 0, "more may come");
    bench.clock.advance(QUIET);
    let job = bench.job().unwrap();
    bench.say(made.id, 2.0, "later");
    bench.service.conclude(&job, Some(&texts("First"))).unwrap();
    assert_eq!(bench.n_due(), 0);
    bench.clock.advance(QUIET);
    assert_eq!(bench.job().unwrap().segments.len(), 2);
}

#[test]
fn texts_of_clients_stay() {
    let bench = Bench::new();
    let made = bench.create("a");
    bench.say(made.id, 1.0, "words");
    bench.move_to(made.id, Status::Ready);
    let job = bench.job().unwrap();
    let own = RecordingPatch { summary: Some(Some("Own".to_owned())), ..RecordingPatch::default() };
    bench.patch(made.id, own);
    let stored = bench.service.conclude(&job, Some(&texts("Server's"))).unwrap().unwrap().fields;
    assert_eq!((stored.summary.as_deref(), stored.summary_generated_at), (Some("Own"), None));
    assert_eq!(stored.extracted_tasks.len(), 1);

    // Where both are a client's, nobody is asked; where one is given back, somebody is.
    let both = bench.create("b");
    bench.say(both.id, 1.0, "words");
    let own = RecordingPatch {
        summary: Some(Some("Own".to_owned())),
        extracted_tasks: Some(Some(Vec::new())),
        status: Some(Status::Ready),
        ..RecordingPatch::default()
    };
    bench.patch(both.id, own);
    assert_eq!(bench.job(), None);
    bench.patch(both.id, RecordingPatch { summary: Some(None), ..RecordingPatch::default() });
    assert!(bench.job().is_some());
}

#[test]
fn texts_of_what_is_gone_are_dropped() {
    let bench = Bench::new();
    let made = bench.create("a");
    bench.say(made.id, 1.0, "words");
    bench.move_to(made.id, Status::Ready);
    let job = bench.job().unwrap();
    bench.service.delete(&bench.world.actor(), made.id).unwrap();
    assert_eq!(bench.service.conclude(&job, Some(&texts("x"))).unwrap(), None);
}

#[test]
fn a_page_ends_early_where_its_transcripts_are_long() {
    let bench = Bench::new();
    let text = "x".repeat(crate::segment::MAX_TEXT_CHARACTERS);
    for upload in ["a", "b", "c"] {
        let made = bench.create(upload);
        let segments = (0..900).map(|n| segment(f64::from(n), &text)).collect();
        bench.service.append(bench.world.project.id, made.id, segments).unwrap();
    }
    let list = |query: &ListQuery, page| {
        let (page, paged) = bench.service.list(bench.world.project.id, query, page).unwrap();
        (page.next_offset(paged.count), paged.count, paged.items.len())
    };
    assert_eq!(list(&ListQuery::default(), Page::first()), (Some(1), 3, 1));
    assert_eq!(list(&ListQuery::default(), Page::new(Some(1), Some(1))), (Some(2), 3, 1));
    assert_eq!(list(&ListQuery::default(), Page::new(Some(1), Some(2))), (None, 3, 1));
    let brief = ListQuery { is_brief: true, ..ListQuery::default() };
    assert_eq!(list(&brief, Page::first()), (None, 3, 3));
}
