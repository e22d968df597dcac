//! Runs a [`CohortMembers`] over the columns that a store lends.

use std::collections::BTreeMap;
use std::sync::Arc;

use insights_core::ids::ProjectId;
use insights_core::person::uuid_of;

use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::{Field, ScanLayout};
use crate::plan::members::{CohortMembers, Member, MembersOutput};
use crate::scan::{EventSet, ScanSource};
use crate::value::PropertyValue;

/// How many persons are looked at between two looks at the control.
const PERSONS_A_CHECK: usize = 16_384;

/// The persons of `plan`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn members(
    plan: &CohortMembers,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<MembersOutput, QueryError> {
    let mut layout = ScanLayout::new(project, EventSet::Named(Default::default()), None, None);
    layout.need(&Field::InCohort(Arc::clone(&plan.cohort)));
    if plan.limit > 0 {
        layout.need_identities();
        layout.need_whole_person_properties();
    }
    let scan = layout.scan(source, control)?;
    let is_in = &scan.persons.columns[0];
    let mut n_members = 0;
    let mut memory = HeldMemory::new(control);
    let mut shown: BTreeMap<u32, Member> = BTreeMap::new();
    for (number, person) in (0_u32..).zip(0..scan.persons.n_numbers) {
        if person % PERSONS_A_CHECK == 0 {
            control.check()?;
        }
        if *is_in.value(person) != PropertyValue::Bool(true) {
            continue;
        }
        if n_members >= plan.offset && n_members - plan.offset < plan.limit {
            memory.grow::<Member>(1)?;
            let first = scan.identities.first_distinct_ids[person] as usize;
            shown.insert(
                number,
                Member {
                    uuid: uuid_of(project, &scan.identities.distinct_ids[first]),
                    distinct_ids: Vec::new(),
                    properties: Arc::clone(&scan.persons.properties[person]),
                    created_at_us: scan.persons.created_at_us[person],
                },
            );
        }
        n_members += 1;
    }
    for (position, (distinct_id, person)) in
        scan.identities.distinct_ids.iter().zip(scan.identities.persons.iter()).enumerate()
    {
        if position % PERSONS_A_CHECK == 0 {
            control.check()?;
        }
        if let Some(member) = shown.get_mut(person) {
            memory.grow::<Arc<str>>(1)?;
            member.distinct_ids.push(Arc::clone(distinct_id));
        }
    }
    Ok(MembersOutput { n_members: n_members as u64, members: shown.into_values().collect() })
}
