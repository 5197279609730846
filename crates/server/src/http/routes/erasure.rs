//! Erasing what is known of a person.

use axum::Json;
use axum::response::{IntoResponse, Response};
use raally_app::erasure::{self, By};
use raally_domain::access::Operation;
use raally_domain::ids::PersonId;
use raally_domain::kinds::Kind;
use serde::Serialize;
use utoipa::ToSchema;

use super::TENANT;
use crate::http::access::InTenant;
use crate::http::body::RawBody;
use crate::http::endpoint::{Endpoints, delete};
use crate::http::params;
use crate::http::problem::Problem;

/// What is left of somebody.
#[derive(Serialize, ToSchema)]
struct ErasedView {
    /// What the person is called now.
    full_name: String,
    /// How many values were erased, those of the past too; 0 where nothing was left to erase.
    erased: u64,
    /// Where the log stands. Heads of before are answered with `reset`.
    head: String,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        delete(&format!("{TENANT}/people/{{id}}/personal"), "erase_person")
            .tag("people")
            .summary("Erase what is known of a person")
            .describe(
                "Name, address, account, notes, reasons of time off and pay go, of the present and \
                 of the past; bookings and hours stay, under a name that is nobody's. It cannot be \
                 taken back. Admins only.",
            )
            .answers::<ErasedView>(200, "Nothing personal is left")
            .handled_by(erase),
    ]
}

async fn erase(t: InTenant, raw: RawBody) -> Result<Response, Problem> {
    t.require(Operation::ErasePeople)?;
    params::read::<()>(raw.query())?;
    raw.nothing().await?;
    let person = PersonId(t.id(0, Kind::Person)?);
    let by = By::User(t.caller.user);
    let erased = erasure::erase(&t.app.tenants, t.tenant.id(), person, by).await?;
    Ok(Json(ErasedView {
        full_name: erased.name,
        erased: erased.values,
        head: erased.head.to_string(),
    })
    .into_response())
}
