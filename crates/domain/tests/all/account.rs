//! Account events: every type ever written can be read, and says nothing personal.

use std::path::Path;

use raally_domain::account::{ACCOUNT_EVENT_TYPES, AccountChange, AccountEvent, Digest};
use raally_domain::event::{Actor, Event, EventError, StoredEvent};
use raally_domain::ids::{EventId, SessionId, TenantId, UserId};
use raally_domain::stream::StreamId;
use raally_domain::time::Timestamp;
use uuid::Uuid;

fn changes() -> Vec<AccountChange> {
    let session = SessionId(Uuid::from_u128(5));
    let digest = |text| Digest::new(&[7; 32], text);
    vec![
        AccountChange::SignedUp {},
        AccountChange::SignedIn {
            session,
            network: Some(digest("192.0.2.1")),
        },
        AccountChange::SignedOut { session },
        AccountChange::SignInFailed {
            network: Some(digest("192.0.2.1")),
        },
        AccountChange::PasswordChanged {},
        AccountChange::Changed {
            fields: vec!["full_name".to_owned(), "locale".to_owned()],
        },
        AccountChange::SessionReused { session },
        AccountChange::UnknownAccount {
            account: digest("ana@example.com"),
            network: None,
        },
        AccountChange::RateLimited {
            limit: "address".to_owned(),
            subject: digest("192.0.2.1"),
        },
        AccountChange::TenantClosed {
            tenant: TenantId(Uuid::from_u128(7)),
        },
    ]
}

/// Each of the changes as the next of its stream.
fn events() -> Vec<(AccountEvent, StoredEvent)> {
    let user = UserId(Uuid::from_u128(0xad));
    let at: Timestamp = "2026-11-18T11:06:40.000002Z".parse().unwrap();
    let (mut users, mut platform) = ((0, [0; 32]), (0, [0; 32]));
    let event = |(n, change): (usize, AccountChange)| {
        let (stream, place) = if ACCOUNT_EVENT_TYPES[n].starts_with("user.") {
            (StreamId::User(user), &mut users)
        } else {
            (StreamId::Platform, &mut platform)
        };
        let event = AccountEvent {
            stream,
            seq: place.0 + 1,
            id: EventId(Uuid::from_u128(n as u128)),
            recorded_at: at,
            occurred_at: at,
            actor: Actor::User(user),
            change,
            previous: place.1,
        };
        let stored = event.store();
        *place = (event.seq, stored.hash);
        (event, stored)
    };
    changes().into_iter().enumerate().map(event).collect()
}

#[test]
fn every_type_ever_written_is_read_as_it_was() {
    for ((event, stored), name) in events().into_iter().zip(ACCOUNT_EVENT_TYPES) {
        assert_eq!(event.event_type(), name);
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(format!("{name}.v1.json"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() && !path.exists() {
            std::fs::write(&path, &stored.body).unwrap();
        }
        let golden = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{}: {e}; write it with UPDATE_GOLDEN=1", path.display()));
        assert_eq!(
            stored.body, golden,
            "{name} is written otherwise than it was"
        );
        let read = AccountEvent::read(event.seq, &stored, &event.previous).unwrap();
        assert_eq!(read, event, "{name}");
        // No reader takes one kind of event for the other.
        let as_tenants = Event::read_trusted(event.seq, &golden);
        assert!(matches!(as_tenants, Err(EventError::Unknown(..))), "{name}");
    }
}

#[test]
fn nothing_personal_is_in_an_account_event() {
    for (_, stored) in events() {
        for word in ["ana@", "192.0.2.1"] {
            assert!(!stored.body.contains(word), "{word} in {}", stored.body);
        }
    }
}

#[test]
fn a_changed_event_breaks_its_chain_and_a_misplaced_one_is_refused() {
    let events = events();
    let (second, stored) = &events[1];
    let forged = StoredEvent {
        body: stored.body.replace("192", "193").replace(":2,", ":2 ,"),
        ..stored.clone()
    };
    let broken = AccountEvent::read(2, &forged, &second.previous);
    assert!(matches!(broken, Err(EventError::Broken(2))), "{broken:?}");
    let elsewhere = AccountEvent::read(3, stored, &second.previous);
    assert!(matches!(
        elsewhere,
        Err(EventError::Order {
            expected: 3,
            found: 2
        })
    ));
    let unknown = stored.body.replace("user.signed_in", "user.levitated");
    let unknown = AccountEvent::read_trusted(2, &unknown);
    assert!(matches!(unknown, Err(EventError::Unknown(..))));
}

#[test]
fn a_digest_tells_the_same_from_another_and_depends_on_the_secret() {
    let of = |secret: u8, text| Digest::new(&[secret; 32], text);
    assert_eq!(of(1, "a"), of(1, "a"));
    assert_ne!(of(1, "a"), of(1, "b"));
    assert_ne!(of(1, "a"), of(2, "a"));
}
