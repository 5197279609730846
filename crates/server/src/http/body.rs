//! Request bodies: read only once it is known who asks, and read strictly; large ones aside, in the
//! turn of whoever sent them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Uri, header};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use raally_app::cpu::CpuPool;
use raally_domain::decide::{Reason, read};
use raally_domain::problem::Message;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use tokio::time::Instant;
use uuid::Uuid;

use super::App;
use super::problem::{Problem, ProblemKind};

/// The largest body that is taken.
pub(crate) const MAX_BODY: usize = 1 << 20;
/// How long a body may take, and how much longer it may for what has come: so many bytes a second.
const HEAD_START: Duration = Duration::from_secs(10);
const LEAST_RATE: u64 = 2_048;
/// A body of so many bytes is read in no time.
const SMALL: usize = 16 << 10;
/// How deep JSON may be nested; deeper than any body needs.
const MAX_DEPTH: usize = 32;

/// A request whose body has not been looked at yet.
pub(crate) struct RawBody {
    method: String,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
    most: usize,
    whose: Whose,
    cpu: Arc<CpuPool>,
}

/// In whose turn a request's body is read: the workspace's or the user's; of who is not known yet,
/// nobody's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Whose(pub Uuid);

impl FromRequest<App> for RawBody {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        Ok(RawBody {
            method: parts.method.to_string(),
            uri: parts.uri,
            headers: parts.headers,
            body,
            most: MAX_BODY,
            whose: parts.extensions.get().copied().unwrap_or_default(),
            cpu: Arc::clone(&app.services.cpu),
        })
    }
}

/// A body as it came, with what an idempotency key compares.
pub(crate) struct ParsedBody {
    pub value: Value,
    /// SHA-256 of method, address and body.
    pub request_hash: [u8; 32],
}

impl RawBody {
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    /// The same, taken up to so many bytes.
    pub(crate) fn up_to(self, most: usize) -> RawBody {
        RawBody { most, ..self }
    }

    /// What is made of the body as it came, in a turn however small it is.
    pub(crate) async fn bytes_as<T: Send + 'static>(
        self,
        make: impl FnOnce(&[u8]) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.aside(move |came| make(&came.bytes)).await
    }

    /// What is made of the body as JSON, in a turn however small it is.
    pub(crate) async fn json_aside<T: Send + 'static>(
        self,
        make: impl FnOnce(ParsedBody) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.require_json()?;
        self.aside(move |came| make(came.json()?)).await
    }

    /// The body as JSON.
    pub(crate) async fn json(self) -> Result<ParsedBody, Problem> {
        self.json_as(Ok).await
    }

    /// What is made of the body as JSON.
    pub(crate) async fn json_as<T: Send + 'static>(
        self,
        make: impl FnOnce(ParsedBody) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let json = self.require_json();
        self.read(move |came| {
            json?;
            make(came.json()?)
        })
        .await
    }

    fn require_json(&self) -> Result<(), Problem> {
        let content_type = self.headers.get(header::CONTENT_TYPE);
        let is = content_type
            .and_then(|v| v.to_str().ok())
            .is_some_and(is_json);
        is.then_some(()).ok_or_else(|| {
            Problem::new(
                ProblemKind::UnsupportedMediaType,
                Message::UnsupportedMediaType,
            )
        })
    }

    /// No body, an empty one, or an empty JSON object.
    pub(crate) async fn nothing(self) -> Result<ParsedBody, Problem> {
        self.read(|came| {
            let blank = came.bytes.iter().all(u8::is_ascii_whitespace);
            if !blank && parse(&came.bytes)? != Value::Object(serde_json::Map::new()) {
                return Err(Problem::malformed("", "this request takes no body"));
            }
            Ok(came.parsed(Value::Null))
        })
        .await
    }

    /// Waits for the body and reads it, aside where it is large.
    async fn read<T: Send + 'static>(
        self,
        read: impl FnOnce(Came) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (cpu, whose) = (Arc::clone(&self.cpu), self.whose.0);
        let came = self.come().await?;
        if came.bytes.len() <= SMALL {
            return read(came);
        }
        cpu.run(whose, move || read(came)).await?
    }

    /// Waits for the body and reads it aside.
    async fn aside<T: Send + 'static>(
        self,
        read: impl FnOnce(Came) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (cpu, whose) = (Arc::clone(&self.cpu), self.whose.0);
        let came = self.come().await?;
        cpu.run(whose, move || read(came)).await?
    }

    async fn come(self) -> Result<Came, Problem> {
        Ok(Came {
            bytes: collect(self.body, self.most).await?,
            method: self.method,
            uri: self.uri,
        })
    }
}

/// A body that is here.
struct Came {
    method: String,
    uri: Uri,
    bytes: Bytes,
}

impl Came {
    fn json(self) -> Result<ParsedBody, Problem> {
        let value = parse(&self.bytes)?;
        Ok(self.parsed(value))
    }

    fn parsed(self, value: Value) -> ParsedBody {
        let hash = Sha256::new()
            .chain_update(self.method)
            .chain_update(b"\n")
            .chain_update(self.uri.to_string())
            .chain_update(b"\n")
            .chain_update(&self.bytes)
            .finalize();
        ParsedBody {
            value,
            request_hash: hash.into(),
        }
    }
}

