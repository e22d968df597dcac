# Numbers, dates and spans
date =
    { $month ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
       *[12] Dec
    } { $day }, { $year }
duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
labelled = { $label }: { $value }
count-sessions = { $count ->
    [one] { $n } session
   *[other] { $n } sessions
}
count-prompts = { $count ->
    [one] { $n } prompt
   *[other] { $n } prompts
}
count-days = { $count ->
    [one] { $n } day
   *[other] { $n } days
}
count-tokens = { $count ->
    [one] { $n } token
   *[other] { $n } tokens
}
count-goals = { $count ->
    [one] { $n } goal
   *[other] { $n } goals
}

# Headlines
report-title-v2 = Insights report
report-title-v3 = Score report
report-empty = No sessions in this period.
goals-none = No goal that counts in this period.
headline-wins = { $rate } of goals reached in { $sessions }, for { $cost }.
headline-activity = { $prompts } in { $sessions }, for { $cost }.
headline-score = Score { $score } ({ $grade }): { $crushed } of { $goals } reached for good.

# Chapters
chapter-glance = At a glance
chapter-activity = Activity
chapter-habits = How you work
chapter-wins = What went well
chapter-friction = Where things go wrong
chapter-cost = Cost
chapter-prompts = Prompts
chapter-outcome = Outcome
chapter-speed = Speed
chapter-tokens = Tokens
chapter-prompting = Prompting
chapter-next = What to try next
glance-working = Working
glance-hindering = In the way
glance-quick-wins = Quick wins
working-wins = { $rate } of goals are reached
working-first-try = { $rate } of goals need no correction
working-tools = { $rate } of tool calls succeed
working-cache = { $rate } of what models read comes from the cache

# Sentences of version 2.1
text-activity = { $sessions } with { $prompts } on { $days }.
text-busiest = The busiest day was { $date } with { $prompts }.
text-tools = Most used tools: { $names }.
text-languages = Most edited languages: { $names }.
text-turns = A session has { $n } prompts on average.
text-session-length = Half of the sessions take no more than { $duration } of work.
text-response = Half of the answers take no more than { $duration }.
text-first-try = { $rate } of goals need no correction.
text-switches = { $count ->
    [one] { $n } time you went from one session to another within a minute.
   *[other] { $n } times you went from one session to another within a minute.
}
text-plan-mode = { $count ->
    [one] { $n } session used plan mode.
   *[other] { $n } sessions used plan mode.
}
text-wins = { $rate } of goals were reached for good, in { $sessions }.
text-wins-none = No goal that counts yet.
text-friction = { $rate } of sessions met some friction.
text-friction-none = No friction was seen.
text-cost = { $cost } for { $tokens }.
text-waste = { $cost } of that ({ $rate }) brought nothing.
text-prompts = The prompts score { $score } of 10, over { $prompts }.
text-prompts-none = No prompt could be graded.
text-weakest = The weakest part: { $label }.
rightsizing = A smaller model
rightsizing-action = Use { $to } in place of { $from } for { $goals } of these kinds: { $kinds }
rightsizing-saves = { $action } (saves { $cost })
waste-retry-storm = Calls that kept failing with the same input
waste-given-up = Requests that were given up after several tries
waste-context = Turns with more than ten times the context that they began with

# Sentences of version 3.0
text-score-up = That is { $points } points more than in the period before.
text-score-down = That is { $points } points less than in the period before.
text-score-same = That is the same as in the period before.
miss-goal-incomplete = { $count ->
    [one] { $n } goal was not reached.
   *[other] { $n } goals were not reached.
}
miss-rework = { $count ->
    [one] { $n } goal was done over later.
   *[other] { $n } goals were done over later.
}
intent-row = { $label }: { $crushed } of { $total }
text-speed = { $n } goals a working day are reached for good ({ $band }).
text-ttc = Half of them take no more than { $duration }.
text-weight = The median reached goal takes { $tokens } tokens ({ $band }) and costs { $cost }.
text-weight-none = No goal was reached, so there is no weight to tell.
text-tet = That is { $rate } of the period before.
text-grade = The prompts have the grade { $grade } ({ $score } of 100).
text-next-none = Nothing to recommend: keep going.
reason-score = Score { $value }; the median is { $baseline }.
reason-cost = It cost { $value }; the median is { $baseline }.
reason-active = { $value } of work; the median is { $baseline }.
reason-errors = { $value } of its tool calls failed; the median is { $baseline }.
reason-turns = { $value } prompts; the median is { $baseline }.
reason-tokens = { $value } tokens; the median is { $baseline }.

