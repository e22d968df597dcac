-- Values that SQL insights leave open. The default value and the values on offer are JSON.
CREATE TABLE variables (
    id TEXT COLLATE "C" PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    code_name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    default_value TEXT COLLATE "C" NOT NULL,
    choices TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (project_id, code_name)
);
