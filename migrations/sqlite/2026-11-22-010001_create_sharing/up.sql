-- Public links. Each is of one insight or one dashboard, and goes with it. The access token is a part of an address that its owners are shown
-- again and again, so it is kept as it is; settings are JSON.
CREATE TABLE sharing_configurations (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    insight_id BIGINT UNIQUE REFERENCES insights (id) ON DELETE CASCADE,
    dashboard_id BIGINT UNIQUE REFERENCES dashboards (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    enabled BOOLEAN NOT NULL,
    access_token TEXT NOT NULL UNIQUE,
    settings TEXT,
    password_required BOOLEAN NOT NULL,
    CHECK ((insight_id IS NULL) <> (dashboard_id IS NULL))
);

CREATE INDEX sharing_configurations_by_project ON sharing_configurations (project_id);

-- Tokens that were replaced, and are let in by until they expire.
CREATE TABLE former_access_tokens (
    access_token TEXT PRIMARY KEY NOT NULL,
    sharing_id BIGINT NOT NULL REFERENCES sharing_configurations (id) ON DELETE CASCADE,
    expires_at TIMESTAMP NOT NULL
);

CREATE INDEX former_access_tokens_by_sharing ON former_access_tokens (sharing_id);

-- Passwords by their Argon2id hashes.
CREATE TABLE share_passwords (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    sharing_id BIGINT NOT NULL REFERENCES sharing_configurations (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    note TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    hash TEXT NOT NULL
);

CREATE INDEX share_passwords_by_sharing ON share_passwords (sharing_id);
