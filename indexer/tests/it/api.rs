//! What clients see.

use std::time::Duration;

use chorus_bindings::{Contract, Setting, core::names::Support};
use chorus_indexer::{Running, api};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::common::{all, get, index, ok, sim::Sim, story::*};

async fn served(story: &Story) -> (TempDir, Sim, Running) {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(story);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    (folder, sim, running)
}

#[tokio::test]
async fn t43_hostile_input_is_refused_clearly() {
    let (_folder, _, running) = served(&Story::full()).await;
    let long = "9".repeat(5_000);
    let zeros = "0".repeat(144);
    let hash = format!("0x{}", "00".repeat(32));
    let check = |path: String, status: u16, code: &'static str| {
        let running = &running;
        async move {
            let (found, body) = get(running, &path).await;
            let short = &path[..path.len().min(100)];
            assert_eq!((found, body["error"]["code"].as_str()), (status, Some(code)), "{short}: {body}");
            assert!(body["error"]["message"].as_str().unwrap().len() < 300, "{short} is repeated at length");
        }
    };
    for limit in ["0", "-1", "1001", "1e9", "9999999999999999999999", "abc", "%00", &long] {
        check(format!("/v1/offers?limit={limit}"), 400, "bad_limit").await;
    }
    for cursor in ["x", "%00", "' OR 1=1 --", &zeros, &long, "%F0%9F%98%80"] {
        check(format!("/v1/payouts?cursor={cursor}"), 400, "bad_cursor").await;
    }
    for text in ["x", "0x", "' OR '1'='1", "0x' UNION SELECT 1 --", "%00", &long, &hash[..64]] {
        let escaped = text.replace(' ', "%20");
        check(format!("/v1/offers/{escaped}"), 400, "bad_hex").await;
        check(format!("/v1/offers/{escaped}/votes"), 400, "bad_hex").await;
        check(format!("/v1/members/{escaped}"), 400, "bad_hex").await;
        check(format!("/v1/payouts?offer={escaped}"), 400, "bad_hex").await;
        check(format!("/v1/payouts?member={escaped}"), 400, "bad_hex").await;
        check(format!("/v1/attestations?member={escaped}"), 400, "bad_hex").await;
        check(format!("/v1/ledger?offer={escaped}"), 400, "bad_hex").await;
    }
    for text in ["'; DROP TABLE offers; --", "%25", "", &long] {
        let escaped = text.replace(' ', "%20");
        check(format!("/v1/ledger?account={escaped}"), 400, "bad_query").await;
        check(format!("/v1/events?name={escaped}"), 400, "bad_query").await;
        check(format!("/v1/events?contract={escaped}"), 400, "bad_query").await;
    }
    check("/v1/offers?limt=5".into(), 400, "bad_query").await;
    check("/v1/offers?limit=5&limit=6".into(), 400, "bad_query").await;
    check("/v1/dao?x=1".into(), 400, "bad_query").await;
    check(format!("/v1/offers/{hash}"), 404, "not_found").await;
    check(format!("/v1/offers/{hash}/votes"), 404, "not_found").await;
    check(format!("/v1/members/0x{}", "00".repeat(20)), 404, "not_found").await;
    check("/v2".into(), 404, "not_found").await;
    // And the tables are still there.
    assert_eq!(ok(&running, "/v1/offers").await["count"], 3);
    running.stop().await;
}

#[tokio::test]
async fn t43_only_get_is_answered() {
    let (_folder, _, running) = served(&Story::new(&[1])).await;
    let client = reqwest::Client::new();
    let answer = client.post(format!("{}/v1/offers", running.api_url())).body(vec![0; 1_000_000]).send().await;
    // The server may close before it has read a body that it does not want.
    if let Ok(answer) = answer {
        assert_eq!(answer.status().as_u16(), 405);
    }
    assert_eq!(get(&running, "/v1/offers").await.0, 200);
    running.stop().await;
}

#[tokio::test]
async fn t43_a_head_that_is_too_long_is_refused() {
    let (_folder, _, running) = served(&Story::new(&[1])).await;
    let mut stream = TcpStream::connect(running.api_url().trim_start_matches("http://")).await.unwrap();
    let head = format!("GET /v1/dao HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(60_000));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = vec![0; 64];
    let read = stream.read(&mut answer).await.unwrap_or(0);
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn t43_clients_that_only_hold_connections_open_are_let_go() {
    let (_folder, _, running) = served(&Story::new(&[1])).await;
    let address = running.api_url().trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // Half a head, and never the rest.
        stream.write_all(b"GET /v1/dao HTTP/1.1\r\nhost:").await.unwrap();
        silent.push(stream);
    }
    let answer = tokio::time::timeout(Duration::from_secs(30), get(&running, "/health/live")).await;
    assert_eq!(answer.expect("an honest client gets its turn").0, 200);
    running.stop().await;
}

#[tokio::test]
async fn t43_clients_that_go_away_while_being_answered_cost_nothing() {
    let (_folder, _, running) = served(&Story::full()).await;
    let address = running.api_url().trim_start_matches("http://").to_owned();
    for _ in 0..500 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /v1/offers HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        tokio::task::yield_now().await;
    }
    let answer = tokio::time::timeout(Duration::from_secs(4), ok(&running, "/v1/offers")).await;
    assert_eq!(answer.expect("no connection to the database is lost")["count"], 3);
    running.stop().await;
}

