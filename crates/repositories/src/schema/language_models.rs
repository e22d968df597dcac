//! What applications of language models are made and tried with.

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
