-- Reports about work with coding agents. developer_id is empty for those of a whole organization; body, as JSON, is there once the report is completed.
CREATE TABLE reports (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    developer_id TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    period_start TIMESTAMP NOT NULL,
    period_end TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    completed_at TIMESTAMP,
    error TEXT COLLATE "C",
    headline TEXT COLLATE "C",
    body TEXT COLLATE "C"
);

CREATE INDEX reports_by_shelf ON reports (organization_id, developer_id, version, scope, created_at);
-- One is made at a time.
CREATE UNIQUE INDEX reports_running ON reports (organization_id, developer_id, version, scope) WHERE status = 'running';
