//! Closing a workspace: nobody may work in it any more, its admins may fetch an export and take
//! the closing back for a while, then it is erased.

use std::time::Duration;

use async_trait::async_trait;
use raally_domain::account::AccountChange;
use raally_domain::entities::Role;
use raally_domain::event::Actor;
use raally_domain::ids::{TenantId, UserId};
use raally_domain::plan::Plan;
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::letters::Letter;
use super::{Director, Failure, Next, Script, TURN, is_last};
use crate::accounts::{Happened, record_with};
use crate::error::Error;
use crate::export;
use crate::ports::{Course, ExportPart, Saga};
use crate::services::{Services, later};
use crate::tenants::Tenants;

const KIND: &str = "close";
const SUSPEND: u32 = 0;
const EXPORT: u32 = 1;
const TELL: u32 = 2;
const WAIT: u32 = 3;
/// From here on there is no way back.
const ERASE: u32 = 4;
const RECORD: u32 = 5;
/// And a last mail.
const STEPS: u32 = 7;
/// How many rows are erased at a time.
const AT_ONCE: usize = 5_000;
/// How often a cancellation is tried again because the saga moved meanwhile.
const ATTEMPTS: u32 = 5;

/// Somebody to be written to, also when the workspace is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Admin {
    email: String,
    full_name: String,
    locale: Option<String>,
}

/// What the saga knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    name: String,
    slug: String,
    by: UserId,
    erase_at: Timestamp,
    admins: Vec<Admin>,
}

fn state(saga: &Saga) -> Result<State, Failure> {
    serde_json::from_str(&saga.state).map_err(|_| Failure::Never("it cannot be read".to_owned()))
}

/// How far a closing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The export is being written.
    Preparing,
    /// It can be fetched, and the closing be taken back.
    Waiting,
    Erasing,
    /// It is being taken back.
    Resuming,
}

/// A closing under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    pub id: Uuid,
    pub phase: Phase,
    pub by: UserId,
    pub erase_at: Timestamp,
}

impl Closing {
    fn of(saga: &Saga) -> Option<Closing> {
        let state: State = serde_json::from_str(&saga.state).ok()?;
        let phase = match (saga.course, saga.step) {
            (Course::Undoing, _) => Phase::Resuming,
            (_, ..WAIT) => Phase::Preparing,
            (_, WAIT) => Phase::Waiting,
            _ => Phase::Erasing,
        };
        Some(Closing {
            id: saga.id,
            phase,
            by: state.by,
            erase_at: state.erase_at,
        })
    }
}

/// Closes workspaces, and takes that back.
#[derive(Clone)]
pub struct Closures {
    services: Services,
    director: Director,
    /// How long a closing can be taken back.
    grace: Duration,
}

impl Closures {
    #[must_use]
    pub fn new(services: Services, director: Director, grace: Duration) -> Closures {
        Closures {
            services,
            director,
            grace,
        }
    }

    /// Begins to close the plan's workspace for an admin who confirms that by its name or its
    /// address; it is suspended when this returns. [`Error::Conflict`] if it is being closed.
    pub async fn close(&self, plan: &Plan, by: UserId, confirm: &str) -> Result<Closing, Error> {
        let settings = plan.settings();
        let confirm = confirm.trim();
        if confirm != settings.name && confirm != settings.slug {
            let detail = "must be the workspace's name or its address";
            return Err(Error::field("/confirm", detail));
        }
        let tenant = plan.tenant();
        if self.find(tenant).await?.is_some() {
            return Err(Error::Conflict("It is being closed already.".to_owned()));
        }
        let now = self.services.now();
        let state = State {
            name: settings.name.clone(),
            slug: settings.slug.clone(),
            by,
            erase_at: later(now, self.grace),
            admins: self.admins(plan).await?,
        };
        let saga = Saga {
            tenant,
            id: self.services.uuid(),
            kind: KIND.to_owned(),
            course: Course::Doing,
            step: SUSPEND,
            state: serde_json::to_string(&state).expect("a closing is plain data"),
            attempts: 0,
            // The turn is ours.
            due_at: later(now, TURN),
            version: 1,
        };
        self.director.begin(saga.clone()).await?;
        self.director.turn_to(saga.clone(), EXPORT).await?;
        let saga = self.services.sagas.saga(tenant, saga.id).await?;
        let begun = saga.filter(|saga| saga.course == Course::Doing);
        let begun = begun.as_ref().and_then(Closing::of);
        begun.ok_or_else(|| Error::Conflict("It is being closed already.".to_owned()))
    }

