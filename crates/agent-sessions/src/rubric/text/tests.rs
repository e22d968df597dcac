use super::*;

#[test]
fn trivial_prompts_are_told_from_prompts() {
    for text in
        ["/clear", "/compact keep the plan", "!ls -la", "yes please", "fix", "thanks, looks good", "LGTM ship it"]
    {
        assert!(is_trivial(text), "{text}");
    }
    for text in [
        "/src/main.rs has a typo in it",
        "Fix the login form",
        "yes but rename the field first",
        "good question, why is it slow in production",
    ] {
        assert!(!is_trivial(text), "{text}");
    }
}

#[test]
fn corrections_are_seen_by_their_beginning_or_by_repeating() {
    for text in [
        "No, use the other one",
        "that's not right",
        "That’s not it",
        "still failing",
        "Actually, keep it",
        "undo",
        "it still crashes",
    ] {
        assert!(is_correction(text, None), "{text}");
    }
    for text in ["No problem, go on", "Note the time", "stillness matters", "Add a test", ""] {
        assert!(!is_correction(text, None), "{text}");
    }
    let first = "make the export button download a csv";
    assert!(is_correction("make the export button really download a csv file", Some(first)));
    assert!(!is_correction("make the import button smaller", Some(first)));
    assert!(!is_correction("run it", Some("run it")), "four words say too little");
}

#[test]
fn references_are_found() {
    let found = References::of("Fix `parse_line` in src/reader.rs:42, see @docs/plan.md and line 7");
    assert_eq!(found.paths.iter().map(String::as_str).collect::<Vec<_>>(), ["docs/plan.md", "src/reader.rs"]);
    assert!(found.has_line && found.has_identifier && found.has_mention);
    assert!(found.names_one_of(["/home/u/app/src/reader.rs"]));
    assert!(!found.names_one_of(["/home/u/app/src/other_reader.rs"]));
    for text in ["see https://example.com/a/b.html", "e.g. this and/or that", "Is it 3.5 or 4?"] {
        assert_eq!(References::of(text), References::default(), "{text}");
    }
    for text in ["call getUser", "call get_user", "std::mem", "run()"] {
        assert!(References::of(text).has_identifier, "{text}");
    }
}

#[test]
fn orders_are_counted() {
    for (text, n) in [
        ("Add a button", 1),
        ("Add a button and remove the link, then run the tests", 3),
        ("1. Add a button\n2. Remove the link", 2),
        ("The added button should be removed", 0),
        ("please fix the test", 1),
    ] {
        assert_eq!(count_imperatives(text), n, "{text}");
    }
    assert_eq!(count_list_items("- a\n* b\n 3) c\nd"), 3);
    assert_eq!(count_bundlings("Do this and also that; additionally the rest"), 2);
    assert_eq!(count_vague("make something better, maybe"), 3);
}

#[test]
fn demonstratives_without_a_noun_are_seen() {
    let bare = |text: &str| has_bare_demonstrative(text, &References::of(text));
    assert!(bare("fix it") && bare("this doesn't work") && bare("do that"));
    assert!(!bare("fix this parser") && !bare("fix it in src/a.rs") && !bare("why is that route slow"));
}

#[test]
fn other_topics_are_seen() {
    let before = ["implement paging for the customer list route"];
    assert!(is_unrelated("write release notes describing yesterday's migration work", &before));
    assert!(!is_unrelated("implement paging for the invoice list too, with tests", &before));
    assert!(!is_unrelated("thanks", &before) && !is_unrelated("anything else of five telling words", &[]));
}
