//! From the file's rows to what each workspace should hold. Pure: knows nothing of what is here.

mod identity;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{EntityRef, Kind, Role};
use raally_domain::time::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cell::Cell;
use super::fields::Fields;
use super::read::FirstRaally;
use super::skip_reason::{Adjusted, SkipReason, Skipped, Source};

/// What the file brings.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) users: Vec<IncomingUser>,
    /// In the order of their rows; those marked as deleted too.
    pub(crate) tenants: Vec<IncomingTenant>,
    /// How many rows each table has.
    pub(crate) rows: BTreeMap<&'static str, usize>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) adjusted: Vec<Adjusted>,
}

#[derive(Clone, Debug)]
pub(crate) struct IncomingUser {
    pub(crate) id: UserId,
    /// In lower case.
    pub(crate) email: String,
    pub(crate) full_name: String,
    /// A bcrypt hash.
    pub(crate) password_hash: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) deleted: bool,
}

#[derive(Debug)]
pub(crate) struct IncomingTenant {
    pub(crate) source: Source,
    pub(crate) id: TenantId,
    /// The slug that its `url` asks for.
    pub(crate) slug: String,
    pub(crate) deleted: bool,
    pub(crate) at: Option<Timestamp>,
    /// Settings but for the slug, which depends on what is here.
    pub(crate) settings: Fields,
    pub(crate) members: Vec<IncomingMember>,
    /// People and projects before what refers to them, otherwise in the order of the file.
    pub(crate) entities: Vec<IncomingEntity>,
    /// Rows that are there and cannot be read: what was imported of them before, stays.
    pub(crate) unreadable: BTreeSet<EntityRef>,
    pub(crate) history: Vec<IncomingHistory>,
}

