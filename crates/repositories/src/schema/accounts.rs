//! Who there is, and what belongs to whom.

diesel::table! {
    installation (id) {
        id -> SmallInt,
        installed_at -> Timestamp,
    }
}

diesel::table! {
    organizations (id) {
        id -> Text,
        name -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        uuid -> Text,
        distinct_id -> Text,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        email_key -> Text,
        is_email_verified -> Nullable<Bool>,
        role_at_organization -> Nullable<Text>,
        is_active -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    memberships (organization_id, user_id) {
        organization_id -> Text,
        user_id -> BigInt,
        level -> SmallInt,
        joined_at -> Timestamp,
    }
}

diesel::table! {
    projects (id) {
        id -> BigInt,
        uuid -> Text,
        organization_id -> Text,
        name -> Text,
        api_token -> Text,
        timezone -> Text,
        week_start_day -> SmallInt,
        created_at -> Timestamp,
        settings -> Text,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        kind -> Text,
        user_id -> BigInt,
        label -> Text,
        mask_value -> Text,
        secure_value -> Text,
        scopes -> Text,
        scoped_projects -> Text,
        scoped_organizations -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
        last_rolled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    server_secret (id) {
        id -> SmallInt,
        secret -> Binary,
    }
}
