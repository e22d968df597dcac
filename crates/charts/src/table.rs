//! The table of the numbers behind a picture.

/// Rows of cells under headers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataTable {
    /// What it is a table of.
    pub caption: String,
    /// One for each column.
    pub headers: Vec<String>,
    /// Rows of as many cells as there are headers; the first cell names the row.
    pub rows: Vec<Vec<Cell>>,
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is in it.
    pub text: String,
    /// Whether it is a number, to be aligned with those above and below.
    pub is_number: bool,
}

impl Cell {
    /// A cell of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: false }
    }

    /// A cell of a number that has been written out.
    pub fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: true }
    }

    /// The number with all its digits; a dash where there is none.
    pub(crate) fn exact(value: Option<f64>) -> Self {
        Self::number(value.map_or_else(|| "–".to_owned(), crate::format::exact))
    }
}

impl DataTable {
    pub(crate) fn new(caption: &str, headers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { caption: caption.to_owned(), headers: headers.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }
}
