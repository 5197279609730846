//! JSON written as YAML in blocks, for people to read. Texts are quoted as in JSON, which YAML
//! understands.

use serde_json::Value;

/// The value as a YAML document.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

fn block(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                indent(depth, out);
                out.push_str(&name(key));
                out.push(':');
                nested(value, depth + 1, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                indent(depth, out);
                out.push('-');
                nested(item, depth + 1, out);
            }
        }
        scalar => {
            out.push_str(&scalar.to_string());
            out.push('\n');
        }
    }
}

/// What stands behind a key or a dash: on the same line where it is one word.
fn nested(value: &Value, depth: usize, out: &mut String) {
    let empty = match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    if empty {
        out.push(' ');
        out.push_str(&value.to_string());
        out.push('\n');
    } else {
        out.push('\n');
        block(value, depth, out);
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// A key, quoted unless it is a plain word that cannot be read as anything else.
fn name(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let word = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(plain);
    let read_otherwise = matches!(
        key,
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if word && !read_otherwise {
        key.to_owned()
    } else {
        Value::from(key).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn blocks_are_indented_and_what_could_be_misread_is_quoted() {
        let value = json!({
            "a": { "$ref": "#/x", "no": [1, { "b": "c: d" }], "e": [] },
        });
        let yaml =
            "a:\n  \"$ref\": \"#/x\"\n  e: []\n  \"no\":\n    - 1\n    -\n      b: \"c: d\"\n";
        assert_eq!(super::text(&value), yaml);
    }
}
