use super::*;

#[track_caller]
fn check(text: &str, expected: &[TokenKind]) {
    let mut kinds: Vec<TokenKind> =
        tokens(text).expect("these can be read").into_iter().map(|token| token.kind).collect();
    assert_eq!(kinds.pop(), Some(TokenKind::End));
    assert_eq!(kinds, expected, "{text}");
}

#[track_caller]
fn check_refused(text: &str, message: &str, position: usize) {
    assert_eq!(tokens(text), Err(HogqlError { message: message.to_owned(), position }), "{text}");
}

#[test]
fn numbers_are_whole_or_not() {
    check("1 007 0xff", &[TokenKind::Int(1), TokenKind::Int(7), TokenKind::Int(255)]);
    check("1. .5 1.5e3", &[TokenKind::Float(1.0), TokenKind::Float(0.5), TokenKind::Float(1500.0)]);
    check("1e-2", &[TokenKind::Float(0.01)]);
    check("9223372036854775808", &[TokenKind::Float(9_223_372_036_854_775_808.0)]);
    check_refused("1day", "a number goes over into a name: put a space between them, or quotes around a name", 1);
}

#[test]
fn a_number_behind_a_point_names_an_element() {
    let point = TokenKind::Symbol(".");
    check("t.1.2", &[TokenKind::Word, point.clone(), TokenKind::Int(1), point.clone(), TokenKind::Int(2)]);
    check(").1", &[TokenKind::Symbol(")"), point, TokenKind::Int(1)]);
    check(", .1", &[TokenKind::Symbol(","), TokenKind::Float(0.1)]);
}

#[test]
fn quotes_are_escaped_by_backslashes_and_by_doubling() {
    let text = |content: &str| TokenKind::String(content.to_owned());
    check(
        r"'it\'s' 'it''s' 'back\\slash' 'tab\tx' '\d+\.'",
        &[text("it's"), text("it's"), text(r"back\slash"), text("tab\tx"), text(r"\d+\.")],
    );
    check("`a``b` \"c\"\"d\"", &[TokenKind::QuotedName("a`b".to_owned()), TokenKind::QuotedName("c\"d".to_owned())]);
    check_refused("  'abc", "a text is opened with ' here and never closed", 3);
    check_refused("é `abc\\", "a name is opened with ` here and never closed", 3);
}

#[test]
fn templates_hold_values() {
    check(
        "f'a{b}c'",
        &[
            TokenKind::TemplateStart,
            TokenKind::TemplateText("a".to_owned()),
            TokenKind::Symbol("{"),
            TokenKind::Word,
            TokenKind::Symbol("}"),
            TokenKind::TemplateText("c".to_owned()),
            TokenKind::TemplateEnd,
        ],
    );
    check(r"f'\{'", &[TokenKind::TemplateStart, TokenKind::TemplateText("{".to_owned()), TokenKind::TemplateEnd]);
    check_refused("f'a{b}", "a text is opened with f' before this and never closed", 7);
}

#[test]
fn the_longest_operator_wins() {
    check("a=~*b", &[TokenKind::Word, TokenKind::Symbol("=~*"), TokenKind::Word]);
    check("<=><=<>", &[TokenKind::Symbol("<=>"), TokenKind::Symbol("<="), TokenKind::Symbol("<>")]);
}

#[test]
fn comments_are_left_out() {
    check("1 -- one\n/* two */ 2 // three", &[TokenKind::Int(1), TokenKind::Int(2)]);
    check_refused("1 /* two", "a comment is opened here and never closed: `*/` is missing", 3);
}

#[test]
fn what_has_no_meaning_is_named() {
    check_refused("a ! b", "`!` has no meaning here", 3);
    let long = "x".repeat(MAX_TEXT_BYTES + 1);
    check_refused(&long, "the text has 100001 bytes: at most 100000 are read, so put what is long into values", 1);
}
