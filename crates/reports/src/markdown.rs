//! The little Markdown that reports are written in: paragraphs, lists and strong words; whatever users wrote is escaped.

/// Characters that mean something in Markdown or HTML.
const SPECIAL: &[char] = &['\\', '`', '*', '_', '[', ']', '<', '>', '#', '|', '~', '!', '&', '{', '}', '(', ')'];

/// `text` on one line, so that Markdown shows it as it is.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if c.is_control() {
            continue;
        }
        if SPECIAL.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // At the beginning of a line these would begin a list or a heading.
    if escaped.starts_with(['-', '+', '=']) {
        escaped.insert(0, '\\');
    }
    escaped
}

/// Plain lines as Markdown: those that begin with `- ` become a list, others paragraphs.
pub(crate) fn escape_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let blocks = lines.iter().map(|line| match line.strip_prefix("- ") {
        Some(item) => Block::Item(escape(item)),
        None => Block::Paragraph(escape(line)),
    });
    write(&blocks.collect::<Vec<_>>())
}

/// A part of a text; its words are Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Paragraph(String),
    Item(String),
}

/// The blocks one under another.
pub(crate) fn write(blocks: &[Block]) -> String {
    let mut markdown = String::new();
    let mut was_item = false;
    for block in blocks {
        let (text, is_item) = match block {
            Block::Paragraph(text) => (text, false),
            Block::Item(text) => (text, true),
        };
        if !markdown.is_empty() {
            markdown.push_str(if was_item && is_item { "\n" } else { "\n\n" });
        }
        if is_item {
            markdown.push_str("- ");
        }
        markdown.push_str(text);
        was_item = is_item;
    }
    markdown
}

/// Reads what [`write()`] writes.
pub(crate) fn read(markdown: &str) -> Vec<Block> {
    let lines = markdown.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.strip_prefix("- ") {
            Some(item) => Block::Item(item.to_owned()),
            None => Block::Paragraph(line.to_owned()),
        })
        .collect()
}

/// A stretch of words, as they are to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) is_strong: bool,
}

/// The words of a block.
pub(crate) fn runs(markdown: &str) -> Vec<Run> {
    let mut runs = vec![Run { text: String::new(), is_strong: false }];
    let mut characters = markdown.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                let run = runs.last_mut().expect("there is one at least");
                run.text.push(characters.next().unwrap_or('\\'));
            }
            '*' if characters.peek() == Some(&'*') => {
                characters.next();
                let is_strong = runs.last().is_some_and(|run| !run.is_strong);
                runs.push(Run { text: String::new(), is_strong });
            }
            other => runs.last_mut().expect("there is one at least").text.push(other),
        }
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use test_support::cases::n_property_cases;

    use super::*;

    #[test]
    fn blocks_come_back() {
        let blocks = [
            Block::Paragraph("a".to_owned()),
            Block::Item("b".to_owned()),
            Block::Item("**c** d".to_owned()),
            Block::Paragraph("e".to_owned()),
        ];
        let markdown = write(&blocks);
        assert_eq!(markdown, "a\n\n- b\n- **c** d\n\ne");
        assert_eq!(read(&markdown), blocks);
    }

    #[test]
    fn strong_words_are_between_stars() {
        let run = |text: &str, is_strong| Run { text: text.to_owned(), is_strong };
        assert_eq!(runs("a **b** \\*c"), [run("a ", false), run("b", true), run(" *c", false)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

        #[test]
        fn whatever_is_escaped_is_seen_as_it_is(text in ".*") {
            let escaped = escape(&text);
            let seen: String = runs(&escaped).into_iter().map(|run| run.text).collect();
            let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let plain: String = plain.chars().filter(|c| !c.is_control()).collect();
            prop_assert_eq!(seen, plain);
            prop_assert!(!runs(&escaped).iter().any(|run| run.is_strong));
            prop_assert!(!escaped.contains('\n') && !escaped.starts_with("- "));
        }
    }
}