    async fn admins(&self, plan: &Plan) -> Result<Vec<Admin>, Error> {
        let members = plan.members().iter();
        let admins = members.filter(|(_, member)| member.value.role == Role::Admin);
        let ids: Vec<UserId> = admins.map(|(id, _)| *id).collect();
        let users = self.services.identity.users(&ids).await?.into_iter();
        Ok(users
            .map(|user| Admin {
                email: user.email,
                full_name: user.full_name,
                locale: user.locale,
            })
            .collect())
    }

    /// The closing of a workspace that is under way.
    pub async fn find(&self, tenant: TenantId) -> Result<Option<Closing>, Error> {
        let sagas = self.services.sagas.under_way(tenant, KIND).await?;
        Ok(sagas.first().and_then(Closing::of))
    }

    /// Takes a closing back: the workspace is as it was before when this returns.
    /// [`Error::Conflict`] if there is none, or if it is too late.
    pub async fn cancel(&self, tenant: TenantId) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let sagas = self.services.sagas.under_way(tenant, KIND).await?;
            let saga = sagas.into_iter().next().ok_or_else(not_closing)?;
            if saga.course == Course::Undoing {
                return Ok(());
            }
            if saga.step >= ERASE {
                let text = "It is too late: the workspace is being erased.";
                return Err(Error::Conflict(text.to_owned()));
            }
            let undoing = Saga {
                course: Course::Undoing,
                attempts: 0,
                due_at: later(self.services.now(), TURN),
                ..saga
            };
            if self.services.sagas.put(&undoing).await? {
                let version = undoing.version + 1;
                return self.director.turn(Saga { version, ..undoing }).await;
            }
        }
        Err(Error::unavailable(
            "the closing has just gone on: try again",
        ))
    }

    /// Which export can be fetched now. [`Error::Conflict`] if there is none (yet).
    pub async fn export(&self, tenant: TenantId) -> Result<Uuid, Error> {
        let closing = self.find(tenant).await?.ok_or_else(not_closing)?;
        match closing.phase {
            Phase::Waiting => Ok(closing.id),
            _ => Err(Error::Conflict(
                "The export is not there: it is being written, or gone.".to_owned(),
            )),
        }
    }

    /// A part of an export, from 1 on; `None` after the last.
    pub async fn part(
        &self,
        tenant: TenantId,
        export: Uuid,
        number: u32,
    ) -> Result<Option<String>, Error> {
        Ok(self.services.closings.part(tenant, export, number).await?)
    }
}

fn not_closing() -> Error {
    Error::Conflict("This workspace is not being closed.".to_owned())
}

/// The steps of a closing.
pub struct CloseScript {
    services: Services,
    tenants: Tenants,
}

impl CloseScript {
    #[must_use]
    pub fn new(services: Services, tenants: Tenants) -> CloseScript {
        CloseScript { services, tenants }
    }

    async fn suspend(&self, saga: &Saga) -> Result<Next, Failure> {
        let now = self.services.now();
        let suspended = self
            .services
            .closings
            .suspend(saga.tenant, saga.id, now)
            .await;
        if !suspended.map_err(failed)? {
            return Err(Failure::Never("another closing has it".to_owned()));
        }
        self.tenants.look_again(saga.tenant).await;
        Ok(Next::Go)
    }

    /// Writes the next part of the export.
    async fn export(&self, saga: &Saga) -> Result<Next, Failure> {
        let (tenant, id) = (saga.tenant, saga.id);
        let last = self
            .services
            .closings
            .last_part(tenant, id)
            .await
            .map_err(failed)?;
        let (number, after) = last.unwrap_or_default();
        let store = &*self.services.store;
        let Some((last_seq, lines)) = export::lines(store, tenant, after).await? else {
            return Ok(Next::Go);
        };
        let part = ExportPart {
            number: number + 1,
            last_seq,
            lines,
        };
        let kept = self.services.closings.keep_part(tenant, id, part).await;
        kept.map_err(failed)?;
        Ok(Next::Wait(self.services.now()))
    }

