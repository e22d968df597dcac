//! What happens in the shop, one thing at a time: a request with all that services write about it, or a job.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use logs::record::{Attributes, Level, LogRecord, Severity};
use rand::RngExt;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, LogNormal};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

use super::shared;
use super::texts::{
    AGENTS, AUTH, CATALOGUE, CHECKOUT, ERRORS, GATEWAY, INVENTORY, JOBS, N_PODS, N_PRODUCTS, N_USERS, PAYMENTS,
    PROVIDERS, REFERRERS, REGIONS, SEARCH, SERVICES, TERMS, WAREHOUSES, WORKER,
};
use crate::generate::zipf;

/// What is the same all day.
#[derive(Debug)]
pub(super) struct World {
    /// By service and instance.
    resources: Vec<Arc<Attributes>>,
    scopes: Vec<Arc<str>>,
    keys: Keys,
    users: WeightedAliasIndex<f64>,
    products: WeightedAliasIndex<f64>,
    agents: WeightedAliasIndex<f64>,
    kinds: WeightedAliasIndex<f64>,
    duration_ms: LogNormal<f64>,
}

/// Names of attributes, each made once.
#[derive(Debug)]
struct Keys {
    method: Arc<str>,
    route: Arc<str>,
    status: Arc<str>,
    duration: Arc<str>,
    bytes: Arc<str>,
    user: Arc<str>,
    region: Arc<str>,
    order: Arc<str>,
    cache: Arc<str>,
    queue: Arc<str>,
    job: Arc<str>,
    attempt: Arc<str>,
    exception: Arc<str>,
}

/// One request on its way through the services.
struct Request {
    at_us: i64,
    pod: usize,
    user: usize,
    /// 0 for those that are not traced.
    trace_id: u128,
}

/// What kinds of things happen, and how often each among all.
const KINDS: [f64; 6] = [0.44, 0.16, 0.13, 0.07, 0.10, 0.10];

impl World {
    pub(super) fn new() -> Self {
        let resources = SERVICES.iter().enumerate().flat_map(|(number, service)| {
            (0..N_PODS).map(move |pod| {
                let pairs = [
                    ("service.name", json!(service.name)),
                    ("service.version", json!(format!("2026.1.{}", 10 + number))),
                    ("deployment.environment", json!("production")),
                    ("cloud.region", json!(REGIONS[pod % REGIONS.len()])),
                    ("host.name", json!(format!("node-{}", (number * 3 + pod) % 11))),
                    ("k8s.pod.name", json!(format!("{}-7d9c4b-{pod}x{number}kq", service.name))),
                    ("telemetry.sdk.language", json!(service.language)),
                ];
                Arc::new(Attributes::new(pairs.into_iter().map(|(key, value)| (shared(key), value)).collect()))
            })
        });
        Self {
            resources: resources.collect(),
            scopes: SERVICES.iter().map(|service| shared(service.scope)).collect(),
            keys: Keys::new(),
            users: zipf(N_USERS, 0.9),
            products: zipf(N_PRODUCTS, 1.0),
            agents: zipf(AGENTS.len(), 0.8),
            kinds: WeightedAliasIndex::new(KINDS.to_vec()).expect("shares are positive"),
            duration_ms: LogNormal::new(3.4, 0.9).expect("the deviation is positive"),
        }
    }

    /// Adds the records of one thing that begins within `range`.
    pub(super) fn flow(&self, rng: &mut Pcg64Mcg, range: Range<i64>, out: &mut Vec<LogRecord>) {
        let request = Request {
            at_us: rng.random_range(range.start..range.end.max(range.start + 1)),
            pod: rng.random_range(0..N_PODS),
            user: self.users.sample(rng),
            // One in four is traced, as samplers are usually set.
            trace_id: if rng.random_bool(0.25) { rng.random::<u128>() | 1 } else { 0 },
        };
        match self.kinds.sample(rng) {
            0 => self.view(rng, &request, out),
            1 => self.search(rng, &request, out),
            2 => self.sign_in(rng, &request, out),
            3 => self.purchase(rng, &request, out),
            4 => self.job(rng, &request, out),
            _ => self.debug(rng, &request, out),
        }
    }

