//! Clients, and projects that were written when a client was a text.

use crate::support::{Tenant, command};
use raally_domain::decide::{Op, Reason};
use raally_domain::event::{Actor, Change, Diff, Event, Recorded, Step, StepKind};
use raally_domain::ids::{ClientId, EventId, ProjectId, StepId};
use raally_domain::kinds::{Client, EntityKind, Kind, Project, ProjectView, Resource, find};
use raally_domain::plan::Plan;
use serde_json::{Value, json};
use uuid::Uuid;

fn view(plan: &Plan, project: Uuid) -> ProjectView {
    Project::view(plan, ProjectId(project), "2026-11-28".parse().unwrap()).unwrap()
}

/// The name of a project's client.
fn client(plan: &Plan, project: Uuid) -> Option<String> {
    view(plan, project).body.client
}

fn client_id(plan: &Plan, project: Uuid) -> Option<ClientId> {
    view(plan, project).body.client_id
}

fn names(plan: &Plan) -> Vec<&str> {
    let clients = plan.table::<Client>().values();
    let mut names: Vec<&str> = clients.map(|c| c.value.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn sold(t: &mut Tenant, name: &str, client: &str) -> Uuid {
    let body = json!({ "name": name, "client": client });
    t.create(Kind::Project, body).unwrap()
}

/// An event of version 1 of a project that was made with that client, as release 0.1.0 wrote it.
fn older(plan: &Plan, n: u128, client: &str) -> Event {
    let data = json!({
        "id": Uuid::from_u128(n), "before": null,
        "after": {
            "name": format!("P{n}"), "code": null, "client": client, "colour": 1,
            "project_type": null, "status": "active", "owner_id": null, "billable": true,
            "budget": null, "phases": [], "milestones": [], "tags": [], "notes": null,
            "archived": false,
        },
    });
    let upcast = Project::upcast(1, &data.to_string()).unwrap();
    Event {
        tenant: plan.tenant(),
        seq: plan.head().seq + 1,
        id: EventId(Uuid::from_u128(n)),
        recorded_at: plan.recorded_at(),
        occurred_at: plan.recorded_at(),
        actor: Actor::User(crate::support::ADMIN),
        step: Step {
            id: StepId(Uuid::from_u128(n)),
            kind: StepKind::Do,
        },
        change: upcast.diff.into(),
        implied: upcast.implied,
        previous: plan.last_hash(),
    }
}

fn apply_older(plan: &mut Plan, n: u128, client: &str) -> Uuid {
    let event = older(plan, n, client);
    plan.apply(&event, [0; 32]).unwrap();
    Uuid::from_u128(n)
}

/// The plan with a client called otherwise, whoever wrote that.
fn rename(plan: &mut Plan, id: ClientId, name: &str) {
    let (_, before) = find::<Client>(plan, id).unwrap();
    let after = Client {
        name: name.to_owned(),
        ..before.clone()
    };
    let (before, after) = (Some(before.clone()), Some(after));
    let change = Change::from(Diff { id, before, after });
    plan.apply_provisional(&change).unwrap();
}

#[test]
fn older_projects_whose_clients_differ_by_case_share_one() {
    let mut plan = Tenant::new().plan;
    let one = apply_older(&mut plan, 1, "ACME");
    let other = apply_older(&mut plan, 2, "acme");
    assert_eq!(names(&plan), ["ACME"]);
    assert_eq!(client_id(&plan, one), Some(ClientId::of_name("acme", 0)));
    assert_eq!(client_id(&plan, other), client_id(&plan, one));
    assert_eq!(client(&plan, other).unwrap(), "ACME");
}

/// A client that was renamed keeps its new name whatever older events say of its projects, and
/// whoever names the former name means another client: the log is in order, so it was written by
/// somebody who knew of the new name.
#[test]
fn a_renamed_client_stays_renamed_when_an_older_event_comes_after() {
    let mut plan = Tenant::new().plan;
    let one = apply_older(&mut plan, 1, "Acme");
    let renamed = client_id(&plan, one).unwrap();
    rename(&mut plan, renamed, "Acme Group");
    let by_new_name = apply_older(&mut plan, 2, "acme group");
    assert_eq!(client_id(&plan, by_new_name), Some(renamed));
    let by_former_name = apply_older(&mut plan, 3, "Acme");
    assert_eq!(names(&plan), ["Acme", "Acme Group"]);
    assert_ne!(client_id(&plan, by_former_name), Some(renamed));
    assert_eq!(client(&plan, one).unwrap(), "Acme Group");
    // It is the same one from then on.
    let again = apply_older(&mut plan, 4, "ACME");
    assert_eq!(client_id(&plan, again), client_id(&plan, by_former_name));
}

#[test]
fn a_client_is_found_or_made_by_its_name() {
    let mut t = Tenant::new();
    let one = sold(&mut t, "Apollo", " Acme ");
    let other = sold(&mut t, "Gemini", "ACME");
    assert_eq!(names(&t.plan), ["Acme"]);
    let id = client_id(&t.plan, one).unwrap();
    assert_eq!(client_id(&t.plan, other), Some(id));
    // In one step as well.
    let create = |name: &str, client: &str| {
        let body = json!({ "name": name, "client": client });
        command(Op::Create, Kind::Project, None, body)
    };
    t.run(&[create("A", "Nova"), create("B", "nova")]).unwrap();
    assert_eq!(names(&t.plan), ["Acme", "Nova"]);
    // By its id, with or without its name.
    let body = json!({ "name": "Luna", "client_id": id, "client": "acme" });
    let luna = t.create(Kind::Project, body).unwrap();
    assert_eq!(client(&t.plan, luna).unwrap(), "Acme");
    assert_eq!(t.fold(), t.plan);
}

#[test]
fn a_patch_names_a_client_by_id_or_by_name() {
    let mut t = Tenant::new();
    let apollo = sold(&mut t, "Apollo", "Acme");
    let nova = sold(&mut t, "Gemini", "Nova");
    let (acme, nova) = (
        client_id(&t.plan, apollo).unwrap(),
        client_id(&t.plan, nova).unwrap(),
    );
    for (patch, expected) in [
        (json!({ "client_id": nova }), Some("Nova")),
        (json!({ "notes": "Go" }), Some("Nova")),
        (json!({ "client": "acme" }), Some("Acme")),
        (json!({ "client": "" }), None),
        (json!({ "client": "Zenith" }), Some("Zenith")),
        (json!({ "client": null }), None),
        (json!({ "client_id": acme, "client": null }), Some("Acme")),
        (json!({ "client_id": null }), None),
    ] {
        t.update(Kind::Project, apollo, patch.clone()).unwrap();
        assert_eq!(client(&t.plan, apollo).as_deref(), expected, "{patch}");
    }
    for (patch, pointer) in [
        (json!({ "client_id": Uuid::from_u128(7) }), "/client_id"),
        (json!({ "client_id": acme, "client": "Nova" }), "/client"),
    ] {
        let refused = t.update(Kind::Project, apollo, patch).unwrap_err();
        let Reason::Invalid(errors) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(errors[0].pointer, pointer);
    }
    assert_eq!(t.fold(), t.plan);
}

#[test]
fn taking_back_a_change_of_client_brings_the_former_one_back() {
    let mut t = Tenant::new();
    let apollo = sold(&mut t, "Apollo", "Acme");
    let acme = client_id(&t.plan, apollo);
    t.update(Kind::Project, apollo, json!({ "client": "Nova" }))
        .unwrap();
    t.undo().unwrap();
    assert_eq!(client_id(&t.plan, apollo), acme);
    t.redo().unwrap();
    assert_eq!(client(&t.plan, apollo).unwrap(), "Nova");
    assert_eq!(t.fold(), t.plan);
    t.undo().unwrap();
    t.undo().unwrap();
    assert!(t.plan.projects().is_empty());
    assert_eq!(t.fold(), t.plan);
}

#[test]
fn a_step_of_version_1_is_taken_back_and_its_client_stays() {
    let mut t = Tenant::new();
    let event = older(&t.plan, 1, "Acme");
    let recorded = Recorded {
        change: event.change,
        implied: event.implied,
    };
    let actor = Actor::User(crate::support::ADMIN);
    t.append(&actor, StepKind::Do, vec![recorded]);
    assert_eq!(client(&t.plan, Uuid::from_u128(1)).unwrap(), "Acme");
    t.undo().unwrap();
    assert!(t.plan.projects().is_empty());
    assert_eq!(names(&t.plan), ["Acme"]);
    t.redo().unwrap();
    assert_eq!(client(&t.plan, Uuid::from_u128(1)).unwrap(), "Acme");
}

#[test]
fn a_client_with_projects_is_not_deleted() {
    let mut t = Tenant::new();
    let apollo = sold(&mut t, "Apollo", "Acme");
    let acme = client_id(&t.plan, apollo).unwrap().0;
    let expected = match Client::WRITES {
        0 => "this release reads clients but does not write them yet: the next one does",
        _ => "the client has projects: archive it instead",
    };
    let conflicts = |refused: &Reason| {
        assert!(matches!(refused, Reason::Conflict(_)), "{refused:?}");
        assert_eq!(refused.to_string(), expected);
    };
    conflicts(&t.delete(Kind::Client, acme).unwrap_err());
    let refused = t
        .create(Kind::Client, json!({ "name": "Acme" }))
        .unwrap_err();
    match Client::WRITES {
        0 => conflicts(&refused),
        _ => assert!(matches!(refused, Reason::Invalid(_)), "{refused:?}"),
    }
}

#[test]
fn the_body_of_a_view_writes_the_same_project() {
    let mut t = Tenant::new();
    let apollo = sold(&mut t, "Apollo", "Acme");
    let body: Value = serde_json::to_value(view(&t.plan, apollo).body).unwrap();
    let before = t.plan.head();
    t.update(Kind::Project, apollo, body).unwrap();
    assert_eq!(t.plan.head(), before);
}
