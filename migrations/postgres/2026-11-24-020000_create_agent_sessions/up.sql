-- Sessions of coding agents: what is known of each (events and points of metrics, as JSON), and what was put together of it.
CREATE TABLE agent_sessions (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    developer_id TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    -- the last revision that was judged
    judged_revision BIGINT NOT NULL,
    judgement TEXT COLLATE "C" NOT NULL,
    edited_title TEXT COLLATE "C",
    edited_summary TEXT COLLATE "C",
    -- how many rows agent_material has of it
    size BIGINT NOT NULL,
    -- of what was put together; NULL before that
    started_at TIMESTAMP,
    ended_at TIMESTAMP,
    session TEXT COLLATE "C",
    turns TEXT COLLATE "C"
);

CREATE INDEX agent_sessions_by_session_id ON agent_sessions (organization_id, session_id);
CREATE INDEX agent_sessions_by_start ON agent_sessions (organization_id, started_at);
CREATE INDEX agent_sessions_to_be_judged ON agent_sessions (ended_at) WHERE judged_revision < revision;

CREATE TABLE agent_material (
    session_uid TEXT COLLATE "C" NOT NULL REFERENCES agent_sessions (id) ON DELETE CASCADE,
    dedup_key TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    is_metric BOOLEAN NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (session_uid, dedup_key)
);

CREATE TABLE agent_sub_sessions (
    session_uid TEXT COLLATE "C" NOT NULL REFERENCES agent_sessions (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C" NOT NULL,
    developer_id TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMP NOT NULL,
    -- ids of sub-sessions, which need not be there any more
    rework_by TEXT COLLATE "C",
    continues TEXT COLLATE "C",
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (session_uid, number)
);

CREATE INDEX agent_sub_sessions_by_id ON agent_sub_sessions (id);
CREATE INDEX agent_sub_sessions_by_start ON agent_sub_sessions (organization_id, started_at);
CREATE INDEX agent_sub_sessions_by_developer ON agent_sub_sessions (developer_id, started_at);
