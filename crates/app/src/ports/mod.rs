//! The ports: what the use cases need of the world outside.

mod audit;
mod bus;
mod cache;
mod deletion;
mod epochs;
mod identity;
mod limits;
mod notifications;
mod reporting;
mod sagas;
mod store;
mod store_metrics;
mod system;
mod traces;
mod webhooks;

pub use audit::{AppendOutcome, AuditEntry, AuditStore, are_consecutive};
pub use bus::{
    Acknowledgement, Bus, BusError, Content, Delivery, LOOKAHEAD, Message, Subscription,
};
pub use cache::{Cache, CacheError};
pub use deletion::{ExportPart, TenantDeletion, TenantStatus};
pub use epochs::{Epoch, Epochs};
pub use identity::{
    Identity, IdentityError, Membership, NewSession, ROTATION_GRACE_MICROS, Rotation, Session,
    SigningKey, TenantName, User,
};
pub use limits::{LimitError, Rate, RateLimiter, Verdict, gcra};
pub use notifications::{Notification, NotificationPosition, Notifications, Preference};
pub use reporting::{
    BookedDay, CapacityDay, DirtyRange, DirtySubject, PersonDays, PersonRow, Progress, ProjectRow,
    RefreshBatch, Reporting, TimeOffDay,
};
pub use sagas::{Saga, SagaStatus, Sagas};
pub use store::{
    AccountHead, Append, AppendError, AppendStep, AuditFilter, AuditPosition, Batch, EventTrace,
    IdempotentResponse, IdentityChange, LogHead, LoggedEvent, Lookup, OffsetCommit, OutboxRow,
    Snapshot, Store, StoreError,
};
pub use store_metrics::{Connections, OutboxBacklog, StoreMetrics};
pub use system::{Clock, Ids, Mail, MailError, Mailer};
pub use traces::Traces;
pub use webhooks::{
    WebhookAttempt, WebhookClient, WebhookClientError, WebhookDelivery, WebhookEndpoint,
    WebhookSecret, WebhookStatus, Webhooks,
};
