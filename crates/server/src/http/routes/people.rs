//! People.

use raally_domain::date::Date;
use raally_domain::figures::{SearchTerm, fold};
use raally_domain::kinds::{Person, PersonBody};
use raally_domain::plan::{PersonEntry, Plan};
use uuid::Uuid;

use super::crud::{Collection, SortKey};
use crate::http::params::params;

params! {
    pub(crate) struct PeopleFilter {
        /// Of this team.
        team_id: Optional<Uuid>,
        /// With this skill.
        skill_id: Optional<Uuid>,
        /// With this job title on the day that is asked about.
        role: Optional<String>,
        /// With this tag.
        tag: Optional<String>,
        /// Who report to this person.
        manager_id: Optional<Uuid>,
        /// Who is this user.
        user_id: Optional<Uuid>,
        /// Archived people too.
        archived: Default<bool> = false,
    }
}

impl PeopleFilter {
    fn fits(&self, entry: &PersonEntry, text: Option<&SearchTerm>, on: Date) -> bool {
        let person = &entry.person;
        let placement = entry.placement_on(on);
        let same = |asked: Option<Uuid>, has: Option<Uuid>| asked.is_none() || asked == has;
        (self.archived || !person.archived)
            && same(
                self.team_id,
                placement.and_then(|p| p.team_id).map(|id| id.0),
            )
            && same(
                self.manager_id,
                placement.and_then(|p| p.manager_id).map(|id| id.0),
            )
            && same(self.user_id, person.user_id.map(|id| id.0))
            && self
                .skill_id
                .is_none_or(|id| person.skills.iter().any(|s| s.skill_id.0 == id))
            && self
                .role
                .as_deref()
                .is_none_or(|role| entry.title_on(on) == Some(role))
            && self
                .tag
                .as_ref()
                .is_none_or(|tag| person.tags.contains(tag))
            && text.is_none_or(|text| {
                let email = person.email.as_ref().and_then(|e| e.get());
                let mut texts = [Some(person.name()), email.map(String::as_str)]
                    .into_iter()
                    .flatten()
                    .chain(person.tags.iter().map(String::as_str))
                    .chain(entry.title_on(on));
                texts.any(|t| text.is_in(t))
            })
    }
}

impl Collection for Person {
    type Fields = PersonBody;
    type Filter = PeopleFilter;

    const TAG: &'static str = "people";
    const SORTS: &'static [&'static str] = &["name", "job_title", "version"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &PeopleFilter,
        text: Option<&SearchTerm>,
        sort: &str,
        on: Date,
    ) -> Vec<SortKey> {
        let people = plan.people().values();
        let fitting = people.filter(|entry| filter.fits(entry, text, on));
        fitting
            .map(|entry| {
                let name = || fold(entry.person.name());
                let (number, text) = match sort {
                    "version" => (entry.version.cast_signed(), String::new()),
                    "job_title" => match entry.title_on(on) {
                        Some(title) => (0, format!("{}\u{0}{}", fold(title), name())),
                        None => (1, name()),
                    },
                    _ => (0, name()),
                };
                SortKey(number, text, entry.id.0)
            })
            .collect()
    }
}
