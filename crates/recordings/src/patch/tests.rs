use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_360_894, 0).unwrap()
}

fn fields() -> RecordingFields {
    RecordingFields::new(Platform::Zoom, Status::Recording, now())
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut RecordingPatch), attr: &str, code: &str) {
    let mut patch = RecordingPatch::default();
    change(&mut patch);
    let problem = patch.apply(&fields(), now()).unwrap_err();
    assert_eq!((problem.attr.as_deref(), problem.code), (Some(attr), code), "{problem}");
}

fn text(characters: usize) -> Option<Option<String>> {
    Some(Some("é".repeat(characters)))
}

fn address(text: &str) -> Option<Option<String>> {
    Some(Some(text.to_owned()))
}

#[test]
fn bad_fields_are_named() {
    check_refused(|patch| patch.recall_recording_id = text(256), "recall_recording_id", "max_length");
    check_refused(|patch| patch.meeting_title = text(256), "meeting_title", "max_length");
    check_refused(|patch| patch.meeting_title = address("a\0"), "meeting_title", "null_characters_not_allowed");
    check_refused(|patch| patch.notes = text(MAX_NOTES_CHARACTERS + 1), "notes", "max_length");
    check_refused(|patch| patch.error_message = text(MAX_MESSAGE_CHARACTERS + 1), "error_message", "max_length");
    check_refused(|patch| patch.summary = text(MAX_SUMMARY_CHARACTERS + 1), "summary", "max_length");
    for wrong in ["meet", "ftp://example.com/", "javascript:alert(1)", "https://"] {
        check_refused(|patch| patch.meeting_url = address(wrong), "meeting_url", "invalid_input");
        check_refused(|patch| patch.video_url = address(wrong), "video_url", "invalid_input");
    }
    let long = format!("https://example.com/{}", "x".repeat(MAX_URL_CHARACTERS));
    check_refused(|patch| patch.video_url = address(&long), "video_url", "max_length");
    check_refused(|patch| patch.duration_seconds = Some(Some(-1)), "duration_seconds", "min_value");
    check_refused(
        |patch| patch.duration_seconds = Some(Some(MAX_DURATION_SECONDS + 1)),
        "duration_seconds",
        "max_value",
    );
    check_refused(|patch| patch.video_size_bytes = Some(Some(-1)), "video_size_bytes", "min_value");
    check_refused(|patch| patch.status = Some(Status::Pending), "status", "invalid_transition");
}

#[test]
fn bad_items_of_lists_are_named() {
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    check_refused(|patch| patch.participants = names(&["Ann", " "]), "participants__1", "blank");
    check_refused(|patch| patch.participants = names(&[&"x".repeat(256)]), "participants__0", "max_length");
    check_refused(|patch| patch.participants = names(&["x"; MAX_PARTICIPANTS + 1]), "participants", "max_length");
    let task = |title: &str, description: &str, assignee: &str| ExtractedTask {
        title: title.to_owned(),
        description: description.to_owned(),
        assignee: Some(assignee.to_owned()),
    };
    let tasks = |task: ExtractedTask, n: usize| Some(Some(vec![task; n]));
    let long = "x".repeat(MAX_MESSAGE_CHARACTERS + 1);
    check_refused(|patch| patch.extracted_tasks = tasks(task("", "", ""), 1), "extracted_tasks__0__title", "blank");
    check_refused(
        |patch| patch.extracted_tasks = tasks(task("a", &long, ""), 1),
        "extracted_tasks__0__description",
        "max_length",
    );
    check_refused(
        |patch| patch.extracted_tasks = tasks(task("a", "", &long), 1),
        "extracted_tasks__0__assignee",
        "max_length",
    );
    check_refused(
        |patch| patch.extracted_tasks = tasks(task("a", "", ""), MAX_TASKS + 1),
        "extracted_tasks",
        "max_length",
    );
}

#[test]
fn what_is_not_named_stays() {
    let mut old = fields();
    old.meeting_title = Some("Weekly".to_owned());
    old.participants = vec!["Ann".to_owned()];
    assert_eq!(RecordingPatch::default().apply(&old, now()), Ok(old.clone()));
    let patch = RecordingPatch { meeting_title: Some(None), ..RecordingPatch::default() };
    let new = patch.apply(&old, now()).unwrap();
    assert_eq!((new.meeting_title, new.participants), (None, old.participants));
}

#[test]
fn an_empty_address_is_none() {
    let patch = RecordingPatch { meeting_url: address(""), video_url: address(" "), ..RecordingPatch::default() };
    let new = patch.apply(&fields(), now()).unwrap();
    assert_eq!((new.meeting_url, new.video_url), (None, None));
}

#[test]
fn what_is_ready_was_completed_then() {
    let ready = RecordingPatch { status: Some(Status::Ready), ..RecordingPatch::default() };
    assert_eq!(ready.apply(&fields(), now()).unwrap().completed_at, Some(now()));
    let earlier = now() - chrono::TimeDelta::hours(1);
    let told = RecordingPatch { completed_at: Some(Some(earlier)), ..ready };
    assert_eq!(told.apply(&fields(), now()).unwrap().completed_at, Some(earlier));
}

#[test]
fn an_error_is_over_when_the_recording_goes_on() {
    let failed =
        RecordingPatch { status: Some(Status::Error), error_message: address("no disk"), ..RecordingPatch::default() };
    let failed = failed.apply(&fields(), now()).unwrap();
    assert_eq!(failed.error_message.as_deref(), Some("no disk"));
    let again = RecordingPatch { status: Some(Status::Uploading), ..RecordingPatch::default() };
    assert_eq!(again.apply(&failed, now()).unwrap().error_message, None);
}

#[test]
fn texts_of_clients_are_known_as_theirs() {
    let given = RecordingPatch {
        summary: address("Ours"),
        extracted_tasks: Some(Some(Vec::new())),
        ..RecordingPatch::default()
    };
    let given = given.apply(&fields(), now()).unwrap();
    assert!(given.is_summary_given && given.are_tasks_given);
    let back = RecordingPatch { summary: Some(None), extracted_tasks: Some(None), ..RecordingPatch::default() };
    let back = back.apply(&given, now()).unwrap();
    assert!(!back.is_summary_given && !back.are_tasks_given);
}
