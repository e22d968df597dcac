//! Reports about work with coding agents.

diesel::table! {
    reports (id) {
        id -> Text,
        organization_id -> Text,
        developer_id -> Text,
        version -> Text,
        scope -> Text,
        status -> Text,
        language -> Text,
        period_start -> Timestamp,
        period_end -> Timestamp,
        created_at -> Timestamp,
        completed_at -> Nullable<Timestamp>,
        error -> Nullable<Text>,
        headline -> Nullable<Text>,
        body -> Nullable<Text>,
    }
}
