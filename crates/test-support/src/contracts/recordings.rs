//! The contract of `RecordingRepository`.

use std::slice;

use chrono::TimeDelta;
use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{Page, Paged};
use recordings::model::{ExtractedTask, Platform, Recording, RecordingFields, RecordingId, SCOPE};
use recordings::repository::{DueRecording, RecordingChange, RecordingFilter, Writing};
use recordings::segment::Segment;
use recordings::status::Status;
use recordings::transcript::{Batch, MAX_SEGMENTS, Transcript};
use uuid::Uuid;

use super::{THREADS, assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at};
use crate::store::RecordingRepositories;

fn recording(world: &World, number: u128) -> Recording {
    let began = at(i64::try_from(number).unwrap());
    Recording {
        id: RecordingId(Uuid::from_u128(number)),
        project: world.project.id,
        version: 1,
        sdk_upload_id: format!("upload-{number}"),
        created_at: began,
        created_by: Some(world.user.id),
        updated_at: began,
        fields: RecordingFields::new(Platform::Zoom, Status::Recording, began),
    }
}

fn log_row(world: &World, verb: &str, id: RecordingId) -> NewActivity {
    NewActivity::by(&world.actor(), verb, SCOPE, id.to_string(), ActivityDetail::default(), at(0))
}

/// A stored recording.
fn made(repositories: &RecordingRepositories, world: &World, number: u128) -> Recording {
    made_with(repositories, world, number, |_| {})
}

fn made_with(
    repositories: &RecordingRepositories,
    world: &World,
    number: u128,
    set: impl FnOnce(&mut RecordingFields),
) -> Recording {
    let mut recording = recording(world, number);
    set(&mut recording.fields);
    repositories.recordings.create(&recording, &log_row(world, verb::CREATED, recording.id)).unwrap();
    recording
}

fn segment(timestamp_ms: Option<f64>, speaker: Option<&str>, text: &str, is_final: Option<bool>) -> Segment {
    let speaker = speaker.map(str::to_owned);
    Segment { timestamp_ms, speaker, text: text.to_owned(), confidence: Some(0.5), is_final }
}

fn timed(timestamp_ms: f64, text: &str) -> Segment {
    segment(Some(timestamp_ms), Some("Ann"), text, None)
}

fn append(repositories: &RecordingRepositories, recording: &Recording, segments: &[Segment]) -> bool {
    let batch = Batch::new(segments.to_vec());
    let due_at = at(100) + TimeDelta::seconds(30);
    repositories.recordings.append(recording.project, recording.id, &batch, at(100), due_at).unwrap()
}

fn transcript(repositories: &RecordingRepositories, recording: &Recording) -> Transcript {
    repositories.recordings.transcripts(&[recording.id]).unwrap().remove(&recording.id).unwrap_or_default()
}

fn get(repositories: &RecordingRepositories, recording: &Recording) -> Option<Recording> {
    repositories.recordings.get(recording.project, recording.id).unwrap()
}

fn change(recording: &Recording, writing: Writing) -> RecordingChange {
    RecordingChange { recording: recording.clone(), transcript: None, writing }
}

fn update(repositories: &RecordingRepositories, change: &RecordingChange) -> RepositoryResult<Recording> {
    repositories.recordings.update(change, None)
}

/// The ids that a list gives, as numbers.
fn listed(repositories: &RecordingRepositories, world: &World, filter: &RecordingFilter) -> Vec<u128> {
    let Paged { count, items } = repositories.recordings.list(world.project.id, filter, Page::first()).unwrap();
    assert_eq!(count, items.len() as u64);
    items.into_iter().map(|listed| listed.recording.id.0.as_u128()).collect()
}

fn due(repositories: &RecordingRepositories, seconds: i64) -> Vec<u128> {
    let due = repositories.recordings.due(at(seconds), None, 10).unwrap();
    due.into_iter().map(|due| due.id.0.as_u128()).collect()
}

