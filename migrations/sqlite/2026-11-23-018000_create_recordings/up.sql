-- Recorded meetings. Participants and tasks are JSON.
CREATE TABLE desktop_recordings (
    id TEXT PRIMARY KEY NOT NULL,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    sdk_upload_id TEXT NOT NULL UNIQUE,
    recall_recording_id TEXT,
    recall_news_at TIMESTAMP,
    platform TEXT NOT NULL,
    meeting_title TEXT,
    search_text TEXT NOT NULL,
    meeting_url TEXT,
    duration_seconds BIGINT,
    status TEXT NOT NULL,
    notes TEXT,
    error_message TEXT,
    video_url TEXT,
    video_size_bytes BIGINT,
    participants TEXT NOT NULL,
    participants_search_text TEXT NOT NULL,
    summary TEXT,
    is_summary_given BOOLEAN NOT NULL,
    extracted_tasks TEXT NOT NULL,
    are_tasks_given BOOLEAN NOT NULL,
    tasks_generated_at TIMESTAMP,
    summary_generated_at TIMESTAMP,
    started_at TIMESTAMP NOT NULL,
    completed_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE INDEX desktop_recordings_by_start ON desktop_recordings (project_id, started_at, id);

CREATE INDEX desktop_recordings_by_recall ON desktop_recordings (recall_recording_id);

-- How far each transcript goes, and since when the server's texts about it are due.
CREATE TABLE recording_transcripts (
    recording_id TEXT PRIMARY KEY NOT NULL REFERENCES desktop_recordings (id) ON DELETE CASCADE,
    n_segments BIGINT NOT NULL,
    n_bytes BIGINT NOT NULL,
    n_arrived BIGINT NOT NULL,
    reached_ms DOUBLE PRECISION,
    writing_due_at TIMESTAMP
);

CREATE INDEX recording_transcripts_by_due ON recording_transcripts (writing_due_at);

-- A segment is in its place by order_ms, then by arrival. The body is its JSON.
CREATE TABLE recording_segments (
    recording_id TEXT NOT NULL REFERENCES desktop_recordings (id) ON DELETE CASCADE,
    identity TEXT NOT NULL,
    order_ms DOUBLE PRECISION NOT NULL,
    arrival BIGINT NOT NULL,
    is_provisional BOOLEAN NOT NULL,
    text TEXT NOT NULL,
    search_text TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (recording_id, identity)
);

CREATE UNIQUE INDEX recording_segments_by_place ON recording_segments (recording_id, order_ms, arrival);

-- Batches of segments that have come, by the hash of their content.
CREATE TABLE recording_batches (
    recording_id TEXT NOT NULL REFERENCES desktop_recordings (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    PRIMARY KEY (recording_id, hash)
);
