//! What messages speak of.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::date::Date;
use crate::kinds::Kind;

/// What may be missing: a kind of record, or what is no record of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A record.
    Kind(Kind),
    /// An address that nothing answers.
    Page,
    /// A file of the web app.
    File,
    /// A workspace, or one that the caller is no member of.
    Workspace,
    /// An invitation.
    Invitation,
    /// A notification.
    Notification,
    /// A webhook.
    Webhook,
    /// A delivery of a webhook.
    Delivery,
}

impl From<Kind> for Thing {
    fn from(kind: Kind) -> Thing {
        Thing::Kind(kind)
    }
}

/// What is no record of a plan.
pub(super) const OTHERS: [Thing; 7] = [
    Thing::Page,
    Thing::File,
    Thing::Workspace,
    Thing::Invitation,
    Thing::Notification,
    Thing::Webhook,
    Thing::Delivery,
];

impl Thing {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Thing::Kind(kind) => kind.noun(),
            Thing::Page => "page",
            Thing::File => "file",
            Thing::Workspace => "workspace",
            Thing::Invitation => "invitation",
            Thing::Notification => "notification",
            Thing::Webhook => "webhook",
            Thing::Delivery => "delivery",
        }
    }

    pub(super) fn code(self) -> Cow<'static, str> {
        let name = match self {
            Thing::Kind(kind) => kind.name(),
            other => other.noun(),
        };
        Cow::Owned(format!("{}-not-found", name.replace('_', "-")))
    }
}

/// Days that a sentence names: the first few, and how many more there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Days {
    named: Vec<Date>,
    #[serde(skip)]
    more: usize,
}

impl Days {
    /// Of these days the first `most`.
    #[must_use]
    pub fn first(days: &[Date], most: usize) -> Days {
        Days {
            named: days.iter().take(most).copied().collect(),
            more: days.len().saturating_sub(most),
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.named.iter().map(Date::to_string).collect();
        f.write_str(&named.join(", "))?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// From when on something has been so, where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Since(pub Option<Date>);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(day) => write!(f, " since {day}"),
            None => Ok(()),
        }
    }
}
