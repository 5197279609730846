//! The one error of the use cases; the server maps it to HTTP once.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::date::Date;
use raally_domain::decide::{Reason, Rejection};
use raally_domain::event::Head;
use raally_domain::kinds::EntityRef;
use raally_domain::problem::{FieldError, Message};

use crate::ports::{AppendError, IdentityError, StoreError};

/// What lies behind an error, for the log; never shown to a caller.
pub type Source = Arc<dyn std::error::Error + Send + Sync>;

/// Why a use case did not do what it was asked. Texts are sentences a planner can act on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or not for the caller to know of.
    #[error("{0}")]
    NotFound(Message),
    /// It contradicts what is there now.
    #[error("{0}")]
    Conflict(Message),
    /// The caller's role does not allow it.
    #[error("{0}")]
    Forbidden(Message),
    /// The workspace is being closed: nothing is written to it.
    #[error("{}", Message::WorkspaceClosing)]
    Closing,
    /// Nobody is signed in, or not validly.
    #[error("{0}")]
    Unauthenticated(Message),
    /// The request itself is wrong.
    #[error("the request is not valid")]
    Invalid {
        /// What is wrong, field by field.
        errors: Vec<FieldError>,
    },
    /// A planning rule speaks against it, on these days.
    #[error("{message}")]
    Rejected {
        /// A sentence that a planner can act on.
        message: Message,
        /// The days that it is about, if it is about days.
        days: Vec<Date>,
    },
    /// The entity is no longer at the version the caller expected.
    #[error("it was changed in between: it now has version {current}")]
    Stale {
        /// What has changed.
        entity: EntityRef,
        /// The version that the caller knew.
        expected: u64,
        /// Its version now.
        current: u64,
    },
    /// It contradicts what was done to an entity after that version, which can be told.
    #[error("{message}")]
    Stands {
        /// What the rule says.
        message: Message,
        /// What was changed.
        entity: EntityRef,
        /// The changes after this version are told.
        since: u64,
    },
    /// Something is wrong with one of several commands; `pointer` names it.
    #[error("{error}")]
    Command {
        /// Where the command is in the request: `/commands/3`.
        pointer: String,
        /// What is wrong with it.
        error: Arc<Error>,
    },
    /// The caller's head is of an epoch that has ended: start over from this one.
    #[error("this workspace has been restored: load it again")]
    Reset {
        /// Where the log stands now.
        head: Head,
    },
    /// An idempotency key came again with another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyMismatch,
    /// Too often.
    #[error("too many requests: try again in {} s", .retry_after.as_secs().max(1))]
    RateLimited {
        /// After how long it is allowed again.
        retry_after: Duration,
    },
    /// A bound was reached.
    #[error("{0}")]
    QuotaExceeded(Message),
    /// Not now; nothing was changed unless the text says otherwise.
    #[error("{detail}")]
    Unavailable {
        /// A sentence for whoever asked.
        detail: String,
        /// How long to wait before trying again.
        retry_after: Duration,
        /// What it came from, for the log.
        #[source]
        source: Option<Source>,
    },
    /// A fault of ours.
    #[error("{detail}")]
    Internal {
        /// A sentence for whoever asked.
        detail: String,
        /// What it came from, for the log.
        #[source]
        source: Option<Source>,
    },
}

/// How long a caller should wait before trying again what was unavailable.
const RETRY_AFTER: Duration = Duration::from_secs(2);

impl Error {
    /// One field is wrong.
    #[must_use]
    pub fn field(pointer: &str, message: impl Into<Message>) -> Error {
        Error::Invalid {
            errors: vec![FieldError::new(pointer, message)],
        }
    }

    /// Something is away for a moment: to be tried again in a second.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Error {
        Error::Unavailable {
            detail: detail.into(),
            retry_after: RETRY_AFTER,
            source: None,
        }
    }

    /// A fault of the server, with what it came from.
    #[must_use]
    pub fn internal(
        detail: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Error {
        Error::Internal {
            detail: detail.into(),
            source: Some(Arc::new(source)),
        }
    }

    /// The error of one of several commands, told with its place among them.
    #[must_use]
    pub fn of_command(rejection: Rejection, commands: &str) -> Error {
        let Some(index) = rejection.command else {
            return rejection.into();
        };
        let pointer = format!("{commands}/{index}");
        match Error::from(rejection) {
            Error::Invalid { errors } => Error::Invalid {
                errors: errors
                    .into_iter()
                    .map(|e| {
                        let inner = format!("{pointer}/body{}", e.pointer);
                        e.at(inner)
                    })
                    .collect(),
            },
            error => Error::Command {
                pointer,
                error: Arc::new(error),
            },
        }
    }

    /// The chain of what lies behind it, for the log.
    #[must_use]
    pub fn causes(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Error {
        match rejection.reason {
            Reason::NotFound(kind) => Error::NotFound(kind.into()),
            Reason::Forbidden => Error::Forbidden(Message::Forbidden),
            Reason::Invalid(errors) => Error::Invalid { errors },
            Reason::Stale {
                entity,
                expected,
                current,
            } => Error::Stale {
                entity,
                expected,
                current,
            },
            Reason::Conflict(message) => Error::Conflict(message),
            Reason::Stands {
                message,
                entity,
                since,
            } => Error::Stands {
                message,
                entity,
                since,
            },
            Reason::Quota(message) => Error::QuotaExceeded(message),
            Reason::Rule { message, days } => Error::Rejected { message, days },
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        match error {
            StoreError::Unavailable(detail) => Error::unavailable(detail),
            StoreError::Corrupt(_) => Error::internal("what is stored contradicts itself", error),
            StoreError::Failed(_) => Error::internal("the store failed", error),
        }
    }
}

impl From<IdentityError> for Error {
    fn from(error: IdentityError) -> Error {
        match error {
            IdentityError::EmailTaken(_) => email_taken(),
            IdentityError::Store(error) => error.into(),
        }
    }
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Error {
        match error {
            AppendError::HeadMoved { .. } => {
                Error::unavailable("others are writing to this workspace: try again")
            }
            AppendError::AccountMoved(_) | AppendError::UserMoved(_) => {
                Error::unavailable("others are writing to this account: try again")
            }
            AppendError::SlugTaken(slug) => slug_taken(&slug),
            AppendError::EmailTaken(_) => email_taken(),
            AppendError::Suspended(_) => Error::Closing,
            AppendError::Store(error) => error.into(),
        }
    }
}

fn email_taken() -> Error {
    Error::Conflict(Message::EmailTaken)
}

pub(crate) fn slug_taken(slug: &str) -> Error {
    Error::Conflict(Message::SlugTaken {
        slug: slug.to_owned(),
    })
}
