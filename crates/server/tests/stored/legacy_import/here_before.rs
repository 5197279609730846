//! Importing where others are already, and imports that fail.

use raally_app::auth::{Auth, AuthConfig, SignUp};
use raally_app::erasure::{By, erase};
use raally_app::ports::{AuditFilter, Erasure};
use raally_domain::decide::Op;
use raally_domain::event::Event;
use raally_domain::ids::{PersonId, UserId};
use raally_domain::kinds::Kind;
use raally_domain::personal::PersonalSlot;
use rusqlite::{Connection, params};

use super::first_raally::id;
use super::lab::{Lab, uuid, workspace};

fn sign_up(lab: &Lab, email: &str, workspace: Option<&str>) -> UserId {
    let request = SignUp {
        email: email.to_owned(),
        password: "a password of mine".to_owned(),
        full_name: "Was Existing".to_owned(),
        locale: None,
        workspace: workspace.map(str::to_owned),
    };
    lab.inside(|i| async move {
        let auth = Auth::new(i.services, AuthConfig::default());
        auth.keys().ensure().await.unwrap();
        auth.sign_up(request).await.unwrap().me.user.id
    })
}

#[test]
fn a_user_of_an_address_that_is_known_here_is_the_account_that_has_it() {
    let lab = Lab::sample();
    let here = sign_up(&lab, "user2@test.com", None);
    verify(&lab, "user2@test.com");
    let report = lab.import();
    let users = report["users"].as_array().unwrap();
    let linked = users
        .iter()
        .find(|u| u["email"] == "user2@test.com")
        .unwrap();
    assert_eq!(linked["outcome"], "linked");
    assert_eq!(linked["account"], here.to_string());
    assert!(lab.plan(1).members().contains_key(&here));
    assert!(!lab.plan(1).members().contains_key(&UserId(uuid("user", 2))));
    // Their own password holds, the file's does not.
    assert!(lab.sign_in("user2@test.com", "Test@123").is_err());
    let tenants = lab.sign_in("user2@test.com", "a password of mine").unwrap();
    assert_eq!(tenants.len(), 2);
    assert_eq!(lab.import()["changed"], false);
}

fn verify(lab: &Lab, email: &'static str) {
    lab.inside(|i| async move {
        let verified = raally_app::accounts::verify(&i.services, email).await;
        verified.unwrap();
    });
}

