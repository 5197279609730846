//! Projects.

use raally_domain::date::Date;
use raally_domain::figures::{SearchTerm, fold};
use raally_domain::kinds::{Project, ProjectBody, ProjectStatus};
use raally_domain::plan::{Plan, ProjectEntry};
use uuid::Uuid;

use super::crud::{Collection, SortKey};
use crate::http::params::params;

params! {
    pub(crate) struct ProjectFilter {
        /// In this state.
        status: Optional<ProjectStatus>,
        /// Of the client of this name.
        client: Optional<String>,
        /// Of this client.
        client_id: Optional<Uuid>,
        /// With this tag.
        tag: Optional<String>,
        /// Owned by this person.
        owner_id: Optional<Uuid>,
        /// Archived projects too.
        archived: Default<bool> = false,
    }
}

impl ProjectFilter {
    fn fits(&self, plan: &Plan, entry: &ProjectEntry, text: Option<&SearchTerm>) -> bool {
        let project = &entry.project;
        let client = project.client_name(plan);
        (self.archived || !project.archived)
            && self.status.is_none_or(|status| project.status == status)
            && self
                .client
                .as_ref()
                .is_none_or(|name| client.is_some_and(|c| c.to_lowercase() == name.to_lowercase()))
            && self
                .client_id
                .is_none_or(|id| project.client_id.is_some_and(|client| client.0 == id))
            && self
                .tag
                .as_ref()
                .is_none_or(|tag| project.tags.contains(tag))
            && self
                .owner_id
                .is_none_or(|id| project.owner_id.is_some_and(|owner| owner.0 == id))
            && text.is_none_or(|text| {
                let more = project.code.iter().chain(client);
                let mut texts = more.chain(&project.tags).chain([&project.name]);
                texts.any(|t| text.is_in(t))
            })
    }
}

impl Collection for Project {
    type Fields = ProjectBody;
    type Filter = ProjectFilter;

    const TAG: &'static str = "projects";
    const SORTS: &'static [&'static str] = &["name", "code", "client", "version"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &ProjectFilter,
        text: Option<&SearchTerm>,
        sort: &str,
        _: Date,
    ) -> Vec<SortKey> {
        let projects = plan.projects().values();
        let fitting = projects.filter(|entry| filter.fits(plan, entry, text));
        fitting
            .map(|entry| {
                let project = &entry.project;
                let name = fold(&project.name);
                let by = |first: Option<&String>| match first {
                    Some(first) => (0, format!("{}\u{0}{name}", fold(first))),
                    None => (1, name.clone()),
                };
                let (number, text) = match sort {
                    "code" => by(project.code.as_ref()),
                    "client" => by(project.client_name(plan)),
                    "version" => (entry.version.cast_signed(), String::new()),
                    _ => (0, name),
                };
                SortKey(number, text, entry.id.0)
            })
            .collect()
    }
}
