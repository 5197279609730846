//! Projects.

mod v1;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::{merge_patch, take_out, visit_optional, without};
use super::validator::MAX_LIST;
use super::{
    Client, EntityKind, EntityRef, Identified, Kind, Names, OnDelete, Resource, Topic, Upcast,
    Validator, choice, entity, find, latest,
};
use crate::access::Operation;
use crate::date::Date;
use crate::decide::bookable;
use crate::event::{Change, Diff};
use crate::figures::{Touched, touched};
use crate::ids::{ClientId, MilestoneId, PersonId, PhaseId, ProjectId};
use crate::money::Money;
use crate::plan::{Plan, ProjectEntry};
use crate::problem::Message;

choice!(
    /// Only `tentative` makes a project's assignments tentative.
    ProjectStatus {
        /// It may come.
        Tentative,
        /// It runs, or will.
        Active,
        /// It is over.
        Completed,
    }
);

/// The kinds of project the first Raally knew, still spelt its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProjectType {
    /// Led for the client.
    ManagedProject,
    /// Led by the client.
    NonManagedProject,
    /// People lent to the client's team.
    TeamAugmentation,
}

/// What work is done for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Project {
    /// What it is called.
    pub name: String,
    /// The company's own code for it.
    pub code: Option<String>,
    /// Whom it is for.
    pub client_id: Option<ClientId>,
    /// Its bars' colour.
    pub colour: ProjectColour,
    /// What sort it was in the first Raally.
    pub project_type: Option<ProjectType>,
    /// Whether it is sure, runs, or is over.
    pub status: ProjectStatus,
    /// Who answers for it.
    pub owner_id: Option<PersonId>,
    /// Whether its work is billable where an assignment does not say.
    pub billable: bool,
    /// How much work or money it may take.
    pub budget: Option<Budget>,
    /// Its parts, in the order given.
    pub phases: Vec<Phase>,
    /// Its days to remember, in the order given.
    pub milestones: Vec<Milestone>,
    /// Words by which it is found, each once.
    pub tags: Vec<String>,
    /// Notes, of several lines.
    pub notes: Option<String>,
    /// Whether it is out of the way; its work stays.
    pub archived: bool,
    /// The first day on which it runs; `None`: always has.
    pub from: Option<Date>,
    /// The last day on which it runs; `None`: it has no end.
    pub to: Option<Date>,
}
entity!(Project, ProjectId, Project);

impl EntityKind for Project {
    /// 2: a client is a record of its own, in version 1 it was a text.
    const READS: u32 = 3;
    const ADDED: &'static [(u32, &'static str)] = &[(3, "from"), (3, "to")];

    fn upcast(version: u32, data: &str) -> Result<Upcast<Project>, serde_json::Error> {
        if version == 1 {
            return v1::read(data);
        }
        Ok(Upcast {
            diff: serde_json::from_str(data)?,
            implied: Vec::new(),
        })
    }

    /// A client named by an event is the plan's client of that name, if it has one.
    fn resolve(diff: &mut Diff<Project>, implied: &mut Vec<Change>, plan: &Plan) {
        let mut found = Vec::new();
        implied.retain_mut(|change| {
            let Change::Client(client) = change else {
                return true;
            };
            let name = latest(client).map_or("", |client| &client.name);
            let id = Client::id_for(plan, name);
            found.push((client.id, id));
            client.id = id;
            find::<Client>(plan, id).is_none()
        });
        let sides = diff.before.iter_mut().chain(&mut diff.after);
        for id in sides.filter_map(|project| project.client_id.as_mut()) {
            if let Some((_, known)) = found.iter().find(|(named, _)| named == id) {
                *id = *known;
            }
        }
    }

    const TOPIC: Option<Topic> = Some(Topic::Project);
    const WRITERS: &'static [Operation] = &[Operation::ManageProjects];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[
        (Kind::Person, OnDelete::Unlink),
        (
            Kind::Client,
            OnDelete::Restrict(&Message::ClientHasProjects),
        ),
    ];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit_optional(Kind::Client, self.client_id, visit);
        visit_optional(Kind::Person, self.owner_id, visit);
    }

    fn unlink(&mut self, target: EntityRef) {
        if target.kind == Kind::Person {
            take_out(&mut self.owner_id, target.id);
        }
    }

    /// Projects are found by their codes.
    const NAMED: bool = true;

    fn name_key(&self) -> Option<String> {
        self.code.clone()
    }

    fn label(&self, _: ProjectId, _: &Names<'_>) -> String {
        self.name.clone()
    }

    fn touched(diff: &Diff<Project>, after: &Plan) -> Vec<Touched> {
        touched::project(diff, after)
    }

    fn reach(diff: &Diff<Project>, after: &Plan) -> usize {
        touched::project_reach(diff, after)
    }
}

impl Project {
    /// A project that runs, of which nothing else is said. Whoever makes one in code begins with
    /// this and names what differs.
    #[must_use]
    pub fn new(name: String, colour: ProjectColour) -> Project {
        Project {
            name,
            code: None,
            client_id: None,
            colour,
            project_type: None,
            status: ProjectStatus::Active,
            owner_id: None,
            billable: true,
            budget: None,
            phases: Vec::new(),
            milestones: Vec::new(),
            tags: Vec::new(),
            notes: None,
            archived: false,
            from: None,
            to: None,
        }
    }

