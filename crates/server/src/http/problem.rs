//! Errors as RFC 9457 problem documents, and the one mapping from the use cases' errors.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use raally_app::error::Error;
use raally_domain::problem::{FieldError, Message, ProblemCode, Thing};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Where problem types live; they are names, not pages that must answer.
const BASE: &str = "https://raally.dev/problems/";

/// What went wrong, in a form that programs and people can read (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// A stable name of the kind of problem.
    #[serde(rename = "type")]
    pub problem_type: String,
    pub title: String,
    pub status: u16,
    /// A sentence about this occurrence.
    pub detail: String,
    /// What the sentence says, so that a client can say it in another language.
    #[schema(value_type = ProblemCode)]
    pub code: Cow<'static, str>,
    /// What the text of the code speaks of.
    #[schema(value_type = Object)]
    pub params: Map<String, Value>,
    /// The id of the request, as in `X-Request-Id`.
    pub instance: String,
    /// Which parts of the request are wrong.
    pub errors: Vec<FieldError>,
    /// More that belongs to some kinds: `head` (reset), `current` (precondition-failed), and
    /// `changes`, who changed what and when (precondition-failed, undo-conflict).
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    Malformed,
    Invalid,
    TooLarge,
    UnsupportedMediaType,
    NotFound,
    MethodNotAllowed,
    Forbidden,
    Unauthenticated,
    Conflict,
    WorkspaceClosing,
    PreconditionFailed,
    PlanningRule,
    Reset,
    Quota,
    RateLimited,
    Unavailable,
    Internal,
    IdempotencyMismatch,
}

impl ProblemKind {
    fn describe(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            ProblemKind::Malformed => (
                "invalid",
                StatusCode::BAD_REQUEST,
                "The request is not valid",
            ),
            ProblemKind::Invalid => (
                "invalid",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The request is not valid",
            ),
            ProblemKind::TooLarge => (
                "too-large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request is too large",
            ),
            ProblemKind::UnsupportedMediaType => (
                "unsupported-media-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body is not JSON",
            ),
            ProblemKind::NotFound => ("not-found", StatusCode::NOT_FOUND, "Not found"),
            ProblemKind::MethodNotAllowed => (
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
            ),
            ProblemKind::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not allowed"),
            ProblemKind::Unauthenticated => (
                "unauthenticated",
                StatusCode::UNAUTHORIZED,
                "Please sign in",
            ),
            ProblemKind::Conflict => (
                "conflict",
                StatusCode::CONFLICT,
                "It contradicts what is there",
            ),
            ProblemKind::WorkspaceClosing => (
                "workspace-closing",
                StatusCode::FORBIDDEN,
                "The workspace is being closed",
            ),
            ProblemKind::PreconditionFailed => (
                "precondition-failed",
                StatusCode::PRECONDITION_FAILED,
                "It was changed in between",
            ),
            ProblemKind::PlanningRule => (
                "planning-rule",
                StatusCode::CONFLICT,
                "A planning rule speaks against it",
            ),
            ProblemKind::Reset => ("reset", StatusCode::CONFLICT, "The workspace was restored"),
            ProblemKind::Quota => (
                "quota",
                StatusCode::UNPROCESSABLE_ENTITY,
                "A bound was reached",
            ),
            ProblemKind::RateLimited => (
                "rate-limited",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests",
            ),
            ProblemKind::Unavailable => (
                "unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "Not available now",
            ),
            ProblemKind::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
            ),
            ProblemKind::IdempotencyMismatch => (
                "idempotency-mismatch",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The idempotency key was used for another request",
            ),
        }
    }
}