impl ParsedBody {
    /// The body as a type of ours; what does not fit is named by its pointer.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        read(self.value).map_err(|reason| match reason {
            Reason::Invalid(errors) => Problem::invalid(errors),
            other => Problem::malformed("", other.to_string()),
        })
    }
}

/// All of a body, if it comes fast enough: a slow one keeps a connection for nothing.
async fn collect(body: Body, most: usize) -> Result<Bytes, Problem> {
    let mut body = Limited::new(body, most);
    let (began, mut bytes) = (Instant::now(), BytesMut::new());
    loop {
        let earned = Duration::from_millis(bytes.len() as u64 * 1_000 / LEAST_RATE);
        let next = tokio::time::timeout_at(began + HEAD_START + earned, body.frame()).await;
        let Ok(next) = next else {
            return Err(Problem::malformed("", "the body came too slowly"));
        };
        match next {
            None => return Ok(bytes.freeze()),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    bytes.extend_from_slice(&data);
                }
            }
            Some(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => {
                let most_kib = most >> 10;
                return Err(Problem::new(
                    ProblemKind::TooLarge,
                    Message::TooLarge { most_kib },
                ));
            }
            Some(Err(_)) => {
                return Err(Problem::malformed("", "the body did not arrive whole"));
            }
        }
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence.eq_ignore_ascii_case("application/merge-patch+json")
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let value: Strict = serde_json::from_slice(bytes)
        .map_err(|error| Problem::malformed("", format!("is not JSON: {error}")))?;
    if let Some(pointer) = value.doubled {
        return Err(Problem::malformed(&pointer, "is given twice"));
    }
    if depth(&value.value) > MAX_DEPTH {
        return Err(Problem::malformed("", "is nested too deeply"));
    }
    Ok(value.value)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// A JSON value, and the pointer of the first member that an object names twice.
struct Strict {
    value: Value,
    doubled: Option<String>,
}

impl<'de> serde::Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

fn plain<E>(value: impl Into<Value>) -> Result<Strict, E> {
    Ok(Strict {
        value: value.into(),
        doubled: None,
    })
}

impl<'de> serde::de::Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Strict, E> {
        plain(v)
    }

    fn visit_i64<E>(self, v: i64) -> Result<Strict, E> {
        plain(v)
    }

    fn visit_u64<E>(self, v: u64) -> Result<Strict, E> {
        plain(v)
    }

    fn visit_f64<E>(self, v: f64) -> Result<Strict, E> {
        plain(v)
    }

    fn visit_str<E>(self, v: &str) -> Result<Strict, E> {
        plain(v)
    }

    fn visit_string<E>(self, v: String) -> Result<Strict, E> {
        plain(v)
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        plain(Value::Null)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
        let mut items = Vec::new();
        let mut doubled = None;
        while let Some(item) = seq.next_element::<Strict>()? {
            if let Some(inner) = item.doubled {
                doubled.get_or_insert(format!("/{}{inner}", items.len()));
            }
            items.push(item.value);
        }
        Ok(Strict {
            value: Value::Array(items),
            doubled,
        })
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut members = serde_json::Map::new();
        let mut doubled = None;
        while let Some((name, item)) = map.next_entry::<String, Strict>()? {
            let at = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            if let Some(inner) = item.doubled {
                doubled.get_or_insert(format!("{at}{inner}"));
            }
            if members.insert(name, item.value).is_some() {
                doubled.get_or_insert(at);
            }
        }
        Ok(Strict {
            value: Value::Object(members),
            doubled,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn raw(cpu: &Arc<CpuPool>, body: String) -> RawBody {
        let json = axum::http::HeaderValue::from_static("application/json");
        RawBody {
            method: "POST".to_owned(),
            uri: Uri::from_static("/"),
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, json)]),
            body: body.into(),
            most: MAX_BODY,
            whose: Whose(Uuid::from_u128(1)),
            cpu: Arc::clone(cpu),
        }
    }

    #[tokio::test]
    async fn a_large_body_is_read_in_a_turn_and_a_small_one_at_once() {
        let cpu = Arc::new(CpuPool::new(1, 1, "busy"));
        let turn = cpu.turn(Uuid::from_u128(1)).await.unwrap();
        let small = raw(&cpu, "[1]".to_owned()).json().await.unwrap();
        assert_eq!(small.value, serde_json::json!([1]));
        let text = "x".repeat(SMALL);
        let mut large = pin!(raw(&cpu, format!("\"{text}\"")).json());
        for _ in 0..10 {
            let polled = large.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        drop(turn);
        assert_eq!(large.await.unwrap().value, Value::String(text));
    }

    #[test]
    fn a_member_given_twice_is_named() {
        let problem = parse(br#"{"a": [{"b": 1, "b": 2}]}"#).unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/a/0/b");
        assert!(parse(br#"{"a": 1, "b": {"a": 1}}"#).is_ok());
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        for text in ["", "{", "{\"a\": 1,}", "NaN", "[1]x"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(40) + &"]".repeat(40);
        assert!(parse(deep.as_bytes()).is_err());
    }
}
