//! Reports of both versions.

use language_model::prompt::Prompt;

use crate::common::Order;
use crate::control::{Cancel, Cancelled};
use crate::facts::Facts;
use crate::narrative::{self, Narration};
use crate::page::Page;
use crate::v2::{self, ReportV2};
use crate::v3::{self, ReportV3};

/// Which kind of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// How a team works: [`ReportV2`].
    V2,
    /// Which goals were reached: [`ReportV3`].
    V3,
}

impl Version {
    /// As reports and records say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V2 => v2::VERSION,
            Self::V3 => v3::VERSION,
        }
    }

    /// The version of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::V2, Self::V3].into_iter().find(|version| version.name() == name)
    }
}

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// Of version 2.1.
    V2(Box<ReportV2>),
    /// Of version 3.0.
    V3(Box<ReportV3>),
}

impl Report {
    /// The report of `facts` that `order` asks for, with words by this program. The facts are to begin at
    /// [`needed_from`](crate::period::needed_from).
    ///
    /// # Errors
    /// [`Cancelled`], soon after it was.
    pub fn compute(version: Version, facts: &Facts, order: &Order, cancel: &Cancel) -> Result<Self, Cancelled> {
        Ok(match version {
            Version::V2 => Self::V2(Box::new(ReportV2::compute(facts, order, cancel)?)),
            Version::V3 => Self::V3(Box::new(ReportV3::compute(facts, order, cancel)?)),
        })
    }

    /// Which version it is of.
    pub fn version(&self) -> Version {
        match self {
            Self::V2(_) => Version::V2,
            Self::V3(_) => Version::V3,
        }
    }

    /// What it says in one line.
    pub fn headline(&self) -> &str {
        match self {
            Self::V2(report) => report.headline(),
            Self::V3(report) => report.headline(),
        }
    }

    /// The report as programs get it, and as it is kept.
    pub fn json(&self) -> String {
        let written = match self {
            Self::V2(report) => serde_json::to_string(report),
            Self::V3(report) => serde_json::to_string(report),
        };
        written.expect("reports have text keys alone")
    }

    /// Reads what [`json`](Self::json) wrote.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn read(version: Version, json: &str) -> Result<Self, serde_json::Error> {
        Ok(match version {
            Version::V2 => Self::V2(serde_json::from_str(json)?),
            Version::V3 => Self::V3(serde_json::from_str(json)?),
        })
    }

    /// The report as a page that needs nothing else.
    pub fn html(&self) -> String {
        self.page().html()
    }

    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        self.page().markdown()
    }

    fn page(&self) -> Page {
        match self {
            Self::V2(report) => report.page(),
            Self::V3(report) => report.page(),
        }
    }

    /// Asks a language model for the words.
    pub fn prompt(&self) -> Prompt {
        narrative::prompt(self)
    }

    /// The report with a language model's words.
    #[must_use]
    pub fn narrated(self, narration: Narration) -> Self {
        match self {
            Self::V2(report) => Self::V2(Box::new(report.with_words(narration.0))),
            Self::V3(report) => Self::V3(Box::new(report.with_words(narration.0))),
        }
    }

    pub(crate) fn words(&self) -> crate::common::Words {
        match self {
            Self::V2(report) => report.words(),
            Self::V3(report) => report.words(),
        }
    }

    pub(crate) fn language(&self) -> crate::language::Language {
        match self {
            Self::V2(report) => report.meta.language,
            Self::V3(report) => report.meta.language,
        }
    }
}
