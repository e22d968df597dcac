//! Events → turns, with what is needed of them until the session is whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::event::{ApiRequest, EventKind, TelemetryEvent, ToolResult, is_clear, is_compact, is_edit};
use crate::language;
use crate::model::{Decisions, LanguageUse, ModelUse, Origin, Tokens};
use crate::rubric::pes::{self, Known};
use crate::rubric::rework::Footprint;
use crate::rubric::text::{is_correction, is_trivial};
use crate::shell;
use crate::turn::{MAX_PREVIEW_CHARACTERS, TroubleKind, Turn, TurnError, TurnTool};
use crate::values::clip;

/// Most errors that are kept of a turn.
const MAX_ERRORS: usize = 20;

/// From how many failures on the same call is a storm.
const STORM: u64 = 3;

/// A turn in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) turn: Turn,
    /// The prompt, where its text is told.
    pub(super) text: Option<String>,
    /// The last answer, where its text is told.
    pub(super) answer: Option<String>,
    /// Whether it emptied the context.
    pub(super) is_clear: bool,
    /// Whether it summed the context up.
    pub(super) is_compact: bool,
    pub(super) footprint: Footprint,
    pub(super) last_answer_at: Option<DateTime<Utc>>,
    pub(super) last_failure_at: Option<DateTime<Utc>>,
    pub(super) last_edit_at: Option<DateTime<Utc>>,
    pub(super) last_proof_at: Option<DateTime<Utc>>,
    failures: BTreeMap<(String, String), u64>,
    models: BTreeMap<(bool, String), u64>,
}

impl Draft {
    /// Whether it is a prompt to the agent, and no command about the context.
    pub(super) fn is_prompt(&self) -> bool {
        self.turn.index.is_some() && !self.is_clear && !self.is_compact
    }
}

/// What events tell, turn by turn and altogether.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafted {
    pub(super) drafts: Vec<Draft>,
    /// For each event the number of its draft.
    pub(super) draft_of: Vec<usize>,
    pub(super) models: BTreeMap<String, ModelUse>,
    pub(super) languages: BTreeMap<&'static str, LanguageUse>,
    pub(super) decisions: Decisions,
    /// Edits that ran, and so were let through.
    ran_edits: u64,
    pub(super) manual_compactions: u64,
    pub(super) compactions: u64,
    pub(super) subagents: u64,
    pub(super) refusals: u64,
    pub(super) api_errors: u64,
    pub(super) has_plan_mode: bool,
    pub(super) is_plan_mode: bool,
    pub(super) origin: Origin,
}

/// The turns of events that are in order.
pub(super) fn drafts(events: &[TelemetryEvent], started_at: DateTime<Utc>) -> Drafted {
    let mut all = Drafted::default();
    let mut by_prompt: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        remember_origin(&mut all.origin, &event.origin);
        let of_prompt = event.prompt_id.as_deref();
        let at = if let EventKind::UserPrompt { .. } = event.kind {
            let index = all.drafts.iter().filter(|draft| draft.turn.index.is_some()).count();
            let turn = Turn {
                index: u32::try_from(index).ok(),
                prompt_id: event.prompt_id.clone(),
                submitted_at: event.time,
                ended_at: event.time,
                ..Turn::default()
            };
            all.drafts.push(Draft { turn, ..Draft::default() });
            if let Some(id) = of_prompt {
                by_prompt.insert(id, all.drafts.len() - 1);
            }
            all.drafts.len() - 1
        } else if let Some(at) = of_prompt.and_then(|id| by_prompt.get(id)) {
            *at
        } else {
            if all.drafts.is_empty() {
                let turn = Turn { submitted_at: started_at, ended_at: started_at, ..Turn::default() };
                all.drafts.push(Draft { turn, ..Draft::default() });
            }
            all.drafts.len() - 1
        };
        all.draft_of.push(at);
        all.take(event, at);
    }
    all.finish();
    all
}

fn remember_origin(known: &mut Origin, told: &Origin) {
    let fields = [
        (&mut known.email, &told.email),
        (&mut known.account_uuid, &told.account_uuid),
        (&mut known.user_id, &told.user_id),
        (&mut known.app_version, &told.app_version),
        (&mut known.entrypoint, &told.entrypoint),
        (&mut known.terminal_type, &told.terminal_type),
        (&mut known.cwd, &told.cwd),
    ];
    for (known, told) in fields {
        if told.is_some() {
            known.clone_from(told);
        }
    }
}

