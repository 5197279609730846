//! Opening a workspace: it is made with its admin, gets a calendar, and its admin a mail.

use async_trait::async_trait;
use raally_domain::decide::Decision;
use raally_domain::entities::{HolidayCalendar, Settings};
use raally_domain::event::{Actor, Change, Diff, StepKind};
use raally_domain::ids::{HolidayCalendarId, TenantId, TheSettings, UserId};
use raally_domain::plan::Plan;
use serde::{Deserialize, Serialize};

use super::letters::{Language, Letter};
use super::{Director, Failure, Next, Script, TURN, is_last};
use crate::auth::TenantOf;
use crate::error::Error;
use crate::ports::{Course, Saga, User};
use crate::services::{Services, later};
use crate::tenants::{Rendered, Tenants, Write};
use crate::workspaces::{self, NewWorkspace, Wanted};

const KIND: &str = "open";
const MADE: u32 = 0;
const CALENDAR: u32 = 1;
const WELCOME: u32 = 2;
const STEPS: u32 = 3;
/// How much is erased at a time.
const AT_ONCE: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct State {
    creator: UserId,
}

fn state(saga: &Saga) -> Result<State, Failure> {
    serde_json::from_str(&saga.state).map_err(|_| Failure::Never("it cannot be read".to_owned()))
}

/// Opens workspaces. Imports and the demo make theirs whole, calendars and all, and welcome
/// nobody, so they append what they have.
#[derive(Clone)]
pub struct Openings {
    services: Services,
    director: Director,
}

impl Openings {
    #[must_use]
    pub fn new(services: Services, director: Director) -> Openings {
        Openings { services, director }
    }

    /// Makes a workspace that can be used at once. [`Error::Conflict`] if another has the slug
    /// that was asked for.
    pub async fn open(&self, by: UserId, workspace: NewWorkspace) -> Result<TenantOf, Error> {
        self.with(by, None, workspace).await
    }

    /// As [`Openings::open`]; a new account is made in the same transaction as the workspace.
    pub(crate) async fn with(
        &self,
        creator: UserId,
        account: Option<User>,
        workspace: NewWorkspace,
    ) -> Result<TenantOf, Error> {
        let wanted = Wanted::new(workspace)?;
        let now = self.services.now();
        let saga = Saga {
            tenant: TenantId(self.services.uuid()),
            id: self.services.uuid(),
            kind: KIND.to_owned(),
            course: Course::Doing,
            step: MADE,
            state: serde_json::json!(State { creator }).to_string(),
            attempts: 0,
            // The turn is ours.
            due_at: later(now, TURN),
            version: 1,
        };
        self.director.begin(saga.clone()).await?;
        // It is here that it is made, since an account cannot wait in the saga: should we die
        // before, it is undone, and what comes late finds the workspace closed.
        match workspaces::make(&self.services, saga.tenant, creator, account, &wanted).await {
            Ok(made) => {
                // It can be used: whatever is left, somebody does.
                if let Err(error) = self.director.turn_to(saga, WELCOME).await {
                    tracing::warn!(error = error.causes(), "a workspace is opened later");
                }
                Ok(made)
            }
            Err(error) => {
                if !matches!(error, Error::Unavailable { .. } | Error::Internal { .. }) {
                    // Nothing was made. Where this cannot be noted, that is found out later.
                    let _ = self
                        .services
                        .sagas
                        .put(&super::ended(&saga, Course::Undone, now))
                        .await;
                }
                Err(error)
            }
        }
    }
}

/// The steps of an opening.
pub struct OpenScript {
    services: Services,
    tenants: Tenants,
}

impl OpenScript {
    #[must_use]
    pub fn new(services: Services, tenants: Tenants) -> OpenScript {
        OpenScript { services, tenants }
    }

    async fn made(&self, saga: &Saga) -> Result<Next, Failure> {
        let head = self.services.store.head(saga.tenant).await;
        match head.map_err(|e| Failure::from(Error::from(e)))? {
            Some(_) => Ok(Next::Go),
            None => Err(Failure::Never("whoever asked for it is gone".to_owned())),
        }
    }

