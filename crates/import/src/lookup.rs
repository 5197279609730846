//! What a cell names: records of the plan, by id, name or address.

use std::collections::HashMap;

use raally_domain::ids::{ClientId, PersonId, ProjectId};
use raally_domain::kinds::{Client, Project};
use raally_domain::plan::Plan;
use raally_domain::problem::Message;
use uuid::Uuid;

/// How a record was found.
pub(crate) use crate::check::MatchedBy;

/// Records by what they are called, in lower case.
pub(crate) struct Lookup<'a> {
    pub plan: &'a Plan,
    people: HashMap<String, Vec<PersonId>>,
    addresses: HashMap<String, PersonId>,
    projects: HashMap<String, Vec<ProjectId>>,
}

/// What was found, or why nothing was.
pub(crate) type Found<Id> = Result<Option<(Id, MatchedBy)>, Message>;

pub(crate) fn key(text: &str) -> String {
    let words = text.split_whitespace().map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}

impl<'a> Lookup<'a> {
    pub(crate) fn of(plan: &'a Plan) -> Lookup<'a> {
        let mut people: HashMap<String, Vec<PersonId>> = HashMap::new();
        let mut addresses = HashMap::new();
        for entry in plan.people().values() {
            people
                .entry(key(entry.person.name()))
                .or_default()
                .push(entry.id);
            let address = entry.person.email.as_ref().and_then(|e| e.get());
            if let Some(address) = address {
                // Of two with one address it is the one who is not archived.
                let kept = addresses.entry(address.to_lowercase()).or_insert(entry.id);
                if !entry.person.archived {
                    *kept = entry.id;
                }
            }
        }
        // Who is not archived comes first, alone if there is one.
        for ids in people.values_mut().filter(|ids| ids.len() > 1) {
            let here: Vec<PersonId> = ids
                .iter()
                .copied()
                .filter(|id| plan.people().get(id).is_some_and(|e| !e.person.archived))
                .collect();
            if !here.is_empty() {
                *ids = here;
            }
        }
        let mut projects: HashMap<String, Vec<ProjectId>> = HashMap::new();
        for entry in plan.projects().values() {
            projects
                .entry(key(&entry.project.name))
                .or_default()
                .push(entry.id);
        }
        Lookup {
            plan,
            people,
            addresses,
            projects,
        }
    }

    /// A person by their e-mail address.
    pub(crate) fn address(&self, email: &str) -> Option<PersonId> {
        self.addresses.get(&email.trim().to_lowercase()).copied()
    }

    /// A person by what they are called, who must be the only one.
    pub(crate) fn name(&self, name: &str) -> Found<PersonId> {
        match self.people.get(&key(name)).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([id]) => Ok(Some((*id, MatchedBy::Name))),
            Some(_) => Err(Message::SeveralOfName {
                name: name.to_owned(),
            }),
        }
    }

    /// A person by id, address or name.
    pub(crate) fn person(&self, text: &str) -> Found<PersonId> {
        if let Ok(id) = text.parse::<Uuid>().map(PersonId)
            && self.plan.people().contains_key(&id)
        {
            return Ok(Some((id, MatchedBy::Id)));
        }
        if let Some(id) = self.address(text) {
            return Ok(Some((id, MatchedBy::Email)));
        }
        self.name(text)
    }

    /// A project by its code.
    pub(crate) fn code(&self, code: &str) -> Option<ProjectId> {
        self.plan.named::<Project>(code.trim()).next()
    }

    /// A project by id, code or name, of a client where that is said.
    pub(crate) fn project(&self, text: &str, client: Option<ClientId>) -> Found<ProjectId> {
        if let Ok(id) = text.parse::<Uuid>().map(ProjectId)
            && self.plan.projects().contains_key(&id)
        {
            return Ok(Some((id, MatchedBy::Id)));
        }
        if let Some(id) = self.code(text) {
            return Ok(Some((id, MatchedBy::Code)));
        }
        let of_client = |id: &ProjectId| {
            let entry = self.plan.projects().get(id);
            client.is_none() || entry.is_some_and(|e| e.project.client_id == client)
        };
        let named = self.projects.get(&key(text)).into_iter().flatten();
        let named: Vec<ProjectId> = named.copied().filter(of_client).collect();
        match named[..] {
            [] => Ok(None),
            [id] => Ok(Some((id, MatchedBy::Name))),
            _ => Err(Message::SeveralOfName {
                name: text.to_owned(),
            }),
        }
    }

    /// A client by id or name.
    pub(crate) fn client(&self, text: &str) -> Option<ClientId> {
        let by_id = text.parse::<Uuid>().ok().map(ClientId);
        let known =
            by_id.filter(|id| raally_domain::kinds::find::<Client>(self.plan, *id).is_some());
        known.or_else(|| {
            self.plan
                .named::<Client>(&text.trim().to_lowercase())
                .next()
        })
    }
}
