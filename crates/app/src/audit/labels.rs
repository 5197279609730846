//! What a change was about, in a few words.

use raally_domain::entities::{Assignment, Entity, Owner};
use raally_domain::event::{Change, Diff};
use raally_domain::ids::{PersonId, UserId};
use raally_domain::plan::Plan;

/// The name of what was changed; for what has none, of whom it concerns. Names that others
/// have are today's.
pub(super) fn label(
    change: &Change,
    plan: &Plan,
    user_name: &dyn Fn(UserId) -> Option<String>,
) -> String {
    let person = |id: PersonId| {
        let entry = plan.people().get(&id);
        entry.map_or("", |p| p.person.name()).to_owned()
    };
    match change {
        Change::Settings(d) => latest(d).map_or_else(String::new, |s| s.name.clone()),
        Change::Member(d) => user_name(d.id).unwrap_or_default(),
        Change::Team(d) => latest(d).map_or_else(String::new, |t| t.name.clone()),
        Change::Skill(d) => latest(d).map_or_else(String::new, |s| s.name.clone()),
        Change::HolidayCalendar(d) => latest(d).map_or_else(String::new, |c| c.name.clone()),
        Change::Person(d) => latest(d).map_or_else(String::new, |p| p.name().to_owned()),
        Change::JobTitle(d) => latest(d).map_or_else(String::new, |t| {
            format!("{} – {}", person(t.person_id), t.title)
        }),
        Change::Availability(d) => latest(d).map_or_else(String::new, |a| person(a.person_id)),
        Change::Compensation(d) => latest(d).map_or_else(String::new, |c| person(c.person_id)),
        Change::Project(d) => latest(d).map_or_else(String::new, |p| p.name.clone()),
        Change::Placeholder(d) => latest(d).map_or_else(String::new, |p| p.title.clone()),
        Change::Assignment(d) => {
            latest(d).map_or_else(String::new, |a| assignment(a, plan, &person))
        }
        Change::TimeOff(d) => latest(d).map_or_else(String::new, |t| person(t.person_id)),
        Change::History(_) => String::new(),
    }
}

fn latest<E: Entity>(diff: &Diff<E>) -> Option<&E> {
    diff.after.as_ref().or(diff.before.as_ref())
}

fn assignment(a: &Assignment, plan: &Plan, person: &dyn Fn(PersonId) -> String) -> String {
    let who = match a.owner {
        Owner::Person(id) => person(id),
        Owner::Placeholder(id) => {
            let entry = plan.placeholders().get(&id);
            entry.map_or("", |p| &p.placeholder.title).to_owned()
        }
    };
    let project = plan.projects().get(&a.project_id);
    let project = project.map_or("", |p| &p.project.name);
    format!("{who} – {project}")
}
