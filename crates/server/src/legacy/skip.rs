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
pub(crate) enum Why {
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
    /// It cannot be read; says why.
    Unreadable(String),
}

impl Why {
    /// A word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Why::Deleted => "deleted",
            Why::NoWorkspace => "no_workspace",
            Why::WorkspaceGone => "workspace_gone",
            Why::PersonGone => "person_gone",
            Why::ProjectGone => "project_gone",
            Why::UserGone => "user_gone",
            Why::NotActive => "not_active",
            Why::NotNeeded => "not_needed",
            Why::DeletedHere => "deleted_here",
            Why::Unreadable(_) => "unreadable",
        }
    }

    /// The end of a sentence that begins with how many rows it concerns.
    pub(crate) fn sentence(&self) -> &'static str {
        match self {
            Why::Deleted => "marked as deleted in the file",
            Why::NoWorkspace => "of no workspace",
            Why::WorkspaceGone => "of workspaces that are deleted or missing",
            Why::PersonGone => "of people who are deleted or missing",
            Why::ProjectGone => "of projects that are deleted or missing",
            Why::UserGone => "of users who are deleted or missing",
            Why::NotActive => "not active (invited, or without permissions)",
            Why::NotNeeded => "defaults that belong to nothing",
            Why::DeletedHere => "deleted here since an earlier import",
            Why::Unreadable(_) => "that cannot be read (named below)",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) source: Source,
    pub(crate) why: Why,
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
