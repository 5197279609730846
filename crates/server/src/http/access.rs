//! Who asks, and in which tenant. Nothing of a tenant can be reached without these.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use raally_app::access::{self, no_workspace};
use raally_app::auth::Caller;
use raally_app::error::Error;
use raally_app::tenants::Tenant;
use raally_domain::access::{Access, Operation};
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use raally_domain::plan::Plan;
use raally_domain::problem::{Message, Thing};
use uuid::Uuid;

use super::body::Whose;
use super::problem::{Problem, ProblemKind};
use super::{App, limits};

/// A signed-in user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedIn(pub Caller);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = caller(parts, app).await?;
        limits::by_request(app, &caller, None).await?;
        parts.extensions.insert(Whose(caller.user.0));
        Ok(SignedIn(caller))
    }
}

/// Who the request's token speaks for.
async fn caller(parts: &Parts, app: &App) -> Result<Caller, Problem> {
    let token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        })
        .ok_or_else(|| Problem::unauthenticated(Message::Unauthenticated))?;
    Ok(app.auth.caller(token).await?)
}

/// A member of a tenant with its plan, at least as fresh as the caller has seen it.
pub(crate) struct InTenant {
    pub app: App,
    pub caller: Caller,
    pub access: Access,
    pub tenant: Arc<Tenant>,
    pub plan: Arc<Plan>,
    /// The ids in the address, after the tenant's, in their order.
    ids: Vec<String>,
}

impl FromRequestParts<App> for InTenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = caller(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::from(no_workspace()))?;
        let mut values = params.iter().map(|(_, value)| value);
        let named = values.next().unwrap_or_default();
        let (tenant, plan, access) = enter(app, &caller, named).await?;
        if tenant.is_suspended() {
            return Err(Error::Closing.into());
        }
        let ids = values.map(str::to_owned).collect();
        parts.extensions.insert(Whose(tenant.id().0));
        let (plan, access) = match wanted_head(parts)? {
            Some(head) if head > plan.head() || head.epoch != plan.head().epoch => {
                let plan = tenant.plan(Some(head)).await?;
                let access = access::of(&plan, caller.user)?;
                (plan, access)
            }
            _ => (plan, access),
        };
        Ok(InTenant {
            app: app.clone(),
            caller,
            access,
            tenant,
            plan,
            ids,
        })
    }
}

impl InTenant {
    /// Refuses who may not.
    pub(crate) fn require(&self, operation: Operation) -> Result<(), Problem> {
        if self.access.may(operation) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }

    /// The n-th id in the address after the tenant's; `what` it names, for the 404.
    pub(crate) fn id(&self, n: usize, what: impl Into<Thing>) -> Result<Uuid, Problem> {
        let text = self.ids.get(n).map_or("", String::as_str);
        Uuid::parse_str(text).map_err(|_| Problem::not_found(what))
    }
}

/// The tenant of that id or slug, with its plan and what the caller is there. A stranger is told
/// that there is none before anything of it is opened, and their request counts as theirs alone.
async fn enter(
    app: &App,
    caller: &Caller,
    named: &str,
) -> Result<(Arc<Tenant>, Arc<Plan>, Access), Problem> {
    let key = (caller.user, named.to_owned());
    if let Some(id) = app.memberships.get(&key) {
        limits::by_request(app, caller, Some(id)).await?;
        let entered = open(app, caller, id).await;
        let still = entered
            .as_ref()
            .is_ok_and(|(_, plan, _)| plan.settings().slug == named || named.parse() == Ok(id));
        if still {
            return entered;
        }
        app.memberships.invalidate(&key);
    } else {
        limits::by_request(app, caller, None).await?;
    }
    let id = member_of(app, caller, named).await?;
    limits::by_tenant(app, caller, id).await?;
    let (tenant, plan, access) = match open(app, caller, id).await {
        // The lookups know more than a plan that another process has written to since.
        Err(problem) if problem.kind == ProblemKind::NotFound => {
            app.tenants.open(id).await?.catch_up().await?;
            open(app, caller, id).await?
        }
        entered => entered?,
    };
    app.memberships.insert(key, id);
    Ok((tenant, plan, access))
}

/// The tenant of that id or slug, as the lookups beside its log have it, if the caller is a member.
async fn member_of(app: &App, caller: &Caller, named: &str) -> Result<TenantId, Problem> {
    if named.is_empty() || named.len() > 60 {
        return Err(no_workspace().into());
    }
    let memberships = app.services.identity.memberships(caller.user).await;
    let memberships = memberships.map_err(Error::from)?;
    // A slug may look like an id: the first Raally's did. An id that exists wins.
    let id: Option<TenantId> = named.parse().ok();
    let by_id = memberships.iter().find(|(m, _)| Some(m.tenant) == id);
    let found = by_id.or_else(|| memberships.iter().find(|(_, t)| t.slug == named));
    let (membership, _) = found.ok_or_else(no_workspace)?;
    Ok(membership.tenant)
}

async fn open(
    app: &App,
    caller: &Caller,
    id: TenantId,
) -> Result<(Arc<Tenant>, Arc<Plan>, Access), Problem> {
    // For the lines that are logged of the request.
    tracing::Span::current().record("tenant", tracing::field::display(id));
    let tenant = match app.tenants.open(id).await {
        Err(Error::NotFound(_)) => return Err(no_workspace().into()),
        other => other?,
    };
    let plan = tenant.plan(None).await?;
    let access = access::of(&plan, caller.user)?;
    Ok((tenant, plan, access))
}

/// The head that the caller has seen.
fn wanted_head(parts: &Parts) -> Result<Option<Head>, Problem> {
    let Some(value) = parts.headers.get("raally-head") else {
        return Ok(None);
    };
    let head = value.to_str().ok().and_then(|text| text.parse().ok());
    head.map(Some)
        .ok_or_else(|| Problem::malformed("", "the header Raally-Head must be a head such as 1.42"))
}
