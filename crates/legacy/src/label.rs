//! What a report calls things: by name where they have one.

use raally_domain::ids::{PersonId, PlaceholderId, ProjectId};
use raally_domain::kinds::{EntityRef, Kind, Owner};
use raally_domain::plan::{Booking, Plan};

fn person(plan: &Plan, id: PersonId) -> String {
    match plan.people().get(&id).map(|p| p.person.name()) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => id.to_string(),
    }
}

fn project(plan: &Plan, id: ProjectId) -> String {
    let entry = plan.projects().get(&id);
    entry.map_or_else(|| id.to_string(), |p| p.project.name.clone())
}

fn placeholder(plan: &Plan, id: PlaceholderId) -> String {
    let entry = plan.placeholders().get(&id);
    entry.map_or_else(|| id.to_string(), |p| p.placeholder.title.clone())
}

/// `Ana Díaz on Apollo, 2022-09-05 to 2022-09-30`.
pub(crate) fn booking(plan: &Plan, booking: &Booking) -> String {
    let a = &booking.record.value;
    let who = match a.owner {
        Owner::Person(id) => person(plan, id),
        Owner::Placeholder(id) => placeholder(plan, id),
    };
    let end = a
        .end
        .map_or_else(|| "open".to_owned(), |end| end.to_string());
    format!(
        "{who} on {}, {} to {end}",
        project(plan, a.project_id),
        a.start
    )
}

/// An entity of the plan with its kind.
pub(crate) fn label(plan: &Plan, entity: EntityRef) -> String {
    let id = entity.id;
    let named = match entity.kind {
        Kind::Settings => plan.settings().name.clone(),
        Kind::Person => person(plan, PersonId(id)),
        Kind::Project => project(plan, ProjectId(id)),
        Kind::Placeholder => placeholder(plan, PlaceholderId(id)),
        Kind::Assignment => plan
            .booking(id.into())
            .map_or_else(|| id.to_string(), |b| booking(plan, b)),
        Kind::JobTitle => plan.job_title(id.into()).map_or_else(
            || id.to_string(),
            |r| {
                format!(
                    "{} from {}",
                    person(plan, r.value.person_id),
                    r.value.effective_date
                )
            },
        ),
        Kind::Availability => plan.availability(id.into()).map_or_else(
            || id.to_string(),
            |r| {
                format!(
                    "{} from {}",
                    person(plan, r.value.person_id),
                    r.value.effective_date
                )
            },
        ),
        Kind::Compensation => plan.compensation(id.into()).map_or_else(
            || id.to_string(),
            |r| {
                format!(
                    "{} from {}",
                    person(plan, r.value.person_id),
                    r.value.effective_date
                )
            },
        ),
        _ => id.to_string(),
    };
    format!("{} {named}", entity.kind.name().replace('_', " "))
}