    fn view(&self, rng: &mut Pcg64Mcg, request: &Request, out: &mut Vec<LogRecord>) {
        let product = self.products.sample(rng);
        let path = format!("/api/v2/products/{product}");
        let is_missing = rng.random_bool(0.02);
        let cached = rng.random_bool(0.7);
        if !cached && !is_missing {
            let took = self.duration_ms.sample(rng);
            let body = format!(
                "loaded product {product} with {variants} variants and {reviews} reviews from the database in {took:.1} ms; cache entry products:{product} was missing or stale and is replaced, time to live 600 s",
                variants = 1 + product % 7,
                reviews = product % 143,
            );
            let attributes =
                vec![self.duration(took), (Arc::clone(&self.keys.cache), json!(false)), self.region(request)];
            out.push(self.record(rng, request, CATALOGUE, Level::Info, 2_000, body, attributes));
        }
        let status = if is_missing { 404 } else { 200 };
        self.access(rng, request, "GET", "/api/v2/products/{id}", &path, status, out);
    }

    fn search(&self, rng: &mut Pcg64Mcg, request: &Request, out: &mut Vec<LogRecord>) {
        let term = TERMS[rng.random_range(0..TERMS.len())];
        let took = self.duration_ms.sample(rng) / 4.0;
        let hits = rng.random_range(0..400_u32);
        let body = format!(
            "query \"{term}\" of user u{user} matched {hits} documents in {took:.1} ms: shards=8 segments=41 scored={scored} filters=[in_stock, ships_to_region] sort=relevance page=1 size=24 rewritten=false",
            user = request.user,
            scored = hits * 3 + 24,
        );
        let cached = (Arc::clone(&self.keys.cache), json!(hits.is_multiple_of(3)));
        let attributes = vec![self.duration(took), self.user(request), cached, self.region(request)];
        out.push(self.record(rng, request, SEARCH, Level::Info, 1_500, body, attributes));
        let path = format!("/api/v2/search?q={}", term.replace(' ', "+"));
        self.access(rng, request, "GET", "/api/v2/search", &path, 200, out);
    }

    fn sign_in(&self, rng: &mut Pcg64Mcg, request: &Request, out: &mut Vec<LogRecord>) {
        let is_good = rng.random_bool(0.93);
        let address = address(request.user);
        let (level, status, outcome) =
            if is_good { (Level::Info, 200, "succeeded") } else { (Level::Warn, 401, "failed: wrong password") };
        let body = format!(
            "sign-in of user u{user} from {address} {outcome} (method=password, second_factor=totp, device={device}, risk={risk}, previous sign-in {days} days ago)",
            user = request.user,
            device = if request.user.is_multiple_of(3) { "new" } else { "known" },
            risk = request.user % 17,
            days = request.user % 31,
        );
        let attributes = vec![self.user(request), self.region(request)];
        out.push(self.record(rng, request, AUTH, level, 1_000, body, attributes));
        self.access(rng, request, "POST", "/api/v2/sessions", "/api/v2/sessions", status, out);
    }

