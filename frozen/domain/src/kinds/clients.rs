//! Clients: customers whom projects are for.

use serde::{Deserialize, Serialize};

use super::kind::view_of;
use super::{EntityKind, Names, Resource, Topic, Validator, entity, find, view};
use crate::access::Operation;
use crate::date::Date;
use crate::event::{Change, Diff};
use crate::ids::ClientId;
use crate::plan::{Plan, Record};
use crate::problem::Message;

/// A customer whom projects are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Client {
    /// What it is called; no two clients of a tenant share a name.
    pub name: String,
    /// Notes, of several lines.
    pub notes: Option<String>,
    /// Whether it is out of the way; its projects stay.
    pub archived: bool,
}
entity!(Client, ClientId, Client);

impl EntityKind for Client {
    /// Read one release before it is written.
    const WRITES: u32 = 1;
    const TOPIC: Option<Topic> = Some(Topic::Project);
    const WRITERS: &'static [Operation] = &[Operation::ManageProjects];

    const NAMED: bool = true;

    fn name_key(&self) -> Option<String> {
        Some(self.name.to_lowercase())
    }

    fn label(&self, _: ClientId, _: &Names<'_>) -> String {
        self.name.clone()
    }
}

impl Client {
    /// A client of whom nothing but the name is known.
    #[must_use]
    pub fn new(name: String) -> Client {
        Client {
            name,
            notes: None,
            archived: false,
        }
    }

    /// The client of that name, whatever its case.
    #[must_use]
    pub fn named<'p>(plan: &'p Plan, name: &str) -> Option<&'p Record<Client>> {
        let id = plan.named::<Client>(&name.trim().to_lowercase()).next()?;
        plan.table::<Client>().get(&id)
    }

    /// The id of the client of that name, or the one that a client made by that name gets. It
    /// follows from the plan and the name alone, so every process finds the same. A client that
    /// was renamed keeps its id, and whoever names its former name means another client.
    #[must_use]
    pub fn id_for(plan: &Plan, name: &str) -> ClientId {
        if let Some(client) = Client::named(plan, name) {
            return client.id;
        }
        let is_taken = |id: &ClientId| plan.table::<Client>().contains_key(id);
        let mut ids = (0..).map(|attempt| ClientId::of_name(name, attempt));
        ids.find(|id| !is_taken(id))
            .unwrap_or(ClientId::of_name(name, 0))
    }

    /// The client of that name, which is made before the value that names it where there is none.
    pub(super) fn found_or_made(name: String, validator: &mut Validator<'_>) -> ClientId {
        let id = Client::id_for(validator.plan, &name);
        if find::<Client>(validator.plan, id).is_none() {
            validator.before.push(Change::from(Diff {
                id,
                before: None,
                after: Some(Client::new(name)),
            }));
        }
        id
    }
}

/// A client. No two share a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClientBody {
    /// What it is called, in one line; no two share a name, whatever the case.
    pub name: String,
    /// Notes, of several lines.
    #[serde(default)]
    pub notes: Option<String>,
    /// Whether it is out of the way.
    #[serde(default)]
    pub archived: bool,
}
view!(ClientView, ClientBody);

impl Resource for Client {
    type Body = ClientBody;
    type View = ClientView;

    const NOUN: &'static str = "client";
    const MOST: Option<(usize, &'static str)> = Some((20_000, "clients"));

    fn body(&self) -> ClientBody {
        ClientBody {
            name: self.name.clone(),
            notes: self.notes.clone(),
            archived: self.archived,
        }
    }

    fn build(body: ClientBody, id: ClientId, _: Option<&Self>, d: &mut Validator<'_>) -> Self {
        let name = d.name("/name", &body.name);
        if Client::named(d.plan, &name).is_some_and(|client| client.id != id) {
            d.wrong("/name", Message::name_taken::<Client>());
        }
        Client {
            name,
            notes: d.note("/notes", body.notes.as_deref()),
            archived: body.archived,
        }
    }

    fn view(plan: &Plan, id: ClientId, _: Date) -> Option<ClientView> {
        view_of!(plan, id, ClientView)
    }
}
