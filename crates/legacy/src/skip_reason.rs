//! What of the file is not imported, or not as it stood there.

use std::fmt;

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) table: &'static str,
    pub(crate) rowid: i64,
    /// Its id as it stands in the file.
    pub(crate) id: String,
}

/// Why a row is not imported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SkipReason {
    /// It has a `deletedAt`.
    Deleted,
    /// It names no workspace.
    NoWorkspace,
    /// Its workspace is deleted or missing.
    WorkspaceGone,
    PersonGone,
    ProjectGone,
    UserGone,
    /// A membership whose status is not `active`.
    NotActive,
    /// It is a default that belongs to nothing.
    NotNeeded,
    /// It, or what it belongs to, has been deleted here since it was imported.
    DeletedHere,
    /// It would bring work to somebody, or to a project, that takes none here any more.
    NotBookable,
    /// It cannot be read; says why.
    Unreadable(String),
}

impl SkipReason {
    /// A word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            SkipReason::Deleted => "deleted",
            SkipReason::NoWorkspace => "no_workspace",
            SkipReason::WorkspaceGone => "workspace_gone",
            SkipReason::PersonGone => "person_gone",
            SkipReason::ProjectGone => "project_gone",
            SkipReason::UserGone => "user_gone",
            SkipReason::NotActive => "not_active",
            SkipReason::NotNeeded => "not_needed",
            SkipReason::DeletedHere => "deleted_here",
            SkipReason::NotBookable => "not_bookable",
            SkipReason::Unreadable(_) => "unreadable",
        }
    }

    /// The end of a sentence that begins with how many rows it concerns.
    pub(crate) fn sentence(&self) -> &'static str {
        match self {
            SkipReason::Deleted => "marked as deleted in the file",
            SkipReason::NoWorkspace => "of no workspace",
            SkipReason::WorkspaceGone => "of workspaces that are deleted or missing",
            SkipReason::PersonGone => "of people who are deleted or missing",
            SkipReason::ProjectGone => "of projects that are deleted or missing",
            SkipReason::UserGone => "of users who are deleted or missing",
            SkipReason::NotActive => "not active (invited, or without permissions)",
            SkipReason::NotNeeded => "defaults that belong to nothing",
            SkipReason::DeletedHere => "deleted here since an earlier import",
            SkipReason::NotBookable => {
                "of people or projects that are archived or completed here: they take no new work"
            }
            SkipReason::Unreadable(_) => "that cannot be read (named below)",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) source: Source,
    pub(crate) why: SkipReason,
}

/// Something that was imported otherwise than it stood in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Adjusted {
    pub(crate) source: Source,
    /// What was done, as a sentence.
    pub(crate) what: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} row {} ({})", self.table, self.rowid, self.id)
    }
}
