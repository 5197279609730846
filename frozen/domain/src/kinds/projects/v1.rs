//! Projects as events of version 1 hold them: a client is a text.

use serde::Deserialize;

use super::{Budget, Milestone, Phase, ProjectColour, ProjectStatus, ProjectType};
use crate::event::{Change, Diff};
use crate::ids::{ClientId, PersonId, ProjectId};
use crate::kinds::{Client, Upcast, latest};

#[derive(Deserialize)]
struct Project {
    name: String,
    code: Option<String>,
    client: Option<String>,
    colour: ProjectColour,
    project_type: Option<ProjectType>,
    status: ProjectStatus,
    owner_id: Option<PersonId>,
    billable: bool,
    budget: Option<Budget>,
    phases: Vec<Phase>,
    milestones: Vec<Milestone>,
    tags: Vec<String>,
    notes: Option<String>,
    archived: bool,
}

#[derive(Deserialize)]
struct Data {
    id: ProjectId,
    before: Option<Project>,
    after: Option<Project>,
}

/// Reads the data of an event. The clients that it names are implied, each with an id that follows
/// from its name.
pub(super) fn read(data: &str) -> Result<Upcast<super::Project>, serde_json::Error> {
    let Data { id, before, after } = serde_json::from_str(data)?;
    let mut implied = Vec::new();
    let mut read = |older: Project| {
        let client = older.client.as_deref().map(|name| {
            let id = ClientId::of_name(name, 0);
            imply(&mut implied, id, name);
            id
        });
        older.upcast(client)
    };
    let before = before.map(&mut read);
    let after = after.map(&mut read);
    Ok(Upcast {
        diff: Diff { id, before, after },
        implied,
    })
}

/// Adds a client to what an event implies: with equal sides, since the event changes none.
fn imply(implied: &mut Vec<Change>, id: ClientId, name: &str) {
    if name_in(implied, id).is_some() {
        return;
    }
    let client = Client::new(name.to_owned());
    implied.push(Change::from(Diff {
        id,
        before: Some(client.clone()),
        after: Some(client),
    }));
}

/// The name of a client among what an event implies.
fn name_in(implied: &[Change], id: ClientId) -> Option<&str> {
    let clients = implied.iter().filter_map(|change| match change {
        Change::Client(client) if client.id == id => latest(client),
        _ => None,
    });
    clients.map(|client| client.name.as_str()).next()
}

impl Project {
    fn upcast(self, client_id: Option<ClientId>) -> super::Project {
        super::Project {
            name: self.name,
            code: self.code,
            client_id,
            colour: self.colour,
            project_type: self.project_type,
            status: self.status,
            owner_id: self.owner_id,
            billable: self.billable,
            budget: self.budget,
            phases: self.phases,
            milestones: self.milestones,
            tags: self.tags,
            notes: self.notes,
            archived: self.archived,
            from: None,
            to: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(client: &str) -> String {
        format!(
            r#"{{"name":"Apollo","code":"APO","client":{client},"colour":3,"project_type":null,"status":"active","owner_id":null,"billable":true,"budget":{{"minutes":60,"money":null}},"phases":[],"milestones":[],"tags":["a"],"notes":null,"archived":false}}"#
        )
    }

    fn data(before: &str, after: &str) -> String {
        let side = |client: &str| match client {
            "" => "null".to_owned(),
            client => project(client),
        };
        let id = uuid::Uuid::nil();
        let (before, after) = (side(before), side(after));
        format!(r#"{{"id":"{id}","before":{before},"after":{after}}}"#)
    }

    fn names(upcast: &Upcast<super::super::Project>) -> Vec<&str> {
        let clients = upcast.implied.iter().map(|change| match change {
            Change::Client(client) => {
                assert_eq!(client.before, client.after);
                latest(client).map_or("", |client| &client.name)
            }
            other => panic!("{other:?}"),
        });
        clients.collect()
    }

    #[test]
    fn every_shape_names_its_clients() {
        for (before, after, expected) in [
            ("", r#""Acme""#, &["Acme"][..]),
            ("", "null", &[]),
            (r#""Acme""#, "null", &["Acme"]),
            ("null", r#""Ávila & Co""#, &["Ávila & Co"]),
            (r#""Acme""#, r#""Acme""#, &["Acme"]),
            (r#""Acme""#, r#""Other""#, &["Acme", "Other"]),
            (r#""Acme""#, "", &["Acme"]),
            ("null", "", &[]),
        ] {
            let data = data(before, after);
            let upcast = read(&data).unwrap();
            assert_eq!(names(&upcast), expected, "{data}");
            for (side, client) in [(&upcast.diff.before, before), (&upcast.diff.after, after)] {
                let id = side.as_ref().and_then(|project| project.client_id);
                let name: Option<String> = serde_json::from_str(client).unwrap_or_default();
                assert_eq!(id, name.map(|name| ClientId::of_name(&name, 0)));
            }
        }
    }

    #[test]
    fn names_that_differ_by_case_alone_are_one_client() {
        let upcast = read(&data(r#""ACME""#, r#""acme""#)).unwrap();
        assert_eq!(names(&upcast), ["ACME"]);
        let diff = upcast.diff;
        assert_eq!(diff.before, diff.after);
    }
}
