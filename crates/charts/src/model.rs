//! What is drawn, before it has a size.

use crate::days::Label;
use crate::format::ValueFormat;
use crate::table::DataTable;

/// A picture of an insight's answer, with the table of its numbers. Made by [`Chart::new`].
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub(crate) picture: Picture,
    pub(crate) format: ValueFormat,
    pub(crate) table: DataTable,
    /// What the picture leaves out.
    pub(crate) note: Option<String>,
    /// Whether one series has a legend too.
    pub(crate) always_has_legend: bool,
}

/// The forms that pictures have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Picture {
    /// There is nothing to draw.
    Empty,
    Plot(Plot),
    /// Horizontal bars, one under another.
    Ranking(Vec<Item>),
    Pie(Vec<Item>),
    Number(Number),
    Funnel(FunnelPicture),
    Retention(Vec<Sheet>),
    Flow(Vec<FlowLink>),
    /// The table itself is the picture.
    Table,
}

/// Series over a common axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plot {
    pub(crate) style: PlotStyle,
    /// What kind of thing the axis counts, for the summary: `day`, `bin`.
    pub(crate) unit: String,
    pub(crate) axis: Vec<Label>,
    pub(crate) series: Vec<PlotSeries>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlotStyle {
    Line,
    Area,
    /// Bars on top of one another; what is below zero hangs from it.
    Stacked,
    /// Bars side by side.
    Grouped,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlotSeries {
    pub(crate) name: String,
    /// Position in the palette.
    pub(crate) colour: usize,
    /// Whether it is what another one is compared with.
    pub(crate) is_previous: bool,
    /// As many as the axis has labels, or fewer.
    pub(crate) values: Vec<Option<f64>>,
}

/// A name with a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) colour: usize,
    pub(crate) is_previous: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) name: String,
    pub(crate) value: Option<f64>,
    pub(crate) previous: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunnelPicture {
    /// Names of the steps.
    pub(crate) steps: Vec<String>,
    pub(crate) groups: Vec<FunnelGroup>,
}

/// What one value of the breakdown, or everybody, did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunnelGroup {
    /// Empty where there is one group only.
    pub(crate) name: String,
    pub(crate) colour: usize,
    pub(crate) counts: Vec<f64>,
    /// Seconds from the step before, in the mean.
    pub(crate) seconds: Vec<Option<f64>>,
}

/// A grid of retention.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sheet {
    /// Empty where there is one sheet only.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<SheetRow>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SheetRow {
    pub(crate) label: Label,
    pub(crate) size: f64,
    pub(crate) cells: Vec<SheetCell>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SheetCell {
    /// Part of the cohort that came back, 0 to 1; decides the shade.
    pub(crate) part: f64,
    pub(crate) count: f64,
    /// What is written where it isn't the part.
    pub(crate) measured: Option<f64>,
}

/// A way between two items of neighbouring steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FlowLink {
    /// From 0.
    pub(crate) column: usize,
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) value: f64,
    pub(crate) seconds: f64,
}

impl Chart {
    /// The same chart with a legend even where there is one series only. Several always have one: without, they could not be told apart.
    #[must_use]
    pub fn with_legend(self) -> Self {
        Self { always_has_legend: true, ..self }
    }

    /// The numbers behind the picture, exactly, all of them.
    pub fn table(&self) -> &DataTable {
        &self.table
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.picture == Picture::Empty
    }

    /// Whether the picture is no more than its table.
    pub fn is_table(&self) -> bool {
        self.picture == Picture::Table
    }

    /// What the picture leaves out: `and 12 more in the table`.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}
