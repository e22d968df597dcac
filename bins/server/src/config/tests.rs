use super::*;

#[track_caller]
fn parse(text: &str) -> FileSettings {
    FileSettings::parse(Path::new("test.toml"), text).unwrap()
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let error = FileSettings::parse(Path::new("test.toml"), text).unwrap_err();
    assert_eq!(error.to_string(), expected, "{text}");
}

#[test]
fn what_is_set_nowhere_has_its_default() {
    let file = FileSettings::default();
    let storage = StorageSettings::default().resolve(&file);
    assert_eq!(storage.data_dir, Path::new("./hindsight-data"));
    assert_eq!(storage.database_url, "./hindsight-data/metadata.sqlite");
    assert_eq!(storage.object_store, "./hindsight-data/objects");
    let serve = ServeSettings::default().resolve(&file).unwrap();
    assert_eq!(serve.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(serve.limits.body_bytes, 20 << 20);
    assert!(!serve.rate_limits && serve.public_url.is_none() && serve.workers > 0);
}

#[test]
fn the_file_goes_before_defaults_and_arguments_before_the_file() {
    let file = parse(
        r#"
        data_dir = "/var/lib/hindsight"
        listen = "0.0.0.0:9000"
        rate_limits = true
        log_format = "json"
        workers = 3
        "#,
    );
    let storage = StorageSettings::default().resolve(&file);
    assert_eq!(storage.database_url, "/var/lib/hindsight/metadata.sqlite");
    let given = ServeSettings { workers: Some(5), rate_limits: Some(false), ..ServeSettings::default() };
    let serve = given.resolve(&file).unwrap();
    assert_eq!(serve.listen.to_string(), "0.0.0.0:9000");
    assert_eq!((serve.workers, serve.rate_limits, serve.log_format), (5, false, Some(LogFormat::Json)));
}

#[test]
fn objects_are_kept_where_they_are_said_to_be() {
    let file = parse(
        r#"
        data_dir = "/var/lib/hindsight"
        object_store = "s3://analytics/hindsight"
        s3_endpoint = "http://minio:9000"
        s3_path_style = false
        s3_access_key_id = "id"
        s3_secret_access_key = "sk-secret"
        "#,
    );
    let given = ObjectArguments { s3_endpoint: Some("http://other:9000".to_owned()), ..ObjectArguments::default() };
    let config = StorageSettings { objects: given, ..StorageSettings::default() }.resolve(&file);
    assert_eq!(config.object_store, "s3://analytics/hindsight");
    assert_eq!((config.s3.endpoint.as_deref(), config.s3.path_style), (Some("http://other:9000"), Some(false)));
    assert_eq!(config.s3.secret_access_key.as_deref(), Some("sk-secret"));
    assert!(!format!("{config:?} {file:?}").contains("sk-secret"));
}

#[test]
fn a_file_that_says_nonsense_is_refused() {
    check_refused("lisen = \"x\"", "the configuration file test.toml has the unknown setting `lisen`");
    check_refused("workers = \"many\"", "cannot understand the configuration file test.toml");
    check_refused("workers", "cannot understand the configuration file test.toml");
}

#[test]
fn values_out_of_range_are_named() {
    let refused = |text: &str| ServeSettings::default().resolve(&parse(text)).unwrap_err().to_string();
    assert_eq!(refused("workers = 0"), "workers: at least 1 is needed");
    let expected = "public_url: `ftp://x` should look like https://analytics.example.com";
    assert_eq!(refused("public_url = \"ftp://x\""), expected);
    let trimmed = ServeSettings::default().resolve(&parse("public_url = \"https://x.example/\"")).unwrap();
    assert_eq!(trimmed.public_url.as_deref(), Some("https://x.example"));
}

#[test]
fn a_model_is_set_as_a_whole_or_not_at_all() {
    let resolve = |text: &str| ServeSettings::default().resolve(&parse(text));
    assert_eq!(resolve("").unwrap().model, None);
    let text = "model_provider = \"anthropic\"\nmodel = \"m-1\"\nmodel_api_key = \"sk-secret\"\nmodel_timeout = 5";
    let given = ServeSettings {
        model: ModelArguments { model: Some("m-2".to_owned()), ..ModelArguments::default() },
        ..ServeSettings::default()
    };
    let config = given.resolve(&parse(text)).unwrap();
    let model = config.model.clone().unwrap();
    assert_eq!((model.model.as_str(), model.timeout, model.retries), ("m-2", Duration::from_secs(5), 2));
    assert!(!format!("{config:?} {:?}", parse(text)).contains("sk-secret"));

    let refused = |text: &str| resolve(text).unwrap_err().to_string();
    let expected = "model_provider: openai or anthropic is needed where a model is set";
    assert_eq!(refused("model_api_key = \"x\""), expected);
    assert!(refused("model_provider = \"openai\"").starts_with("model: the name of a model is needed"));
    assert!(refused("model_provider = \"openai\"\nmodel = \"two words\"").starts_with("model: the name"));
    let timeout = "model_provider = \"openai\"\nmodel = \"m\"\nmodel_timeout = 0";
    assert_eq!(refused(timeout), "model_timeout: 1 to 600 seconds are possible");
}

#[test]
fn recall_is_asked_where_there_is_a_key() {
    let resolve = |text: &str| ServeSettings::default().resolve(&parse(text));
    let nothing = resolve("").unwrap().recordings;
    assert_eq!((nothing.recall, nothing.webhook_secret), (None, None));
    assert_eq!(nothing.check_interval, Some(Duration::from_secs(15)));
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZg==";
    let text =
        format!("recall_api_key = \"key-1\"\nrecall_webhook_secret = \"{secret}\"\nrecording_check_interval_s = 0");
    let config = resolve(&text).unwrap();
    let recall = config.recordings.recall.clone().unwrap();
    assert_eq!((recall.base_url.as_str(), recall.api_key.as_str()), ("https://us-west-2.recall.ai", "key-1"));
    assert!(config.recordings.webhook_secret.is_some() && config.recordings.check_interval.is_none());
    let shown = format!("{config:?} {:?}", parse(&text));
    assert!(!shown.contains("key-1") && !shown.contains(&secret[6..]), "{shown}");
    let regional = resolve("recall_api_key = \"k\"\nrecall_region = \"eu-central-1\"").unwrap();
    assert_eq!(regional.recordings.recall.unwrap().base_url, "https://eu-central-1.recall.ai");

    let refused = |text: &str| resolve(text).unwrap_err().to_string();
    assert_eq!(refused("recall_region = \"x.example.com/\""), "recall_region: a region looks like us-west-2");
    assert!(refused("recall_api_key = \"k\"\nrecall_base_url = \"x\"").starts_with("recall_base_url: the address"));
    assert_eq!(refused("recall_webhook_secret = \"s\""), "recall_webhook_secret: a secret begins with whsec_");
}

#[test]
fn logs_stay_unless_they_are_told_to_go() {
    let resolve = |text: &str| ServeSettings::default().resolve(&parse(text));
    assert_eq!(resolve("").unwrap().log_retention, None);
    let kept = resolve("logs_retention_days = 30\nlogs_max_bytes = 1000").unwrap().log_retention.unwrap();
    assert_eq!((kept.max_age, kept.max_bytes), (Some(Duration::from_secs(30 * 86_400)), Some(1000)));
    let refused = |text: &str| resolve(text).unwrap_err().to_string();
    let expected = "logs_retention_days: at least 1 is needed; leave it out to keep logs for good";
    assert_eq!(refused("logs_retention_days = 0"), expected);
    assert!(refused("logs_max_bytes = 0").starts_with("logs_max_bytes: at least 1"));
}
