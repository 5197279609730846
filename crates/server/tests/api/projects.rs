//! Projects over HTTP.

use serde_json::json;

use crate::support::{Server, ok, pointers, problem};

#[tokio::test]
async fn the_days_of_a_project_are_kept_and_told_of() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let path = format!("/projects/{}", admin.booked().await.project);
    let say = async |from: Option<&str>, to: Option<&str>| {
        let patch = json!({ "from": from, "to": to });
        admin.patch(&path, &patch).send().await.unwrap()
    };
    let project = admin.read(&path).await;
    assert_eq!(
        (&project["from"], &project["to"]),
        (&json!(null), &json!(null))
    );
    let refused = problem(say(Some("2026-11-24"), Some("2026-11-23")).await, 422).await;
    assert_eq!(pointers(&refused), ["/to"]);
    ok(say(None, None).await, 200).await;

    let answer = say(Some("2026-11-24"), Some("2026-11-30")).await;
    let written = ok(answer, 200).await;
    assert_eq!(written["to"], "2026-11-30");
    // The booking begins on the Monday before.
    let outside = &written["warnings"][0];
    assert_eq!(outside["code"], "outside-project");
    assert_eq!(outside["dates"][0], "2026-11-23");
    let list = admin.read("/projects").await;
    assert_eq!(list["items"][0]["from"], "2026-11-24");
    let audit = admin.read("/audit?entity=project&limit=1").await;
    assert_eq!(
        audit["items"][0]["changes"][0],
        json!({ "field": "from", "before": null, "after": "2026-11-24" })
    );
    ok(admin.post("/undo", &json!({})).send().await.unwrap(), 200).await;
    assert_eq!(admin.read(&path).await["from"], json!(null));
}