    /// Whether a day lies between its first and its last day, as far as they are given.
    #[must_use]
    pub fn runs_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// The client whom it is for.
    #[must_use]
    pub fn client<'p>(&self, plan: &'p Plan) -> Option<(ClientId, &'p Client)> {
        let id = self.client_id?;
        find::<Client>(plan, id).map(|(_, client)| (id, client))
    }

    /// What the client whom it is for is called.
    #[must_use]
    pub fn client_name<'p>(&self, plan: &'p Plan) -> Option<&'p String> {
        self.client(plan).map(|(_, client)| &client.name)
    }
}

/// 1 to 12: a place in the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "u8", into = "u8")]
#[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 12))]
pub struct ProjectColour(u8);

impl ProjectColour {
    /// The colour of the n-th project of a tenant, counted from 0.
    #[must_use]
    pub fn nth(n: usize) -> ProjectColour {
        ProjectColour(u8::try_from(n % 12).expect("a remainder of 12") + 1)
    }
}

impl TryFrom<u8> for ProjectColour {
    type Error = &'static str;
    fn try_from(colour: u8) -> Result<Self, Self::Error> {
        if (1..=12).contains(&colour) {
            Ok(ProjectColour(colour))
        } else {
            Err("must be 1 to 12")
        }
    }
}

impl From<ProjectColour> for u8 {
    fn from(colour: ProjectColour) -> u8 {
        colour.0
    }
}

/// How much a project may take; either may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Minutes of work.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// Money, in minor units of a currency.
    #[serde(default)]
    pub money: Option<Money>,
}

/// A part of a project's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Phase {
    /// Names it over changes of the project.
    pub id: PhaseId,
    /// What it is called.
    pub name: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A day of a project to remember.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Milestone {
    /// Names it over changes of the project.
    pub id: MilestoneId,
    /// What it is called.
    pub name: String,
    /// Which day.
    pub date: Date,
}

/// A project as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProjectBody {
    /// What it is called, in one line.
    pub name: String,
    /// The company's own code for it; no two projects share one.
    #[serde(default)]
    pub code: Option<String>,
    /// The client whom it is for.
    #[serde(default)]
    pub client_id: Option<ClientId>,
    /// The client's name. Written instead of `client_id`, it finds the client of that name,
    /// whatever its case, or makes one.
    #[serde(default)]
    pub client: Option<String>,
    /// A place in the palette; the next one where it is missing.
    #[serde(default)]
    pub colour: Option<ProjectColour>,
    /// What sort it was in the first Raally.
    #[serde(default, rename = "type")]
    pub project_type: Option<ProjectType>,
    /// Whether it is sure, runs, or is over; active where it is missing.
    #[serde(default = "active")]
    pub status: ProjectStatus,
    /// A person.
    #[serde(default)]
    pub owner_id: Option<PersonId>,
    /// Whether its work is billable where an assignment does not say.
    #[serde(default = "yes")]
    pub billable: bool,
    /// How much work or money it may take.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// Its parts, in order.
    #[serde(default)]
    pub phases: Vec<PhaseBody>,
    /// Its days to remember, in order.
    #[serde(default)]
    pub milestones: Vec<MilestoneBody>,
    /// Words by which it is found; each counts once.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Notes, of several lines.
    #[serde(default)]
    pub notes: Option<String>,
    /// Whether it is out of the way.
    #[serde(default)]
    pub archived: bool,
    /// The first day on which it runs; always has where it is missing.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last day on which it runs, not before `from`; without an end where it is missing.
    #[serde(default)]
    pub to: Option<Date>,
}

fn active() -> ProjectStatus {
    ProjectStatus::Active
}

fn yes() -> bool {
    true
}

/// A phase as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PhaseBody {
    /// The phase that it was; a new one where it is missing.
    #[serde(default)]
    pub id: Option<PhaseId>,
    /// What it is called, in one line.
    pub name: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A milestone as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MilestoneBody {
    /// The milestone that it was; a new one where it is missing.
    #[serde(default)]
    pub id: Option<MilestoneId>,
    /// What it is called, in one line.
    pub name: String,
    /// Which day.
    pub date: Date,
}

/// A project as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectView {
    /// Its id and version.
    #[serde(flatten)]
    pub identified: Identified,
    /// How many assignments it has.
    pub assignments: usize,
    /// The body that would write it.
    #[serde(flatten)]
    pub body: ProjectBody,
}

impl ProjectView {
    /// What a project of that plan shows.
    #[must_use]
    pub fn of(plan: &Plan, entry: &ProjectEntry) -> ProjectView {
        let mut body = entry.project.body();
        body.client = entry.project.client_name(plan).cloned();
        ProjectView {
            identified: Identified {
                id: entry.id.0,
                version: entry.version,
            },
            assignments: entry.assignments.len(),
            body,
        }
    }
}

impl Resource for Project {
    type Body = ProjectBody;
    type View = ProjectView;

