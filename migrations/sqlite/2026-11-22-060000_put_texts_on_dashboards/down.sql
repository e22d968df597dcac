-- Texts are lost.
CREATE TABLE old_tiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    dashboard_id BIGINT NOT NULL REFERENCES dashboards (id) ON DELETE CASCADE,
    insight_id BIGINT NOT NULL REFERENCES insights (id) ON DELETE CASCADE,
    layouts TEXT NOT NULL,
    color TEXT,
    deleted BOOLEAN NOT NULL,
    UNIQUE (dashboard_id, insight_id)
);

INSERT INTO old_tiles (id, dashboard_id, insight_id, layouts, color, deleted)
SELECT id, dashboard_id, insight_id, layouts, color, deleted FROM tiles WHERE insight_id IS NOT NULL;

DROP TABLE tiles;

ALTER TABLE old_tiles RENAME TO tiles;

CREATE INDEX tiles_by_insight ON tiles (insight_id);
