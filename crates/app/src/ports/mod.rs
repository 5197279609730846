//! The ports: what the use cases need of the world.

mod audit;
mod bus;
mod cache;
mod identity;
mod limits;
mod reporting;
mod store;
mod world;

pub use audit::{AuditEntry, AuditStore, Kept};
pub use bus::{Bus, BusError, Content, Delivery, Handled, Message, Subscription};
pub use cache::{Cache, CacheError};
pub use identity::{
    Identity, IdentityError, Membership, NewSession, ROTATION_GRACE_MICROS, Rotation, Session,
    SigningKey, TenantName, User,
};
pub use limits::{LimitError, Rate, RateLimiter, Verdict, gcra};
pub use reporting::{
    BookedDay, CapacityDay, Dirt, PersonDays, PersonRow, Progress, ProjectRow, Refreshed,
    Reporting, Subject, TimeOffDay,
};
pub use store::{
    AccountHead, Append, AppendError, AppendStep, AuditFilter, AuditPosition, Batch,
    IdentityChange, LogHead, LoggedEvent, Lookup, OutboxRow, Passage, Snapshot, Store, StoreError,
    StoredAnswer,
};
pub use world::{Clock, Files, FilesError, Ids, Mail, MailError, Mailer};