    const NOUN: &'static str = "project";
    const MOST: Option<(usize, &'static str)> = Some((50_000, "projects"));

    fn body(&self) -> ProjectBody {
        ProjectBody {
            name: self.name.clone(),
            code: self.code.clone(),
            client_id: self.client_id,
            client: None,
            colour: Some(self.colour),
            project_type: self.project_type,
            status: self.status,
            owner_id: self.owner_id,
            billable: self.billable,
            budget: self.budget,
            phases: self
                .phases
                .iter()
                .map(|p| PhaseBody {
                    id: Some(p.id),
                    name: p.name.clone(),
                    from: p.from,
                    to: p.to,
                })
                .collect(),
            milestones: self
                .milestones
                .iter()
                .map(|m| MilestoneBody {
                    id: Some(m.id),
                    name: m.name.clone(),
                    date: m.date,
                })
                .collect(),
            tags: self.tags.clone(),
            notes: self.notes.clone(),
            archived: self.archived,
            from: self.from,
            to: self.to,
        }
    }

    /// One client, named by its id or by its name.
    fn merge(current: Value, patch: &Value) -> Value {
        let (id, name) = (patch.get("client_id"), patch.get("client"));
        match id.or(name) {
            Some(_) => merge_patch(without(current, &["client_id", "client"]), patch),
            None => merge_patch(current, patch),
        }
    }

    fn build(
        body: ProjectBody,
        id: ProjectId,
        before: Option<&Self>,
        d: &mut Validator<'_>,
    ) -> Self {
        d.known_person("/owner_id", body.owner_id);
        let code = d.optional_name("/code", body.code.as_deref());
        let mut same_code = code.iter().flat_map(|code| d.plan.named::<Project>(code));
        if same_code.any(|other| other != id) {
            d.wrong("/code", Message::ProjectCodeTaken);
        }
        let count = body.phases.len().max(body.milestones.len());
        if count > MAX_LIST {
            d.wrong("/phases", Message::TooMany { most: MAX_LIST });
        }
        if let Some(money) = body.budget.and_then(|b| b.money)
            && money.amount < 0
        {
            d.wrong("/budget/money/amount", Message::Negative);
        }
        if body
            .from
            .is_some_and(|from| body.to.is_some_and(|to| to < from))
        {
            d.wrong("/to", Message::EndsBeforeStart);
        }
        let today = d.today();
        if let (Some(before), Some(entry)) = (before, d.plan.projects().get(&id))
            && bookable::confirms(before.status, body.status)
        {
            d.refused = bookable::refused_to_confirm(d.plan, entry, body.archived, today);
        }
        Project {
            name: d.name("/name", &body.name),
            code,
            client_id: client(body.client_id, body.client.as_deref(), d),
            colour: body
                .colour
                .or(before.map(|b| b.colour))
                .unwrap_or_else(|| ProjectColour::nth(d.plan.projects().len())),
            project_type: body.project_type,
            status: body.status,
            owner_id: body.owner_id,
            billable: body.billable,
            budget: body.budget,
            phases: phases(body.phases, d),
            milestones: milestones(body.milestones, d),
            tags: d.tags("/tags", &body.tags),
            notes: d.note("/notes", body.notes.as_deref()),
            archived: body.archived,
            from: body.from,
            to: body.to,
        }
    }

    fn view(plan: &Plan, id: ProjectId, _: Date) -> Option<ProjectView> {
        let entry = plan.projects().get(&id)?;
        Some(ProjectView::of(plan, entry))
    }
}

/// The client that a body names by its id, by its name, or by both.
fn client(id: Option<ClientId>, name: Option<&str>, d: &mut Validator<'_>) -> Option<ClientId> {
    let name = d.optional_name("/client", name);
    let Some(id) = id else {
        return name.map(|name| Client::found_or_made(name, d));
    };
    let Some((_, client)) = find::<Client>(d.plan, id) else {
        d.wrong("/client_id", Kind::Client);
        return None;
    };
    if name.is_some_and(|name| name.to_lowercase() != client.name.to_lowercase()) {
        d.wrong("/client", Message::ClientNameDiffers);
    }
    Some(id)
}

fn phases(bodies: Vec<PhaseBody>, d: &mut Validator<'_>) -> Vec<Phase> {
    let build = |(i, body): (usize, PhaseBody)| {
        d.period(&format!("/phases/{i}/to"), body.from, body.to);
        Phase {
            id: body.id.unwrap_or_else(|| PhaseId(d.fresh.uuid())),
            name: d.name(&format!("/phases/{i}/name"), &body.name),
            from: body.from,
            to: body.to,
        }
    };
    bodies.into_iter().enumerate().map(build).collect()
}

fn milestones(bodies: Vec<MilestoneBody>, d: &mut Validator<'_>) -> Vec<Milestone> {
    let build = |(i, body): (usize, MilestoneBody)| Milestone {
        id: body.id.unwrap_or_else(|| MilestoneId(d.fresh.uuid())),
        name: d.name(&format!("/milestones/{i}/name"), &body.name),
        date: body.date,
    };
    bodies.into_iter().enumerate().map(build).collect()
}