#[derive(Clone, Debug)]
pub(crate) struct IncomingMember {
    pub(crate) source: Source,
    pub(crate) user: UserId,
    pub(crate) role: Role,
    pub(crate) at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(crate) struct IncomingEntity {
    pub(crate) source: Source,
    pub(crate) entity: EntityRef,
    pub(crate) fields: Fields,
    /// When the row was last changed, where the file knows.
    pub(crate) at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(crate) struct IncomingHistory {
    pub(crate) id: Uuid,
    pub(crate) entity: String,
    pub(crate) entity_id: String,
    pub(crate) action: String,
    pub(crate) actor_email: Option<String>,
    pub(crate) at: Timestamp,
    /// JSON text.
    pub(crate) values: String,
}

/// An id that is always the same for the same row, for a record that the file has no id for.
pub(crate) fn derived(of: Uuid, what: &str) -> Uuid {
    let hash = Sha256::new()
        .chain_update(b"raally first import\0")
        .chain_update(what.as_bytes())
        .chain_update(of.as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The availability that a compensation's row holds.
pub(crate) fn availability_of(compensation: Uuid) -> EntityRef {
    entity(Kind::Availability, derived(compensation, "availability"))
}

/// The availability of 0 h that holds until the file knows better.
pub(crate) fn unknown_hours_of(person: Uuid) -> EntityRef {
    entity(Kind::Availability, derived(person, "unknown hours"))
}

pub(crate) fn entity(kind: Kind, id: Uuid) -> EntityRef {
    EntityRef { kind, id }
}

/// Maps the whole file.
pub(crate) fn map(file: &FirstRaally) -> Incoming {
    let mut map = Map::default();
    map.count(file);
    map.users(&file.users);
    map.tenants(&file.tenants);
    map.settings(&file.settings);
    map.members(&file.tenant_users);
    map.people(&file.people);
    map.job_titles(&file.job_titles);
    map.compensations(&file.compensations);
    map.projects(&file.projects);
    map.assignments(&file.assignments);
    map.audit(&file.audit);
    map.out
}

/// What became of a row that others refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// Imported, or there and unreadable.
    Present,
    Gone,
}

#[derive(Default)]
struct Map {
    out: Incoming,
    users: HashMap<Uuid, Presence>,
    /// Places in `out.tenants`.
    tenants: HashMap<Uuid, usize>,
    people: HashMap<(usize, Uuid), Presence>,
    projects: HashMap<(usize, Uuid), Presence>,
    seen: BTreeSet<(&'static str, Uuid)>,
}

/// What every row has.
struct Head<'a> {
    table: &'static str,
    rowid: i64,
    id: &'a Cell,
    deleted_at: &'a Cell,
    updated_at: &'a Cell,
}

macro_rules! head {
    ($row:expr, $table:ty) => {
        Head {
            table: <$table as crate::read::Table>::NAME,
            rowid: $row.rowid,
            id: &$row.id,
            deleted_at: &$row.deleted_at,
            updated_at: &$row.updated_at,
        }
    };
}
use head;

impl Head<'_> {
    fn source(&self) -> Source {
        Source {
            table: self.table,
            rowid: self.rowid,
            id: match self.id {
                Cell::Text(text) => text.chars().take(40).collect(),
                other => other.shown(),
            },
        }
    }

    fn deleted(&self) -> bool {
        self.deleted_at.marks_deleted()
    }

    fn at(&self) -> Option<Timestamp> {
        self.updated_at.moment()
    }
}

impl Map {
    fn count(&mut self, file: &FirstRaally) {
        self.out.rows = BTreeMap::from([
            ("users", file.users.len()),
            ("tenants", file.tenants.len()),
            ("tenantUsers", file.tenant_users.len()),
            ("settings", file.settings.len()),
            ("people", file.people.len()),
            ("jobTitles", file.job_titles.len()),
            ("compensations", file.compensations.len()),
            ("projects", file.projects.len()),
            ("assignments", file.assignments.len()),
            ("auditLogs", file.audit.len()),
        ]);
    }

    fn skip(&mut self, source: Source, why: SkipReason) {
        self.out.skipped.push(Skipped { source, why });
    }

    fn unreadable(&mut self, source: Source, why: impl Into<String>) {
        self.skip(source, SkipReason::Unreadable(why.into()));
    }

    fn adjusted(&mut self, source: &Source, what: impl Into<String>) {
        self.out.adjusted.push(Adjusted {
            source: source.clone(),
            what: what.into(),
        });
    }

    /// The row's id; a row whose id is none, or another's, is noted.
    fn id(&mut self, head: &Head<'_>) -> Option<Uuid> {
        let Some(id) = head.id.uuid() else {
            let shown = head.id.shown();
            self.unreadable(
                head.source(),
                format!("its id is {shown}, which is no UUID"),
            );
            return None;
        };
        if !self.seen.insert((head.table, id)) {
            self.unreadable(head.source(), "another row has the same id");
            return None;
        }
        Some(id)
    }

    /// The place of the row's workspace; a row of none that is imported is noted.
    fn tenant(&mut self, head: &Head<'_>, tenant: &Cell) -> Option<usize> {
        let place = tenant.uuid().and_then(|id| self.tenants.get(&id)).copied();
        let place = place.filter(|at| !self.out.tenants[*at].deleted);
        if place.is_none() {
            let why = match tenant {
                Cell::Null => SkipReason::NoWorkspace,
                _ => SkipReason::WorkspaceGone,
            };
            self.skip(head.source(), why);
        }
        place
    }

    /// The row's workspace and id, unless the row is deleted, of no workspace, or without an id.
    fn live(&mut self, head: &Head<'_>, tenant: &Cell) -> Option<(usize, Uuid)> {
        if head.deleted() {
            self.skip(head.source(), SkipReason::Deleted);
            return None;
        }
        let tenant = self.tenant(head, tenant)?;
        Some((tenant, self.id(head)?))
    }

    fn keep(&mut self, tenant: usize, entities: impl IntoIterator<Item = EntityRef>) {
        self.out.tenants[tenant].unreadable.extend(entities);
    }

    fn push(&mut self, tenant: usize, head: &Head<'_>, entity: EntityRef, fields: Fields) {
        self.out.tenants[tenant].entities.push(IncomingEntity {
            source: head.source(),
            entity,
            fields,
            at: head.at(),
        });
    }
}
