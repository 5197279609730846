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

use super::problem::Problem;
use super::{App, limits};

/// A signed-in user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedIn(pub Caller);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = caller(parts, app).await?;
        limits::by_request(app, &caller, None).await?;
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
        let (tenant, plan) = find(app, named).await?;
        // For the lines that are logged of the request.
        tracing::Span::current().record("tenant", tracing::field::display(tenant.id()));
        limits::by_request(app, &caller, Some(tenant.id())).await?;
        let access = access::of(&plan, caller.user)?;
        if tenant.is_suspended() {
            return Err(Error::Closing.into());
        }
        let ids = values.map(str::to_owned).collect();
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

/// The tenant of that id or slug, with its plan.
async fn find(app: &App, named: &str) -> Result<(Arc<Tenant>, Arc<Plan>), Problem> {
    // A slug may look like an id: the first Raally's did. An id that exists wins.
    if let Ok(id) = named.parse::<TenantId>() {
        match app.tenants.open(id).await {
            Err(Error::NotFound(_)) => {}
            other => return planned(other?).await,
        }
    }
    if named.is_empty() || named.len() > 60 {
        return Err(no_workspace().into());
    }
    if let Some(id) = app.slugs.get(named) {
        let found = open(app, id).await;
        if let Ok((_, plan)) = &found
            && plan.settings().slug == named
        {
            return found;
        }
        app.slugs.invalidate(named);
    }
    let found = app.services.identity.tenant_by_slug(named).await;
    let name = found.map_err(Error::from)?.ok_or_else(no_workspace)?;
    app.slugs.insert(named.to_owned(), name.id);
    open(app, name.id).await
}

async fn open(app: &App, id: TenantId) -> Result<(Arc<Tenant>, Arc<Plan>), Problem> {
    let tenant = match app.tenants.open(id).await {
        Err(Error::NotFound(_)) => return Err(no_workspace().into()),
        other => other?,
    };
    planned(tenant).await
}

async fn planned(tenant: Arc<Tenant>) -> Result<(Arc<Tenant>, Arc<Plan>), Problem> {
    let plan = tenant.plan(None).await?;
    Ok((tenant, plan))
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
