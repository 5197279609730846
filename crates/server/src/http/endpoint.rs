//! One declaration per operation: its route, its handler and its documentation, so none of them
//! can be forgotten. Every operation documents its refusals by status and, as `default`, the
//! problem document that all of them are.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use utoipa::ToSchema;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{OperationBuilder as UtoipaOperation, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    Content, ContentBuilder, HeaderBuilder, HttpMethod, Ref, RefOr, Required, ResponseBuilder,
};

use super::App;
use super::params::Params;
use super::problem::ProblemDocument;
use super::refusals::{Refusal, Takes};

pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// JSON Schema's `contentSchema`, which utoipa cannot write: the document gets it under its own name.
pub(crate) const CONTENT_SCHEMA: &str = "x-content-schema";

/// The type of a file of which all is said by itself.
const FILE: &str = "application/octet-stream";

/// An operation of the API.
pub(crate) struct Endpoint {
    /// The operation's.
    pub id: String,
    pub path: String,
    pub method: HttpMethod,
    pub operation: UtoipaOperation,
    pub schemas: Schemas,
    pub route: MethodRouter<App>,
}

/// An operation that still lacks its handler.
pub(crate) struct OperationBuilder {
    id: String,
    path: String,
    method: HttpMethod,
    operation: UtoipaOperation,
    schemas: Schemas,
    takes: Takes,
}

/// The endpoints of a part of the API.
pub(crate) type Endpoints = Vec<Endpoint>;

pub(crate) fn get(path: &str, id: &str) -> OperationBuilder {
    OperationBuilder::new(HttpMethod::Get, path, id)
}

pub(crate) fn post(path: &str, id: &str) -> OperationBuilder {
    OperationBuilder::new(HttpMethod::Post, path, id)
}

pub(crate) fn patch(path: &str, id: &str) -> OperationBuilder {
    OperationBuilder::new(HttpMethod::Patch, path, id)
}

pub(crate) fn delete(path: &str, id: &str) -> OperationBuilder {
    OperationBuilder::new(HttpMethod::Delete, path, id)
}

