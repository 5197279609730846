//! Projects.

use raally_domain::date::Date;
use raally_domain::figures::fold;
use raally_domain::kinds::{Project, ProjectBody, ProjectStatus};
use raally_domain::plan::{Plan, ProjectEntry};
use uuid::Uuid;

use super::crud::{Collection, SortKey};
use crate::http::params::params;

params! {
    pub(crate) struct ProjectFilter {
        /// In this state.
        status: May<ProjectStatus>,
        /// Of this client.
        client: May<String>,
        /// With this tag.
        tag: May<String>,
        /// Owned by this person.
        owner_id: May<Uuid>,
        /// Archived projects too.
        archived: Or<bool> = false,
    }
}

impl ProjectFilter {
    fn fits(&self, entry: &ProjectEntry, text: Option<&str>) -> bool {
        let project = &entry.project;
        (self.archived || !project.archived)
            && self.status.is_none_or(|status| project.status == status)
            && (self.client.is_none() || self.client == project.client)
            && self
                .tag
                .as_ref()
                .is_none_or(|tag| project.tags.contains(tag))
            && self
                .owner_id
                .is_none_or(|id| project.owner_id.is_some_and(|owner| owner.0 == id))
            && text.is_none_or(|text| {
                let more = project.code.iter().chain(&project.client);
                let mut texts = more.chain(&project.tags).chain([&project.name]);
                texts.any(|t| fold(t).contains(text))
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
        text: Option<&str>,
        sort: &str,
        _: Date,
    ) -> Vec<SortKey> {
        let projects = plan.projects().values();
        let fitting = projects.filter(|entry| filter.fits(entry, text));
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
                    "client" => by(project.client.as_ref()),
                    "version" => (entry.version.cast_signed(), String::new()),
                    _ => (0, name),
                };
                SortKey(number, text, entry.id.0)
            })
            .collect()
    }
}
