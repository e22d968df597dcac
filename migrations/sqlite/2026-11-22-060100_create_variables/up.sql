-- Values that SQL insights leave open. The default value and the values on offer are JSON.
CREATE TABLE variables (
    id TEXT PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    code_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    default_value TEXT NOT NULL,
    choices TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (project_id, code_name)
);
