//! What the demo project has: every insight of it can be asked.

use serde_json::{Value, json};

use crate::support::TestServer;

#[test]
fn every_insight_of_the_demo_has_an_answer() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/demo/project.json");
    let project: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let insights = project["insights"].as_array().unwrap();
    assert_eq!(insights.len(), 8);
    let mut kinds = Vec::new();
    for insight in insights {
        let path = format!("/api/environments/{}/insights/?refresh=blocking", own.project);
        let made = own.client.post(&path, insight).expect(201).json();
        assert!(!made["result"].is_null(), "{insight}: {made}");
        kinds.push(insight["query"]["source"]["kind"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    kinds.dedup();
    let wanted = ["FunnelsQuery", "HogQLQuery", "LifecycleQuery", "PathsQuery", "RetentionQuery", "StickinessQuery"];
    assert_eq!(kinds, [&wanted[..], &["TrendsQuery"]].concat());
    for share in project["shares"].as_array().unwrap() {
        let is_there =
            share["of"] == json!("dashboard") || insights.iter().any(|insight| insight["key"] == share["of"]);
        assert!(is_there, "{share}");
    }
}
