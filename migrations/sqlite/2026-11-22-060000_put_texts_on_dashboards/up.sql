-- A tile holds an insight or a text. SQLite cannot make a column nullable, so the table is made anew.
CREATE TABLE new_tiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    dashboard_id BIGINT NOT NULL REFERENCES dashboards (id) ON DELETE CASCADE,
    insight_id BIGINT REFERENCES insights (id) ON DELETE CASCADE,
    body TEXT,
    layouts TEXT NOT NULL,
    color TEXT,
    deleted BOOLEAN NOT NULL,
    UNIQUE (dashboard_id, insight_id),
    CHECK ((insight_id IS NULL) <> (body IS NULL))
);

INSERT INTO new_tiles (id, dashboard_id, insight_id, layouts, color, deleted)
SELECT id, dashboard_id, insight_id, layouts, color, deleted FROM tiles;

DROP TABLE tiles;

ALTER TABLE new_tiles RENAME TO tiles;

CREATE INDEX tiles_by_insight ON tiles (insight_id);
