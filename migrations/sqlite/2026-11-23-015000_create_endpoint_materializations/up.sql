-- What is known of the results of endpoints that are computed ahead of time. A row outlives its endpoint until its object is deleted, so that
-- neither is referenced.
CREATE TABLE endpoint_materializations (
    endpoint_id TEXT PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    sync_frequency TEXT NOT NULL,
    run TEXT NOT NULL,
    state TEXT NOT NULL,
    object_key TEXT,
    materialized_at TIMESTAMP,
    row_count BIGINT,
    byte_count BIGINT,
    error TEXT,
    failures INTEGER NOT NULL,
    next_refresh_at TIMESTAMP
);

CREATE INDEX endpoint_materializations_by_refresh ON endpoint_materializations (next_refresh_at);
CREATE INDEX endpoint_materializations_by_object ON endpoint_materializations (object_key);
