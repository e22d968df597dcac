-- Prompts of language-model applications, their versions and the labels that point at versions. Contents and variables are JSON, and so is a
-- preview, which may have characters that no column takes; what is searched follows from the other columns, in lower case.
CREATE TABLE prompts (
    id TEXT PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    -- of the last version
    search_text TEXT NOT NULL,
    latest_version BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX prompts_by_name ON prompts (project_id, name) WHERE NOT deleted;
CREATE INDEX prompts_by_project ON prompts (project_id, created_at);

CREATE TABLE prompt_versions (
    prompt_id TEXT NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    preview TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    variables TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    PRIMARY KEY (prompt_id, number)
);

CREATE TABLE prompt_labels (
    prompt_id TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (prompt_id, name),
    FOREIGN KEY (prompt_id, version) REFERENCES prompt_versions (prompt_id, number) ON DELETE CASCADE
);

-- Counted as the migration that makes `generations` tells.
CREATE TRIGGER prompts_insert_changes_prompts AFTER INSERT ON prompts BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompts_update_changes_prompts AFTER UPDATE ON prompts BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompts_delete_changes_prompts AFTER DELETE ON prompts BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompt_versions_insert_changes_prompts AFTER INSERT ON prompt_versions BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompt_versions_update_changes_prompts AFTER UPDATE ON prompt_versions BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompt_versions_delete_changes_prompts AFTER DELETE ON prompt_versions BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompt_labels_insert_changes_prompts AFTER INSERT ON prompt_labels BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompt_labels_update_changes_prompts AFTER UPDATE ON prompt_labels BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
CREATE TRIGGER prompt_labels_delete_changes_prompts AFTER DELETE ON prompt_labels BEGIN
    UPDATE generations SET generation = generation + 1 WHERE kind = 'prompts';
END;
