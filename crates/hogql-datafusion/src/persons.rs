//! What a person's number is shown as.

use std::sync::Arc;

use insights_core::ids::ProjectId;
use insights_core::person::uuid_of;
use query_engine::scan::Identities;
use query_engine::slice::SharedSlice;

/// The uuids of persons by their numbers. Made one by one when they are shown: most are counted and never seen.
#[derive(Clone, Debug)]
pub(crate) struct PersonNames {
    project: ProjectId,
    distinct_ids: Arc<[Arc<str>]>,
    first: SharedSlice<u32>,
}

impl PersonNames {
    pub(crate) fn new(project: ProjectId, identities: &Identities) -> Self {
        Self {
            project,
            distinct_ids: Arc::clone(&identities.distinct_ids),
            first: identities.first_distinct_ids.clone(),
        }
    }

    /// No persons.
    pub(crate) fn nobody() -> Self {
        Self::new(ProjectId(0), &Identities::default())
    }

    /// The uuid of a person, as text; of a number that nobody has, that of nobody.
    pub(crate) fn uuid(&self, person: u32) -> String {
        let first = self.first.get(person as usize).and_then(|&first| self.distinct_ids.get(first as usize));
        let uuid = first.map_or_else(uuid::Uuid::nil, |distinct_id| uuid_of(self.project, distinct_id));
        uuid.hyphenated().to_string()
    }
}