    fn purchase(&self, rng: &mut Pcg64Mcg, request: &Request, out: &mut Vec<LogRecord>) {
        let order = rng.random_range(1_000_000..9_999_999_u32);
        let items = rng.random_range(1..6_u32);
        let euros = f64::from(rng.random_range(500..40_000_u32)) / 100.0;
        let provider = PROVIDERS[rng.random_range(0..PROVIDERS.len())];
        let with_order = |mut attributes: Vec<(Arc<str>, Value)>| {
            attributes.push((Arc::clone(&self.keys.order), json!(order)));
            attributes.push(self.user(request));
            attributes.push(self.region(request));
            attributes
        };
        let body = format!(
            "order {order} of user u{user}: cart with {items} items priced at {euros:.2} EUR is submitted, shipping=express coupon=none address=verified, step=payment_requested provider={provider}",
            user = request.user,
        );
        out.push(self.record(rng, request, CHECKOUT, Level::Info, 1_000, body, with_order(Vec::new())));
        let warehouse = WAREHOUSES[rng.random_range(0..WAREHOUSES.len())];
        let body = format!(
            "reserved {items} items for order {order} in warehouse {warehouse}, {left} left on the shelf, row locks waited 0 ms, reservation is released unless confirmed within 900 s",
            left = rng.random_range(0..500_u32),
        );
        out.push(self.record(rng, request, INVENTORY, Level::Debug, 6_000, body, with_order(Vec::new())));

        let took = self.duration_ms.sample(rng) * 4.0;
        let fails = rng.random_bool(0.12);
        if fails {
            let (exception, message, stack) = ERRORS[rng.random_range(0..ERRORS.len())];
            let body = format!(
                "payment of order {order} by {provider} failed after {took:.0} ms: {exception}: {message}{stack}"
            );
            let attributes = vec![
                self.duration(took),
                (Arc::clone(&self.keys.exception), json!(exception)),
                (Arc::clone(&self.keys.attempt), json!(1)),
            ];
            out.push(self.record(rng, request, PAYMENTS, Level::Error, 90_000, body, with_order(attributes)));
        } else {
            let body = format!(
                "payment of order {order} over {euros:.2} EUR was authorised by {provider} in {took:.0} ms (three_ds=frictionless, risk_score={risk}, attempt=1, currency=EUR, capture=delayed)",
                risk = request.user % 100,
            );
            let attributes = vec![self.duration(took), (Arc::clone(&self.keys.attempt), json!(1))];
            out.push(self.record(rng, request, PAYMENTS, Level::Info, 80_000, body, with_order(attributes)));
        }
        let status = if fails { 502 } else { 201 };
        self.access(rng, request, "POST", "/api/v2/orders", "/api/v2/orders", status, out);
    }

    fn job(&self, rng: &mut Pcg64Mcg, request: &Request, out: &mut Vec<LogRecord>) {
        let (job, queue) = JOBS[rng.random_range(0..JOBS.len())];
        let id = rng.random_range(100_000..999_999_u32);
        let attempt = if rng.random_bool(0.95) { 1 } else { 2 };
        let took = self.duration_ms.sample(rng) * 10.0;
        let attributes = || {
            vec![
                (Arc::clone(&self.keys.queue), json!(queue)),
                (Arc::clone(&self.keys.job), json!(job)),
                (Arc::clone(&self.keys.attempt), json!(attempt)),
            ]
        };
        let body = format!(
            "job {job}[{id}] was taken from queue {queue} after {} ms, attempt {attempt} of 5; its lease is held by worker-{} and renewed every 10 s until it ends",
            id % 400,
            request.pod
        );
        out.push(self.record(rng, request, WORKER, Level::Debug, 0, body, attributes()));
        if rng.random_bool(0.02) {
            let (exception, message, stack) = ERRORS[3];
            let body = format!(
                "job {job}[{id}] failed in {took:.0} ms and is tried again in 30 s: {exception}: {message}{stack}"
            );
            let failed = [attributes(), vec![(Arc::clone(&self.keys.exception), json!(exception))]].concat();
            out.push(self.record(rng, request, WORKER, Level::Error, 500_000, body, failed));
        } else {
            let body = format!(
                "job {job}[{id}] finished in {took:.0} ms: rows_read={read} rows_written={written} queue={queue} attempt={attempt} memory_peak=148MiB next_run=none result=ok",
                read = id % 5_000,
                written = id % 71,
            );
            let done = [attributes(), vec![self.duration(took)]].concat();
            out.push(self.record(rng, request, WORKER, Level::Info, 400_000, body, done));
        }
    }

    fn debug(&self, rng: &mut Pcg64Mcg, request: &Request, out: &mut Vec<LogRecord>) {
        let service = rng.random_range(0..SERVICES.len());
        let level = if rng.random_bool(0.05) { Level::Trace } else { Level::Debug };
        let used = rng.random_range(3..40_u32);
        let body = format!(
            "connection pool of {name}: {used} of 40 connections in use, {waiting} waiting, oldest is {age} s old, {closed} closed since the last report because they were idle for more than 300 s",
            name = SERVICES[service].name,
            waiting = used / 12,
            age = used * 31,
            closed = used % 5,
        );
        let region = self.region(request);
        out.push(self.record(rng, request, service, level, 0, body, vec![region]));
    }

