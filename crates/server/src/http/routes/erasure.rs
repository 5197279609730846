//! Erasing what is known of a person.

use axum::Json;
use axum::response::{IntoResponse, Response};
use raally_app::erasure::{self, By};
use raally_domain::access::Operation;
use raally_domain::ids::PersonId;
use raally_domain::kinds::Kind;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

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
    /// Free text that still names the person, though it is not about them: at most 200 places.
    named_in: Vec<NamedInView>,
    /// Where the log stands. Heads of before are answered with `reset`.
    head: String,
}

/// A text that names somebody who was erased.
#[derive(Serialize, ToSchema)]
struct NamedInView {
    /// What kind of thing it is of.
    kind: Kind,
    /// Which.
    id: Uuid,
    /// What it is called, or whoever it is of.
    label: String,
    /// Its field, such as `notes`.
    field: &'static str,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        delete(&format!("{TENANT}/people/{{id}}/personal"), "erase_person")
            .tag("people")
            .summary("Erase what is known of a person")
            .describe(
                "Name, address, account, notes, reasons of time off and pay go, of the present and \
                 of the past, and invitations to their addresses are withdrawn; bookings and hours \
                 stay, under a name that is nobody's. Free text that names them and is about \
                 something else, such as a project's name or another's notes, is not changed: \
                 `named_in` says where it is, so that an admin changes it; its past stays in the \
                 log. It cannot be taken back. Admins only.",
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
        named_in: erased
            .named_in
            .into_iter()
            .map(|place| NamedInView {
                kind: place.kind,
                id: place.id,
                label: place.label,
                field: place.field,
            })
            .collect(),
        head: erased.head.to_string(),
    })
    .into_response())
}
