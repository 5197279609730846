//! Clients.

use raally_domain::date::Date;
use raally_domain::figures::{SearchTerm, fold};
use raally_domain::kinds::{Client, ClientBody};
use raally_domain::plan::Plan;
use uuid::Uuid;

use super::crud::{Collection, SortKey};
use crate::http::params::params;

params! {
    pub(crate) struct ClientFilter {
        /// Archived clients too.
        archived: Default<bool> = false,
    }
}

impl Collection for Client {
    type Fields = ClientBody;
    type Filter = ClientFilter;

    const TAG: &'static str = "projects";
    const SORTS: &'static [&'static str] = &["name", "version"];

    fn find(
        plan: &Plan,
        _: Option<Uuid>,
        filter: &ClientFilter,
        text: Option<&SearchTerm>,
        sort: &str,
        _: Date,
    ) -> Vec<SortKey> {
        let clients = plan.table::<Client>().values();
        let kept = clients.filter(|client| filter.archived || !client.value.archived);
        kept.map(|client| (client, fold(&client.value.name)))
            .filter(|(client, _)| text.is_none_or(|text| text.is_in(&client.value.name)))
            .map(|(client, name)| match sort {
                "version" => SortKey(client.version.cast_signed(), String::new(), client.id.0),
                _ => SortKey(0, name, client.id.0),
            })
            .collect()
    }
}