    /// The line of an access log, which stands behind what other services wrote.
    #[expect(clippy::too_many_arguments, reason = "a line of an access log has that many parts")]
    fn access(
        &self,
        rng: &mut Pcg64Mcg,
        request: &Request,
        method: &str,
        route: &str,
        path: &str,
        status: u16,
        out: &mut Vec<LogRecord>,
    ) {
        let took = self.duration_ms.sample(rng);
        let bytes = rng.random_range(200..30_000_u32);
        let mut body = String::with_capacity(260);
        let agent = AGENTS[self.agents.sample(rng)];
        let referrer = REFERRERS[request.user % REFERRERS.len()];
        write!(
            body,
            "{address} - u{user} \"{method} {path} HTTP/1.1\" {status} {bytes} \"{referrer}\" \"{agent}\" {took:.1}ms host=shop.example.com proto=h2 tls=1.3 upstream=pool-{pod}:8080",
            pod = request.pod,
            address = address(request.user),
            user = request.user,
        )
        .expect("writing to a text does not fail");
        let level = match status {
            500.. => Level::Error,
            400.. => Level::Warn,
            _ => Level::Info,
        };
        let attributes = vec![
            (Arc::clone(&self.keys.method), json!(method)),
            (Arc::clone(&self.keys.route), json!(route)),
            (Arc::clone(&self.keys.status), json!(status)),
            (Arc::clone(&self.keys.bytes), json!(bytes)),
            self.duration(took),
            self.user(request),
            self.region(request),
        ];
        out.push(self.record(rng, request, GATEWAY, level, 100_000, body, attributes));
    }

    #[expect(clippy::too_many_arguments, reason = "a record has that many parts")]
    fn record(
        &self,
        rng: &mut Pcg64Mcg,
        request: &Request,
        service: usize,
        level: Level,
        delay_us: i64,
        body: String,
        attributes: Vec<(Arc<str>, Value)>,
    ) -> LogRecord {
        let timestamp_us = request.at_us + delay_us + rng.random_range(0..900);
        LogRecord {
            timestamp_us,
            observed_us: timestamp_us,
            severity: Severity::of_level(level),
            body,
            attributes: Attributes::new(attributes),
            resource: Arc::clone(&self.resources[service * N_PODS + request.pod]),
            scope: Arc::clone(&self.scopes[service]),
            event_name: shared(""),
            trace_id: request.trace_id,
            span_id: if request.trace_id == 0 { 0 } else { rng.random::<u64>() | 1 },
            flags: u32::from(request.trace_id != 0),
        }
    }

    fn duration(&self, ms: f64) -> (Arc<str>, Value) {
        (Arc::clone(&self.keys.duration), json!((ms * 10.0).round() / 10.0))
    }

    fn user(&self, request: &Request) -> (Arc<str>, Value) {
        (Arc::clone(&self.keys.user), json!(format!("u{}", request.user)))
    }

    fn region(&self, request: &Request) -> (Arc<str>, Value) {
        (Arc::clone(&self.keys.region), json!(REGIONS[request.user % REGIONS.len()]))
    }
}

impl Keys {
    fn new() -> Self {
        Self {
            method: shared("http.method"),
            route: shared("http.route"),
            status: shared("http.status_code"),
            duration: shared("duration_ms"),
            bytes: shared("http.response_bytes"),
            user: shared("user.id"),
            region: shared("region"),
            order: shared("order.id"),
            cache: shared("cache.hit"),
            queue: shared("queue"),
            job: shared("job.name"),
            attempt: shared("attempt"),
            exception: shared("exception.type"),
        }
    }
}

/// Where a user sits.
fn address(user: usize) -> String {
    format!("10.{}.{}.{}", user % 13, user / 251 % 251, user % 251)
}
