//! What clients are told when they ask for feature flags and remote configuration: that there are none.
//!
//! Clients ask at their start and complain, or wait, until they get an answer of the form that their version knows.

use serde_json::{Value, json};
use uuid::Uuid;

/// The compressions that [`crate::parse::parse_capture`] undoes, by the names that clients know them by.
const SUPPORTED_COMPRESSION: [&str; 2] = ["gzip", "gzip-js"];

/// The body of an answer to `/decide`, of the form that `version` (its parameter `v`, 1 where absent) calls for.
pub fn decide_body(version: u32, request_id: Uuid) -> Value {
    let mut body = remote_settings();
    body["config"] = json!({ "enable_collect_everything": true });
    body["toolbarParams"] = json!({});
    body["isAuthenticated"] = json!(false);
    match version {
        // A list of names at first, a map from names to variants later.
        0 | 1 => body["featureFlags"] = json!([]),
        2 => body["featureFlags"] = json!({}),
        3 => add_flag_maps(&mut body),
        _ => add_flags(&mut body, request_id),
    }
    body
}

/// The body of an answer to `/flags`, of the form that `version` (its parameter `v`, 1 where absent) calls for, with the remote
/// configuration where `with_config` (its parameter `config`) asks for it.
pub fn flags_body(version: u32, with_config: bool, request_id: Uuid) -> Value {
    let mut body = if with_config { remote_settings() } else { json!({}) };
    if version < 2 {
        add_flag_maps(&mut body);
    } else {
        add_flags(&mut body, request_id);
    }
    body
}

/// The remote configuration of the project with `token`, which browser clients ask for at `/array/:token/config`.
pub fn remote_config(token: &str) -> Value {
    let mut body = remote_settings();
    body["token"] = json!(token);
    body["hasFeatureFlags"] = json!(false);
    body["siteApps"] = json!([]);
    body
}

/// The same as a script, which they ask for at `/array/:token/config.js`.
pub fn remote_config_script(token: &str) -> String {
    // A slash in a string may be escaped, and `</script>` must be where the script is put into a page.
    let token_literal = json!(token).to_string().replace('/', "\\/");
    let config = remote_config(token).to_string().replace("</", "<\\/");
    format!(
        "(function () {{\n  window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {{}};\n  \
         window._POSTHOG_REMOTE_CONFIG[{token_literal}] = {{ config: {config}, siteApps: [] }};\n}})();\n"
    )
}

/// Everything that a client may be told to do beside sending events, refused.
fn remote_settings() -> Value {
    json!({
        "supportedCompression": SUPPORTED_COMPRESSION,
        "analytics": { "endpoint": "/i/v0/e/" },
        "autocapture_opt_out": false,
        "autocaptureExceptions": false,
        "captureDeadClicks": false,
        "capturePerformance": false,
        "defaultIdentifiedOnly": true,
        "elementsChainAsString": true,
        "heatmaps": false,
        "sessionRecording": false,
        "siteApps": [],
        "surveys": false,
    })
}

fn add_flag_maps(body: &mut Value) {
    body["errorsWhileComputingFlags"] = json!(false);
    body["featureFlags"] = json!({});
    body["featureFlagPayloads"] = json!({});
}

fn add_flags(body: &mut Value, request_id: Uuid) {
    body["errorsWhileComputingFlags"] = json!(false);
    body["flags"] = json!({});
    body["requestId"] = json!(request_id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &Value, expected: Value, absent: &[&str]) {
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(body.get(key), Some(value), "{key} of {body}");
        }
        for key in absent {
            assert_eq!(body.get(key), None, "{key} of {body}");
        }
    }

    #[test]
    fn each_version_gets_the_form_that_it_knows() {
        let maps = json!({"featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false});
        let flags = json!({"flags": {}, "errorsWhileComputingFlags": false, "requestId": Uuid::nil()});
        check(&decide_body(1, Uuid::nil()), json!({"featureFlags": [], "sessionRecording": false}), &["flags"]);
        check(
            &decide_body(2, Uuid::nil()),
            json!({"featureFlags": {}, "supportedCompression": ["gzip", "gzip-js"]}),
            &[],
        );
        check(&decide_body(3, Uuid::nil()), maps.clone(), &["flags", "requestId"]);
        check(&decide_body(4, Uuid::nil()), flags.clone(), &["featureFlags", "featureFlagPayloads"]);
        check(&flags_body(1, true, Uuid::nil()), maps.clone(), &["flags"]);
        check(&flags_body(1, false, Uuid::nil()), maps, &["flags", "supportedCompression"]);
        check(&flags_body(2, true, Uuid::nil()), flags, &["featureFlags"]);
    }

    #[test]
    fn remote_configuration_is_json_and_script() {
        check(&remote_config("phc_a"), json!({"token": "phc_a", "hasFeatureFlags": false, "surveys": false}), &[]);
        let script = remote_config_script("phc_</script>");
        assert!(script.contains(r#"_CONFIG["phc_<\/script>"] = { config: {"#), "{script}");
        assert!(!script.contains("</"), "{script}");
    }
}
