-- Accounts: who owns what, and who may do what.

-- The one row says that the first start has happened; its key lets only one process do it.
CREATE TABLE installation (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    installed_at TIMESTAMP NOT NULL
);

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- email_key is the address in lower case.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,
    distinct_id TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    is_email_verified BOOLEAN,
    role_at_organization TEXT,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE memberships (
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    level SMALLINT NOT NULL,
    joined_at TIMESTAMP NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);

CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    uuid TEXT NOT NULL UNIQUE,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    api_token TEXT NOT NULL UNIQUE,
    timezone TEXT NOT NULL,
    week_start_day SMALLINT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE INDEX projects_by_organization ON projects (organization_id);

-- Scopes and limits are JSON arrays.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    mask_value TEXT NOT NULL,
    secure_value TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    scoped_projects TEXT NOT NULL,
    scoped_organizations TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    last_used_at TIMESTAMP,
    last_rolled_at TIMESTAMP
);

CREATE INDEX api_keys_by_user ON api_keys (user_id);

-- Insights and dashboards. Whoever made or changed one may be gone: such columns become empty.

-- kind and search_text follow from the other columns; they are kept so that lists can be filtered alike by every database.
CREATE TABLE insights (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    short_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT,
    derived_name TEXT,
    description TEXT,
    query TEXT,
    filters TEXT NOT NULL,
    kind TEXT,
    search_text TEXT NOT NULL,
    sort_order INTEGER,
    deleted BOOLEAN NOT NULL,
    saved BOOLEAN NOT NULL,
    favorited BOOLEAN NOT NULL,
    is_sample BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL,
    last_modified_at TIMESTAMP NOT NULL,
    last_modified_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (project_id, short_id)
);

CREATE TABLE insight_tags (
    insight_id BIGINT NOT NULL REFERENCES insights (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (insight_id, tag)
);

CREATE INDEX insight_tags_by_tag ON insight_tags (tag);

CREATE TABLE insight_views (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    insight_id BIGINT NOT NULL REFERENCES insights (id) ON DELETE CASCADE,
    viewed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, insight_id)
);

CREATE INDEX insight_views_by_insight ON insight_views (insight_id, viewed_at);

CREATE TABLE dashboards (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    name TEXT,
    description TEXT NOT NULL,
    search_text TEXT NOT NULL,
    pinned BOOLEAN NOT NULL,
    filters TEXT NOT NULL,
    variables TEXT NOT NULL,
    breakdown_colors TEXT NOT NULL,
    restriction_level SMALLINT NOT NULL,
    creation_mode TEXT NOT NULL,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    last_accessed_at TIMESTAMP
);

CREATE INDEX dashboards_by_project ON dashboards (project_id);

CREATE TABLE dashboard_tags (
    dashboard_id BIGINT NOT NULL REFERENCES dashboards (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (dashboard_id, tag)
);

CREATE TABLE tiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    dashboard_id BIGINT NOT NULL REFERENCES dashboards (id) ON DELETE CASCADE,
    insight_id BIGINT NOT NULL REFERENCES insights (id) ON DELETE CASCADE,
    layouts TEXT NOT NULL,
    color TEXT,
    deleted BOOLEAN NOT NULL,
    UNIQUE (dashboard_id, insight_id)
);

CREATE INDEX tiles_by_insight ON tiles (insight_id);

-- Records. The log outlives what it tells of, so only the tenant is a reference.
CREATE TABLE activity_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    project_id BIGINT,
    user_id BIGINT,
    is_system BOOLEAN NOT NULL,
    activity TEXT NOT NULL,
    scope TEXT NOT NULL,
    item_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE INDEX activity_log_by_item ON activity_log (project_id, scope, item_id, created_at);

CREATE INDEX activity_log_by_scope ON activity_log (project_id, scope, created_at);

CREATE TABLE query_cache (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    cache_key TEXT NOT NULL,
    body TEXT NOT NULL,
    last_refresh TIMESTAMP NOT NULL,
    PRIMARY KEY (project_id, cache_key)
);

CREATE INDEX query_cache_by_age ON query_cache (last_refresh);
