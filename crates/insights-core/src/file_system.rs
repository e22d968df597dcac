//! The project's things in folders, as a tree of paths: `Marketing/Weekly/Sign-ups`.
//!
//! A thing is made in a folder and keeps it. Its path is the folder and its present name, so that a new name is a new path; folders are
//! there as long as something is in them. In paths a `/` that belongs to a name is written `\/`, and a `\` as `\\`.

pub mod repository;
pub mod service;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{DateTime, Utc};

use crate::ids::UserId;
use crate::problem::Problem;
use crate::text::check_length;

/// Longest path of a folder, in characters.
pub const MAX_FOLDER_CHARACTERS: usize = 400;

/// Most folders in one another.
pub const MAX_DEPTH: usize = 20;

/// What a thing without a name is called.
const UNTITLED: &str = "Untitled";

/// The path of a folder: at least one name, none of them empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Folder(Vec<String>);

/// What can be in folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// An insight.
    Insight,
    /// A dashboard.
    Dashboard,
    /// Another folder.
    Folder,
}

/// Something that is in a folder, or in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// What it is; never a folder.
    pub kind: FileKind,
    /// What routes name it by: the short id of an insight, the number of a dashboard.
    pub reference: String,
    /// Its present name.
    pub name: Option<String>,
    /// The folder that it was made in.
    pub folder: Option<Folder>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
}

/// A thing or a folder at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: FileKind,
    /// The names of the folders that it is in and its own.
    pub path: Vec<String>,
    /// What routes name it by; `None` for a folder.
    pub reference: Option<String>,
    /// When it was made: for a folder, when the first thing in it was.
    pub created_at: DateTime<Utc>,
    /// Who made it; nobody for a folder.
    pub created_by: Option<UserId>,
}

impl Folder {
    /// Reads the path of a folder; spaces around names and empty names are left out. `None` where nothing is left: no folder is meant.
    ///
    /// # Errors
    /// A [`Problem`] that names `attr` where it is too long or too deep.
    pub fn parse(attr: &str, path: &str) -> Result<Option<Self>, Problem> {
        check_length(attr, path, MAX_FOLDER_CHARACTERS)?;
        let names: Vec<String> = split_path(path);
        if names.len() > MAX_DEPTH {
            return Err(Problem::invalid(attr, format!("A folder is in at most {MAX_DEPTH} others.")));
        }
        Ok((!names.is_empty()).then_some(Self(names)))
    }

    /// The names, from the outermost folder on.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Where things are for which nobody chose a folder.
    fn unfiled(kind: FileKind) -> Self {
        let name = match kind {
            FileKind::Insight => "Insights",
            FileKind::Dashboard => "Dashboards",
            FileKind::Folder => "Folders",
        };
        Self(vec!["Unfiled".to_owned(), name.to_owned()])
    }
}

impl fmt::Display for Folder {
    /// The path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join_path(&self.0))
    }
}

impl FileKind {
    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insight => "insight",
            Self::Dashboard => "dashboard",
            Self::Folder => "folder",
        }
    }
}

impl Filed {
    fn into_entry(self) -> Entry {
        let folder = self.folder.unwrap_or_else(|| Folder::unfiled(self.kind));
        let mut path = folder.0;
        path.push(self.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| UNTITLED.to_owned()));
        Entry {
            kind: self.kind,
            path,
            reference: Some(self.reference),
            created_at: self.created_at,
            created_by: self.created_by,
        }
    }
}

/// The names of a path.
pub fn split_path(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        let name = names.last_mut().expect("there is one from the start");
        match c {
            '/' => names.push(String::new()),
            '\\' => name.push(chars.next().unwrap_or('\\')),
            c => name.push(c),
        }
    }
    names.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The path of those names.
pub fn join_path(names: &[String]) -> String {
    let escaped: Vec<String> = names.iter().map(|name| name.replace('\\', "\\\\").replace('/', "\\/")).collect();
    escaped.join("/")
}
