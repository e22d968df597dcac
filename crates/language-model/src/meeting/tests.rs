use super::*;

fn said(speaker: &str, text: &str) -> Utterance {
    Utterance { speaker: (!speaker.is_empty()).then(|| speaker.to_owned()), text: text.to_owned() }
}

fn meeting(said: Vec<Utterance>) -> Meeting {
    Meeting { said, ..Meeting::default() }
}

/// What `text` commits somebody to, said by Ann to Bob.
#[track_caller]
fn check(text: &str, expected: &[(&str, Option<&str>)]) {
    let notes = notes(&meeting(vec![said("Ann", text), said("Bob", "Okay.")]));
    let tasks: Vec<(&str, Option<&str>)> =
        notes.tasks.iter().map(|task| (task.title.as_str(), task.assignee.as_deref())).collect();
    assert_eq!(tasks, expected, "{text}");
}

#[test]
fn what_speakers_promise_is_theirs() {
    let ann = Some("Ann");
    check("I'll send the notes tomorrow.", &[("Send the notes tomorrow", ann)]);
    check("I’ll also update the ticket.", &[("Update the ticket", ann)]);
    check("Okay, so I will book the room for Friday!", &[("Book the room for Friday", ann)]);
    check("I'm going to write the proposal tonight", &[("Write the proposal tonight", ann)]);
    check("I need to fix the login bug before the release.", &[("Fix the login bug before the release", ann)]);
    check("I have to call the customer back.", &[("Call the customer back", ann)]);
    check("Let me check with Legal first.", &[("Check with Legal first", ann)]);
    check("I promise to review it by Monday.", &[("Review it by Monday", ann)]);
    check("I can prepare the slides.", &[("Prepare the slides", ann)]);
    check("I can take care of the invoices.", &[]);
    check("I'll get back to you on the budget.", &[("Get back to you on the budget", ann)]);
    check("I'll look into the error rates.", &[("Look into the error rates", ann)]);
}

#[test]
fn what_somebody_is_asked_for_is_theirs() {
    let bob = Some("Bob");
    check("Can you send me the numbers by Friday?", &[("Send me the numbers by Friday", bob)]);
    check("Could you please review the contract?", &[("Review the contract", bob)]);
    check("Would you write that down for us?", &[("Write that down for us", bob)]);
    check("You'll need to renew the certificate.", &[]);
    check("You need to renew the certificate this week.", &[("Renew the certificate this week", bob)]);
    check("Please update the roadmap.", &[("Update the roadmap", bob)]);
    check("Carol, can you order the laptops?", &[("Order the laptops", Some("Carol"))]);
    check("Carol, please order the laptops.", &[("Order the laptops", Some("Carol"))]);
    check("Can you order the laptops, Carol?", &[("Order the laptops, Carol", Some("Carol"))]);
    check("I'd like you to talk to Sales.", &[("Talk to Sales", bob)]);
}

#[test]
fn what_is_said_of_others_is_theirs() {
    check("Carol will draft the press release.", &[("Draft the press release", Some("Carol"))]);
    check("And Mary Jane needs to sign the lease.", &[("Sign the lease", Some("Mary Jane"))]);
    check("Dave agreed to host the workshop.", &[("Host the workshop", Some("Dave"))]);
    check("Carol is going to interview the candidates.", &[("Interview the candidates", Some("Carol"))]);
    check("Action item: Carol will ship version 2.1 on May 3.", &[("Ship version 2.1 on May 3", Some("Carol"))]);
}

#[test]
fn what_nobody_takes_has_nobody() {
    check("We need to hire a designer.", &[("Hire a designer", None)]);
    check("Let's move the launch to June.", &[("Move the launch to June", None)]);
    check("Someone needs to water the plants.", &[("Water the plants", None)]);
    check("Todo: archive the old dashboards.", &[("Archive the old dashboards", None)]);
    check("Next step is to collect feedback.", &[("Collect feedback", None)]);
}

#[test]
fn other_talk_commits_nobody() {
    for text in [
        "I sent the notes yesterday.",
        "I think we lost two customers.",
        "I'll be in Berlin next week.",
        "I will never forget that.",
        "If I send the notes, nobody reads them.",
        "Will it rain tomorrow?",
        "Should I send the notes?",
        "Can you hear me?",
        "Can you see my screen?",
        "Would you say that is good?",
        "It will take two weeks.",
        "That will cost a lot.",
        "There will be cake.",
        "The release will slip by a week.",
        "Everybody should know this.",
        "I have to say it looks good.",
        "Let me think about that.",
        "We will see.",
        "You should be proud of it.",
        "When you will come is not clear.",
        "Hello everyone and welcome.",
        "Sure, I'll do that.",
        "I'll take it tomorrow.",
        "Let me share my screen.",
        "Let's start with the agenda.",
        "Let's move on to the next point.",
        "We'll talk about it next week.",
        "",
    ] {
        check(text, &[]);
    }
}