# Names
metric-ie = Iteration efficiency
metric-crr = Context resets
metric-fc = Focus
metric-rlr = Relative response time
metric-qr = Quality retention
dimension-cl = Context leverage
dimension-id = Information density
dimension-te = Turn economy
dimension-ac = Clarity
intent-question = Question
intent-investigation = Investigation
intent-review = Review
intent-plan = Plan
intent-small-change = Small change
intent-bug-fix = Bug fix
intent-feature = Feature
intent-refactor = Refactoring
pillar-clarity = Clarity
pillar-context = Context
pillar-verification = Verification
pillar-workflow = Workflow
band-stalled = stalled
band-light = light
band-steady = steady
band-crushing = crushing
band-tight = tight
band-healthy = healthy
band-heavy = heavy
band-bloated = bloated
tier-elite = Elite
tier-expert = Expert
tier-proficient = Proficient
tier-practitioner = Practitioner
tier-novice = Novice
tier-starting = Starting
tier-building = Building
tier-scaling = Scaling
tier-crushing = Crushing

# Frictions
friction-tool-failure = Failed tool calls
friction-retry-storm = The same call failing again and again
friction-rejected-edit = Rejected edits
friction-api-error = Failed requests to models
friction-correction = Corrections
friction-context-bloat = Oversized context
mitigation-tool-failure = Tell the agent how to build, test and run the project, in its instructions file.
mitigation-retry-storm = Stop after the second failure, paste the error and ask for the cause first.
mitigation-rejected-edit = Say what may be changed and what not before the work begins.
mitigation-api-error = Look for limits of the account, and spread long runs over time.
mitigation-correction = Say how the result will be checked, and ask for a plan where the goal is large.
mitigation-context-bloat = Clear or compact the context when a new goal begins.

# Checks of prompts
check-goal-explicit = Goal stated
check-scope-bounded = Scope bounded
check-references-concrete = Concrete references
check-context-sufficient = Enough context
check-verification-requested = Verification requested
check-root-cause-oriented = Asks for the cause
check-plan-first = Plan first
tip-goal-explicit = Begin with a verb and the thing that is to come out.
before-goal-explicit = The login page is weird.
after-goal-explicit = Make the login page show the server's error message under the form.
tip-scope-bounded = Say where to stop.
before-scope-bounded = Clean up the parser.
after-scope-bounded = Rename the variables in src/parse.rs only; change no behaviour.
tip-references-concrete = Name files, lines and functions.
before-references-concrete = Fix the date function.
after-references-concrete = Fix parse_date in src/dates.rs:42, it drops the time zone.
tip-context-sufficient = Paste the error, the code or an example.
before-context-sufficient = The tests fail.
after-context-sufficient = test_login fails with "expected 200, got 401" since the last commit; here is the output: …
tip-verification-requested = Say how the result is to be checked.
before-verification-requested = Add a retry to the client.
after-verification-requested = Add a retry to the client and a test that expects three attempts; run the tests.
tip-root-cause-oriented = Ask for the cause before the repair.
before-root-cause-oriented = Make the crash go away.
after-root-cause-oriented = Find out why the worker crashes on empty input, explain the cause, then fix it.
tip-plan-first = Ask for a plan before large work.
before-plan-first = Build the export feature.
after-plan-first = Propose a plan for the export feature first: files, steps, risks. Wait for my answer.

# Pages
page-period = { $from } to { $to }
page-scope = Scope: { $scope }
page-made = Made { $instant }
page-by-template = Words by templates
page-by-llm = Words by a language model
page-numbers = Numbers
label-sessions = Sessions
label-prompts = Prompts
label-active-days = Active days
label-cost = Cost
label-tokens = Tokens
label-skill = Skill
label-win-rate = Goals reached
label-friction-rate = Sessions with friction
label-first-try = Without correction
label-waste = Wasted
label-score = Score
label-grade = Grade
label-crushed = Reached for good
label-ttc = Median time to reach
label-cspw = A working day
label-weight = Tokens a goal
label-cost-per-crushed = Cost a goal
label-apg = Prompt grade
label-day = Day
label-tool = Tool
label-calls = Calls
label-success = Success
label-language = Language
label-edits = Edits
label-prompt = Prompt
label-weakest = Weakest part
label-session = Session
label-intent = Kind
label-result = Result
label-reason = Why
label-before = Before
label-after = Better
label-value = Value
chart-tokens-by-day = Tokens by day
chart-cost-by-model = Cost by model
chart-tools = Tool calls
chart-hours = Prompts by hour
chart-skill = Skill by week
chart-first-try = Goals without correction by week
chart-friction = Sessions with friction by week
chart-score = Score over the period
chart-speed = Goals reached a working day
chart-mix = Tokens by kind
chart-checks = How often prompts meet each check
chart-intents = Goals reached by kind
mix-input = Input
mix-output = Output
mix-cache-read = Read from the cache
mix-cache-write = Put into the cache
result-crushed = reached
result-open = still open
result-missed = not reached
result-rework = done over
result-uncounted = not counted
highlight-top = Best
highlight-low = Weakest
highlight-cost = Dearest
highlight-long = Longest
highlight-anomaly = Unusual
section-prompts = Prompts to learn from
section-sessions = Sessions
section-highlights = Highlights
section-coaching = Habits