    /// Writes to the admins. It is done if anybody could be written to, so that nobody is written
    /// to again for another's sake, and where nobody ever can: a closing does not wait for mail.
    async fn mail(&self, saga: &Saga, state: &State, letter: &Letter<'_>) -> Result<Next, Failure> {
        let mut failed = Vec::new();
        for admin in &state.admins {
            let mail = letter.to(&admin.email, &admin.full_name, admin.locale.as_deref());
            if let Err(error) = self.services.mailer.send(mail).await {
                failed.push(error.to_string());
            }
        }
        match failed.first() {
            Some(error) if failed.len() == state.admins.len() && !is_last(saga) => {
                Err(Failure::Later(error.clone()))
            }
            Some(error) => {
                tracing::warn!(tenant = %saga.tenant, error, "not all admins were written to");
                Ok(Next::Go)
            }
            None => Ok(Next::Go),
        }
    }

    /// Erases some more.
    async fn erase(&self, saga: &Saga) -> Result<Next, Failure> {
        let (tenant, now) = (saga.tenant, self.services.now());
        let closed = self.services.closings.close(tenant, saga.id, now).await;
        if !closed.map_err(failed)? {
            return Err(Failure::Never("another closing has it".to_owned()));
        }
        self.tenants.look_again(tenant).await;
        match self
            .services
            .closings
            .erase(tenant, AT_ONCE)
            .await
            .map_err(failed)?
        {
            0 => Ok(Next::Go),
            _ => Ok(Next::Wait(now)),
        }
    }

    /// Says on the platform's stream that it was closed. After a crash it may say so twice.
    async fn record(&self, saga: &Saga, state: &State) -> Result<Next, Failure> {
        let happened = Happened {
            stream: StreamId::Platform,
            actor: Actor::User(state.by),
            change: AccountChange::TenantClosed {
                tenant: saga.tenant,
            },
        };
        let recorded = record_with(&self.services, happened, Vec::new()).await;
        recorded.map_err(|e| Failure::from(Error::from(e)))?;
        Ok(Next::Go)
    }

    fn link(&self, state: &State) -> String {
        format!("{}/{}", self.services.web_address, state.slug)
    }
}

fn failed(error: crate::ports::StoreError) -> Failure {
    Failure::from(Error::from(error))
}

#[async_trait]
impl Script for CloseScript {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn steps(&self) -> u32 {
        STEPS
    }

    fn pivot(&self) -> u32 {
        ERASE
    }

    async fn act(&self, saga: &Saga) -> Result<Next, Failure> {
        let state = state(saga)?;
        match saga.step {
            SUSPEND => self.suspend(saga).await,
            EXPORT => self.export(saga).await,
            TELL => {
                let date = state.erase_at.to_string();
                let letter = Letter::Closing {
                    workspace: &state.name,
                    link: &self.link(&state),
                    date: date.split('T').next().unwrap_or_default(),
                };
                self.mail(saga, &state, &letter).await
            }
            WAIT if self.services.now() < state.erase_at => Ok(Next::Wait(state.erase_at)),
            WAIT => Ok(Next::Go),
            ERASE => self.erase(saga).await,
            RECORD => self.record(saga, &state).await,
            _ => {
                let workspace = &state.name;
                let letter = Letter::Closed { workspace };
                self.mail(saga, &state, &letter).await
            }
        }
    }

    async fn undo(&self, saga: &Saga) -> Result<(), Failure> {
        match saga.step {
            SUSPEND => {
                let resumed = self.services.closings.resume(saga.tenant, saga.id).await;
                resumed.map_err(failed)?;
                self.tenants.look_again(saga.tenant).await;
            }
            EXPORT => {
                let dropped = self.services.closings.drop_export(saga.tenant).await;
                dropped.map_err(failed)?;
            }
            // Whoever was told that it ends is told that it does not.
            WAIT => {
                let state = state(saga)?;
                let letter = Letter::Resumed {
                    workspace: &state.name,
                    link: &self.link(&state),
                };
                self.mail(saga, &state, &letter).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
