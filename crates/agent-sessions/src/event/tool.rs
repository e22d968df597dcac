//! What tools were given, as far as it tells what was done.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest;
use crate::values::clip;

/// Longest text of an edit that is kept, in characters.
const MAX_EDIT_CHARACTERS: usize = 8_000;

/// Most edits of one call that are kept.
const MAX_EDITS: usize = 50;

/// Longest command that is kept, in characters.
const MAX_COMMAND_CHARACTERS: usize = 2_000;

/// Longest path that is kept, in characters.
const MAX_PATH_CHARACTERS: usize = 500;

/// Length at which telemetry cuts values off, in characters.
const CUT_CHARACTERS: usize = 512;

/// A piece of a file that was replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// What was there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub old: String,
    /// What is there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub new: String,
}

/// What a tool was given; empty where that is withheld.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolDetail {
    /// The file that it was to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// Whether edits may have been cut off on their way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
    /// The shell's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The commit that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The same for the same input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_digest: Option<String>,
}

/// Whether a tool changes files.
pub(crate) fn is_edit(tool: &str) -> bool {
    matches!(tool, "Edit" | "MultiEdit" | "Write" | "NotebookEdit")
}

impl ToolDetail {
    /// Reads a tool's input, which `text` has as it came: cut off, it is no JSON, but tells the file still. `parameters` are what telemetry tells
    /// besides.
    pub(crate) fn read(tool: &str, input: Option<&Value>, text: Option<&str>, parameters: Option<&Value>) -> Self {
        let get = |value: Option<&Value>, key: &str| {
            value.and_then(|value| value.get(key)).and_then(Value::as_str).map(clean)
        };
        let path = |key| get(input, key).or_else(|| text.and_then(|text| salvage(text, key)));
        let file = is_edit(tool).then(|| path("file_path").or_else(|| path("notebook_path"))).flatten();
        let edits = if is_edit(tool) { edits(input) } else { Vec::new() };
        let is_cut = is_edit(tool)
            && (input.is_none() && text.is_some()
                || edits
                    .iter()
                    .flat_map(|edit| [&edit.old, &edit.new])
                    .any(|text| text.chars().count() >= CUT_CHARACTERS));
        let command = get(parameters, "full_command")
            .or_else(|| get(input, "command"))
            .or_else(|| get(parameters, "bash_command"))
            .or_else(|| text.and_then(|text| salvage(text, "command")));
        Self {
            file: file.map(|file| clip(&file, MAX_PATH_CHARACTERS)),
            edits,
            is_cut,
            command: command.filter(|_| tool == "Bash").map(|command| clip(&command, MAX_COMMAND_CHARACTERS)),
            commit: get(parameters, "git_commit_id"),
            input_digest: text
                .map(str::to_owned)
                .or_else(|| input.or(parameters).map(Value::to_string))
                .map(|text| digest(&[&text])),
        }
    }

    /// Lines put in and taken away.
    pub(crate) fn lines(&self) -> (u64, u64) {
        let count = |text: &str| u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
        self.edits.iter().fold((0, 0), |(added, removed), edit| {
            // Lines that stay at both ends were only given to find the place.
            let same_start = edit.old.lines().zip(edit.new.lines()).take_while(|(old, new)| old == new).count();
            let (old, new): (Vec<&str>, Vec<&str>) =
                (edit.old.lines().skip(same_start).collect(), edit.new.lines().skip(same_start).collect());
            let same_end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
            let rest = |lines: Vec<&str>| count(&lines[..lines.len() - same_end].join("\n"));
            (added + rest(new), removed + rest(old))
        })
    }
}

fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn edits(input: Option<&Value>) -> Vec<Edit> {
    let Some(input) = input else { return Vec::new() };
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).map(|text| clip(&clean(text), MAX_EDIT_CHARACTERS)).unwrap_or_default()
    };
    let one = |value: &Value| Edit { old: text(value, "old_string"), new: text(value, "new_string") };
    let all: Vec<Edit> = match input.get("edits").and_then(Value::as_array) {
        Some(edits) => edits.iter().take(MAX_EDITS).map(one).collect(),
        None if input.get("new_string").is_some() || input.get("old_string").is_some() => vec![one(input)],
        None if input.get("content").is_some() => vec![Edit { old: String::new(), new: text(input, "content") }],
        None => vec![Edit { old: String::new(), new: text(input, "new_source") }],
    };
    all.into_iter().filter(|edit| *edit != Edit::default()).collect()
}

/// The text of a key in JSON that was cut off somewhere behind it.
fn salvage(json: &str, key: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{key}\""))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    values.next()?.ok()?.as_str().map(clean)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn edits_are_read_from_each_tool() {
        let check = |tool: &str, input: Value, file: Option<&str>, lines: (u64, u64)| {
            let detail = ToolDetail::read(tool, Some(&input), None, None);
            assert_eq!((detail.file.as_deref(), detail.lines()), (file, lines), "{tool} {input}");
        };
        check(
            "Edit",
            json!({"file_path": "a.rs", "old_string": "x\ny\nz", "new_string": "x\nw\nv\nz"}),
            Some("a.rs"),
            (2, 1),
        );
        check("Write", json!({"file_path": "a.rs", "content": "x\ny\n"}), Some("a.rs"), (2, 0));
        check(
            "MultiEdit",
            json!({"file_path": "a.rs", "edits": [{"old_string": "x", "new_string": ""}, {"old_string": "", "new_string": "z"}]}),
            Some("a.rs"),
            (1, 1),
        );
        check("NotebookEdit", json!({"notebook_path": "a.ipynb", "new_source": "x"}), Some("a.ipynb"), (1, 0));
        check("Read", json!({"file_path": "a.rs"}), None, (0, 0));
    }

    #[test]
    fn what_was_cut_off_tells_the_file_still() {
        let text = r#"{"file_path":"src/ä \"b\".rs","content":"let a"#;
        let detail = ToolDetail::read("Write", None, Some(text), None);
        assert_eq!((detail.file.as_deref(), detail.is_cut), (Some("src/ä \"b\".rs"), true));
        let long = json!({"file_path": "a.rs", "content": "x".repeat(512)});
        assert!(ToolDetail::read("Write", Some(&long), None, None).is_cut);
    }

    #[test]
    fn commands_and_commits_are_read() {
        let parameters = json!({"bash_command": "git", "full_command": "git commit -m x", "git_commit_id": "abc1234"});
        let detail = ToolDetail::read("Bash", None, None, Some(&parameters));
        assert_eq!((detail.command.as_deref(), detail.commit.as_deref()), (Some("git commit -m x"), Some("abc1234")));
        assert_eq!(ToolDetail::read("Bash", None, None, None), ToolDetail::default());
    }
}
