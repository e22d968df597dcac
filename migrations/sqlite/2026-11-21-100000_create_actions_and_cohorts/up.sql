-- What queries name by number. Tags, steps, groups and filters are JSON; search_text follows from the other columns, so that lists can be
-- filtered alike by every database.

CREATE TABLE actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    search_text TEXT NOT NULL,
    tags TEXT NOT NULL,
    post_to_slack BOOLEAN NOT NULL,
    slack_message_format TEXT NOT NULL,
    steps TEXT NOT NULL,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE INDEX actions_by_project ON actions (project_id, name);

CREATE TABLE cohorts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    search_text TEXT NOT NULL,
    groups TEXT NOT NULL,
    filters TEXT NOT NULL,
    is_static BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    n_counted BIGINT,
    counted_at TIMESTAMP
);

CREATE INDEX cohorts_by_project ON cohorts (project_id, created_at);

CREATE TABLE cohort_members (
    cohort_id BIGINT NOT NULL REFERENCES cohorts (id) ON DELETE CASCADE,
    distinct_id TEXT NOT NULL,
    PRIMARY KEY (cohort_id, distinct_id)
);
