//! Programming languages, by the ends of files' names.

/// Ends of names, in lower case, with the language.
const BY_EXTENSION: [(&str, &str); 64] = [
    ("astro", "Astro"),
    ("bash", "Shell"),
    ("c", "C"),
    ("cc", "C++"),
    ("clj", "Clojure"),
    ("cpp", "C++"),
    ("cs", "C#"),
    ("css", "CSS"),
    ("cxx", "C++"),
    ("dart", "Dart"),
    ("ex", "Elixir"),
    ("exs", "Elixir"),
    ("erl", "Erlang"),
    ("fs", "F#"),
    ("go", "Go"),
    ("gradle", "Groovy"),
    ("graphql", "GraphQL"),
    ("groovy", "Groovy"),
    ("h", "C"),
    ("hpp", "C++"),
    ("hs", "Haskell"),
    ("htm", "HTML"),
    ("html", "HTML"),
    ("ini", "INI"),
    ("ipynb", "Jupyter Notebook"),
    ("java", "Java"),
    ("jl", "Julia"),
    ("js", "JavaScript"),
    ("json", "JSON"),
    ("jsx", "JavaScript"),
    ("kt", "Kotlin"),
    ("kts", "Kotlin"),
    ("less", "CSS"),
    ("lua", "Lua"),
    ("m", "Objective-C"),
    ("md", "Markdown"),
    ("mdx", "Markdown"),
    ("mjs", "JavaScript"),
    ("ml", "OCaml"),
    ("nix", "Nix"),
    ("php", "PHP"),
    ("pl", "Perl"),
    ("proto", "Protocol Buffers"),
    ("ps1", "PowerShell"),
    ("py", "Python"),
    ("pyi", "Python"),
    ("r", "R"),
    ("rb", "Ruby"),
    ("rs", "Rust"),
    ("sass", "CSS"),
    ("scala", "Scala"),
    ("scss", "CSS"),
    ("sh", "Shell"),
    ("sql", "SQL"),
    ("svelte", "Svelte"),
    ("swift", "Swift"),
    ("tf", "HCL"),
    ("toml", "TOML"),
    ("ts", "TypeScript"),
    ("tsx", "TypeScript"),
    ("vue", "Vue"),
    ("xml", "XML"),
    ("yaml", "YAML"),
    ("yml", "YAML"),
];

/// Whether names of source files end in it, in any case.
pub fn is_known_extension(extension: &str) -> bool {
    of_extension(extension).is_some()
        || ["txt", "lock", "cfg", "conf", "env", "csv", "svg"].iter().any(|end| end.eq_ignore_ascii_case(extension))
}

fn of_extension(extension: &str) -> Option<&'static str> {
    BY_EXTENSION.iter().find(|(end, _)| end.eq_ignore_ascii_case(extension)).map(|(_, language)| *language)
}

/// The language of a file, by its name.
pub fn of_file(path: &str) -> Option<&'static str> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match name {
        "Dockerfile" => Some("Dockerfile"),
        "Makefile" => Some("Makefile"),
        _ => name
            .rsplit_once('.')
            .filter(|(stem, _)| !stem.is_empty())
            .and_then(|(_, extension)| of_extension(extension)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_language() {
        for (path, expected) in [
            ("/a/b/lib.rs", Some("Rust")),
            ("C:\\x\\App.TSX", Some("TypeScript")),
            ("Dockerfile", Some("Dockerfile")),
            (".rs", None),
            ("README", None),
            ("a.unknown", None),
        ] {
            assert_eq!(of_file(path), expected, "{path}");
        }
    }
}
