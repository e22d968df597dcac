//! What shell commands do, by their words.

/// Programs that look and change nothing.
const LOOKING: [&str; 42] = [
    "ls", "cat", "head", "tail", "grep", "egrep", "rg", "ag", "find", "fd", "pwd", "echo", "printf", "which", "type",
    "whoami", "wc", "sort", "uniq", "cut", "tr", "diff", "cmp", "file", "stat", "du", "df", "ps", "env", "date",
    "tree", "less", "jq", "awk", "test", "true", "cd", "sleep", "id", "uname", "basename", "dirname",
];

/// Subcommands of git that look and change nothing.
const LOOKING_GIT: [&str; 12] = [
    "status",
    "log",
    "diff",
    "show",
    "blame",
    "rev-parse",
    "ls-files",
    "describe",
    "shortlog",
    "grep",
    "cat-file",
    "reflog",
];

/// Beginnings of commands that run tests, a build or a linter.
const PROVING: [&str; 43] = [
    "cargo test",
    "cargo nextest",
    "cargo check",
    "cargo clippy",
    "cargo build",
    "cargo fmt --check",
    "npm test",
    "npm run test",
    "npm run build",
    "npm run lint",
    "npm run typecheck",
    "pnpm test",
    "pnpm build",
    "pnpm lint",
    "pnpm run",
    "yarn test",
    "yarn build",
    "yarn lint",
    "npx jest",
    "npx vitest",
    "npx tsc",
    "npx eslint",
    "jest",
    "vitest",
    "tsc",
    "eslint",
    "pytest",
    "python -m pytest",
    "python -m unittest",
    "python3 -m pytest",
    "tox",
    "ruff",
    "mypy",
    "go test",
    "go build",
    "go vet",
    "make test",
    "make check",
    "make build",
    "mvn test",
    "gradle test",
    "./gradlew test",
    "bundle exec rspec",
];

/// The commands of a line, each without variables and `sudo` before it.
fn commands(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, ';' | '|' | '\n') => {
                parts.push(&line[start..at]);
                start = at + 1;
            }
            // Two of them separate; one that follows or is followed by `>` redirects.
            (None, '&') if line[at + 1..].starts_with('&') || line[..at].ends_with('&') => {
                parts.push(&line[start..at]);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(&line[start..]);
    parts.into_iter().map(without_prefix).filter(|part| !part.is_empty()).collect()
}

fn without_prefix(command: &str) -> &str {
    let mut rest = command.trim();
    while let Some(word) = rest.split_whitespace().next() {
        let is_variable = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        if !is_variable && !matches!(word, "sudo" | "time" | "env") {
            break;
        }
        rest = rest[word.len()..].trim_start();
    }
    rest
}

fn begins_with(command: &str, beginning: &str) -> bool {
    command.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Whether a line runs tests, a build or a linter.
pub(crate) fn is_proving(line: &str) -> bool {
    commands(line).into_iter().any(is_proving_command)
}

fn is_proving_command(command: &str) -> bool {
    PROVING.iter().any(|proving| begins_with(command, proving)) && !command.contains("--fix")
}

/// Whether a line changes something but the products of tests and builds: any that is not known to look alone.
pub(crate) fn is_mutating(line: &str) -> bool {
    writes_to_file(line)
        || commands(line).into_iter().any(|command| !is_looking(command) && !is_proving_command(command))
}

fn is_looking(command: &str) -> bool {
    let mut words = command.split_whitespace();
    match words.next() {
        Some("git") => words.find(|word| !word.starts_with('-')).is_some_and(|sub| LOOKING_GIT.contains(&sub)),
        Some("sed") => command.split_whitespace().any(|word| word == "-n") && !command.contains(" -i"),
        Some("find") => !command.contains("-delete") && !command.contains("-exec"),
        Some(program) => LOOKING.contains(&program),
        None => true,
    }
}

/// Whether output goes to a file that is one.
fn writes_to_file(line: &str) -> bool {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '>') => {
                let target = line[at + 1..].trim_start_matches('>').trim_start();
                if !target.starts_with('&')
                    && !target.starts_with("/dev/null")
                    && !line[..at].ends_with(['-', '=', '>'])
                {
                    return true;
                }
            }
            (None, _) => {}
        }
    }
    false
}

/// Whether a line makes a commit.
pub(crate) fn is_commit(line: &str) -> bool {
    commands(line).into_iter().any(|command| begins_with(command, "git commit"))
}

/// What a line takes back by git: commits, and files.
pub(crate) fn taken_back(line: &str) -> (Vec<String>, Vec<String>) {
    let (mut taken_commits, mut taken_files) = (Vec::new(), Vec::new());
    for command in commands(line) {
        let mut words = command.split_whitespace();
        if words.next() != Some("git") {
            continue;
        }
        let sub = words.next();
        let arguments: Vec<&str> = words.filter(|word| !word.starts_with("--") || *word == "--").collect();
        match sub {
            Some("revert") => {
                let is_id = |word: &&&str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
                taken_commits.extend(arguments.iter().filter(is_id).map(|id| (*id).to_owned()));
            }
            Some("checkout") => {
                // Without `--` it may be the name of a branch.
                let files = arguments.iter().skip_while(|word| **word != "--").skip(1);
                taken_files.extend(files.map(|file| (*file).to_owned()));
            }
            Some("restore") => {
                taken_files
                    .extend(arguments.iter().filter(|word| !word.starts_with('-')).map(|file| (*file).to_owned()));
            }
            _ => {}
        }
    }
    (taken_commits, taken_files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_is_told_from_changing() {
        for line in [
            "ls -la",
            "git status && git diff",
            "cat a | grep b",
            "rg x > /dev/null 2>&1",
            "FOO=1 cargo test",
            "cd /a && cargo clippy -- -D warnings",
            "echo 'a > b; rm x'",
            "git --no-pager log",
            "sed -n 1,5p a",
            "",
            "go test ./... 2>&1 | tail -5",
        ] {
            assert!(!is_mutating(line), "{line}");
        }
        for line in [
            "rm a",
            "echo x > a",
            "cat a >> b",
            "git commit -m x",
            "git checkout main",
            "sed -i s/a/b/ c",
            "npm install",
            "ls; touch a",
            "find . -delete",
            "sudo mv a b",
            "cargo clippy --fix",
            "python script.py",
        ] {
            assert!(is_mutating(line), "{line}");
        }
    }

    #[test]
    fn proofs_and_commits_are_seen() {
        assert!(is_proving("cd app && npm run test -- --watch=false") && is_proving("RUST_LOG=x cargo test -p a"));
        assert!(!is_proving("cargo testify") && !is_proving("echo 'cargo test'"));
        assert!(is_commit("git add . && git commit -m 'x'") && !is_commit("git commit-tree"));
    }

    #[test]
    fn what_is_taken_back_is_told() {
        let files = |line: &str| taken_back(line).1;
        assert_eq!(taken_back("git revert --no-edit abc1234def").0, ["abc1234def"]);
        assert_eq!(files("git checkout -- src/a.rs src/b.rs"), ["src/a.rs", "src/b.rs"]);
        assert_eq!(files("git restore src/a.rs; git checkout main"), ["src/a.rs"]);
        assert_eq!(taken_back("ls"), (Vec::new(), Vec::new()));
    }
}