/// A problem on its way out; the outermost layer adds the request id and writes the document.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub kind: ProblemKind,
    /// Apart, so that a result that may be a problem stays small.
    pub message: Box<Message>,
    pub errors: Vec<FieldError>,
    pub more: Map<String, Value>,
    pub retry_after: Option<Duration>,
    pub headers: Vec<(&'static str, String)>,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, message: Message) -> Problem {
        Problem {
            kind,
            message: Box::new(message),
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn not_found(what: impl Into<Thing>) -> Problem {
        Problem::new(ProblemKind::NotFound, Message::NotFound(what.into()))
    }

    pub(crate) fn forbidden() -> Problem {
        Problem::new(ProblemKind::Forbidden, Message::Forbidden)
    }

    pub(crate) fn unauthenticated(message: Message) -> Problem {
        Problem::new(ProblemKind::Unauthenticated, message)
    }

    /// The request cannot be read at all, or says what has no meaning: 400.
    pub(crate) fn malformed(pointer: &str, reason: impl Into<String>) -> Problem {
        let reason = reason.into();
        Problem::new(ProblemKind::Malformed, Message::Malformed).with(vec![FieldError::new(
            pointer,
            Message::MalformedPart { reason },
        )])
    }

    /// The request can be read but is wrong: 422.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Problem {
        Problem::new(ProblemKind::Invalid, Message::Invalid).with(errors)
    }

    pub(crate) fn field(pointer: &str, message: Message) -> Problem {
        Problem::invalid(vec![FieldError::new(pointer, message)])
    }

    pub(crate) fn with(mut self, errors: Vec<FieldError>) -> Problem {
        self.errors = errors;
        self
    }

    pub(crate) fn and(mut self, name: &str, value: Value) -> Problem {
        self.more.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.kind.describe().1
    }

    /// What it says, in English.
    pub(crate) fn detail(&self) -> String {
        sentence(&self.message.to_string())
    }

    /// The document as it is sent.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let (slug, status, title) = self.kind.describe();
        let document = ProblemDocument {
            problem_type: format!("{BASE}{slug}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail(),
            code: self.message.code(),
            params: self.message.params(),
            instance: request_id.to_owned(),
            errors: self.errors,
            more: self.more,
        };
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.kind == ProblemKind::Unauthenticated {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"raally\""),
            );
        }
        if let Some(after) = self.retry_after {
            let seconds = after.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                headers.insert(header::RETRY_AFTER, value);
            }
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Box::new(self));
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::NotFound(message) => Problem::new(ProblemKind::NotFound, message),
            Error::Conflict(message) | Error::Stands { message, .. } => {
                Problem::new(ProblemKind::Conflict, message)
            }
            Error::Closing => {
                Problem::new(ProblemKind::WorkspaceClosing, Message::WorkspaceClosing)
            }
            Error::Forbidden(message) => Problem::new(ProblemKind::Forbidden, message),
            Error::Unauthenticated(message) => Problem::unauthenticated(message),
            Error::Invalid { errors } => Problem::invalid(errors),
            Error::Rejected { message, days } => Problem::new(ProblemKind::PlanningRule, message)
                .with(
                    days.iter()
                        .map(|day| FieldError::new("", Message::OnDay { day: *day }))
                        .collect(),
                )
                .and("days", serde_json::json!(days)),
            Error::Command { pointer, error } => {
                let mut problem = Problem::from((*error).clone());
                let error = FieldError {
                    detail: problem.detail(),
                    ..FieldError::new(pointer, (*problem.message).clone())
                };
                problem.errors.insert(0, error);
                problem
            }
            Error::Stale { current, .. } => {
                Problem::new(ProblemKind::PreconditionFailed, Message::PreconditionFailed)
                    .and("current", serde_json::json!(current))
            }
            Error::Reset { head } => Problem::new(ProblemKind::Reset, Message::Reset)
                .and("head", Value::String(head.to_string())),
            Error::IdempotencyMismatch => Problem::new(
                ProblemKind::IdempotencyMismatch,
                Message::IdempotencyMismatch,
            ),
            Error::RateLimited { retry_after } => Problem {
                retry_after: Some(retry_after),
                ..Problem::new(ProblemKind::RateLimited, Message::TooManyAttempts)
            },
            Error::QuotaExceeded(message) => Problem::new(ProblemKind::Quota, message),
            Error::Unavailable {
                ref detail,
                retry_after,
                ..
            } => {
                tracing::warn!(error = %error.causes(), "unavailable");
                Problem {
                    retry_after: Some(retry_after),
                    ..Problem::new(
                        ProblemKind::Unavailable,
                        Message::Unavailable {
                            reason: detail.clone(),
                        },
                    )
                }
            }
            Error::Internal { .. } => {
                tracing::error!(error = %error.causes(), "a request failed by a fault of the server");
                Problem::new(ProblemKind::Internal, Message::Unknown)
            }
        }
    }
}

/// As a sentence: a capital first, a full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let mut sentence = String::with_capacity(text.len() + 1);
    let mut chars = text.chars();
    sentence.extend(chars.next().into_iter().flat_map(char::to_uppercase));
    sentence.push_str(chars.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}
