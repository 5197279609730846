//! Live changes: without a gap, without values, and not longer than one may.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, User, ok, problem};

pub struct Stream {
    response: reqwest::Response,
    text: String,
}

#[derive(Debug)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

impl Stream {
    pub async fn open(user: &User<'_>, last: Option<&str>) -> Stream {
        let mut request = user.get("/live");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream {
            response,
            text: String::new(),
        }
    }

    /// The next event that is no heartbeat; `None` where the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|l| l.strip_prefix(name));
                    line.map_or("", str::trim).to_owned()
                };
                let event = Event {
                    name: field("event:"),
                    id: field("id:"),
                    data: serde_json::from_str(&field("data:")).unwrap_or(Value::Null),
                };
                self.text = rest.to_owned();
                if event.name != "heartbeat" {
                    return Some(event);
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            match chunk.expect("the stream says nothing") {
                Ok(Some(bytes)) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

#[tokio::test]
async fn changes_arrive_and_a_stream_resumes_without_a_gap() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let viewer = admin.invite("viewer", "viewer").await;
    let mut stream = Stream::open(&viewer, None).await;
    let person = admin
        .add("/people", json!({ "full_name": "Bo Canary" }))
        .await;
    let first = stream.next().await.unwrap();
    assert_eq!(first.name, "change");
    assert_eq!(
        (first.id.as_str(), &first.data["head"]),
        (person["head"].as_str().unwrap(), &person["head"])
    );
    assert_eq!(first.data["changed"], json!([person["id"]]));
    assert_eq!(first.data["touched"][0]["person_id"], person["id"]);
    assert_eq!(
        first.data["actor"],
        json!({ "user_id": admin.id, "name": "admin" })
    );
    assert!(
        !first.data.to_string().contains("Canary"),
        "values never travel here"
    );

    drop(stream);
    let mut heads = Vec::new();
    for n in 0..20 {
        let team = admin
            .add("/teams", json!({ "name": format!("Team {n}") }))
            .await;
        heads.push(team["head"].as_str().unwrap().to_owned());
    }
    let mut stream = Stream::open(&viewer, Some(&first.id)).await;
    for n in 0..5 {
        let skill = admin
            .add("/skills", json!({ "name": format!("Skill {n}") }))
            .await;
        heads.push(skill["head"].as_str().unwrap().to_owned());
    }
    for head in heads {
        assert_eq!(stream.next().await.unwrap().id, head);
    }
    let reset = Stream::open(&viewer, Some("0.7"))
        .await
        .next()
        .await
        .unwrap();
    assert_eq!(reset.name, "reset");
    problem(
        viewer
            .get("/live")
            .header("last-event-id", "x")
            .send()
            .await
            .unwrap(),
        400,
    )
    .await;
}

#[tokio::test]
async fn a_stream_ends_with_the_membership() {
    let server = Server::start();
    let admin = server.sign_up("admin", Some("Own")).await;
    let viewer = admin.invite("viewer", "viewer").await;
    let mut stream = Stream::open(&viewer, None).await;
    let removed = admin.delete(&format!("/members/{}", viewer.id));
    ok(removed.send().await.unwrap(), 200).await;
    // The removal itself may still be told.
    let mut told = 0;
    while stream.next().await.is_some() {
        told += 1;
    }
    assert!(told <= 1);
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams_and_itself() {
    let mut server = Server::start();
    let begun;
    {
        let admin = server.sign_up("admin", Some("Own")).await;
        let mut stream = Stream::open(&admin, None).await;
        let ready = server.url("/api/health/ready");
        ok(server.http.get(&ready).send().await.unwrap(), 200).await;
        server.terminate();
        begun = std::time::Instant::now();
        let drained = async {
            loop {
                match server.http.get(&ready).send().await {
                    Ok(answer) if answer.status() == 503 => return true,
                    Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                    Err(_) => return false,
                }
            }
        };
        assert!(
            drained.await,
            "readiness says no before connections are refused"
        );
        assert!(stream.next().await.is_none());
    }
    assert_eq!(server.wait().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
}
