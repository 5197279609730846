//! The demo workspace: a made-up company to look at Raally with, and to measure it with.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

mod chance;
mod company;
mod holidays;
mod names;
mod staff;
mod work;

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use raally_app::event_factory::EventFactory;
use raally_app::ports::{
    AppendError, Batch, Clock, Identity, IdentityChange, Ids, Store, StoreError, User,
};
use raally_domain::date::Date;
use raally_domain::decide::MAX_STEP_EVENTS;
use raally_domain::event::StepKind;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{MAX_ASSIGNMENTS, MAX_PEOPLE, Role, Settings};
use raally_domain::plan::Plan;
use raally_domain::time::Timestamp;
use raally_domain::written::NotWritten;
use serde_json::{Value, json};

use chance::Chance;
pub use company::Size;

const NAME: &str = "Brightwater Studio";
const SLUG: &str = "demo";
/// Known to everybody who reads this: a demo is not a place for secrets.
const PASSWORD: &str = "raally-demo";
const USERS: [(&str, &str, Role); 4] = [
    ("admin@demo.example", "Demo Admin", Role::Admin),
    (
        "manager@demo.example",
        "Demo Manager",
        Role::ResourceManager,
    ),
    ("member@demo.example", "Demo Member", Role::Member),
    ("viewer@demo.example", "Demo Viewer", Role::Viewer),
];

/// The company of `raally serve --demo`.
const SMALL: Size = Size {
    people: 60,
    projects: 14,
    assignments: 260,
};

/// A demo workspace and how to sign in to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    pub tenant: TenantId,
    /// False where it was there before: nothing was written then.
    pub created: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(
        "a demo has 1 to {MAX_PEOPLE} people, at least one project, and at most {MAX_ASSIGNMENTS} assignments"
    )]
    Size,
    #[error("the demo's passwords cannot be hashed: {0}")]
    Password(argon2::password_hash::Error),
    #[error("the demo does not fit its own plan: {0}")]
    NotWritten(#[from] NotWritten),
    #[error("{0}")]
    Append(#[from] AppendError),
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Makes the demo workspace of `raally serve --demo`, unless there is one; today is the clock's.
pub async fn ensure_demo(
    store: &dyn Store,
    identity: &dyn Identity,
    clock: &dyn Clock,
) -> Result<Demo, DemoError> {
    const MICROS_A_DAY: i64 = 86_400_000_000;
    let days = clock.now().micros().div_euclid(MICROS_A_DAY);
    let today = i32::try_from(days).ok().and_then(Date::from_days);
    create(store, identity, SMALL, 1, today.unwrap_or(Date::MIN)).await
}

/// Makes a demo workspace, the same for the same size, seed and date; unless there is one.
pub async fn create(
    store: &dyn Store,
    identity: &dyn Identity,
    size: Size,
    seed: u64,
    today: Date,
) -> Result<Demo, DemoError> {
    if let Some(known) = identity.tenant_by_slug(SLUG).await? {
        return Ok(Demo {
            tenant: known.id,
            created: false,
        });
    }
    let people = 1..=MAX_PEOPLE;
    if !people.contains(&(size.people as usize))
        || size.projects == 0
        || size.assignments as usize > MAX_ASSIGNMENTS
    {
        return Err(DemoError::Size);
    }
    let (tenant, batch) = batch(size, seed, today)?;
    store.append(batch).await?;
    Ok(Demo {
        tenant,
        created: true,
    })
}

fn batch(size: Size, seed: u64, today: Date) -> Result<(TenantId, Batch), DemoError> {
    let chance = Chance::new(seed, today);
    let midnight = Timestamp::from_micros(i64::from(today.days()) * 86_400_000_000);
    let tenant: TenantId = chance.id();
    let mut identity = Vec::new();
    let mut users = Vec::new();
    for (email, full_name, role) in USERS {
        let id: UserId = chance.id();
        users.push((id, email, role));
        identity.push(IdentityChange::AddUser(User {
            id,
            email: email.to_owned(),
            full_name: full_name.to_owned(),
            password_hash: Some(hash(&chance).map_err(DemoError::Password)?),
            locale: None,
            last_view: None,
            email_verified: true,
            created_at: midnight,
            imported: None,
        }));
    }
    let settings = Settings::new(NAME.to_owned(), SLUG.to_owned());
    let changes = company::changes(&chance, today, size, settings, &users);
    let seal = EventFactory {
        actor: "demo",
        kind: StepKind::Do,
        now: midnight,
        ids: &chance,
        step_events: MAX_STEP_EVENTS,
    };
    let mut plan = Plan::empty(tenant, 1);
    let changes = changes
        .into_iter()
        .map(|recorded| (recorded, None))
        .collect();
    let append = seal.append(&mut plan, None, changes)?;
    let batch = Batch {
        appends: vec![append],
        identity,
        ..Batch::default()
    };
    Ok((tenant, batch))
}

/// The demo's password with a salt that repeats; the same parameters as everybody's.
fn hash(chance: &Chance) -> Result<String, argon2::password_hash::Error> {
    let params = Params::new(19 * 1024, 2, 1, None)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut salt = [0; 16];
    chance.fill(&mut salt);
    let hash: PasswordHash = argon2.hash_password_with_salt(PASSWORD.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

impl Demo {
    /// Workspace and sign-ins for programs.
    pub fn json(&self) -> Value {
        let users = USERS
            .map(|(email, _, role)| json!({ "email": email, "password": PASSWORD, "role": role }));
        json!({
            "tenant": { "id": self.tenant, "slug": SLUG, "name": NAME },
            "users": users,
        })
    }

    /// Workspace and sign-ins for people.
    pub fn text(&self) -> String {
        let known = match self.created {
            true => "is ready",
            false => "was there already; nothing has been changed",
        };
        let mut text = format!("The demo workspace {NAME} (/{SLUG}) {known}. Sign in as\n");
        for (email, _, role) in USERS {
            let role = match role {
                Role::Admin => "company admin",
                Role::ResourceManager => "resource manager",
                Role::Member => "member",
                Role::Viewer => "viewer",
            };
            text.push_str(&format!("  {email:20}  {PASSWORD}  ({role})\n"));
        }
        text
    }
}
