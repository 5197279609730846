//! What all lists have in common: pages, where one ends, and tables.

use std::borrow::Cow;
use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::http::endpoint::{Schemas, add_schema};
use crate::http::params::params;
use crate::http::problem::Problem;

/// Where a thing stands in a list: a number, then a text, then its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SortKey(pub i64, pub String, pub Uuid);

params! {
    /// What every list takes.
    #[derive(Clone, Debug)]
    pub(crate) struct ListParams {
        /// How many at most: 1 to 200.
        limit: Default<u32> = 50,
        /// Where the page before ended: its `next_cursor`.
        cursor: Optional<String>,
        /// What to sort by; a minus in front turns it around.
        sort: Optional<String>,
        /// Only what holds this text, whatever its case and diacritics.
        q: Optional<String>,
        /// Begins a CSV with a byte order mark, by which spreadsheets see that it is UTF-8.
        bom: Default<bool> = false,
    }
}

/// A page of a list.
#[derive(Serialize)]
pub(crate) struct Page<V> {
    pub items: Vec<V>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
    /// How many there are on all pages.
    pub total: usize,
}

impl<V: ToSchema> PartialSchema for Page<V> {
    fn schema() -> RefOr<Schema> {
        let total = "How many there are on all pages.";
        let cursor = "Where the next page begins; `null` on the last.";
        ObjectBuilder::new()
            .property(
                "items",
                ArrayBuilder::new().items(Ref::from_schema_name(V::name())),
            )
            .property(
                "next_cursor",
                ObjectBuilder::new()
                    .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
                    .description(Some(cursor)),
            )
            .property(
                "total",
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .description(Some(total)),
            )
            .into()
    }
}

impl<V: ToSchema> ToSchema for Page<V> {
    fn name() -> Cow<'static, str> {
        let name = V::name();
        let noun = name.strip_suffix("View").unwrap_or(&name);
        Cow::Owned(format!("{noun}Page"))
    }

    fn schemas(schemas: &mut Schemas) {
        add_schema::<V>(schemas);
    }
}

impl ListParams {
    /// The limit, where it is in its bounds.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            1..=200 => Ok(self.limit as usize),
            _ => Err(Problem::malformed("?limit", "must be between 1 and 200")),
        }
    }

    pub(crate) fn sort(
        &self,
        known: &'static [&'static str],
    ) -> Result<(&'static str, bool), Problem> {
        let Some(asked) = &self.sort else {
            return Ok((known[0], false));
        };
        let (name, descending) = match asked.strip_prefix('-') {
            Some(name) => (name, true),
            None => (asked.as_str(), false),
        };
        let found = known.iter().find(|k| **k == name);
        found.map(|name| (*name, descending)).ok_or_else(|| {
            let detail = format!("must be one of: {}", known.join(", "));
            Problem::malformed("?sort", detail)
        })
    }

    pub(crate) fn after(&self) -> Result<Option<SortKey>, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let key = URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        key.map(Some).ok_or_else(|| {
            Problem::malformed("?cursor", "must be the next_cursor of the page before")
        })
    }
}

fn compare(a: &SortKey, b: &SortKey, descending: bool) -> Ordering {
    match a.cmp(b) {
        order if descending => order.reverse(),
        order => order,
    }
}

/// All that was found.
pub(crate) fn in_order(mut found: Vec<SortKey>, descending: bool) -> Vec<SortKey> {
    found.sort_unstable_by(|a, b| compare(a, b, descending));
    found
}

/// Cuts a page out of what was found.
pub(crate) fn page_of(
    mut found: Vec<SortKey>,
    after: Option<&SortKey>,
    descending: bool,
    limit: usize,
) -> (Vec<SortKey>, Option<String>) {
    let compare = |a: &SortKey, b: &SortKey| compare(a, b, descending);
    if let Some(after) = after {
        found.retain(|key| compare(key, after) == Ordering::Greater);
    }
    let more = found.len() > limit;
    if more {
        // Only the page itself has to be in order.
        found.select_nth_unstable_by(limit, compare);
        found.truncate(limit);
    }
    found.sort_unstable_by(compare);
    let next = found.last().filter(|_| more).and_then(|last| {
        let bytes = serde_json::to_vec(last).ok()?;
        Some(URL_SAFE_NO_PAD.encode(bytes))
    });
    (found, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort_keys(texts: &[&str]) -> Vec<SortKey> {
        texts
            .iter()
            .map(|t| SortKey(0, (*t).to_owned(), Uuid::nil()))
            .collect()
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_double() {
        let all = sort_keys(&["d", "a", "c", "b", "e"]);
        for descending in [false, true] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let list = ListParams {
                    limit: 2,
                    cursor: cursor.clone(),
                    sort: None,
                    q: None,
                    bom: false,
                };
                let after = list.after().unwrap();
                let (page, next) = page_of(all.clone(), after.as_ref(), descending, 2);
                seen.extend(page.into_iter().map(|p| p.1));
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            let mut expected = vec!["a", "b", "c", "d", "e"];
            if descending {
                expected.reverse();
            }
            assert_eq!(seen, expected);
        }
    }
}