#[test]
fn several_tasks_are_found_in_what_is_said_in_pieces() {
    let notes = notes(&meeting(vec![
        said("Ann", "Thanks for joining. I'll send"),
        said("Ann", "the notes. Bob, can you book the room?"),
        said("Bob", "Sure. I'll book the room. I'll send the invitations as well."),
        said("", "I'll bring cake for everybody."),
    ]));
    let tasks: Vec<(&str, Option<&str>)> =
        notes.tasks.iter().map(|task| (task.title.as_str(), task.assignee.as_deref())).collect();
    let expected = [
        ("Send the notes", Some("Ann")),
        ("Book the room", Some("Bob")),
        ("Send the invitations as well", Some("Bob")),
        ("Bring cake for everybody", None),
    ];
    assert_eq!(tasks, expected);
    assert_eq!(notes.tasks[1].description, "Bob, can you book the room?");
}

#[test]
fn nobody_is_asked_by_himself() {
    let notes = notes(&meeting(vec![said("Ann", "Please update the roadmap.")]));
    assert_eq!(notes.tasks[0].assignee, None);
}

#[test]
fn summaries_tell_what_was_talked_about_decided_and_left_open() {
    let mut meeting = meeting(vec![
        said("Ann", "Welcome everybody. The onboarding funnel lost users again last month."),
        said("Bob", "The funnel loses most users at the payment step of the onboarding."),
        said("Ann", "We decided to drop the second payment form. I'll write the ticket."),
        said("Bob", "Fine. The weather is nice. Who is going to tell the support team about the funnel?"),
    ]);
    meeting.title = Some("Onboarding".to_owned());
    let summary = notes(&meeting).summary;
    assert_eq!(
        summary,
        "Ann and Bob talked about “Onboarding”: funnel, onboarding, payment, users.\n\
The onboarding funnel lost users again last month. The funnel loses most users at the payment step of the onboarding. \
We decided to drop the second payment form.\n\
Open: Who is going to tell the support team about the funnel?"
    );
}

#[test]
fn short_meetings_have_short_summaries() {
    let summary = |said| notes(&meeting(said)).summary;
    assert_eq!(summary(vec![said("", "Hello.")]), "The meeting was for a short time.");
    assert_eq!(summary(vec![said("Ann", "Hello.")]), "Ann talked for a short time.");
    let many = ["A", "B", "C", "D", "E", "F"].map(|name| said(name, "Hi.")).to_vec();
    assert_eq!(summary(many), "A, B, C, D and 2 others talked for a short time.");
}

#[test]
fn a_model_is_given_no_more_than_fits() {
    let mut long: Vec<Utterance> = (0..2000)
        .map(|n| said(if n % 2 == 0 { "Ann" } else { "Bob" }, &format!("Number {n} is {}", "é".repeat(200))))
        .collect();
    long[1000].text = "I'll send the notes.".to_owned();
    let lines = bounded(&long, MAX_SAID_BYTES);
    let bytes = Value::from(lines.clone()).to_string().len();
    assert!(bytes < MAX_SAID_BYTES + 100, "{bytes}");
    assert!(lines[0].starts_with("Ann: Number 0 ") && lines.last().unwrap().starts_with("Bob: Number 1999 "));
    assert!(lines.contains(&"Ann: I'll send the notes.".to_owned()));
    assert_eq!(lines.iter().filter(|line| *line == "…").count(), 2);
    let meeting = meeting(long);
    let prompt = meeting_prompt(&meeting, &notes(&meeting));
    assert!(prompt.data.to_string().len() < crate::prompt::MAX_DATA_BYTES);
    let short = vec![said("Ann", "One."), said("Ann", "Two.")];
    assert_eq!(bounded(&short, MAX_SAID_BYTES), ["Ann: One. Two."]);
}

#[test]
fn answers_are_read_and_made_plain() {
    let answer = r#"{"summary": "**They** talked.", "tasks": [
        {"title": "Send <b>notes</b>", "description": "Soon.", "assignee": "Ann"}, {"title": "Rest", "assignee": null}]}"#;
    let notes = read_notes(answer).unwrap();
    assert_eq!(notes.summary, "They talked.");
    let expected =
        Task { title: "Send notes".to_owned(), description: "Soon.".to_owned(), assignee: Some("Ann".to_owned()) };
    assert_eq!(notes.tasks[0], expected);
    assert_eq!(notes.tasks[1].assignee, None);
    assert_eq!(read_notes(r#"{"summary": "x"}"#).unwrap().tasks, []);
    for wrong in [
        "",
        "{}",
        r#"{"summary": ""}"#,
        r#"{"summary": "x", "tasks": {}}"#,
        r#"{"summary": "x", "tasks": [{}]}"#,
        r#"{"summary": "x", "tasks": [{"title": "x", "assignee": 7}]}"#,
    ] {
        assert!(read_notes(wrong).is_err(), "{wrong}");
    }
    let many = json!({"summary": "x", "tasks": vec![json!({"title": "x"}); MAX_TASKS + 1]});
    assert!(read_notes(&many.to_string()).is_err());
}
