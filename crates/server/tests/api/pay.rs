//! Pay is seen by admins alone: an amount that is nowhere else is looked for in every answer.

use serde_json::{Value, json};

use crate::support::{Server, User};

const CANARY: &str = "7316042";

/// Every answer that a role can get by reading, as one text.
async fn everything(user: &User<'_>, document: &Value, person: &str) -> String {
    let mut all = String::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none()
            || template.ends_with("/live")
            || !template.contains("{tenant}")
        {
            continue;
        }
        let path = template
            .replace("{tenant}", &user.tenant)
            .replace("{user_id}", &user.id)
            .replace("{id}", person);
        for query in [
            "",
            "?from=2026-11-23&to=2026-11-29",
            "?from=2026-11-23&to=2026-11-29&by=project",
            "?limit=200&q=73",
        ] {
            let answer = user.request(reqwest::Method::GET, &format!("{path}{query}"));
            let answer = answer.send().await.unwrap();
            assert!(!answer.status().is_server_error(), "{path}{query}");
            all.push_str(&answer.text().await.unwrap());
        }
    }
    all
}

#[tokio::test]
async fn nobody_but_admins_ever_sees_pay() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let booked = admin.booked().await;
    let pay = json!({
        "effective_date": "2026-01-01", "type": "salaried",
        "amount": { "amount": 7_316_042, "currency": "USD" },
    });
    let path = format!("/people/{}/compensations", booked.person);
    let record = admin.add_id(&path, pay).await;
    let document: Value = server
        .http
        .get(server.url("/api/openapi.json"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(
        everything(&admin, &document, &booked.person)
            .await
            .contains(CANARY)
    );

    for role in ["resource_manager", "member", "viewer"] {
        let user = admin.invite(role, role).await;
        let link = json!({ "user_id": user.id });
        let own = format!("/people/{}", booked.person);
        // Not even of oneself.
        let linked = admin.patch(&own, &link).send().await.unwrap();
        assert_eq!(linked.status(), 200);
        assert!(
            !everything(&user, &document, &booked.person)
                .await
                .contains(CANARY),
            "{role}"
        );
        let one = format!("{path}/{record}");
        let tries = [
            user.get(&one),
            user.patch(&one, &json!({ "paid_time_off_days": 3 })).header("if-match", "\"1\""),
            user.delete(&one).header("if-match", "\"1\""),
            user.post("/commands", &json!([{ "op": "update", "resource": "compensations", "id": record, "expect": 1, "body": {} }])),
            user.post("/preview?from=2026-11-23&to=2026-11-29", &json!([{ "op": "update", "resource": "compensations", "id": record, "expect": 1, "body": {} }])),
            user.get(&format!("/audit?q={CANARY}")),
            user.get("/audit?entity=compensation"),
        ];
        for request in tries {
            let answer = request.send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert!(!text.contains(CANARY), "{role}: {status} {text}");
        }
    }
    let page: Value = admin.read(&format!("/audit?q={CANARY}")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}