#[tokio::test]
async fn pages_show_one_block_however_the_chain_grows() {
    let story = Story::full();
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&story);
    let half = story.blocks.len() as u64 / 2;
    sim.finalize(half as usize);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(half).await.unwrap();
    let first = ok(&running, "/v1/events?limit=10").await;
    let next = first["next"].as_str().unwrap().to_owned();
    sim.finalize(story.blocks.len());
    running.reached(sim.height()).await.unwrap();
    let second = ok(&running, &next).await;
    assert_eq!(first["as_of"], second["as_of"]);
    assert_eq!(first["count"], second["count"]);
    let rest = all(&running, &next).await;
    assert_eq!(10 + rest.len() as u64, first["count"].as_u64().unwrap());
    assert!(rest.iter().all(|event| event["at"]["block"].as_u64().unwrap() <= half));
    let count = ok(&running, "/v1/events").await["count"].as_u64().unwrap();
    let expected: usize = story.blocks.iter().map(|block| block.emitted.len()).sum();
    assert_eq!(count, expected as u64);
    running.stop().await;
}

#[tokio::test]
async fn a_cursor_of_a_block_that_the_database_does_not_have_is_refused() {
    let (_folder, _, running) = served(&Story::full()).await;
    let (_other_folder, _, other) = served(&Story::new(&[5, 6, 7])).await;
    let next = ok(&other, "/v1/events?limit=1").await["next"].as_str().unwrap().to_owned();
    let (status, body) = get(&running, &next).await;
    assert_eq!((status, body["error"]["code"].as_str()), (400, Some("cursor_expired")));
    running.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn a_member_is_served_with_power_and_credits() {
    let (_folder, _, running) = served(&Story::full()).await;
    let member = ok(&running, &format!("/v1/members/{}", person(1).to_string().to_lowercase())).await;
    assert_eq!(
        (&member["data"]["weight"], &member["data"]["balance"], &member["data"]["votes"]),
        (&0.into(), &"0".into(), &"0".into())
    );
    let failed = ok(&running, &format!("/v1/members/{}", person(5))).await;
    assert_eq!(failed["data"]["delegate"], failed["data"]["address"]);
    let credit: u128 = failed["data"]["credits"][format!("0x{}", "00".repeat(20))].as_str().unwrap().parse().unwrap();
    assert!(credit > 0, "the failed push is the member's credit");
    running.stop().await;
}

#[tokio::test]
async fn metrics_count_what_was_applied_and_answered() {
    let (_folder, sim, running) = served(&Story::full()).await;
    ok(&running, "/v1/dao").await;
    let text = reqwest::get(format!("{}/metrics", running.api_url())).await.unwrap().text().await.unwrap();
    for line in [
        format!("chorus_indexer_applied_block {}", sim.height()),
        "chorus_indexer_events_total{contract=\"escrow\",name=\"SharePaid\"} 9".into(),
        "chorus_indexer_requests_total{route=\"/v1/dao\",status=\"200\"} 1".into(),
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
    running.stop().await;
}

/// Whether a value is what a schema of the document says, and nothing beside.
fn matches(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return matches(document, document.pointer(pointer).unwrap_or_else(|| panic!("{reference}")), value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let chosen = choices.iter().find(|choice| (choice["type"] == "null") == value.is_null());
        return matches(
            document,
            chosen.unwrap_or_else(|| panic!("{place}: {value} is none of {choices:?}")),
            value,
            place,
        );
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<_> = schema["type"].as_array().map_or(vec![&schema["type"]], |kinds| kinds.iter().collect());
    assert!(kinds.iter().any(|known| **known == kind), "{place} is {value}, not {}", schema["type"]);
    for item in value.as_array().into_iter().flatten() {
        matches(document, &schema["items"], item, &format!("{place}[]"));
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    for (name, value) in value.as_object().into_iter().flatten() {
        let schema = properties.get(name).unwrap_or_else(|| panic!("{place}.{name} is not documented"));
        matches(document, schema, value, &format!("{place}.{name}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{place} lacks {name}");
    }
}

#[tokio::test]
async fn every_documented_answer_is_as_documented() {
    let mut story = Story::full();
    let setting = Setting::find(Contract::Escrow, "setProposalSettings").unwrap();
    let proposal =
        story.propose(Contract::Escrow, setting.encode(|_| Some("60".into())).unwrap(), &[(1, Support::For)]);
    let (_folder, _, running) = served(&story).await;
    let document = ok(&running, "/openapi.json").await;
    assert_eq!(document, api::document());
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let offers = all(&running, "/v1/offers").await;
    for path in document["paths"].as_object().unwrap().keys().filter(|path| *path != "/metrics") {
        for offer in &offers {
            let concrete = path
                .replace("{offer}", offer["offer"].as_str().unwrap())
                .replace("{proposal}", &proposal.to_string())
                .replace("{address}", &person(2).to_string());
            let answer = ok(&running, &concrete).await;
            let schema = &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
            assert!(schema.is_object(), "{path} has no schema");
            matches(&document, schema, &answer, path);
        }
    }
    let (_, failure) = get(&running, "/v1/members/x").await;
    let schema =
        &document["paths"]["/v1/members/{address}"]["get"]["responses"]["400"]["content"]["application/json"]["schema"];
    matches(&document, schema, &failure, "failure");
    running.stop().await;
}