impl OperationBuilder {
    fn new(method: HttpMethod, path: &str, id: &str) -> OperationBuilder {
        let problem = ResponseBuilder::new().description("A problem").content(
            "application/problem+json",
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(ProblemDocument::name())))
                .build(),
        );
        let mut operation = UtoipaOperation::new()
            .operation_id(Some(id))
            .response("default", problem.build())
            .security(SecurityRequirement::new("bearer", Vec::<String>::new()));
        for name in path.split('/').filter_map(|part| {
            let inner = part.strip_prefix('{')?;
            inner.strip_suffix('}')
        }) {
            operation = operation.parameter(path_parameter(name));
        }
        let mut schemas = Vec::new();
        add_schema::<ProblemDocument>(&mut schemas);
        OperationBuilder {
            id: id.to_owned(),
            path: path.to_owned(),
            method,
            operation,
            schemas,
            takes: Takes::of_path(path),
        }
    }

    fn map(mut self, change: impl FnOnce(UtoipaOperation) -> UtoipaOperation) -> OperationBuilder {
        self.operation = change(self.operation);
        self
    }

    pub(crate) fn tag(self, tag: &str) -> OperationBuilder {
        self.map(|o| o.tag(tag))
    }

    pub(crate) fn summary(self, text: &str) -> OperationBuilder {
        self.map(|o| o.summary(Some(text)))
    }

    pub(crate) fn describe(self, text: &str) -> OperationBuilder {
        self.map(|o| o.description(Some(text)))
    }

    /// Needs no access token.
    pub(crate) fn public(mut self) -> OperationBuilder {
        self.takes.sign_in = false;
        self.map(|o| o.securities(Some(Vec::<SecurityRequirement>::new())))
    }

    pub(crate) fn query<P: Params>(self) -> OperationBuilder {
        self.map(|o| {
            P::describe()
                .into_iter()
                .fold(o, |operation, p| operation.parameter(p))
        })
    }

    pub(crate) fn header(self, name: &str, description: &str) -> OperationBuilder {
        self.map(|o| {
            o.parameter(
                ParameterBuilder::new()
                    .name(name)
                    .parameter_in(ParameterIn::Header)
                    .description(Some(description))
                    .schema(Some(ObjectBuilder::new().schema_type(Type::String))),
            )
        })
    }

    /// What reads of a tenant take and give besides.
    pub(crate) fn reads(self) -> OperationBuilder {
        self.header(
            "Raally-Head",
            "Answer with a plan at least this fresh: a head such as 1.42.",
        )
        .header(
            "If-None-Match",
            "Answer 304 where the answer still has this ETag.",
        )
    }

    /// What writes take besides.
    pub(crate) fn writes(mut self) -> OperationBuilder {
        self.takes.key = true;
        self.header(
            "Idempotency-Key",
            "A text of the client's own (at most 200 characters); the same request with the same \
             key gets the first answer again for 24 hours.",
        )
    }

    pub(crate) fn if_match(mut self) -> OperationBuilder {
        self.takes.version = true;
        self.header(
            "If-Match",
            "The version that must be current, as in the ETag; else 412.",
        )
    }

    pub(crate) fn body<T: ToSchema>(mut self) -> OperationBuilder {
        add_schema::<T>(&mut self.schemas);
        self.takes.body = true;
        self.map(|o| {
            o.request_body(Some(
                RequestBodyBuilder::new()
                    .required(Some(Required::True))
                    .content("application/json", content::<T>())
                    .build(),
            ))
        })
    }

    /// Takes a file, whatever its type.
    pub(crate) fn takes_file(mut self, description: &str) -> OperationBuilder {
        self.takes.body = true;
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .content_media_type(FILE);
        self.map(|o| {
            o.request_body(Some(
                RequestBodyBuilder::new()
                    .required(Some(Required::True))
                    .description(Some(description))
                    .content(FILE, ContentBuilder::new().schema(Some(schema)).build())
                    .build(),
            ))
        })
    }

    /// What it refuses by besides what follows from what it takes.
    pub(crate) fn refuses<const N: usize>(mut self, by: [Refusal; N]) -> OperationBuilder {
        self.takes.own.extend(by);
        self
    }

    pub(crate) fn answers<T: ToSchema>(
        mut self,
        status: u16,
        description: &str,
    ) -> OperationBuilder {
        add_schema::<T>(&mut self.schemas);
        self.answers_as(status, description, [("application/json", content::<T>())])
    }

    /// A list: a page of it as JSON, or all of it as CSV.
    pub(crate) fn lists<T: ToSchema>(mut self, description: &str) -> OperationBuilder {
        add_schema::<T>(&mut self.schemas);
        let forms = [("application/json", content::<T>()), ("text/csv", text())];
        self.answers_as(200, description, forms)
    }

    pub(crate) fn answers_nothing(self, status: u16, description: &str) -> OperationBuilder {
        self.answers_as(status, description, [])
    }

    /// A stream of server-sent events that carry a `T`.
    pub(crate) fn streams<T: ToSchema>(mut self, description: &str) -> OperationBuilder {
        add_schema::<T>(&mut self.schemas);
        let data = serde_json::json!(Ref::from_schema_name(T::name()));
        let extensions = ExtensionsBuilder::new().add(CONTENT_SCHEMA, data).build();
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .content_media_type("text/event-stream")
            .extensions(Some(extensions));
        let content = ContentBuilder::new().schema(Some(schema)).build();
        self.answers_as(200, description, [("text/event-stream", content)])
    }

    pub(crate) fn answers_text(self, description: &str, content_type: &str) -> OperationBuilder {
        self.answers_as(200, description, [(content_type, text())])
    }

    fn answers_as<const N: usize>(
        self,
        status: u16,
        description: &str,
        forms: [(&str, Content); N],
    ) -> OperationBuilder {
        let mut response = ResponseBuilder::new().description(description);
        for (content_type, content) in forms {
            response = response.content(content_type, content);
        }
        if self.path.contains("{tenant}") {
            let head = HeaderBuilder::new()
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .description(Some(
                    "Where the workspace's log stands: epoch and sequence.",
                ));
            response = response.header("Raally-Head", head.build());
        }
        self.map(|o| o.response(status.to_string(), response.build()))
    }

    pub(crate) fn handled_by<H, T>(self, handler: H) -> Endpoint
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = match self.method {
            HttpMethod::Post => MethodFilter::POST,
            HttpMethod::Patch => MethodFilter::PATCH,
            HttpMethod::Delete => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        Endpoint {
            id: self.id,
            path: self.path,
            method: self.method,
            operation: self.takes.document(self.operation),
            schemas: self.schemas,
            route: on(filter, handler),
        }
    }
}

/// The routes of endpoints.
pub(crate) fn router(endpoints: Endpoints) -> Router<App> {
    endpoints
        .into_iter()
        .fold(Router::new(), |router, e| router.route(&e.path, e.route))
}

fn content<T: ToSchema>() -> Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(T::name())))
        .build()
}

fn text() -> Content {
    ContentBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

pub(crate) fn add_schema<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn path_parameter(name: &str) -> ParameterBuilder {
    let (description, schema): (&str, RefOr<Schema>) = if name == "tenant" {
        (
            "The workspace: its id or its slug.",
            ObjectBuilder::new().schema_type(Type::String).into(),
        )
    } else {
        ("The id.", super::schema::uuid())
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema))
}