    async fn creator(&self, saga: &Saga) -> Result<Option<User>, Failure> {
        let user = self.services.identity.user(state(saga)?.creator).await;
        user.map_err(|e| Failure::from(Error::from(e)))
    }

    /// Gives the workspace an empty calendar for its holidays, unless it has one by now.
    async fn calendar(&self, saga: &Saga) -> Result<Next, Failure> {
        let creator = self.creator(saga).await?;
        let name = Language::of(creator.as_ref().and_then(|u| u.locale.as_deref())).holidays();
        let id = HolidayCalendarId(saga.id);
        let tenant = self.tenants.open(saga.tenant).await?;
        let write = Write {
            // Nobody's step, so nobody takes it back by accident.
            actor: Actor::System(KIND.to_owned()),
            occurred_at: None,
            idempotency: None,
            trace: None,
            decide: Box::new(move |plan, _| Ok(calendar(plan, id, name))),
            render: Box::new(|_| Rendered {
                status: 201,
                body: bytes::Bytes::new(),
            }),
        };
        tenant.submit(write).await?;
        Ok(Next::Go)
    }

    /// A workspace that people work in is not undone for a mail's sake.
    async fn welcome(&self, saga: &Saga) -> Result<Next, Failure> {
        let away = |e| Failure::from(Error::from(e));
        let workspace = self.services.identity.tenant(saga.tenant).await;
        let (Some(user), Some(workspace)) = (self.creator(saga).await?, workspace.map_err(away)?)
        else {
            return Ok(Next::Go);
        };
        let link = format!("{}/{}", self.services.web_address, workspace.slug);
        let letter = Letter::Welcome {
            workspace: &workspace.name,
            link: &link,
        };
        let mail = letter.to(&user.email, &user.full_name, user.locale.as_deref());
        match self.services.mailer.send(mail).await {
            Ok(()) => Ok(Next::Go),
            Err(error) if is_last(saga) => {
                tracing::warn!(tenant = %saga.tenant, %error, "nobody was welcomed");
                Ok(Next::Go)
            }
            Err(error) => Err(Failure::Later(error.to_string())),
        }
    }
}

/// What makes the calendar of that id, and makes it the workspace's.
fn calendar(plan: &Plan, id: HolidayCalendarId, name: &str) -> Decision {
    let mut changes: Vec<Change> = Vec::new();
    let before = plan.settings();
    if before.holiday_calendar_id.is_none() {
        if !plan.calendars().contains_key(&id) {
            let calendar = HolidayCalendar {
                name: name.to_owned(),
                holidays: Vec::new(),
            };
            changes.push(
                Diff {
                    id,
                    before: None,
                    after: Some(calendar),
                }
                .into(),
            );
        }
        let after = Settings {
            holiday_calendar_id: Some(id),
            ..(**before).clone()
        };
        changes.push(
            Diff {
                id: TheSettings,
                before: Some((**before).clone()),
                after: Some(after),
            }
            .into(),
        );
    }
    Decision {
        entities: changes.iter().map(Change::entity).collect(),
        changes,
        kind: StepKind::Do,
    }
}

#[async_trait]
impl Script for OpenScript {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn steps(&self) -> u32 {
        STEPS
    }

    /// Once it is made people work in it.
    fn pivot(&self) -> u32 {
        CALENDAR
    }

    async fn act(&self, saga: &Saga) -> Result<Next, Failure> {
        match saga.step {
            MADE => self.made(saga).await,
            CALENDAR => self.calendar(saga).await,
            _ => self.welcome(saga).await,
        }
    }

    /// Closes the workspace that is not there, so that it cannot come any more.
    async fn undo(&self, saga: &Saga) -> Result<(), Failure> {
        let failed = |e| Failure::from(Error::from(e));
        let (tenant, now) = (saga.tenant, self.services.now());
        let closed = self.services.closings.close(tenant, saga.id, now).await;
        closed.map_err(failed)?;
        while self
            .services
            .closings
            .erase(tenant, AT_ONCE)
            .await
            .map_err(failed)?
            > 0
        {}
        self.tenants.look_again(tenant).await;
        Ok(())
    }
}
