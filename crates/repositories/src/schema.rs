//! The tables as Diesel sees them, the same for SQLite and PostgreSQL: `migrations/` is what makes them.

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

diesel::table! {
    alerts (id) {
        id -> Text,
        project_id -> BigInt,
        insight_id -> BigInt,
        version -> BigInt,
        name -> Text,
        subscribed_users -> Text,
        destinations -> Text,
        threshold -> Nullable<Text>,
        condition -> Nullable<Text>,
        config -> Nullable<Text>,
        detector -> Nullable<Text>,
        calculation_interval -> Text,
        skip_weekend -> Bool,
        enabled -> Bool,
        snoozed_until -> Nullable<Timestamp>,
        state -> Text,
        last_value -> Nullable<Double>,
        last_notified_at -> Nullable<Timestamp>,
        last_checked_at -> Nullable<Timestamp>,
        next_check_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    alert_checks (id) {
        id -> Text,
        alert_id -> Text,
        created_at -> Timestamp,
        value -> Nullable<Double>,
        state -> Text,
        detail -> Text,
    }
}

diesel::table! {
    alert_notifications (id) {
        id -> Text,
        alert_id -> Text,
        check_id -> Text,
        position -> Integer,
        target -> Text,
        message -> Text,
        state -> Text,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        next_attempt_at -> Timestamp,
        claim -> Nullable<Text>,
        claimed_until -> Nullable<Timestamp>,
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
    server_secret (id) {
        id -> SmallInt,
        secret -> Binary,
    }
}

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
    datasets (id) {
        id -> Text,
        project_id -> BigInt,
        revision -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
        metadata -> Text,
        search_text -> Text,
        deleted -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
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
    dataset_items (id) {
        id -> Text,
        project_id -> BigInt,
        revision -> BigInt,
        dataset_id -> Text,
        import_key -> Nullable<Text>,
        input -> Text,
        output -> Text,
        metadata -> Text,
        ref_trace_id -> Nullable<Text>,
        ref_timestamp -> Nullable<Timestamp>,
        ref_source_id -> Nullable<Text>,
        deleted -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    prompts (id) {
        id -> Text,
        project_id -> BigInt,
        revision -> BigInt,
        name -> Text,
        search_name -> Text,
        search_text -> Text,
        latest_version -> BigInt,
        deleted -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    prompt_versions (prompt_id, number) {
        prompt_id -> Text,
        number -> BigInt,
        id -> Text,
        content -> Text,
        preview -> Text,
        size_bytes -> BigInt,
        variables -> Text,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    prompt_labels (prompt_id, name) {
        prompt_id -> Text,
        name -> Text,
        id -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
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

diesel::allow_tables_to_appear_in_same_query!(
    actions,
    activity_log,
    alert_checks,
    alert_notifications,
    alerts,
    api_keys,
    cohort_members,
    cohorts,
    dashboard_tags,
    dashboards,
    dataset_items,
    datasets,
    desktop_recordings,
    endpoint_materializations,
    endpoint_versions,
    endpoints,
    former_access_tokens,
    insight_tags,
    insight_views,
    insights,
    installation,
    leases,
    memberships,
    organizations,
    projects,
    prompt_labels,
    prompt_versions,
    prompts,
    query_cache,
    recording_batches,
    recording_parts,
    recording_segments,
    recording_transcripts,
    recording_uploads,
    server_secret,
    share_passwords,
    sharing_configurations,
    tiles,
    users,
    variables
);