pub fn recordings_come_back_as_they_were(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let text = |text: &str| Some(text.to_owned());
    let stored = made_with(repositories, &world, 1, |fields| {
        *fields = RecordingFields {
            recall_recording_id: text("r"),
            recall_news_at: Some(at(1)),
            platform: Platform::DesktopAudio,
            meeting_title: text("Größe 🦀"),
            meeting_url: text("https://example.com/"),
            duration_seconds: Some(2_147_483_647),
            status: Status::Error,
            notes: text("a 'note'\n"),
            error_message: text("no"),
            video_url: text("https://example.com/v"),
            video_size_bytes: Some(i64::MAX),
            participants: vec!["Ann".to_owned(), "Bo\"b".to_owned()],
            summary: text("s"),
            is_summary_given: true,
            extracted_tasks: vec![ExtractedTask {
                title: "T".to_owned(),
                description: "D".to_owned(),
                assignee: text("Ann"),
            }],
            are_tasks_given: true,
            tasks_generated_at: Some(at(2)),
            summary_generated_at: Some(at(3)),
            started_at: at(4),
            completed_at: Some(at(5)),
        };
    });
    assert_eq!(get(repositories, &stored), Some(stored.clone()));
    let empty = made(repositories, &world, 2);
    assert_eq!(get(repositories, &empty), Some(empty.clone()));
    assert_eq!(transcript(repositories, &empty), Transcript::default());
    // What is emptied again is empty.
    let mut emptied = stored;
    emptied.fields = RecordingFields::new(Platform::Slack, Status::Ready, at(0));
    let emptied = update(repositories, &change(&emptied, Writing::AsBefore)).unwrap();
    assert_eq!((emptied.version, &emptied.fields.notes), (2, &None));
    assert_eq!(get(repositories, &emptied), Some(emptied.clone()));
}

pub fn a_recording_needs_its_project(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let lost = Recording { project: ProjectId(99), ..recording(&world, 1) };
    assert_not_found(repositories.recordings.create(&lost, &log_row(&world, verb::CREATED, lost.id)));
}

pub fn an_upload_belongs_to_one_recording(repositories: &RecordingRepositories) {
    let [one, two] = [1, 2].map(|number| World::new(&repositories.others, number));
    let first = made(repositories, &one, 1);
    let second = Recording { sdk_upload_id: first.sdk_upload_id, ..recording(&two, 2) };
    assert_conflict(repositories.recordings.create(&second, &log_row(&two, verb::CREATED, second.id)));
    assert_eq!(get(repositories, &second), None);
}

pub fn recordings_are_found_in_their_project_alone(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    let elsewhere = Recording { project: World::new(&repositories.others, 2).project.id, ..stored };
    assert_eq!(get(repositories, &elsewhere), None);
    assert_not_found(update(repositories, &change(&elsewhere, Writing::AsBefore)));
    let batch = Batch::new(vec![timed(1.0, "a")]);
    assert_not_found(repositories.recordings.append(elsewhere.project, elsewhere.id, &batch, at(0), at(0)));
    let row = log_row(&world, verb::DELETED, elsewhere.id);
    assert_not_found(repositories.recordings.delete(elsewhere.project, elsewhere.id, &row));
}

pub fn recordings_are_found_by_what_recall_calls_them(repositories: &RecordingRepositories) {
    let [one, two] = [1, 2].map(|number| World::new(&repositories.others, number));
    let first = made_with(repositories, &one, 1, |fields| fields.recall_recording_id = Some("recall".to_owned()));
    let second = made(repositories, &two, 2);
    let find = |upload, recording| {
        let found = repositories.recordings.find(upload, recording).unwrap();
        found.map(|recording| recording.id)
    };
    assert_eq!(find(Some("upload-2"), None), Some(second.id));
    assert_eq!(find(None, Some("recall")), Some(first.id));
    assert_eq!(find(Some("upload-2"), Some("recall")), Some(second.id));
    assert_eq!(find(Some("upload-9"), Some("recall")), Some(first.id));
    assert_eq!(find(Some("upload-9"), Some("other")), None);
    assert_eq!(find(None, None), None);
}

