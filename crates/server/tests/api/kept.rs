//! What is kept beside the logs: the audit store, the reporting tables, Kafka's content.

use serde_json::{Value, json};

use crate::support::Server;

/// What a command prints, and whether it succeeded.
pub async fn run(server: &Server, args: &[&str]) -> (bool, String) {
    let mut command = server.command();
    command.args(args);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().unwrap();
    let text = [output.stdout, output.stderr].map(|t| String::from_utf8(t).unwrap());
    (output.status.success(), text.concat())
}

#[tokio::test]
async fn everything_that_is_kept_agrees_with_the_logs() {
    let mut server = Server::start();
    let (slug, tenant) = {
        let admin = server.sign_up("admin", Some("Own")).await;
        let booked = admin.booked().await;
        let off = json!({
            "person_id": booked.person, "from": "2026-11-24", "to": "2026-11-24",
            "kind": "vacation", "status": "approved",
        });
        let answer = admin.post("/time-off", &off).send().await.unwrap();
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
        server.sign_up("other", Some("Second")).await;
        (admin.tenant.clone(), admin.tenant_id.clone())
    };
    let engines = server.engines.is_some();
    if !engines {
        // The process that works has the folder for itself: it is let finish first.
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        server.terminate();
        assert!(server.wait().success());
    }
    let (sound, said) = run(&server, &["verify", "--all", "--wait", "60"]).await;
    assert!(sound, "{said}");
    for what in [
        format!("{tenant} Own: sound, 8 events"),
        format!("{tenant} audit store: sound, 8 entries"),
    ] {
        assert!(said.contains(&what), "{what}: {said}");
    }
    assert!(!said.contains("has come to event"), "{said}");
    for what in ["reporting: sound", "Kafka: sound, 8 messages", "Kafka: "] {
        assert_eq!(said.contains(what), engines, "{what}: {said}");
    }

    let period = ["--from", "2026-01-01", "--until", "2199-01-01"];
    let export = [&["audit", "export", "--tenant", &slug][..], &period].concat();
    let (done, lines) = run(&server, &export).await;
    assert!(done, "{lines}");
    let (_, log) = run(&server, &["export", "--tenant", &slug]).await;
    let read = |text: &str| -> Vec<Value> {
        let lines = text.lines();
        lines.map(|l| serde_json::from_str(l).unwrap()).collect()
    };
    let (lines, log) = (read(&lines), read(&log));
    assert_eq!(lines.len(), 8);
    for (line, logged) in lines.iter().zip(&log) {
        assert_eq!(line["stream"], format!("tenant/{tenant}"));
        for field in ["seq", "hash", "event"] {
            assert_eq!(line[field], logged[field]);
        }
    }
    let (_, all) = run(&server, &[&["audit", "export"][..], &period].concat()).await;
    assert!(read(&all).len() > 8);
    let early = ["--from", "2020-01-01", "--until", "2026-01-01"];
    let (done, none) = run(&server, &[&["audit", "export"][..], &early].concat()).await;
    assert!(done && none.is_empty(), "{none}");
}
