use super::*;

#[test]
fn paths_are_split_and_joined() {
    for (path, names) in [
        ("a/b", vec!["a", "b"]),
        (" a // b /", vec!["a", "b"]),
        (r"a\/b/c", vec!["a/b", "c"]),
        (r"a\\/b", vec![r"a\", "b"]),
        (r"a\", vec![r"a\"]),
        ("/", vec![]),
    ] {
        assert_eq!(split_path(path), names, "{path}");
    }
    for names in [vec!["a/b", r"c\"], vec!["Ünï 🦀"]] {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        assert_eq!(split_path(&join_path(&names)), names);
    }
}

#[test]
fn folders_are_neither_too_long_nor_too_deep() {
    assert_eq!(Folder::parse("f", "").unwrap(), None);
    assert_eq!(Folder::parse("f", "A/B").unwrap().unwrap().to_string(), "A/B");
    assert_eq!(Folder::parse("f", &"x".repeat(401)).unwrap_err().attr.as_deref(), Some("f"));
    assert_eq!(Folder::parse("f", &"x/".repeat(21)).unwrap_err().attr.as_deref(), Some("f"));
}
