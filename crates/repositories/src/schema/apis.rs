//! Queries that are asked by name.

diesel::table! {
    endpoints (id) {
        id -> Text,
        project_id -> BigInt,
        name -> Text,
        revision -> BigInt,
        description -> Text,
        is_active -> Bool,
        cache_age_s -> Nullable<Integer>,
        derived_from_insight -> Nullable<Text>,
        sync_frequency -> Nullable<Text>,
        current_version -> Integer,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
        last_executed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    endpoint_versions (id) {
        id -> Text,
        endpoint_id -> Text,
        version -> Integer,
        query -> Text,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    endpoint_materializations (endpoint_id) {
        endpoint_id -> Text,
        project_id -> BigInt,
        version -> Integer,
        sync_frequency -> Text,
        run -> Text,
        state -> Text,
        object_key -> Nullable<Text>,
        materialized_at -> Nullable<Timestamp>,
        row_count -> Nullable<BigInt>,
        byte_count -> Nullable<BigInt>,
        error -> Nullable<Text>,
        failures -> Integer,
        next_refresh_at -> Nullable<Timestamp>,
    }
}
