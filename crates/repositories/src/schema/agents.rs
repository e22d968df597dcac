//! Sessions of coding agents.

diesel::table! {
    agent_sessions (id) {
        id -> Text,
        organization_id -> Text,
        developer_id -> Text,
        session_id -> Text,
        revision -> BigInt,
        judged_revision -> BigInt,
        judgement -> Text,
        edited_title -> Nullable<Text>,
        edited_summary -> Nullable<Text>,
        size -> BigInt,
        started_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        session -> Nullable<Text>,
        turns -> Nullable<Text>,
    }
}

diesel::table! {
    agent_material (session_uid, dedup_key) {
        session_uid -> Text,
        dedup_key -> Text,
        happened_at -> Timestamp,
        is_metric -> Bool,
        body -> Text,
    }
}

diesel::table! {
    agent_sub_sessions (session_uid, number) {
        session_uid -> Text,
        number -> BigInt,
        id -> Text,
        organization_id -> Text,
        developer_id -> Text,
        started_at -> Timestamp,
        rework_by -> Nullable<Text>,
        continues -> Nullable<Text>,
        body -> Text,
    }
}
