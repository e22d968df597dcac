//! What models are asked for: the prompts of the tasks, and how their answers are read.

use serde_json::{Value, json};

use crate::assistant::Objection;
use crate::description::{Description, MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS};
use crate::plain_text::{json_object, plain_line, plain_text};
use crate::prompt::Prompt;
use crate::suggestions::Suggestion;

/// Longest analysis.
const MAX_ANALYSIS_CHARACTERS: usize = 2000;
/// Points of an analysis.
const POINTS: std::ops::RangeInclusive<usize> = 1..=4;

/// Asks for an analysis of an insight's result, for which the built-in writer found `findings`.
pub fn analysis_prompt(name: Option<&str>, query: &Value, findings: &str, results: &Value) -> Prompt {
    Prompt {
        task: "Tell what the result of a product-analytics query shows. `findings` are statistics that are right; trust them over your own reading of `results`. \
Answer in plain text: one line with the headline; then two or three lines that begin with `- ` and tell changes with their numbers; then one line with the takeaway.",
        data: json!({"insight": name, "query": query, "findings": findings, "results": results}),
        max_tokens: 600,
        is_json: false,
    }
}

/// Reads an analysis: a headline, some lines that begin with `-`, a takeaway.
///
/// # Errors
/// Where it has another form.
pub fn read_analysis(answer: &str) -> Result<String, Objection> {
    let text = plain_text(answer, MAX_ANALYSIS_CHARACTERS)?;
    let is_point = |line: &&str| line.starts_with('-');
    let lines: Vec<&str> = text.lines().collect();
    let n_points = lines.iter().filter(|line| is_point(line)).count();
    let has_form = lines.first().is_some_and(|line| !is_point(line))
        && lines.last().is_some_and(|line| !is_point(line))
        && lines.len() == n_points + 2
        && POINTS.contains(&n_points);
    if has_form {
        Ok(text)
    } else {
        Err("a headline, two or three lines that begin with `- `, and one line with the takeaway are needed".to_owned())
    }
}

/// Asks for the name and the description of a query, which the built-in writer calls `builtin`.
pub fn description_prompt(query: &Value, builtin: &Description) -> Prompt {
    Prompt {
        task: "Name a product-analytics query as its users would, such as `Daily active users by browser, last 30 days`, and describe in one sentence what it shows. \
`suggested` is a name that is right, though it may be dry. Answer with a JSON object: {\"name\": \"…\", \"description\": \"…\"}.",
        data: json!({"query": query, "suggested": {"name": builtin.name, "description": builtin.description}}),
        max_tokens: 300,
        is_json: true,
    }
}

/// Reads `{"name", "description"}`.
///
/// # Errors
/// Where a part is missing or too long.
pub fn read_description(answer: &str) -> Result<Description, Objection> {
    let object = json_object(answer)?;
    let part = |key: &str, longest| {
        let text = object.get(key).and_then(Value::as_str).ok_or_else(|| format!("`{key}` is to be a text"))?;
        plain_line(text, longest).map_err(|objection| format!("`{key}`: {objection}"))
    };
    Ok(Description {
        name: part("name", MAX_NAME_CHARACTERS)?,
        description: part("description", MAX_DESCRIPTION_CHARACTERS)?,
    })
}

/// Asks for queries that follow `query`, besides those that are `known`; `context` are the words of who asks, `properties` those of the project's events.
pub fn suggestions_prompt(
    query: &Value,
    findings: Option<&str>,
    context: Option<&str>,
    properties: &[String],
    known: &[Suggestion],
) -> Prompt {
    let known: Vec<&str> = known.iter().map(|suggestion| suggestion.title.as_str()).collect();
    Prompt {
        task: "Suggest up to three product-analytics queries that should be asked after `query`, other than those in `known`. \
Use only events that stand in `query` and properties that stand in `query` or `properties`; where `context` says what is of interest, suggest what fits it. \
Answer with a JSON object: {\"suggestions\": [{\"title\": \"…\", \"description\": \"…\", \"targetQuery\": {\"kind\": \"InsightVizNode\", \"source\": {…}}}]}, \
where `source` is a TrendsQuery, FunnelsQuery, RetentionQuery, PathsQuery, StickinessQuery or LifecycleQuery of PostHog.",
        data: json!({"query": query, "findings": findings, "context": context, "properties": properties, "known": known}),
        max_tokens: 1500,
        is_json: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn analyses_have_their_form() {
        let good = "**Views rose 12%**\n\n- a 1\n* b 2\n\nDo <script>x</script>this.";
        assert_eq!(read_analysis(good).as_deref(), Ok("Views rose 12%\n- a 1\n- b 2\nDo this."));
        for bad in ["", "Sorry.", "- a\n- b", "a\n- b", "a\nb\n- c\nd", "a\n- 1\n- 2\n- 3\n- 4\n- 5\nb"] {
            assert!(read_analysis(bad).is_err(), "{bad}");
        }
        assert!(read_analysis(&format!("a\n- {}\nb", "x".repeat(3000))).is_err());
    }

    #[test]
    fn descriptions_have_both_parts() {
        let expected = Description { name: "N".to_owned(), description: "D e".to_owned() };
        assert_eq!(read_description("{\"name\": \"<i>N</i>\", \"description\": \"D\\ne\"}"), Ok(expected));
        assert!(read_description("{\"name\": \"N\"}").is_err());
        let long = format!("{{\"name\": \"{}\", \"description\": \"D\"}}", "x".repeat(401));
        assert_eq!(read_description(&long), Err("`name`: the text has 401 characters, more than 400".to_owned()));
    }
}
