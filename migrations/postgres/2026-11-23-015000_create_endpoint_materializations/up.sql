-- What is known of the results of endpoints that are computed ahead of time. A row outlives its endpoint until its object is deleted, so that
-- neither is referenced.
CREATE TABLE endpoint_materializations (
    endpoint_id TEXT COLLATE "C" PRIMARY KEY,
    project_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    sync_frequency TEXT COLLATE "C" NOT NULL,
    run TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    object_key TEXT COLLATE "C",
    materialized_at TIMESTAMP,
    row_count BIGINT,
    byte_count BIGINT,
    error TEXT COLLATE "C",
    failures INTEGER NOT NULL,
    next_refresh_at TIMESTAMP
);

CREATE INDEX endpoint_materializations_by_refresh ON endpoint_materializations (next_refresh_at);
CREATE INDEX endpoint_materializations_by_object ON endpoint_materializations (object_key);