/// Whoever signed up with it has not shown that it is theirs, so the file's user gets it, and
/// what is the file's.
#[test]
fn an_account_that_has_not_proved_its_address_gives_it_up() {
    let lab = Lab::sample();
    let squatter = sign_up(&lab, "user2@test.com", Some("Mine"));
    let report = lab.import();
    let users = report["users"].as_array().unwrap();
    let user = users.iter().find(|u| u["email"] == "user2@test.com");
    assert_eq!(user.unwrap()["outcome"], "created");
    let members = lab.plan(1).members().clone();
    assert!(members.contains_key(&UserId(uuid("user", 2))));
    assert!(!members.contains_key(&squatter));
    assert!(lab.sign_in("user2@test.com", "a password of mine").is_err());
    // The old password shows that the account is its owner's.
    lab.sign_in("user2@test.com", "Test@123").unwrap();
    let verified = lab.inside(|i| async move {
        let identity = &i.services.identity;
        let theirs = identity.user_by_email("user2@test.com").await.unwrap();
        let lost = identity.user(squatter).await.unwrap().unwrap();
        assert!(lost.email.ends_with(".invalid"), "{}", lost.email);
        theirs.unwrap().email_verified
    });
    assert!(verified);
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn a_workspace_whose_address_is_taken_or_unfit_gets_one_that_is_its_own() {
    let lab = Lab::bare();
    sign_up(&lab, "first@test.com", Some("workspace 01"));
    let file = lab.edit();
    file.tenant(2, "Second", "Über Uns!");
    file.tenant(3, "Third", "ber-uns");
    for n in 2..=3 {
        file.member(n, n, 1, r#"["admin"]"#, "active");
    }
    let report = lab.import();
    let slug = |n| workspace(&report, n)["slug"].as_str().unwrap().to_owned();
    assert_eq!(
        [slug(1), slug(2), slug(3)],
        ["workspace-01-2", "ber-uns", "ber-uns-2"]
    );
    assert_eq!(workspace(&report, 1)["wanted_slug"], "workspace-01");
    assert_eq!(lab.import()["changed"], false);
}

#[test]
fn all_of_an_import_lands_or_none_of_it() {
    let lab = Lab::sample();
    drop(super::lab::open_store(&lab.data()));
    let db = lab.data().join("raally.db");
    // The last workspace's log takes no event: what was written before it has to go as well.
    let conn = Connection::open(&db).unwrap();
    let last = uuid("tenant", 2).simple().to_string();
    conn.execute_batch(&format!(
        "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.tenant_id = X'{last}'
         BEGIN SELECT RAISE(ABORT, 'the disk says no'); END;"
    ))
    .unwrap();
    drop(conn);
    let output = lab.run();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("nothing was imported"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert_eq!(lab.heads(), []);
    let user = lab.inside(|i| async move {
        i.services
            .identity
            .user(UserId(uuid("user", 1)))
            .await
            .unwrap()
    });
    assert_eq!(user, None);

    Connection::open(&db)
        .unwrap()
        .execute_batch("DROP TRIGGER refuse")
        .unwrap();
    assert_eq!(lab.import()["changed"], true);
    assert_eq!(lab.heads().len(), 2);
}

#[test]
fn a_name_that_was_erased_here_does_not_come_back() {
    let lab = Lab::sample();
    lab.import();
    let person = uuid("person", 1);
    lab.inside(|i| async move {
        let erasure = Erasure {
            subject: person,
            also: Vec::new(),
            keep: Vec::new(),
            epoch: 2,
        };
        let store = &i.services.store;
        let erased = store.erase_personal(super::lab::tenant(1), erasure).await;
        assert!(erased.unwrap().values > 0);
    });
    lab.edit().run(
        "UPDATE people SET fullName = 'John Again' WHERE id = ?1",
        params![id("person", 1)],
    );
    assert_eq!(lab.import()["changed"], false);
}

/// The values of the imported rows of the old audit log that are still there.
async fn history(i: &super::lab::Inside) -> Vec<String> {
    let (store, tenant) = (&i.services.store, super::lab::tenant(1));
    let filter = AuditFilter {
        kind: Some(Kind::History),
        ..Default::default()
    };
    let mut references = Vec::new();
    for (_, logged) in store.audit(tenant, &filter, None, 100).await.unwrap() {
        let event = Event::read_trusted(logged.seq, &logged.stored.body).unwrap();
        let mut note = |_, slot: &dyn PersonalSlot| references.push(slot.reference());
        event.change.personal(&mut note);
    }
    let kept = store.personal_values(tenant, &references).await.unwrap();
    kept.into_iter().map(|v| v.value).collect()
}

/// The old audit log tells of people in words: by whatever they were ever called.
#[test]
fn erasing_somebody_takes_the_imported_history_that_tells_of_them() {
    let lab = Lab::sample();
    lab.import();
    let name = serde_json::json!({ "full_name": "Somebody Else" });
    lab.change(Op::Update, Kind::Person, uuid("person", 1), name);
    lab.inside(|i| async move {
        let tells = |rows: &[String]| rows.iter().any(|v| v.contains("Somebody Else"));
        let before = history(&i).await;
        assert!(tells(&before));
        let person = PersonId(uuid("person", 1));
        let erased = erase(&i.tenants, super::lab::tenant(1), person, By::Operator).await;
        assert!(erased.unwrap().values > 0);
        let after = history(&i).await;
        assert!(!tells(&after), "{after:?}");
        assert!(!after.is_empty(), "who acted is somebody else");
        i.tenants.close().await;
    });
}
