//! Lists of persons in files of comma-separated values.

use insights_core::problem::Problem;

const EMPTY: &str = "The file has no rows; list one person a row.";
const NO_IDS: &str = "The file lists nobody; give each person's uuid, distinct id or e-mail address.";
const NOT_UTF_8: &str = "The file is not UTF-8; save it in that encoding.";
const NOT_CSV: &str = "The file is not made of comma-separated values.";

/// Column headers by which persons are found, the best first.
const HEADERS: [(&str, Kind); 7] = [
    ("person_id", Kind::PersonId),
    ("person-id", Kind::PersonId),
    ("person .id", Kind::PersonId),
    ("distinct_id", Kind::DistinctId),
    ("distinct-id", Kind::DistinctId),
    ("email", Kind::Email),
    ("e-mail", Kind::Email),
];

/// By what persons are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Their uuids.
    PersonId,
    /// Names that clients know them by.
    DistinctId,
    /// Their e-mail addresses.
    Email,
}

/// Who is listed in `file`. A file of one column has a header only where that is one of [`HEADERS`] for uuids or addresses; otherwise all
/// of it is distinct ids, but for a header that says so. A file of several columns needs a header.
///
/// # Errors
/// A refusal that names `csv`.
pub(super) fn read(file: &[u8]) -> Result<(Kind, Vec<String>), Problem> {
    let text = std::str::from_utf8(file).map_err(|_| Problem::invalid("csv", NOT_UTF_8))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> =
        rows.records().collect::<Result<_, _>>().map_err(|_| Problem::invalid("csv", NOT_CSV))?;
    let mut rows = rows.into_iter().peekable();
    let first = rows.peek().ok_or_else(|| Problem::invalid("csv", EMPTY))?.clone();
    let kind_of = |header: &str| HEADERS.iter().position(|(known, _)| *known == header.trim().to_lowercase());
    let is_single = first.iter().filter(|cell| !cell.trim().is_empty()).count() <= 1;
    let best = first.iter().enumerate().filter_map(|(column, header)| Some((kind_of(header)?, column))).min();
    let (kind, column) = match best {
        Some((header, column)) => {
            rows.next();
            (HEADERS[header].1, column)
        }
        None if is_single => (Kind::DistinctId, 0),
        None => return Err(Problem::invalid("csv", missing_column(&first))),
    };
    let ids = rows.filter_map(|row| row.get(column).map(|id| id.trim().to_owned())).filter(|id| !id.is_empty());
    let ids: Vec<String> = ids.collect();
    if ids.is_empty() { Err(Problem::invalid("csv", NO_IDS)) } else { Ok((kind, ids)) }
}

/// What to tell about a file of several columns, none of which is known.
fn missing_column(header: &csv::StringRecord) -> String {
    let found: Vec<&str> = header.iter().map(str::trim).filter(|header| !header.is_empty()).collect();
    format!("Of several columns one has to be headed person_id, distinct_id or email; there are {}.", found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, kind: Kind, ids: &[&str]) {
        assert_eq!(read(file.as_bytes()), Ok((kind, ids.iter().map(|id| (*id).to_owned()).collect())), "{file:?}");
    }

    #[track_caller]
    fn check_refused(file: &[u8], start: &str) {
        let problem = read(file).unwrap_err();
        assert_eq!(problem.attr.as_deref(), Some("csv"));
        assert!(problem.detail.starts_with(start), "{}", problem.detail);
    }

    #[test]
    fn one_column_is_of_distinct_ids_where_nothing_else_is_said() {
        check("ann\nbob\n", Kind::DistinctId, &["ann", "bob"]);
        check("\u{feff}ann\r\n\r\n bob \r\n\"b, c\"\r\n", Kind::DistinctId, &["ann", "bob", "b, c"]);
        check("distinct_id\nann", Kind::DistinctId, &["ann"]);
        check("E-Mail\nann@x.de", Kind::Email, &["ann@x.de"]);
        check("Person .id\nu1", Kind::PersonId, &["u1"]);
    }

    #[test]
    fn of_several_columns_the_best_is_taken() {
        check("name,email,distinct_id\nAnn,a@x,ann\nBob,b@x\nCem,,cem", Kind::DistinctId, &["ann", "cem"]);
        check("email,person_id\na@x,u1", Kind::PersonId, &["u1"]);
        check("name,email\n\"Ann, B\",a@x", Kind::Email, &["a@x"]);
    }

    #[test]
    fn files_that_list_nobody_are_refused() {
        check_refused(b"", "The file has no rows");
        check_refused(b"\n\n", "The file has no rows");
        check_refused(b"email\n", "The file lists nobody");
        check_refused(b"name,age\nAnn,5", "Of several columns");
        check_refused(b"\xff\xfe", "The file is not UTF-8");
    }
}
