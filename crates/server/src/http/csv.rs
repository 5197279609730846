//! Lists as CSV (RFC 4180), for spreadsheets: the JSON of each view in a row of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use csv::{Terminator, WriterBuilder};
use futures::stream;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// How many rows are written at a time: an answer is made as fast as it is read, and never lies
/// whole in memory.
const ROWS: usize = 256;
/// How deep objects are looked into; what lies deeper is one column of JSON.
const DEEPEST: usize = 4;
/// What tells spreadsheets that the text is UTF-8.
const BOM: &str = "\u{feff}";

/// True if the caller would rather have CSV than JSON. It must be named: who takes anything gets
/// JSON.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    let (mut csv, mut json) = (0.0, 0.0);
    let accepted = headers.get_all(header::ACCEPT).iter();
    for range in accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1.0, |q| q.parse().unwrap_or(0.0));
        let preference: &mut f32 = match media.as_str() {
            "text/csv" => &mut csv,
            "application/json" => &mut json,
            _ => continue,
        };
        *preference = preference.max(quality);
    }
    csv > 0.0 && csv >= json
}

/// The columns of a view's table, each with the path to its value; the same for every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns(Vec<Vec<String>>);

impl Columns {
    /// The properties of a view in the order in which it declares them. What is an object has a
    /// column for each of its own: `budget.minutes`.
    pub(crate) fn of<V: ToSchema>() -> Columns {
        let mut named = Vec::new();
        V::schemas(&mut named);
        let named = named.into_iter().collect();
        let mut columns = Vec::new();
        gather(&V::schema(), &named, &[], &mut columns);
        Columns(columns)
    }

    fn titles(&self) -> Vec<String> {
        self.0.iter().map(|path| path.join(".")).collect()
    }

    fn cells(&self, view: &Value) -> Vec<String> {
        let at = |path: &Vec<String>| {
            let value = path.iter().try_fold(view, |value, name| value.get(name));
            value.map_or_else(String::new, cell)
        };
        self.0.iter().map(at).collect()
    }

    /// The whole table as the body of an answer.
    pub(crate) fn body<I>(self, bom: bool, views: I) -> Body
    where
        I: Iterator<Item = Value> + Send + 'static,
    {
        let title = write(&[self.titles()]).map(|row| {
            let mark = if bom { BOM } else { "" };
            Bytes::from([mark.as_bytes(), &row].concat())
        });
        let mut views = views.fuse();
        let rows = std::iter::from_fn(move || {
            let some = views.by_ref().take(ROWS).map(|view| self.cells(&view));
            let some: Vec<Vec<String>> = some.collect();
            (!some.is_empty()).then(|| write(&some).map(Bytes::from))
        });
        Body::from_stream(stream::iter(std::iter::once(title).chain(rows)))
    }
}

fn write(rows: &[Vec<String>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|e| e.into_error().into())
}

type Named = BTreeMap<String, RefOr<Schema>>;
type Properties<'s> = Vec<(&'s String, &'s RefOr<Schema>)>;

fn gather(schema: &RefOr<Schema>, named: &Named, path: &[String], columns: &mut Vec<Vec<String>>) {
    let mut properties = Vec::new();
    if path.len() < DEEPEST {
        properties_of(schema, named, &mut properties);
    }
    if properties.is_empty() && !path.is_empty() {
        columns.push(path.to_vec());
    }
    for (name, schema) in properties {
        gather(
            schema,
            named,
            &[path, std::slice::from_ref(name)].concat(),
            columns,
        );
    }
}

/// The properties of an object and of all it consists of, or may be.
fn properties_of<'s>(schema: &'s RefOr<Schema>, named: &'s Named, properties: &mut Properties<'s>) {
    let parts = match schema {
        RefOr::Ref(reference) => {
            let name = reference
                .ref_location
                .rsplit('/')
                .next()
                .unwrap_or_default();
            if let Some(schema) = named.get(name) {
                properties_of(schema, named, properties);
            }
            return;
        }
        RefOr::T(Schema::Object(object)) => {
            for (name, schema) in &object.properties {
                if properties.iter().all(|(known, _)| *known != name) {
                    properties.push((name, schema));
                }
            }
            return;
        }
        RefOr::T(Schema::AllOf(all)) => &all.items,
        RefOr::T(Schema::OneOf(one)) => &one.items,
        RefOr::T(Schema::AnyOf(any)) => &any.items,
        RefOr::T(_) => return,
    };
    for part in parts {
        properties_of(part, named, properties);
    }
}

/// A value as one cell. A list of plain values is written with commas, all else that has parts
/// as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => harmless(text).into_owned(),
        Value::Array(items) if !items.iter().any(|i| i.is_array() || i.is_object()) => {
            let texts: Vec<Cow<'_, str>> = items.iter().map(plain).collect();
            harmless(&texts.join(", ")).into_owned()
        }
        Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

/// A text that a spreadsheet does not take for a formula: what begins like one gets an apostrophe,
/// which spreadsheets know as "this is text".
fn harmless(text: &str) -> Cow<'_, str> {
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(formula) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use raally_domain::kinds::{AssignmentView, ProjectView};
    use serde_json::json;

    use super::*;

    fn wanted(accept: &'static str) -> bool {
        let accept = (header::ACCEPT, HeaderValue::from_static(accept));
        is_wanted(&HeaderMap::from_iter([accept]))
    }

    #[test]
    fn csv_is_for_those_who_name_it_and_do_not_prefer_json() {
        for accept in [
            "text/csv",
            "Text/CSV; charset=utf-8",
            "application/json;q=0.5, text/csv",
            "text/csv, */*;q=0.1",
        ] {
            assert!(wanted(accept), "{accept}");
        }
        for accept in [
            "*/*",
            "text/*",
            "application/json",
            "text/csv;q=0",
            "text/csv;q=0.5, application/json",
        ] {
            assert!(!wanted(accept), "{accept}");
        }
        assert!(!is_wanted(&HeaderMap::new()));
    }

    #[test]
    fn columns_follow_from_the_view() {
        let titles = Columns::of::<ProjectView>().titles();
        // A schema has a view's own fields behind those of what it is made of.
        assert_eq!(titles[..3], ["id", "version", "name"]);
        assert_eq!(titles.last().unwrap(), "assignments");
        for title in ["budget.minutes", "budget.money.currency", "phases", "tags"] {
            assert!(titles.iter().any(|t| t == title), "{title}: {titles:?}");
        }
        let titles = Columns::of::<AssignmentView>().titles();
        let effort = titles.iter().filter(|t| t.starts_with("effort"));
        assert!(effort.eq(["effort.per", "effort.minutes", "effort.share"]));
    }

    #[test]
    fn cells_are_texts_that_no_spreadsheet_runs() {
        for (value, expected) in [
            (json!(null), ""),
            (json!(-5), "-5"),
            (json!(true), "true"),
            (json!("Ana"), "Ana"),
            (json!("=1+1"), "'=1+1"),
            (json!("+49 30 123"), "'+49 30 123"),
            (json!("-2"), "'-2"),
            (json!("@sum"), "'@sum"),
            (json!("\t=1"), "'\t=1"),
            (json!("\r=1"), "'\r=1"),
            (json!("＝1"), "'＝1"),
            (json!("a=b"), "a=b"),
            (json!(["a", "b"]), "a, b"),
            (json!(["=a", 1]), "'=a, 1"),
            (json!([]), ""),
            (json!([{"name": "=a"}]), r#"[{"name":"=a"}]"#),
        ] {
            assert_eq!(cell(&value), expected, "{value}");
        }
    }
}
