//! Employment as a body gives it: a list of spans, one span, or `null`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Validator, merge_patch};
use crate::decide::Reason;
use crate::employment::{Employment, Span};
use crate::problem::Message;

/// `null`: employed always; `[]`: never. One span may stand without its list; in a patch it is
/// merged into the only span there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmploymentBody(Given);

#[derive(Clone, Debug, Default, PartialEq)]
enum Given {
    #[default]
    Always,
    Spans(Vec<Span>),
    /// A patch of one span, where there are several.
    OneOfSeveral,
}

/// What a patch of one span becomes where it cannot be merged.
const ONE_OF_SEVERAL: &str = "one of several spans";

impl EmploymentBody {
    pub(super) fn of(employment: &Employment) -> EmploymentBody {
        let spans = employment.as_spans();
        EmploymentBody(spans.map_or(Given::Always, |spans| Given::Spans(spans.to_vec())))
    }

    /// What a patch of one span makes of the employment in a person's JSON; `None` for all other
    /// patches.
    pub(super) fn patched(current: &Value, patch: &Value) -> Option<Value> {
        let one = patch.get("employment").filter(|p| p.is_object())?;
        let now = current.get("employment").and_then(Value::as_array);
        Some(match now.map(Vec::as_slice) {
            None | Some([]) => one.clone(),
            Some([only]) => merge_patch(only.clone(), one),
            Some(_) => Value::String(ONE_OF_SEVERAL.to_owned()),
        })
    }

    pub(super) fn build(self, pointer: &str, d: &mut Validator<'_>) -> Employment {
        let spans = match self.0 {
            Given::Always => return Employment::ALWAYS,
            Given::Spans(spans) => spans,
            Given::OneOfSeveral => {
                d.refused = Some(Reason::Conflict(Message::SeveralSpans));
                return Employment::ALWAYS;
            }
        };
        // One span that is open on both sides is what `null` says.
        if spans.as_slice() == [Span::default()] {
            return Employment::ALWAYS;
        }
        let one = spans.len() == 1;
        Employment::spans(spans).unwrap_or_else(|error| {
            let pointer = match one {
                true => format!("{pointer}/to"),
                false => format!("{pointer}/{}/to", error.at),
            };
            d.wrong(&pointer, error.message);
            Employment::ALWAYS
        })
    }
}

impl Serialize for EmploymentBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Given::Spans(spans) => spans.serialize(serializer),
            Given::Always | Given::OneOfSeveral => serializer.serialize_none(),
        }
    }
}

impl<'de> Deserialize<'de> for EmploymentBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = match Value::deserialize(deserializer)? {
            Value::Null => Given::Always,
            Value::String(text) if text == ONE_OF_SEVERAL => Given::OneOfSeveral,
            one @ Value::Object(_) => {
                let span = serde_json::from_value(one).map_err(D::Error::custom)?;
                Given::Spans(vec![span])
            }
            spans => Given::Spans(serde_json::from_value(spans).map_err(D::Error::custom)?),
        };
        Ok(EmploymentBody(given))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for EmploymentBody {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <Employment as utoipa::PartialSchema>::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for EmploymentBody {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Employment")
    }

    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        <Employment as utoipa::ToSchema>::schemas(schemas);
    }
}
