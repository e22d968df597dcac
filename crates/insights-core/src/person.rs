//! Persons, as the world outside of a store knows them.

use uuid::Uuid;

use crate::ids::ProjectId;

/// The space of names that persons' uuids are made in.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f3c_2d1e_5b7a_4c60_9e41_d02a_6b8f_1c35);

/// The uuid of the person of `project` who was first seen as `first_distinct_id`: always the same, whatever else becomes known of them.
pub fn uuid_of(project: ProjectId, first_distinct_id: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{}:{first_distinct_id}", project.0).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_the_project_and_the_distinct_id() {
        let uuid = uuid_of(ProjectId(1), "alice");
        assert_eq!(uuid, uuid_of(ProjectId(1), "alice"));
        assert_ne!(uuid, uuid_of(ProjectId(2), "alice"));
        assert_ne!(uuid, uuid_of(ProjectId(1), "bob"));
        // formats that are kept: a person's uuid may stand in links and lists elsewhere
        assert_eq!(uuid.to_string(), "4142febe-c0cf-5f05-8a07-c70bac7bb563");
    }
}
