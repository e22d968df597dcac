//! Watches over insights.

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
