-- Test sets of language-model applications, and their items. Inputs, outputs and metadata are JSON; search_text follows from the other columns, in
-- lower case; import_key is what the row of a file is called that an item came from.
CREATE TABLE datasets (
    id TEXT PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    metadata TEXT NOT NULL,
    search_text TEXT NOT NULL,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE INDEX datasets_by_project ON datasets (project_id, created_at);

CREATE TABLE dataset_items (
    id TEXT PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    import_key TEXT,
    input TEXT NOT NULL,
    output TEXT NOT NULL,
    metadata TEXT NOT NULL,
    ref_trace_id TEXT,
    ref_timestamp TIMESTAMP,
    ref_source_id TEXT,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL,
    UNIQUE (dataset_id, import_key)
);

CREATE INDEX dataset_items_by_dataset ON dataset_items (dataset_id, created_at, id);
CREATE INDEX dataset_items_by_project ON dataset_items (project_id, created_at);