pub fn a_change_of_an_old_version_is_refused(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut stored = made(repositories, &world, 1);
    stored.fields.status = Status::Uploading;
    let changed = update(repositories, &change(&stored, Writing::AsBefore)).unwrap();
    assert_eq!((changed.version, changed.fields.status), (2, Status::Uploading));
    assert_conflict(update(repositories, &change(&stored, Writing::AsBefore)));
    // Segments are no change of the recording itself.
    append(repositories, &changed, &[timed(1.0, "a")]);
    update(repositories, &change(&changed, Writing::AsBefore)).unwrap();
    assert_not_found(update(repositories, &change(&recording(&world, 2), Writing::AsBefore)));
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    let results = at_once(|n| {
        let mut changed = stored.clone();
        changed.fields.notes = Some(n.to_string());
        update(repositories, &change(&changed, Writing::AsBefore))
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    results.into_iter().filter(Result::is_err).for_each(assert_conflict);
}

pub fn changes_are_logged(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    let row = log_row(&world, verb::UPDATED, stored.id);
    repositories.recordings.update(&change(&stored, Writing::AsBefore), Some(&row)).unwrap();
    assert_conflict(repositories.recordings.update(&change(&stored, Writing::AsBefore), Some(&row)));
    repositories.recordings.delete(stored.project, stored.id, &log_row(&world, verb::DELETED, stored.id)).unwrap();
    let filter =
        ActivityFilter { project: stored.project, scope: SCOPE.to_owned(), item_id: Some(stored.id.to_string()) };
    let rows = repositories.others.activity.list(&filter, Page::first()).unwrap().items;
    let verbs: Vec<&str> = rows.iter().map(|entry| entry.activity.activity.as_str()).collect();
    assert_eq!(verbs, [verb::DELETED, verb::UPDATED, verb::CREATED]);
}

pub fn recordings_are_listed_by_their_beginning(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    for (number, began) in [(1, 10), (2, 30), (3, 20), (4, 20)] {
        made_with(repositories, &world, number, |fields| fields.started_at = at(began));
    }
    made(repositories, &World::new(&repositories.others, 2), 5);
    assert_eq!(listed(repositories, &world, &RecordingFilter::default()), [2, 4, 3, 1]);
    let page = Page::new(Some(2), Some(1));
    let page = repositories.recordings.list(world.project.id, &RecordingFilter::default(), page).unwrap();
    let ids: Vec<u128> = page.items.iter().map(|listed| listed.recording.id.0.as_u128()).collect();
    assert_eq!((page.count, ids), (4, vec![4, 3]));
}

pub fn every_filter_leaves_out_more(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    made(repositories, &world, 1);
    made_with(repositories, &world, 2, |fields| fields.platform = Platform::Teams);
    made_with(repositories, &world, 3, |fields| fields.status = Status::Ready);
    made_with(repositories, &world, 4, |fields| {
        fields.participants = vec!["Ann Müller".to_owned(), "Bob".to_owned()];
    });
    let mut nobodys = recording(&world, 5);
    nobodys.created_by = None;
    repositories.recordings.create(&nobodys, &log_row(&world, verb::CREATED, nobodys.id)).unwrap();
    let check = |set: &dyn Fn(&mut RecordingFilter), expected: &[u128]| {
        let mut filter = RecordingFilter::default();
        set(&mut filter);
        assert_eq!(listed(repositories, &world, &filter), expected, "{filter:?}");
    };
    check(&|filter| filter.platform = Some(Platform::Teams), &[2]);
    check(&|filter| filter.status = Some(Status::Ready), &[3]);
    check(&|filter| filter.user = Some(world.user.id), &[4, 3, 2, 1]);
    check(&|filter| filter.user = Some(UserId(i64::MAX)), &[]);
    check(&|filter| filter.participant = Some("müll".to_owned()), &[4]);
    check(&|filter| filter.participant = Some("müllerbob".to_owned()), &[]);
    check(&|filter| filter.started_from = Some(at(4)), &[5, 4]);
    check(&|filter| filter.started_before = Some(at(2)), &[1]);
    check(&|filter| (filter.started_from, filter.started_before) = (Some(at(2)), Some(at(4))), &[3, 2]);
    check(&|filter| (filter.status, filter.platform) = (Some(Status::Ready), Some(Platform::Teams)), &[]);
}

pub fn words_are_searched_for_in_titles_and_transcripts_in_any_case(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    made_with(repositories, &world, 1, |fields| fields.meeting_title = Some("ÄRZTE-Treffen".to_owned()));
    let spoken = made(repositories, &world, 2);
    append(repositories, &spoken, &[timed(1.0, "Das BUDGET für Ärzte"), timed(2.0, "100% sure_thing")]);
    made(repositories, &world, 3);
    let check = |terms: &[&str], expected: &[u128]| {
        let terms = terms.iter().map(|term| (*term).to_owned()).collect();
        let filter = RecordingFilter { terms, ..RecordingFilter::default() };
        assert_eq!(listed(repositories, &world, &filter), expected, "{filter:?}");
    };
    check(&["ärzte"], &[2, 1]);
    check(&["ärzte", "budget"], &[2]);
    check(&["budget", "sure"], &[2]);
    check(&["budget sure"], &[]);
    check(&["treffen", "budget"], &[]);
    check(&["0% sure_"], &[2]);
    check(&["%"], &[2]);
    check(&["b_dget"], &[]);
    check(&["a\0"], &[]);
}

pub fn segments_come_back_in_their_order(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    let (late, early) = (timed(2000.5, "wor\"ld 🦀"), timed(1000.0, "Hello"));
    assert!(append(repositories, &stored, &[late.clone(), segment(None, None, "then", Some(true))]));
    assert!(append(repositories, &stored, slice::from_ref(&early)));
    let told = transcript(repositories, &stored);
    assert_eq!(told.text, "Hello wor\"ld 🦀 then");
    assert_eq!(told.segments().unwrap(), [early, late, segment(None, None, "then", Some(true))]);
    let listed = repositories.recordings.list(world.project.id, &RecordingFilter::default(), Page::first()).unwrap();
    let bytes: usize = told.segments().unwrap().iter().map(|s| serde_json::to_string(s).unwrap().len()).sum();
    assert_eq!(listed.items[0].transcript_bytes, bytes);
    assert_eq!(listed.items[0].recording.updated_at, at(100));
    // Of several recordings, each has its own.
    let other = made(repositories, &world, 2);
    let silent = made(repositories, &world, 3);
    append(repositories, &other, &[timed(1.0, "other")]);
    let told = repositories.recordings.transcripts(&[stored.id, other.id, silent.id]).unwrap();
    assert_eq!((told.len(), told[&other.id].text.as_str()), (2, "other"));
    assert!(repositories.recordings.transcripts(&[]).unwrap().is_empty());
}

pub fn a_batch_that_comes_twice_adds_nothing(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    let untimed = segment(None, None, "yes", None);
    assert!(append(repositories, &stored, &[timed(1.0, "a"), untimed.clone()]));
    assert!(!append(repositories, &stored, &[timed(1.0, "a"), untimed.clone()]));
    assert!(!append(repositories, &stored, &[timed(1.0, "other words")]));
    assert_eq!(transcript(repositories, &stored).text, "a yes");
    assert!(append(repositories, &stored, &[untimed, timed(1.0, "a")]));
    assert_eq!(transcript(repositories, &stored).text, "a yes yes");
}

pub fn provisional_segments_give_way(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    let said = |text: &str, is_final| segment(Some(1.0), Some("Ann"), text, is_final);
    assert!(append(repositories, &stored, &[said("he", Some(false)), timed(2.0, "there")]));
    assert!(append(repositories, &stored, &[said("hell", Some(false))]));
    assert!(!append(repositories, &stored, &[said("he", Some(false)), timed(2.0, "there")]));
    assert_eq!(transcript(repositories, &stored).text, "hell there");
    assert!(append(repositories, &stored, &[said("hello", Some(true))]));
    assert!(!append(repositories, &stored, &[said("hell", None)]));
    assert_eq!(transcript(repositories, &stored).text, "hello there");
    let filter = |term: &str| RecordingFilter { terms: vec![term.to_owned()], ..RecordingFilter::default() };
    assert_eq!(listed(repositories, &world, &filter("hello")), [1]);
}

pub fn of_many_batches_at_once_none_is_lost(repositories: &RecordingRepositories) {
    const BATCHES: usize = 5;
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    let n_changes: usize = at_once(|thread| {
        let segment = |n: usize| timed(f64::from(u32::try_from(n).unwrap()), &format!("s{n}"));
        let batches = (0..BATCHES).map(|batch| {
            // Each batch overlaps with that of the next thread, and is sent twice.
            let first = (batch * THREADS + thread) * 10;
            (first..first + 15).map(segment).collect::<Vec<_>>()
        });
        batches
            .map(|batch| usize::from(append(repositories, &stored, &batch) && !append(repositories, &stored, &batch)))
            .sum::<usize>()
    })
    .into_iter()
    .sum();
    assert_eq!(n_changes, BATCHES * THREADS);
    let expected: Vec<String> = (0..BATCHES * THREADS * 10 + 5).map(|n| format!("s{n}")).collect();
    assert_eq!(transcript(repositories, &stored).text, expected.join(" "));
}

pub fn a_transcript_is_replaced_as_a_whole(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    append(repositories, &stored, &[timed(5.0, "old")]);
    let replace = |recording: &Recording, segments: Vec<Segment>| {
        let transcript = Some(Batch::new(segments));
        let change = RecordingChange { transcript, ..change(recording, Writing::AsBefore) };
        update(repositories, &change).unwrap()
    };
    let stored = replace(&stored, vec![timed(2.0, "b"), timed(1.0, "a")]);
    assert_eq!(transcript(repositories, &stored).text, "a b");
    // What came before is forgotten, and what comes is added to what is there now.
    assert!(append(repositories, &stored, &[timed(5.0, "old")]));
    assert_eq!(transcript(repositories, &stored).text, "a b old");
    let stored = replace(&stored, Vec::new());
    assert_eq!(transcript(repositories, &stored), Transcript::default());
    let list = repositories.recordings.list(world.project.id, &RecordingFilter::default(), Page::first()).unwrap();
    assert_eq!(list.items[0].transcript_bytes, 0);
    assert!(append(repositories, &stored, &[segment(None, None, "first", None), timed(0.0, "then")]));
    assert_eq!(transcript(repositories, &stored).text, "first then");
}

pub fn a_refused_change_leaves_no_trace(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    append(repositories, &stored, &[timed(1.0, "kept")]);
    let number = |n: usize| f64::from(u32::try_from(n).unwrap());
    let many = (0..=MAX_SEGMENTS).map(|n| segment(Some(number(n)), None, "x", None)).collect();
    let mut changed = change(&stored, Writing::DueAt(at(0)));
    changed.recording.fields.notes = Some("new".to_owned());
    changed.transcript = Some(Batch::new(many));
    let refused = repositories.recordings.update(&changed, Some(&log_row(&world, verb::UPDATED, stored.id)));
    assert!(matches!(refused, Err(RepositoryError::Limit { limit: MAX_SEGMENTS, .. })), "{refused:?}");
    assert_eq!(transcript(repositories, &stored).text, "kept");
    assert_eq!(get(repositories, &stored).unwrap().version, 1);
    assert_eq!(due(repositories, 1000), [0; 0]);
}

pub fn texts_are_due_until_they_are_written(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let [one, two] = [1, 2].map(|number| made(repositories, &world, number));
    let one = update(repositories, &change(&one, Writing::DueAt(at(20)))).unwrap();
    let two = update(repositories, &change(&two, Writing::DueAt(at(10)))).unwrap();
    assert_eq!(due(repositories, 9), [0; 0]);
    assert_eq!(due(repositories, 10), [2]);
    assert_eq!(due(repositories, 20), [2, 1]);
    let only = |id| repositories.recordings.due(at(20), Some(id), 1).unwrap();
    assert_eq!(only(one.id), [DueRecording { project: one.project, id: one.id, due_at: at(20) }]);
    assert_eq!(repositories.recordings.due(at(20), None, 1).unwrap().len(), 1);
    // What was due before something else became due is not what is done.
    let one = update(repositories, &change(&one, Writing::Done(at(19)))).unwrap();
    assert_eq!(due(repositories, 20), [2, 1]);
    update(repositories, &change(&one, Writing::Done(at(20)))).unwrap();
    update(repositories, &change(&two, Writing::AsBefore)).unwrap();
    assert_eq!(due(repositories, 20), [2]);
    assert_eq!(only(one.id), []);
}

pub fn late_segments_make_texts_due_again(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut stored = made(repositories, &world, 1);
    append(repositories, &stored, &[timed(1.0, "a")]);
    assert_eq!(due(repositories, 1000), [0; 0]);
    stored.fields.status = Status::Ready;
    let stored = update(repositories, &change(&stored, Writing::AsBefore)).unwrap();
    append(repositories, &stored, &[timed(1.0, "a")]);
    assert_eq!(due(repositories, 1000), [0; 0]);
    append(repositories, &stored, &[timed(2.0, "b")]);
    assert_eq!(due(repositories, 129), [0; 0]);
    assert_eq!(due(repositories, 130), [1]);
}

pub fn deleted_recordings_are_gone_with_their_transcripts(repositories: &RecordingRepositories) {
    let world = World::new(&repositories.others, 1);
    let stored = made(repositories, &world, 1);
    append(repositories, &stored, &[timed(1.0, "a")]);
    update(repositories, &change(&stored, Writing::DueAt(at(0)))).unwrap();
    let row = log_row(&world, verb::DELETED, stored.id);
    repositories.recordings.delete(stored.project, stored.id, &row).unwrap();
    assert_eq!(get(repositories, &stored), None);
    assert_eq!(transcript(repositories, &stored), Transcript::default());
    assert_eq!(due(repositories, 1000), [0; 0]);
    assert_not_found(repositories.recordings.delete(stored.project, stored.id, &row));
    // The same upload may be named again.
    let again = made(repositories, &world, 1);
    assert_eq!(transcript(repositories, &again), Transcript::default());
}
