//! What others change, as it happens: heads, people and ids, never values.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;
use raally_app::Error;
use raally_app::access;
use raally_app::auth::Caller;
use raally_app::live::{Announcement, Follower, Live};
use raally_app::notifications::channel;
use raally_domain::access::Operation;
use raally_domain::event::Head;
use raally_domain::figures::Touched;
use raally_domain::ids::UserId;
use serde::Serialize;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TENANT;
use crate::http::App;
use crate::http::access::InTenant;
use crate::http::endpoint::{Endpoints, get};
use crate::http::params;
use crate::http::problem::Problem;
use crate::http::response::{HEAD, head_value};

/// After how long one who has too many streams may ask again.
const RETRY_AFTER: Duration = Duration::from_secs(60);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is looked whether the follower is still a member, and signed in.
const MEMBERSHIP: Duration = Duration::from_secs(1);
/// Events that may wait for a slow reader; beyond, the log is read again.
const BUFFER: usize = 64;

/// The data of an event of type `change`. Others: `reset` (`{head}`: load everything again),
/// `notification` (the caller's notifications changed) and `heartbeat`.
#[derive(Serialize, ToSchema)]
pub(crate) struct LiveChange {
    pub head: String,
    /// Who did it, if a user did.
    pub actor: Option<LiveActor>,
    pub touched: Vec<Touched>,
    /// The ids of what was changed.
    pub changed: Vec<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct LiveActor {
    pub user_id: UserId,
    pub name: String,
}

pub(crate) fn endpoints() -> Endpoints {
    vec![
        get(&format!("{TENANT}/live"), "live")
            .tag("schedule")
            .summary("Changes as they happen (text/event-stream)")
            .describe(
                "Events of type `change` carry a LiveChange and the head as their id; send the \
                 last one back as `Last-Event-ID` to go on without a gap. `reset`: load \
                 everything again. `notification`: the caller's notifications changed. \
                 `heartbeat` comes every 15 s. The stream ends when the token, \
                 the session or the membership does.",
            )
            .header("Last-Event-ID", "The head up to which events have come.")
            .streams::<LiveChange>("Events; those of type `change` carry a LiveChange")
            .handled_by(live),
    ]
}

async fn live(t: InTenant, request: Request) -> Result<Response, Problem> {
    t.require(Operation::ReadPlan)?;
    params::read::<()>(request.uri().query())?;
    let after = last_event(request.headers())?;
    let most = t.app.config.limits.streams_per_user;
    let Some(permit) = t.app.streams.open(t.caller.user, most) else {
        return Err(Problem::from(Error::RateLimited {
            retry_after: RETRY_AFTER,
        }));
    };
    let follower = t.tenant.follow(after).await?;
    let head = follower.at();
    let channel = channel(t.plan.tenant(), t.caller.user);
    // Without the cache there is no telling; the rest goes on.
    let told = t.app.services.cache.listen(&channel).await.ok();
    let (out, events) = mpsc::channel(BUFFER);
    let (app, caller) = (t.app.clone(), t.caller);
    tokio::spawn(async move {
        run(app, caller, follower, told, out).await;
        drop(permit);
    });
    let mut response = Sse::new(stream(events)).into_response();
    let headers = response.headers_mut();
    headers.insert(HEAD, head_value(head));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    // Proxies that gather answers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn last_event(headers: &HeaderMap) -> Result<Option<Head>, Problem> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let head = value.to_str().ok().and_then(|text| text.parse().ok());
    head.map(Some)
        .ok_or_else(|| Problem::malformed("", "Last-Event-ID must be a head such as 1.42"))
}

fn stream(events: mpsc::Receiver<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(events, |mut events| async move {
        let event = events.recv().await?;
        Some((Ok(event), events))
    })
}

/// Hands out events until the reader goes, the token or the membership ends, or the server
/// stops.
async fn run(
    app: App,
    caller: Caller,
    mut follower: Follower,
    mut told: Option<broadcast::Receiver<Bytes>>,
    out: mpsc::Sender<Event>,
) {
    let left = caller.until.micros() - app.services.now().micros();
    let token_ends = Instant::now() + Duration::from_micros(left.max(0).unsigned_abs());
    let mut heartbeat = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    let mut membership = tokio::time::interval(MEMBERSHIP);
    let first = Event::default().event("heartbeat").data("{}");
    if out.send(first).await.is_err() {
        return;
    }
    loop {
        let event = tokio::select! {
            next = follower.next() => match next {
                Some(Ok(Live::Step(step))) => change(&app, &step).await,
                Some(Ok(Live::Reset(head))) => reset(head),
                // The client comes back and resumes.
                Some(Err(_)) | None => return,
            },
            () = heard(&mut told) => Event::default().event("notification").data("{}"),
            _ = heartbeat.tick() => Event::default().event("heartbeat").data("{}"),
            _ = membership.tick() => {
                let plan = follower.tenant().published();
                let signed_in = app.auth.still_signed_in(&caller).await;
                let over = matches!(signed_in, Err(Error::Unauthenticated(_)));
                match access::of(&plan, caller.user) {
                    Ok(_) if !over => continue,
                    _ => return,
                }
            }
            () = tokio::time::sleep_until(token_ends) => return,
            () = app.lifecycle.draining() => return,
            () = out.closed() => return,
        };
        if out.send(event).await.is_err() {
            return;
        }
    }
}

/// Returns when the caller's notifications may have changed.
async fn heard(told: &mut Option<broadcast::Receiver<Bytes>>) {
    if let Some(receiver) = told {
        match receiver.recv().await {
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Err(broadcast::error::RecvError::Closed) => *told = None,
        }
    }
    std::future::pending().await
}

fn reset(head: Head) -> Event {
    Event::default()
        .event("reset")
        .id(head.to_string())
        .data(serde_json::json!({ "head": head.to_string() }).to_string())
}

async fn change(app: &App, step: &Arc<Announcement>) -> Event {
    let actor = match step.actor.user() {
        Some(user_id) => Some(LiveActor {
            user_id,
            name: app.name_of(user_id).await,
        }),
        None => None,
    };
    let change = LiveChange {
        head: step.head.to_string(),
        actor,
        touched: step.touched.clone(),
        changed: step.changed.clone(),
    };
    Event::default()
        .event("change")
        .id(step.head.to_string())
        .data(serde_json::to_string(&change).unwrap_or_default())
}
