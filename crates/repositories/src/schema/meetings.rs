//! Recorded meetings.

diesel::table! {
    desktop_recordings (id) {
        id -> Text,
        project_id -> BigInt,
        version -> BigInt,
        sdk_upload_id -> Text,
        recall_recording_id -> Nullable<Text>,
        recall_news_at -> Nullable<Timestamp>,
        platform -> Text,
        meeting_title -> Nullable<Text>,
        search_text -> Text,
        meeting_url -> Nullable<Text>,
        duration_seconds -> Nullable<BigInt>,
        status -> Text,
        notes -> Nullable<Text>,
        error_message -> Nullable<Text>,
        video_url -> Nullable<Text>,
        video_size_bytes -> Nullable<BigInt>,
        participants -> Text,
        participants_search_text -> Text,
        summary -> Nullable<Text>,
        is_summary_given -> Bool,
        extracted_tasks -> Text,
        are_tasks_given -> Bool,
        tasks_generated_at -> Nullable<Timestamp>,
        summary_generated_at -> Nullable<Timestamp>,
        started_at -> Timestamp,
        completed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    recording_transcripts (recording_id) {
        recording_id -> Text,
        n_segments -> BigInt,
        n_bytes -> BigInt,
        n_arrived -> BigInt,
        reached_ms -> Nullable<Double>,
        writing_due_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    recording_segments (recording_id, identity) {
        recording_id -> Text,
        identity -> Text,
        order_ms -> Double,
        arrival -> BigInt,
        is_provisional -> Bool,
        text -> Text,
        search_text -> Text,
        body -> Text,
    }
}

diesel::table! {
    recording_batches (recording_id, hash) {
        recording_id -> Text,
        hash -> Text,
    }
}

diesel::table! {
    recording_uploads (recording_id) {
        recording_id -> Text,
        upload_id -> Text,
        sdk_upload_id -> Text,
        token_hash -> Nullable<Text>,
        state -> Text,
        length_bytes -> Nullable<BigInt>,
        offset_bytes -> BigInt,
        n_parts -> BigInt,
        media_type -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        completed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    recording_parts (upload_id, start_byte) {
        upload_id -> Text,
        start_byte -> BigInt,
        end_byte -> BigInt,
        object_key -> Text,
    }
}
