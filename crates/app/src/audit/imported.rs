//! Rows of an audit log that was imported.

use raally_domain::event::Action;
use raally_domain::kinds::History;
use serde_json::{Map, Value};

use super::{AuditActor, FieldChange};

/// What an audit row tells, wherever it comes from.
pub(super) struct Told {
    pub entity: String,
    pub entity_id: String,
    pub action: String,
    pub label: String,
    pub changes: Vec<FieldChange>,
    pub actor: Option<AuditActor>,
}

/// Members that say nothing to a reader: ids and times of the old system's own book-keeping.
const BOOK_KEEPING: [&str; 8] = [
    "id",
    "tenant_id",
    "created_by_id",
    "updated_by_id",
    "created_at",
    "updated_at",
    "deleted_at",
    "import_hash",
];
/// Never shown to anybody.
const SECRET: [&str; 4] = ["password", "token", "secret", "hash"];
const PAY: [&str; 7] = [
    "monetary",
    "amount",
    "compensation",
    "compensations",
    "paid_time_off",
    "paid_time_off_days",
    "other_benefits",
];

/// True for the names of fields that hold pay, old or new.
pub(super) fn is_pay(field: &str) -> bool {
    PAY.contains(&field)
}

/// Tells a row in today's words: the kinds, actions and fields that Raally still has by their
/// names of now. A row holds only values after its change, so there is nothing before.
pub(super) fn told(row: &History) -> Told {
    let values = row.values.get().map(|text| serde_json::from_str(text));
    let values = match values {
        Some(Ok(Value::Object(members))) => members,
        _ => Map::new(),
    };
    let action = action(&row.action);
    let mut changes: Vec<FieldChange> = values
        .iter()
        .map(|(field, value)| (snake(field), value))
        .filter(|(field, value)| {
            let secret = SECRET.iter().any(|s| field.contains(s));
            !secret && !value.is_null() && !BOOK_KEEPING.contains(&field.as_str())
        })
        .map(|(field, value)| {
            let (before, after) = match action {
                Some(Action::Deleted) => (value.clone(), Value::Null),
                _ => (Value::Null, value.clone()),
            };
            FieldChange {
                field,
                before,
                after,
            }
        })
        .collect();
    changes.sort_by(|a, b| a.field.cmp(&b.field));
    let text = |name: &str| values.get(name).and_then(Value::as_str);
    let label = ["fullName", "name", "title", "email"]
        .into_iter()
        .find_map(text);
    let email = row.actor_email.as_ref().and_then(|e| e.get());
    Told {
        entity: snake(&row.entity),
        entity_id: row.entity_id.clone(),
        action: action.map_or_else(|| row.action.clone(), |a| a.name().to_owned()),
        label: label.unwrap_or_default().to_owned(),
        changes,
        actor: email.map(|email| AuditActor {
            user_id: None,
            name: email.clone(),
            email: Some(email.to_lowercase()),
        }),
    }
}

fn action(name: &str) -> Option<Action> {
    match name.to_lowercase().as_str() {
        "create" | "created" => Some(Action::Created),
        "update" | "updated" | "changed" => Some(Action::Changed),
        "delete" | "deleted" => Some(Action::Deleted),
        _ => None,
    }
}

/// `jobTitle` as `job_title`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use raally_domain::ids::PersonalRef;
    use raally_domain::personal::Personal;
    use uuid::Uuid;

    fn row(entity: &str, action: &str, values: &str) -> History {
        let closed = |text: &str| Personal::new(text.to_owned(), PersonalRef(Uuid::nil()), [0; 16]);
        History {
            entity: entity.to_owned(),
            entity_id: "7".to_owned(),
            action: action.to_owned(),
            actor_email: Some(closed("User1@test.com")),
            at: "2022-07-30T16:12:18Z".parse().unwrap(),
            values: closed(values),
        }
    }

    #[test]
    fn an_old_row_is_told_in_todays_words_without_secrets() {
        let values = r#"{"id":"7","fullName":"Ana","password":"$2b$12$x","createdAt":"2022"}"#;
        let told = told(&row("jobTitle", "create", values));
        assert_eq!(
            (told.entity.as_str(), told.action.as_str()),
            ("job_title", "created")
        );
        assert_eq!(told.label, "Ana");
        let fields: Vec<&str> = told.changes.iter().map(|c| c.field.as_str()).collect();
        assert_eq!(fields, ["full_name"]);
        assert_eq!(told.actor.unwrap().email.unwrap(), "user1@test.com");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_still_told() {
        let told = told(&row("person", "merge", "no JSON"));
        assert_eq!((told.action.as_str(), told.changes.len()), ("merge", 0));
    }
}
