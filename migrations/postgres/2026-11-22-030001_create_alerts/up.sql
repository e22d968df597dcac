-- Alerts. What has a form of its own (threshold, condition, config, detector, destinations, subscribers) is JSON.
CREATE TABLE alerts (
    id TEXT COLLATE "C" PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    insight_id BIGINT NOT NULL REFERENCES insights (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    subscribed_users TEXT COLLATE "C" NOT NULL,
    destinations TEXT COLLATE "C" NOT NULL,
    threshold TEXT COLLATE "C",
    condition TEXT COLLATE "C",
    config TEXT COLLATE "C",
    detector TEXT COLLATE "C",
    calculation_interval TEXT COLLATE "C" NOT NULL,
    skip_weekend BOOLEAN NOT NULL,
    enabled BOOLEAN NOT NULL,
    snoozed_until TIMESTAMP,
    state TEXT COLLATE "C" NOT NULL,
    last_value DOUBLE PRECISION,
    last_notified_at TIMESTAMP,
    last_checked_at TIMESTAMP,
    next_check_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL
);

CREATE INDEX alerts_by_project ON alerts (project_id, created_at);

CREATE INDEX alerts_by_insight ON alerts (insight_id);

CREATE INDEX alerts_by_next_check ON alerts (next_check_at);

CREATE TABLE alert_checks (
    id TEXT COLLATE "C" PRIMARY KEY,
    alert_id TEXT COLLATE "C" NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    value DOUBLE PRECISION,
    state TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL
);

CREATE INDEX alert_checks_by_alert ON alert_checks (alert_id, created_at);

CREATE INDEX alert_checks_by_age ON alert_checks (created_at);

-- The outbox. A row with a claim is being sent, until the claim ends by the clock.
CREATE TABLE alert_notifications (
    id TEXT COLLATE "C" PRIMARY KEY,
    alert_id TEXT COLLATE "C" NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    check_id TEXT COLLATE "C" NOT NULL REFERENCES alert_checks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT COLLATE "C",
    created_at TIMESTAMP NOT NULL,
    next_attempt_at TIMESTAMP NOT NULL,
    claim TEXT COLLATE "C",
    claimed_until TIMESTAMP
);

CREATE INDEX alert_notifications_by_due ON alert_notifications (state, next_attempt_at);

CREATE INDEX alert_notifications_by_check ON alert_notifications (check_id);

CREATE INDEX alert_notifications_by_alert ON alert_notifications (alert_id);
