//! The ports: what the use cases need of the world.

mod bus;
mod cache;
mod identity;
mod limits;
mod notifications;
mod store;
mod webhooks;
mod world;

pub use bus::{Bus, BusError, Delivery, Handled, Message, Subscription};
pub use cache::{Cache, CacheError};
pub use identity::{
    Identity, IdentityError, Membership, NewSession, ROTATION_GRACE_MICROS, Rotation, Session,
    SigningKey, TenantName, User,
};
pub use limits::{LimitError, Rate, RateLimiter, Verdict, gcra};
pub use notifications::{Notification, NotificationPosition, Notifications, Preference};
pub use store::{
    Append, AppendError, AppendStep, AuditFilter, AuditPosition, Batch, IdentityChange, LogHead,
    LoggedEvent, Lookup, OutboxRow, Passage, Snapshot, Store, StoreError, StoredAnswer,
};
pub use webhooks::{
    Courier, CourierError, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSecret,
    WebhookStatus, Webhooks,
};
pub use world::{Clock, Files, FilesError, Ids, Mail, MailError, Mailer};
