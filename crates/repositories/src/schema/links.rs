//! Public links.

diesel::table! {
    sharing_configurations (id) {
        id -> BigInt,
        project_id -> BigInt,
        insight_id -> Nullable<BigInt>,
        dashboard_id -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> Timestamp,
        enabled -> Bool,
        access_token -> Text,
        settings -> Nullable<Text>,
        password_required -> Bool,
    }
}

diesel::table! {
    former_access_tokens (access_token) {
        access_token -> Text,
        sharing_id -> BigInt,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    share_passwords (id) {
        id -> BigInt,
        sharing_id -> BigInt,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        note -> Text,
        is_active -> Bool,
        hash -> Text,
    }
}