impl Drafted {
    fn take(&mut self, event: &TelemetryEvent, at: usize) {
        let is_last = at + 1 == self.drafts.len();
        let draft = &mut self.drafts[at];
        if is_last {
            draft.turn.ended_at = draft.turn.ended_at.max(event.time);
        }
        match &event.kind {
            EventKind::UserPrompt { length, text, command, .. } => {
                draft.turn.prompt_length = length.or_else(|| text.as_ref().map(|text| n_characters(text)));
                draft.turn.preview = text.as_ref().map(|text| clip(text, MAX_PREVIEW_CHARACTERS));
                draft.turn.command.clone_from(command);
                draft.turn.is_plan_mode = self.is_plan_mode;
                draft.is_clear = command.as_deref().is_some_and(is_clear);
                draft.is_compact = command.as_deref().is_some_and(is_compact);
                draft.text.clone_from(text);
            }
            EventKind::AssistantResponse { length, text, .. } => {
                draft.turn.answer_length = length.or_else(|| text.as_ref().map(|text| n_characters(text)));
                if text.is_some() {
                    draft.answer.clone_from(text);
                }
                draft.answered(event.time, is_last);
            }
            EventKind::ApiRequest(request) => {
                draft.requested(request);
                if request.is_main() {
                    draft.answered(event.time, is_last);
                }
                let used = self.models.entry(request.model.clone()).or_default();
                used.model.clone_from(&request.model);
                used.requests += 1;
                used.tokens += request.tokens;
                used.cost += request.cost.unwrap_or_default();
            }
            EventKind::ApiError { model, error, .. } => {
                self.api_errors += 1;
                draft.trouble(event.time, TroubleKind::ApiError, model.as_deref(), error.as_deref());
            }
            EventKind::ApiRefusal { model } => {
                self.refusals += 1;
                draft.trouble(event.time, TroubleKind::Refusal, model.as_deref(), None);
            }
            EventKind::ApiRetriesExhausted { model, error } => {
                draft.turn.retries_exhausted += 1;
                draft.trouble(event.time, TroubleKind::RetriesExhausted, model.as_deref(), error.as_deref());
            }
            EventKind::ToolResult(result) => {
                draft.ran(event.time, result);
                self.ran_edits += u64::from(is_edit(&result.tool));
                let file = result.detail.file.as_deref().filter(|_| result.is_success);
                if let Some(language) = file.and_then(language::of_file) {
                    let used = self.languages.entry(language).or_default();
                    language.clone_into(&mut used.language);
                    used.edits += 1;
                }
            }
            EventKind::ToolDecision { tool, is_accepted, .. } => {
                if is_edit(tool) {
                    self.decisions.accepted += u64::from(*is_accepted);
                    self.decisions.rejected += u64::from(!is_accepted);
                }
                if !is_accepted {
                    draft.tool(tool).rejected += 1;
                    draft.trouble(event.time, TroubleKind::Rejected, Some(tool), None);
                }
            }
            EventKind::PermissionModeChanged { to } => {
                self.is_plan_mode = to == "plan";
                self.has_plan_mode |= self.is_plan_mode;
            }
            EventKind::Compaction { is_manual, .. } => {
                self.compactions += 1;
                self.manual_compactions += u64::from(*is_manual);
            }
            EventKind::SubagentCompleted { .. } => self.subagents += 1,
            EventKind::AtMention { .. } | EventKind::Other { .. } => {}
        }
    }

    /// What follows from all events together.
    fn finish(&mut self) {
        // Where no decision is told, as in transcripts, what ran tells it.
        self.decisions.accepted = self.decisions.accepted.max(self.ran_edits);
        let mut known = Known::default();
        let mut files = BTreeSet::new();
        let mut previous: Option<String> = None;
        for draft in &mut self.drafts {
            draft.finish();
            if let Some(text) = draft.text.as_deref() {
                if draft.turn.command.is_none() && !text.trim_start().starts_with('/') {
                    draft.turn.is_correction = is_correction(text, previous.as_deref());
                    previous = Some(text.to_owned());
                }
                if draft.turn.command.is_none() && !is_trivial(text) {
                    known.files.clone_from(&files);
                    draft.turn.pes = Some(pes::of_prompt(text, &known));
                }
                known.hear(text);
            }
            if draft.is_clear {
                known = Known::default();
                previous = None;
            }
            files.extend(draft.turn.files.iter().cloned());
        }
    }
}

