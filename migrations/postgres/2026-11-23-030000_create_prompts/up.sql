-- Prompts of language-model applications, their versions and the labels that point at versions. Contents and variables are JSON, and so is a
-- preview, which may have characters that no column takes; what is searched follows from the other columns, in lower case.
CREATE TABLE prompts (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    -- of the last version
    search_text TEXT COLLATE "C" NOT NULL,
    latest_version BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX prompts_by_name ON prompts (project_id, name) WHERE NOT deleted;
CREATE INDEX prompts_by_project ON prompts (project_id, created_at);

CREATE TABLE prompt_versions (
    prompt_id TEXT COLLATE "C" NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    content TEXT COLLATE "C" NOT NULL,
    preview TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    variables TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    PRIMARY KEY (prompt_id, number)
);

CREATE TABLE prompt_labels (
    prompt_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (prompt_id, name),
    FOREIGN KEY (prompt_id, version) REFERENCES prompt_versions (prompt_id, number) ON DELETE CASCADE
);

-- Counted as the migration that makes `generations` tells.
CREATE CONSTRAINT TRIGGER prompts_changes_prompts AFTER INSERT OR DELETE OR UPDATE ON prompts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('prompts');
CREATE CONSTRAINT TRIGGER prompt_versions_changes_prompts AFTER INSERT OR DELETE OR UPDATE ON prompt_versions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('prompts');
CREATE CONSTRAINT TRIGGER prompt_labels_changes_prompts AFTER INSERT OR DELETE OR UPDATE ON prompt_labels
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_change('prompts');
