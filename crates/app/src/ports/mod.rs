//! The ports: what the use cases need of the world outside.

pub(crate) mod audit;
pub(crate) mod bus;
pub(crate) mod cache;
pub(crate) mod deletion;
pub(crate) mod epochs;
pub(crate) mod identity;
pub(crate) mod limits;
pub(crate) mod notifications;
mod reporting;
pub(crate) mod sagas;
pub(crate) mod store;
pub(crate) mod store_metrics;
mod system;
pub(crate) mod traces;
pub(crate) mod webhooks;

pub use audit::{AppendOutcome, AuditEntry, AuditStore, are_consecutive};
pub use bus::{
    Acknowledgement, Bus, BusError, Content, Delivery, LOOKAHEAD, Message, Subscription, Topic,
};
pub use cache::{Cache, CacheError};
pub use deletion::{ExportPart, TenantDeletion, TenantStatus};
pub use epochs::{Epoch, Epochs};
pub use identity::{
    Identity, IdentityError, MAX_SESSION_MICROS, Membership, NewSession, ROTATION_GRACE_MICROS,
    Rotation, Session, SigningKey, TenantName, User, UserExpectation, UserUpdate,
};
pub use limits::{Claim, LimitError, Rate, RateLimiter, Verdict, gcra};
pub use notifications::{
    Notification, NotificationPosition, Notifications, Preference, PreferencePatch,
};
pub use reporting::{
    BookedDay, CapacityDay, DirtyRange, DirtySubject, PersonDays, PersonRow, Progress, ProjectRow,
    RefreshBatch, Reporting, TimeOffDay,
};
pub use sagas::{Saga, SagaStatus, Sagas};
pub use store::{
    AccountHead, Append, AppendError, AppendStep, AuditFilter, AuditPosition, Batch, Erased,
    Erasure, EventTrace, IdempotentResponse, IdentityChange, LogHead, LoggedEvent, Lookup,
    MAX_PAGE_BYTES, OffsetCommit, OutboxRow, Snapshot, Store, StoreError,
};
pub use store_metrics::{Connections, OutboxBacklog, StoreMetrics};
pub use system::{Clock, Ids, Mail, MailError, Mailer};
pub use traces::Traces;
pub use webhooks::{
    LeaseBounds, TEST_EVENT, WebhookAttempt, WebhookClient, WebhookClientError, WebhookDelivery,
    WebhookEndpoint, WebhookSecret, WebhookStatus, Webhooks,
};

/// The ports that one database keeps, each with its name in [`crate::Services`]. A port's line here
/// is all that it takes for a store's implementation to reach the use cases, and for its contract
/// suite to run on every store.
///
/// `database_ports! { (make) first second }` calls `make! { first second; name: Port, ... }`.
#[macro_export]
#[doc(hidden)]
macro_rules! database_ports {
    (($($make:tt)+) $($first:tt)*) => {
        $($make)+! { $($first)*;
            /// Logs and what is kept beside them.
            store: Store,
            /// Accounts, sessions, keys.
            identity: Identity,
            /// Every event a second time.
            audit: AuditStore,
            /// What users are told.
            notifications: Notifications,
            /// Endpoints and deliveries.
            webhooks: Webhooks,
            /// Processes of several steps.
            sagas: Sagas,
            /// Suspending, exporting and erasing tenants.
            deletion: TenantDeletion,
            /// When commits were lost.
            epochs: Epochs,
            /// Which requests events came of.
            traces: Traces,
            /// Backlog and connections.
            store_metrics: StoreMetrics,
        }
    };
}
