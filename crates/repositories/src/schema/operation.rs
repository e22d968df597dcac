//! What servers keep for themselves and each other.

diesel::table! {
    activity_log (id) {
        id -> BigInt,
        organization_id -> Text,
        project_id -> Nullable<BigInt>,
        user_id -> Nullable<BigInt>,
        is_system -> Bool,
        activity -> Text,
        scope -> Text,
        item_id -> Text,
        detail -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    query_cache (project_id, cache_key) {
        project_id -> BigInt,
        cache_key -> Text,
        body -> Text,
        last_refresh -> Timestamp,
    }
}

diesel::table! {
    generations (kind) {
        kind -> Text,
        generation -> BigInt,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        expires_at -> Timestamp,
    }
}
