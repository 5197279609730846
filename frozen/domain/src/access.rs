//! Who may do what: one table, asked everywhere.

use crate::ids::{PersonId, UserId};
use crate::kinds::Role;

/// Somebody in a tenant: who they are there, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Who signed in.
    pub user: UserId,
    /// What they are in the tenant.
    pub role: Role,
    /// The person of the plan who this user is.
    pub person: Option<PersonId>,
}

/// What one may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// People, projects, assignments, schedule, dashboard, settings, live changes.
    ReadPlan,
    /// Notes on people and the reasons of others' time off.
    ReadPrivateNotes,
    /// What people are paid.
    ReadPay,
    /// The activity, with what was changed by whom.
    ReadAudit,
    /// Who belongs to the workspace, and as what.
    ReadMembers,
    /// Assignments, placeholders, and everybody's time off.
    PlanWork,
    /// Asking for time off for oneself, and taking the request back.
    RequestOwnTimeOff,
    /// People with their job titles, placements and availability.
    ManagePeople,
    /// Projects and clients.
    ManageProjects,
    /// Teams, skills and holiday calendars.
    ManageCatalogues,
    /// What people are paid.
    ManagePay,
    /// Who belongs to the workspace; invitations.
    ManageMembers,
    /// The workspace's settings, webhooks and their secrets.
    ManageSettings,
    /// Erasing what is known of a person.
    ErasePeople,
    /// Closing the workspace, and all that belongs to it.
    CloseWorkspace,
    /// Taking back one's own steps.
    Undo,
    /// Taking back others' steps.
    UndoOthers,
}

impl Operation {
    /// All of them, each once.
    pub const ALL: [Operation; 17] = [
        Operation::ReadPlan,
        Operation::ReadPrivateNotes,
        Operation::ReadPay,
        Operation::ReadAudit,
        Operation::ReadMembers,
        Operation::PlanWork,
        Operation::RequestOwnTimeOff,
        Operation::ManagePeople,
        Operation::ManageProjects,
        Operation::ManageCatalogues,
        Operation::ManagePay,
        Operation::ManageMembers,
        Operation::ManageSettings,
        Operation::ErasePeople,
        Operation::CloseWorkspace,
        Operation::Undo,
        Operation::UndoOthers,
    ];
}

impl Role {
    /// The table.
    #[must_use]
    pub fn may(self, operation: Operation) -> bool {
        use Operation as O;
        // Columns: admin, resource manager, member, viewer.
        let row: [bool; 4] = match operation {
            O::ReadPlan => [true, true, true, true],
            O::ReadPrivateNotes => [true, true, false, false],
            O::ReadPay => [true, false, false, false],
            O::ReadAudit => [true, true, false, false],
            O::ReadMembers => [true, true, false, false],
            O::PlanWork => [true, true, false, false],
            O::RequestOwnTimeOff => [true, true, true, false],
            O::ManagePeople => [true, true, false, false],
            O::ManageProjects => [true, true, false, false],
            O::ManageCatalogues => [true, true, false, false],
            O::ManagePay => [true, false, false, false],
            O::ManageMembers => [true, false, false, false],
            O::ManageSettings => [true, false, false, false],
            O::ErasePeople => [true, false, false, false],
            O::CloseWorkspace => [true, false, false, false],
            O::Undo => [true, true, true, false],
            O::UndoOthers => [true, false, false, false],
        };
        match self {
            Role::Admin => row[0],
            Role::ResourceManager => row[1],
            Role::Member => row[2],
            Role::Viewer => row[3],
        }
    }
}

impl Access {
    /// Whether the role allows it; what is somebody's own, the kinds decide.
    #[must_use]
    pub fn may(&self, operation: Operation) -> bool {
        self.role.may(operation)
    }

    /// True where that person is oneself.
    #[must_use]
    pub fn is(&self, person: PersonId) -> bool {
        self.person == Some(person)
    }
}
