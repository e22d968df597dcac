//! The use cases of folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::repository::FileSystemRepository;
use super::{Entry, FileKind, Filed, join_path, split_path};
use crate::error::ServiceResult;
use crate::ids::ProjectId;
use crate::paging::{Page, Paged};
use crate::repositories::Repositories;
use crate::text::search_form;

/// Most things of each kind that a tree has.
const MAX_THINGS: u32 = 20_000;

/// Which entries to list; each condition leaves out more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// What is in this folder, at any depth.
    pub parent: Option<String>,
    /// What is under this many names, its own among them.
    pub depth: Option<usize>,
    /// Name of the kind.
    pub kind: Option<String>,
    /// What routes name it by.
    pub reference: Option<String>,
    /// Part of the path, in any case.
    pub search: Option<String>,
}

/// The use cases of folders.
#[derive(Clone, Debug)]
pub struct FileSystemService {
    files: Arc<dyn FileSystemRepository>,
}

impl FileSystemService {
    /// A service over the repositories.
    pub fn new(repositories: &Repositories) -> Self {
        Self { files: Arc::clone(&repositories.file_system) }
    }

    /// A page of the project's folders and what is in them, by path.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, filter: &EntryFilter, page: Page) -> ServiceResult<Paged<Entry>> {
        let mut entries = tree(self.files.filed(project, MAX_THINGS)?);
        entries.retain(|entry| filter.passes(entry));
        Ok(Paged::cut(entries, page))
    }
}

impl EntryFilter {
    fn passes(&self, entry: &Entry) -> bool {
        let parent = self.parent.as_deref().map(split_path);
        let is_inside = |parent: &Vec<String>| entry.path.len() > parent.len() && entry.path.starts_with(parent);
        let is_found = |search: &String| search_form(&join_path(&entry.path)).contains(&search_form(search));
        parent.as_ref().is_none_or(is_inside)
            && self.depth.is_none_or(|depth| entry.path.len() == depth)
            && self.kind.as_deref().is_none_or(|kind| entry.kind.name() == kind)
            && self.reference.as_ref().is_none_or(|reference| entry.reference.as_ref() == Some(reference))
            && self.search.as_ref().is_none_or(is_found)
    }
}

/// The things and the folders around them, by path; folders before what has the same path.
fn tree(filed: Vec<Filed>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = filed.into_iter().map(Filed::into_entry).collect();
    let mut folders: BTreeMap<Vec<String>, Entry> = BTreeMap::new();
    for entry in &entries {
        for depth in 1..entry.path.len() {
            let path = entry.path[..depth].to_vec();
            let folder = folders.entry(path.clone()).or_insert(Entry {
                kind: FileKind::Folder,
                path,
                reference: None,
                created_at: entry.created_at,
                created_by: None,
            });
            folder.created_at = folder.created_at.min(entry.created_at);
        }
    }
    entries.extend(folders.into_values());
    entries.sort_by(|a, b| (&a.path, a.reference.as_ref()).cmp(&(&b.path, b.reference.as_ref())));
    entries
}
