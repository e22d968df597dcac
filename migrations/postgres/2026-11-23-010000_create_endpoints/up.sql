-- Queries that are asked by name. The query of each version is JSON; the latest version is the current one.
CREATE TABLE endpoints (
    id TEXT COLLATE "C" PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    is_active BOOLEAN NOT NULL,
    cache_age_s INTEGER,
    derived_from_insight TEXT COLLATE "C",
    sync_frequency TEXT COLLATE "C",
    current_version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL,
    last_executed_at TIMESTAMP,
    UNIQUE (project_id, name)
);

CREATE TABLE endpoint_versions (
    id TEXT COLLATE "C" PRIMARY KEY,
    endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    query TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (endpoint_id, version)
);
