//! Questions that are kept, how they are shown, and what they name.

diesel::table! {
    insights (id) {
        id -> BigInt,
        project_id -> BigInt,
        short_id -> Text,
        version -> BigInt,
        name -> Nullable<Text>,
        derived_name -> Nullable<Text>,
        description -> Nullable<Text>,
        query -> Nullable<Text>,
        filters -> Text,
        kind -> Nullable<Text>,
        search_text -> Text,
        sort_order -> Nullable<Integer>,
        deleted -> Bool,
        saved -> Bool,
        favorited -> Bool,
        is_sample -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
        last_modified_at -> Timestamp,
        last_modified_by -> Nullable<BigInt>,
        folder -> Nullable<Text>,
    }
}

diesel::table! {
    insight_tags (insight_id, tag) {
        insight_id -> BigInt,
        tag -> Text,
    }
}

diesel::table! {
    insight_views (user_id, insight_id) {
        user_id -> BigInt,
        insight_id -> BigInt,
        viewed_at -> Timestamp,
    }
}

diesel::table! {
    dashboards (id) {
        id -> BigInt,
        project_id -> BigInt,
        version -> BigInt,
        name -> Nullable<Text>,
        description -> Text,
        search_text -> Text,
        pinned -> Bool,
        filters -> Text,
        variables -> Text,
        breakdown_colors -> Text,
        restriction_level -> SmallInt,
        creation_mode -> Text,
        deleted -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        last_accessed_at -> Nullable<Timestamp>,
        folder -> Nullable<Text>,
    }
}

diesel::table! {
    dashboard_tags (dashboard_id, tag) {
        dashboard_id -> BigInt,
        tag -> Text,
    }
}

diesel::table! {
    tiles (id) {
        id -> BigInt,
        dashboard_id -> BigInt,
        insight_id -> Nullable<BigInt>,
        body -> Nullable<Text>,
        layouts -> Text,
        color -> Nullable<Text>,
        deleted -> Bool,
    }
}

diesel::table! {
    variables (id) {
        id -> Text,
        project_id -> BigInt,
        version -> BigInt,
        name -> Text,
        code_name -> Text,
        kind -> Text,
        default_value -> Text,
        choices -> Text,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    actions (id) {
        id -> BigInt,
        project_id -> BigInt,
        version -> BigInt,
        name -> Text,
        description -> Text,
        search_text -> Text,
        tags -> Text,
        post_to_slack -> Bool,
        slack_message_format -> Text,
        steps -> Text,
        deleted -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
        pinned_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    cohorts (id) {
        id -> BigInt,
        project_id -> BigInt,
        version -> BigInt,
        name -> Text,
        description -> Text,
        search_text -> Text,
        groups -> Text,
        filters -> Text,
        is_static -> Bool,
        deleted -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        n_counted -> Nullable<BigInt>,
        counted_at -> Nullable<Timestamp>,
        query -> Text,
    }
}

diesel::table! {
    cohort_members (cohort_id, distinct_id) {
        cohort_id -> BigInt,
        distinct_id -> Text,
    }
}
