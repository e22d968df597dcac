-- Queries that are asked by name. The query of each version is JSON; the latest version is the current one.
CREATE TABLE endpoints (
    id TEXT PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL,
    description TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    cache_age_s INTEGER,
    derived_from_insight TEXT,
    sync_frequency TEXT,
    current_version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL,
    last_executed_at TIMESTAMP,
    UNIQUE (project_id, name)
);

CREATE TABLE endpoint_versions (
    id TEXT PRIMARY KEY NOT NULL,
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    query TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (endpoint_id, version)
);
