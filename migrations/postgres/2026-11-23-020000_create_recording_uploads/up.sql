-- Uploads of videos. They outlive their recordings until their objects are removed, and so refer to none.
CREATE TABLE recording_uploads (
    recording_id TEXT COLLATE "C" PRIMARY KEY,
    upload_id TEXT COLLATE "C" NOT NULL UNIQUE,
    sdk_upload_id TEXT COLLATE "C" NOT NULL,
    token_hash TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    length_bytes BIGINT,
    offset_bytes BIGINT NOT NULL,
    n_parts BIGINT NOT NULL,
    media_type TEXT COLLATE "C",
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    completed_at TIMESTAMP
);

CREATE INDEX recording_uploads_by_expiry ON recording_uploads (state, expires_at);

CREATE INDEX recording_uploads_by_age ON recording_uploads (created_at);

-- The objects that a video lies in, in the order of its bytes.
CREATE TABLE recording_parts (
    upload_id TEXT COLLATE "C" NOT NULL,
    start_byte BIGINT NOT NULL,
    end_byte BIGINT NOT NULL,
    object_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (upload_id, start_byte)
);
