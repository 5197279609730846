//! Logs of workspaces where somebody plans somebody else's work.

use raally_app::Services;
use raally_app::contract::{Log, member, moment, person, settings};
use raally_domain::date::Date;
use raally_domain::effort::Effort;
use raally_domain::event::{Change, Diff};
use raally_domain::ids::{AssignmentId, PersonId, ProjectId, TenantId, UserId};
use raally_domain::kinds::{Assignment, Owner, Project, ProjectColour, Role};
use uuid::Uuid;

/// What a workspace has before work is planned: a name, a member, that person, and a project.
pub(super) const BEFORE: usize = 4;
/// How many events are appended at a time.
const BATCH: usize = 500;
/// Over how many days the work is spread.
const DAYS: usize = 250;

/// Whose work is planned in every workspace.
pub(super) fn user() -> UserId {
    UserId(Uuid::from_u128(1))
}

/// Fills as many logs with so many events each, recorded now; `first` numbers their tenants.
pub(super) async fn fill(
    services: &Services,
    first: u128,
    logs: usize,
    each: usize,
) -> Vec<TenantId> {
    let now = (services.now().micros() - moment(0).micros()) / 1_000_000;
    let mut tenants = Vec::new();
    for n in (first..).take(logs) {
        let mut log = Log::new(n);
        log.at(now, None);
        let all: Vec<Change> = before(n)
            .into_iter()
            .chain((0..).map(planned))
            .take(each)
            .collect();
        for changes in all.chunks(BATCH) {
            log.write(&*services.store, changes.iter().cloned()).await;
        }
        tenants.push(log.tenant);
    }
    tenants
}

fn before(n: u128) -> [Change; BEFORE] {
    let mut ana = person(1, "Ana Souza");
    if let Change::Person(diff) = &mut ana
        && let Some(ana) = &mut diff.after
    {
        ana.user_id = Some(user());
    }
    let project = Project::new("Apollo".to_owned(), ProjectColour::nth(0));
    let project = Diff {
        id: ProjectId(Uuid::from_u128(1)),
        before: None,
        after: Some(project),
    };
    let name = format!("Bench {n}");
    let slug = format!("bench-{n}");
    [
        settings(&name, &slug),
        member(user(), None, Some(Role::Member)),
        ana,
        project.into(),
    ]
}

fn planned(n: usize) -> Change {
    let day = Date::MIN.plus(20_800 + i32::try_from(n % DAYS).unwrap_or(0));
    let owner = Owner::Person(PersonId(Uuid::from_u128(1)));
    let project = ProjectId(Uuid::from_u128(1));
    let effort = Effort::PerDay {
        minutes: 60,
        weekdays: None,
        include_non_working: false,
    };
    let assignment = Assignment {
        end: Some(day),
        ..Assignment::new(owner, project, day, effort)
    };
    let id = AssignmentId(Uuid::from_u128(n as u128 + 1));
    let (before, after) = (None, Some(assignment));
    Diff { id, before, after }.into()
}
