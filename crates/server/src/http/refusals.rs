//! The 4XX responses that an operation documents. Most follow from what it takes, so that none can
//! be forgotten; what is its own, it says itself.

use std::collections::BTreeSet;

use utoipa::ToSchema;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, Response, ResponseBuilder};
use utoipa::openapi::{ObjectBuilder, Type};

use super::problem::ProblemDocument;

/// A way to refuse a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Malformed,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    PreconditionFailed,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    RateLimited,
}

const ALL: [Refusal; 10] = [
    Refusal::Malformed,
    Refusal::Unauthenticated,
    Refusal::Forbidden,
    Refusal::NotFound,
    Refusal::Conflict,
    Refusal::PreconditionFailed,
    Refusal::TooLarge,
    Refusal::UnsupportedMediaType,
    Refusal::Invalid,
    Refusal::RateLimited,
];

impl Refusal {
    /// Its status, its name among the shared responses, and what it means.
    fn describe(self) -> (u16, &'static str, &'static str) {
        match self {
            Refusal::Malformed => (
                400,
                "Malformed",
                "The request cannot be understood: a parameter, a header or the body's JSON is \
                 wrong, or a parameter is not known here.",
            ),
            Refusal::Unauthenticated => (
                401,
                "Unauthenticated",
                "Nobody is signed in, or not validly.",
            ),
            Refusal::Forbidden => (
                403,
                "Forbidden",
                "The caller's role does not allow this, or the workspace is being closed.",
            ),
            Refusal::NotFound => (
                404,
                "NotFound",
                "It is not there, or not for the caller to know of.",
            ),
            Refusal::Conflict => (
                409,
                "Conflict",
                "It contradicts what is there, a planning rule speaks against it, or the \
                 workspace has been restored since the `Raally-Head` that was sent.",
            ),
            Refusal::PreconditionFailed => (
                412,
                "PreconditionFailed",
                "It was changed in between; `changes` says what.",
            ),
            Refusal::TooLarge => (
                413,
                "TooLarge",
                "The body is larger than 1 MiB; that of an import, than 4 MiB.",
            ),
            Refusal::UnsupportedMediaType => (415, "UnsupportedMediaType", "The body is not JSON."),
            Refusal::Invalid => (
                422,
                "Invalid",
                "Fields are not right, a bound is reached, or the Idempotency-Key came with \
                 another request before.",
            ),
            Refusal::RateLimited => (
                429,
                "RateLimited",
                "Too often; `Retry-After` says when to try again.",
            ),
        }
    }

    fn response(self) -> Response {
        let problem = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(ProblemDocument::name())))
            .build();
        let response = ResponseBuilder::new()
            .description(self.describe().2)
            .content("application/problem+json", problem);
        let response = match self {
            Refusal::RateLimited => {
                let seconds = ObjectBuilder::new().schema_type(Type::Integer);
                let header = HeaderBuilder::new()
                    .schema(Some(seconds))
                    .description(Some("After how many seconds to try again."));
                response.header("Retry-After", header.build())
            }
            _ => response,
        };
        response.build()
    }
}

/// The responses that operations share, by name.
pub(crate) fn shared() -> impl Iterator<Item = (&'static str, Response)> {
    ALL.into_iter()
        .map(|refusal| (refusal.describe().1, refusal.response()))
}

/// What decides which refusals an operation documents.
#[derive(Clone, Debug)]
pub(crate) struct Takes {
    /// Whether a caller must be signed in.
    pub sign_in: bool,
    /// Whether it is about a workspace: its members alone may ask, and it may have been restored.
    pub tenant: bool,
    /// Whether its address names a thing.
    pub thing: bool,
    pub body: bool,
    /// Whether it takes an `Idempotency-Key`.
    pub key: bool,
    /// Whether it takes an `If-Match`.
    pub version: bool,
    /// What only it refuses by.
    pub own: BTreeSet<Refusal>,
}

impl Takes {
    pub(crate) fn of_path(path: &str) -> Takes {
        Takes {
            sign_in: true,
            tenant: path.contains("{tenant}"),
            thing: path.contains('{'),
            body: false,
            key: false,
            version: false,
            own: BTreeSet::new(),
        }
    }

    fn refusals(self) -> BTreeSet<Refusal> {
        let follow: [(bool, &[Refusal]); 7] = [
            // Every operation refuses query parameters that it does not know.
            (true, &[Refusal::Malformed]),
            (
                self.sign_in,
                &[Refusal::Unauthenticated, Refusal::RateLimited],
            ),
            (self.tenant, &[Refusal::Forbidden, Refusal::Conflict]),
            (self.thing, &[Refusal::NotFound]),
            (
                self.body,
                &[
                    Refusal::TooLarge,
                    Refusal::UnsupportedMediaType,
                    Refusal::Invalid,
                ],
            ),
            (self.key, &[Refusal::Invalid]),
            (self.version, &[Refusal::PreconditionFailed]),
        ];
        let mut refusals = self.own;
        for (_, more) in follow.into_iter().filter(|(holds, _)| *holds) {
            refusals.extend(more);
        }
        refusals
    }

    /// The operation with the responses of its refusals.
    pub(crate) fn document(self, operation: OperationBuilder) -> OperationBuilder {
        let refusals = self.refusals().into_iter();
        refusals.fold(operation, |operation, refusal| {
            let (status, name, _) = refusal.describe();
            operation.response(status.to_string(), Ref::from_response_name(name))
        })
    }
}