fn n_characters(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

impl Draft {
    fn answered(&mut self, time: DateTime<Utc>, is_before_next_prompt: bool) {
        self.last_answer_at = Some(self.last_answer_at.map_or(time, |last| last.max(time)));
        if is_before_next_prompt && self.turn.index.is_some() {
            let waited = (time - self.turn.submitted_at).num_milliseconds();
            self.turn.response_time_ms = Some(u64::try_from(waited).unwrap_or(0));
        }
    }

    fn requested(&mut self, request: &ApiRequest) {
        let turn = &mut self.turn;
        turn.requests += 1;
        turn.tokens += request.tokens;
        turn.cost += request.cost.unwrap_or_default();
        turn.api_duration_ms = turn.api_duration_ms.saturating_add(request.duration_ms);
        if request.is_main() {
            turn.context_tokens = turn.context_tokens.max(Tokens::context(request.tokens));
        }
        *self.models.entry((request.is_main(), request.model.clone())).or_default() += 1;
    }

    fn tool(&mut self, name: &str) -> &mut TurnTool {
        let tools = &mut self.turn.tools;
        let at = tools.iter().position(|tool| tool.tool == name).unwrap_or_else(|| {
            tools.push(TurnTool { tool: name.to_owned(), ..TurnTool::default() });
            tools.len() - 1
        });
        &mut tools[at]
    }

    fn trouble(&mut self, at: DateTime<Utc>, kind: TroubleKind, source: Option<&str>, message: Option<&str>) {
        if self.turn.errors.len() < MAX_ERRORS {
            let (source, message) = (source.map(str::to_owned), message.map(str::to_owned));
            self.turn.errors.push(TurnError { at, kind, source, message });
        }
    }

    fn ran(&mut self, time: DateTime<Utc>, result: &ToolResult) {
        let tool = self.tool(&result.tool);
        tool.count += 1;
        tool.failures += u64::from(!result.is_success);
        tool.duration_ms = tool.duration_ms.saturating_add(result.duration_ms);
        if !result.is_success {
            let input =
                result.detail.input_digest.clone().or_else(|| result.input_bytes.map(|bytes| bytes.to_string()));
            *self.failures.entry((result.tool.clone(), input.unwrap_or_default())).or_default() += 1;
            self.last_failure_at = Some(time);
            return self.trouble(time, TroubleKind::ToolFailure, Some(&result.tool), result.error.as_deref());
        }
        if is_edit(&result.tool) {
            self.edited(time, result);
        }
        if let Some(command) = &result.detail.command {
            self.turn.mutating_calls += u64::from(shell::is_mutating(command));
            if shell::is_proving(command) {
                self.last_proof_at = Some(time);
            }
            let (commits, files) = shell::taken_back(command);
            self.footprint.reverted_commits.extend(commits);
            self.footprint.reverted_files.extend(files);
        }
        let is_commit = result.detail.command.as_deref().is_some_and(shell::is_commit);
        self.turn.commits += u64::from(is_commit || result.detail.commit.is_some());
        self.footprint.commits.extend(result.detail.commit.clone());
    }

    fn edited(&mut self, time: DateTime<Utc>, result: &ToolResult) {
        self.turn.mutating_calls += 1;
        self.last_edit_at = Some(time);
        let (added, removed) = result.detail.lines();
        let lines = &mut self.turn.lines;
        (lines.added, lines.removed) = (lines.added + added, lines.removed + removed);
        lines.is_estimated |= result.detail.is_cut;
        let Some(file) = &result.detail.file else { return };
        if !self.turn.files.contains(file) {
            self.turn.files.push(file.clone());
        }
        for edit in &result.detail.edits {
            self.footprint.edit(file, &edit.old, &edit.new);
        }
    }

    fn finish(&mut self) {
        let turn = &mut self.turn;
        turn.tools.sort_by(|a, b| a.tool.cmp(&b.tool));
        turn.files.sort();
        turn.is_retry_storm = self.failures.values().any(|n| *n >= STORM);
        turn.is_verified = self.last_proof_at.is_some() && self.last_proof_at >= self.last_edit_at;
        let most_asked = self.models.iter().max_by_key(|((is_main, name), n)| (*is_main, **n, std::cmp::Reverse(name)));
        turn.model = most_asked.map(|((_, name), _)| name.clone());
    }
}
