-- Reports about work with coding agents. developer_id is empty for those of a whole organization; body, as JSON, is there once the report is completed.
CREATE TABLE reports (
    id TEXT PRIMARY KEY NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    developer_id TEXT NOT NULL,
    version TEXT NOT NULL,
    scope TEXT NOT NULL,
    status TEXT NOT NULL,
    language TEXT NOT NULL,
    period_start TIMESTAMP NOT NULL,
    period_end TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    completed_at TIMESTAMP,
    error TEXT,
    headline TEXT,
    body TEXT
);

CREATE INDEX reports_by_shelf ON reports (organization_id, developer_id, version, scope, created_at);
-- One is made at a time.
CREATE UNIQUE INDEX reports_running ON reports (organization_id, developer_id, version, scope) WHERE status = 'running';
