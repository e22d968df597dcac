use proptest::prelude::*;
use serde_json::json;
use test_support::cases::n_property_cases;

use super::*;

fn content(value: Value) -> PromptContent {
    PromptContent::new(value).unwrap()
}

#[track_caller]
fn check_variables(value: Value, expected: &[&str]) {
    assert_eq!(content(value.clone()).variables(), expected, "{value}");
}

#[test]
fn variables_are_names_in_double_braces() {
    check_variables(json!("Hi {{name}}, {{ app.title }} and {{name}}"), &["name", "app.title"]);
    check_variables(json!("{{\n größe-1_a\t}}"), &["größe-1_a"]);
    check_variables(json!("{{{a}}} {{{{b}}}}"), &["a", "b"]);
    check_variables(json!("{name} {{}} {{ }} {{a b}} {{a} {{a}"), &[]);
    check_variables(json!("{{a {{b}}"), &["b"]);
    check_variables(json!("{{a}}}}{{b"), &["a"]);
    check_variables(json!("a{{"), &[]);
}

#[test]
fn every_text_but_names_of_fields_is_searched() {
    let messages = json!([
        {"role": "system", "content": "You know {{topic}}", "{{no}}": 1},
        {"role": "user", "content": [{"text": "{{question}}"}, {"text": "{{topic}}"}]},
    ]);
    check_variables(messages, &["topic", "question"]);
    check_variables(json!(5), &[]);
}

#[test]
fn texts_and_previews() {
    assert_eq!(content(json!("a\"b")).text(), "a\"b");
    assert_eq!(content(json!({"a": [1]})).text(), "{\"a\":[1]}");
    let exact = "é".repeat(PREVIEW_CHARACTERS);
    assert_eq!(content(json!(exact)).preview(), exact);
    assert_eq!(content(json!(format!("{exact}!"))).preview(), format!("{exact}..."));
}

#[test]
fn prompts_are_bounded() {
    let longest = "x".repeat(MAX_BYTES - 2);
    assert_eq!(content(json!(longest)).size_bytes(), MAX_BYTES);
    let refused = |value: Value| {
        let problem = PromptContent::new(value).unwrap_err();
        assert_eq!(problem.attr.as_deref(), Some("prompt"));
        problem.code
    };
    assert_eq!(refused(json!(format!("{longest}x"))), "max_size");
    assert_eq!(refused(Value::Null), "null");
    assert_eq!(refused((0..101).fold(json!(1), |inner, _| json!([inner]))), "max_depth");
}

#[track_caller]
fn check_edits(value: Value, edits: &[(&str, &str)], expected: Result<Value, &str>) {
    let edits: Vec<Edit> =
        edits.iter().map(|(old, new)| Edit { old: (*old).to_owned(), new: (*new).to_owned() }).collect();
    let edited = content(value).edited(&edits);
    let edited = edited.map(|content| content.value().clone()).map_err(|problem| problem.attr.unwrap());
    assert_eq!(edited, expected.map_err(str::to_owned));
}

#[test]
fn edits_follow_each_other() {
    check_edits(json!("one two"), &[("one", "three"), ("three two", "four")], Ok(json!("four")));
    check_edits(json!("one two"), &[(" two", "")], Ok(json!("one")));
    check_edits(json!("one"), &[("One", "x")], Err("edits__0__old"));
    check_edits(json!("a b a"), &[("b", "c"), ("a", "c")], Err("edits__1__old"));
    check_edits(json!("a"), &[("", "c")], Err("edits__0__old"));
    check_edits(json!("a"), &[], Err("edits"));
    check_edits(json!("a"), &[("a", "b"); MAX_EDITS + 1], Err("edits"));
}

#[test]
fn what_is_no_text_is_edited_as_json() {
    let messages = json!([{"role": "user", "content": "Hi"}]);
    check_edits(messages.clone(), &[("\"Hi\"", "\"Bye\"")], Ok(json!([{"role": "user", "content": "Bye"}])));
    check_edits(
        messages.clone(),
        &[("{\n    \"content\"", "{\"n\": 1, \"content\"")],
        Ok(json!([{"role": "user", "content": "Hi", "n": 1}])),
    );
    check_edits(messages.clone(), &[("\"Hi\"", "Bye")], Err("edits"));
    check_edits(json!({"a": 1}), &[("{\n  \"a\": 1\n}", "null")], Err("prompt"));
}

#[test]
fn edits_do_not_grow_a_prompt_beyond_its_bounds() {
    let half = "x".repeat(MAX_BYTES / 2);
    check_edits(json!("ab"), &[("a", &half), ("b", &half)], Err("prompt"));
    let all = "y".repeat(MAX_BYTES);
    check_edits(json!("abcd"), &[("a", &all), ("b", &all), ("c", &all), ("d", &all)], Err("edits__1__new"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn variables_that_were_put_in_are_found(parts in prop::collection::vec(("[a-z {}]{0,3}", "[a-c._-]{1,2}", " {0,2}"), 0..6)) {
        let mut text = String::new();
        let mut expected: Vec<String> = Vec::new();
        for (before, name, space) in &parts {
            // a space ends whatever braces stand before
            text.push_str(&format!("{before} {{{{{space}{name}{space}}}}}"));
        }
        let found = content(json!(text)).variables();
        for (_, name, _) in &parts {
            if !expected.contains(name) {
                expected.push(name.clone());
            }
        }
        for name in &expected {
            prop_assert!(found.contains(name), "{text:?}: {found:?}");
        }
        let distinct: HashSet<&String> = found.iter().collect();
        prop_assert_eq!(distinct.len(), found.len());
    }

    #[test]
    fn no_text_is_too_strange_to_search(text in "[{} a]{0,40}|.{0,40}") {
        let found = content(json!(text)).variables();
        for name in found {
            prop_assert!(text.contains(&name));
        }
    }
}

#[test]
fn what_would_be_far_longer_with_its_spaces_is_not_edited() {
    let wide = json!(vec![1; 100_000]);
    let deep = (0..90).fold(wide, |inner, _| json!([inner]));
    check_edits(deep, &[("1", "2")], Err("edits"));
}
