//! Projects as events of version 1 hold them: a client is a text.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Budget, Milestone, Phase, ProjectColour, ProjectStatus, ProjectType};
use crate::event::{Change, Diff};
use crate::ids::{ClientId, PersonId, ProjectId};
use crate::kinds::{Client, Upcast, latest};

#[derive(Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(as = Project)
)]
pub(super) struct Project {
    name: String,
    /// The company's own code for it.
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

#[derive(Serialize, Deserialize)]
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

/// The data of an event; the clients of both sides must be among what is implied.
pub(super) fn write(
    diff: &Diff<super::Project>,
    implied: &[Change],
) -> Result<Box<RawValue>, serde_json::Error> {
    let older = |side: &Option<super::Project>| {
        let project = side.as_ref();
        project.map(|p| Project::of(p, implied)).transpose()
    };
    serde_json::value::to_raw_value(&Data {
        id: diff.id,
        before: older(&diff.before)?,
        after: older(&diff.after)?,
    })
}

/// Adds a client to what an event implies: with equal sides, since the event changes none.
pub(super) fn imply(implied: &mut Vec<Change>, id: ClientId, name: &str) {
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
pub(super) fn name_in(implied: &[Change], id: ClientId) -> Option<&str> {
    let clients = implied.iter().filter_map(|change| match change {
        Change::Client(client) if client.id == id => latest(client),
        _ => None,
    });
    clients.map(|client| client.name.as_str()).next()
}

impl Project {
    fn of(project: &super::Project, implied: &[Change]) -> Result<Project, serde_json::Error> {
        let unnamed = |id| serde::ser::Error::custom(format!("client {id} has no name here"));
        let client = project.client_id.map(|id| {
            let name = name_in(implied, id).map(str::to_owned);
            name.ok_or_else(|| unnamed(id))
        });
        let super::Project {
            name,
            code,
            client_id: _,
            colour,
            project_type,
            status,
            owner_id,
            billable,
            budget,
            phases,
            milestones,
            tags,
            notes,
            archived,
            // It had none, and a release that writes version 1 fills none.
            from: _,
            to: _,
        } = project.clone();
        Ok(Project {
            name,
            code,
            client: client.transpose()?,
            colour,
            project_type,
            status,
            owner_id,
            billable,
            budget,
            phases,
            milestones,
            tags,
            notes,
            archived,
        })
    }

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
    fn every_shape_names_its_clients_and_comes_back_byte_for_byte() {
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
            let written = write(&upcast.diff, &upcast.implied).unwrap();
            assert_eq!(written.get(), data);
        }
    }

    #[test]
    fn names_that_differ_by_case_alone_are_one_client() {
        let upcast = read(&data(r#""ACME""#, r#""acme""#)).unwrap();
        assert_eq!(names(&upcast), ["ACME"]);
        let diff = upcast.diff;
        assert_eq!(diff.before, diff.after);
    }

    #[test]
    fn a_client_that_is_not_named_cannot_be_written() {
        let upcast = read(&data("", r#""Acme""#)).unwrap();
        assert!(write(&upcast.diff, &[]).is_err());
    }
}
