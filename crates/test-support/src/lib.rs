#![doc = include_str!("../README.md")]

pub mod builders;
pub mod cases;
pub mod conformance;
pub mod contracts;
pub mod ids;
pub mod logs;
pub mod store;

/// Makes a `#[test]` of every case of every repository contract, on stores that the function `$open` gives:
/// `fn(&str) -> Option<TestStore>`, called with a name that is unique among the cases. `None` skips the case.
#[macro_export]
macro_rules! repository_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            organizations: [
                an_organization_comes_with_its_owner,
                members_join_once,
                organizations_are_found_by_their_ids_the_oldest_first,
                an_organization_without_its_owner_is_not_stored,
            ];
            users: [
                users_are_numbered_and_come_back_as_they_were,
                addresses_are_unique_and_found_in_any_case,
                the_first_user_has_the_lowest_number,
                users_can_be_made_inactive,
            ];
            projects: [
                projects_are_numbered_and_come_back_as_they_were,
                projects_are_found_by_their_token,
                projects_of_several_organizations_are_listed_by_number,
                name_zone_week_start_and_settings_can_change,
                a_project_needs_its_organization,
            ];
            setup: [
                the_first_start_stores_everything,
                the_first_start_happens_once,
                of_many_first_starts_at_once_one_succeeds,
            ];
            api_keys: [
                keys_come_back_as_they_were,
                keys_are_found_by_the_hash_of_their_secret,
                keys_are_listed_the_newest_first,
                the_limit_counts_keys_of_one_kind,
                the_limit_holds_for_many_writers_at_once,
                a_rolled_key_has_its_new_secret_alone,
                keys_are_changed_touched_and_deleted,
                secrets_are_unique,
            ];
            insights: [
                insights_come_back_as_they_were,
                insights_are_found_by_number_and_by_short_id_in_their_project_alone,
                short_ids_are_unique_in_a_project,
                deleted_insights_are_hidden,
                a_change_of_an_old_version_is_refused,
                of_many_changes_at_once_one_succeeds,
                tags_are_replaced,
                tiles_follow_the_wanted_dashboards,
                dashboards_of_other_projects_are_not_found,
                a_refused_change_leaves_no_trace,
                views_are_remembered_by_user,
                what_most_users_viewed_is_trending,
                numbers_of_any_size_are_looked_up,
            ];
            insight_lists: [
                every_filter_leaves_out_more,
                searching_knows_no_case_and_no_wildcards,
                dashboards_are_all_of_and_tags_any_of,
                time_filters_are_strict,
                last_views_are_the_callers,
                every_order_goes_both_ways,
                what_is_absent_comes_first_upwards_and_last_downwards,
                pages_are_cut_and_counted,
                pages_beyond_the_end_are_empty,
            ];
            dashboards: [
                dashboards_come_back_as_they_were,
                dashboards_are_listed_pinned_first_then_by_name,
                dashboards_are_searched_in_any_case,
                a_change_of_an_old_version_is_refused,
                tiles_are_patched,
                texts_are_added_written_and_removed,
                deleting_with_insights_spares_those_on_other_dashboards,
                restoring_brings_tiles_and_insights_back,
                touching_is_no_change,
            ];
            file_system: [
                things_are_in_the_folders_that_they_were_made_in,
                deleted_and_foreign_things_are_in_no_folder,
            ];
            activity: [
                rows_are_listed_the_newest_first,
                rows_are_kept_apart_by_project_scope_and_item,
                rows_of_a_new_thing_name_its_number,
                rows_come_back_as_they_were,
            ];
            query_cache: [
                answers_are_kept_by_project_and_key,
                a_younger_answer_stays,
                old_answers_are_dropped,
                many_writers_of_one_key_all_succeed,
                large_answers_come_back_whole,
            ];
            changes: [
                every_change_that_decides_about_access_is_counted,
            ];
            leases: [
                a_lease_has_one_holder,
                an_expired_lease_is_free,
                a_lease_is_kept_by_renewing_in_time,
                a_released_lease_is_free_at_once,
                of_many_holders_at_once_one_succeeds,
                expired_leases_are_forgotten,
            ];
            server_secret: [
                the_first_secret_is_kept,
                of_many_first_starts_all_get_the_same_secret,
            ];
        }
    };
}

/// As [`repository_contracts`], of the definitions that queries name: `$open` is `fn(&str) -> Option<TestStore<DefinitionRepositories>>`.
#[macro_export]
macro_rules! definition_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            actions: [
                actions_come_back_as_they_were,
                an_action_needs_its_project,
                actions_are_found_in_their_project_alone,
                deleted_actions_are_hidden,
                a_change_of_an_old_version_is_refused,
                of_many_changes_at_once_one_succeeds,
                changes_are_logged,
                actions_are_listed_by_name,
                actions_are_searched_in_any_case,
                actions_are_found_by_their_whole_name,
                numbers_are_not_given_twice,
            ];
            cohorts: [
                cohorts_come_back_as_they_were,
                a_cohort_needs_its_project,
                cohorts_are_found_in_their_project_alone,
                deleted_cohorts_are_hidden,
                a_change_of_an_old_version_is_refused,
                of_many_changes_at_once_one_succeeds,
                cohorts_are_listed_the_newest_first,
                cohorts_are_searched_in_any_case,
                static_and_dynamic_cohorts_are_told_apart,
                members_come_and_go,
                members_belong_to_a_project,
                many_members_come_and_go_at_once,
                of_many_additions_at_once_all_are_kept,
                a_count_is_no_change,
            ];
            variables: [
                variables_come_back_as_they_were,
                a_variable_needs_its_project,
                code_names_are_unique_in_a_project,
                variables_are_listed_by_code_name,
                a_change_of_an_old_version_is_refused,
                deleted_variables_are_gone,
            ];
        }
    };
}

/// As [`repository_contracts`], of shares: `$open` is `fn(&str) -> Option<TestStore<SharingRepositories>>`.
#[macro_export]
macro_rules! sharing_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            sharing: [
                shares_come_back_as_they_were,
                a_share_needs_its_thing,
                a_thing_has_one_share,
                shares_are_found_by_their_token,
                former_tokens_are_let_in_until_they_expire,
                dashboards_with_a_link_are_listed,
                a_change_of_an_old_version_is_refused,
                of_many_changes_at_once_one_succeeds,
                changes_are_logged,
                passwords_come_and_go,
                the_limit_of_passwords_holds_for_many_writers_at_once,
            ];
        }
    };
}

/// As [`repository_contracts`], of alerts: `$open` is `fn(&str) -> Option<TestStore<AlertRepositories>>`.
#[macro_export]
macro_rules! alert_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            alerts: [
                alerts_come_back_as_they_were,
                an_alert_needs_its_insight,
                the_limit_counts_alerts_of_one_project,
                alerts_are_found_in_their_project_alone,
                alerts_are_listed_the_newest_first,
                a_change_of_an_old_version_is_refused,
                of_many_changes_at_once_one_succeeds,
                changes_are_logged,
                alerts_go_with_what_they_watch,
                due_alerts_are_those_that_wait,
                a_conclusion_is_stored_whole_or_not_at_all,
                checks_are_listed_the_newest_first,
                old_checks_are_forgotten,
                a_notification_is_claimed_once,
                of_many_claims_at_once_each_gets_its_own,
                a_claim_ends_by_the_clock,
                a_failed_try_is_made_again_later,
                a_deleted_alert_takes_its_outbox_along,
            ];
        }
    };
}

/// As [`repository_contracts`], of prompts and datasets: `$open` is `fn(&str) -> Option<TestStore<ModelRepositories>>`.
#[macro_export]
macro_rules! model_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            datasets: [
                datasets_come_back_as_they_were,
                datasets_are_listed_in_every_order,
                datasets_are_searched_in_any_case,
                a_change_of_an_old_revision_is_refused,
                items_come_back_as_they_were,
                an_item_needs_a_live_dataset_of_its_project,
                items_are_listed_the_newest_first,
                datasets_are_read_in_parts_the_oldest_first,
                rows_of_files_find_their_items,
                of_the_same_file_at_once_every_row_is_taken_once,
                changes_are_logged,
            ];
            prompts: [
                prompts_come_back_as_they_were,
                a_prompt_needs_its_project,
                prompts_are_found_by_name_in_their_project_alone,
                names_are_unique_among_live_prompts,
                deleted_prompts_are_never_found_again,
                versions_are_kept,
                labels_point_at_versions,
                prompts_are_searched_in_any_case,
                prompts_are_listed_in_every_order,
                lists_may_leave_the_content,
                a_change_of_an_old_revision_is_refused,
                of_many_changes_at_once_one_succeeds,
                changes_are_logged,
                every_change_of_a_prompt_is_counted,
            ];
        }
    };
}

/// Makes a `#[test]` of every case of the contract of `ObjectStore`: `$run` is `fn(fn(Arc<dyn ObjectStore>) -> Case)`, which runs the case that it
/// is given on an empty store.
#[macro_export]
macro_rules! object_store_contracts {
    ($run:path) => {
        $crate::object_store_cases! { $run;
            objects: [
                objects_come_back_as_they_were,
                what_is_not_there_is_none,
                a_put_replaces_what_was_there,
                ranges_are_slices,
                ranges_outside_of_an_object_are_refused,
                deleted_objects_are_gone,
                keys_are_listed_sorted_below_a_prefix,
                of_many_puts_at_once_one_is_there_whole,
                large_objects_come_back_whole,
            ];
        }
    };
}

/// As [`repository_contracts`], of recordings: `$open` is `fn(&str) -> Option<TestStore<RecordingRepositories>>`.
#[macro_export]
macro_rules! recording_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            recordings: [
                recordings_come_back_as_they_were,
                a_recording_needs_its_project,
                an_upload_belongs_to_one_recording,
                recordings_are_found_in_their_project_alone,
                recordings_are_found_by_what_recall_calls_them,
                a_change_of_an_old_version_is_refused,
                of_many_changes_at_once_one_succeeds,
                changes_are_logged,
                recordings_are_listed_by_their_beginning,
                every_filter_leaves_out_more,
                words_are_searched_for_in_titles_and_transcripts_in_any_case,
                segments_come_back_in_their_order,
                a_batch_that_comes_twice_adds_nothing,
                provisional_segments_give_way,
                of_many_batches_at_once_none_is_lost,
                a_transcript_is_replaced_as_a_whole,
                a_refused_change_leaves_no_trace,
                texts_are_due_until_they_are_written,
                late_segments_make_texts_due_again,
                deleted_recordings_are_gone_with_their_transcripts,
            ];
            uploads: [
                uploads_come_back_as_they_were,
                a_recording_has_one_upload,
                steps_move_the_offset_until_the_upload_is_complete,
                a_step_from_elsewhere_is_refused_whole,
                of_many_steps_at_once_one_succeeds,
                parts_are_found_by_the_bytes_that_they_have,
                an_upload_begins_anew_until_it_is_complete,
                complete_uploads_wait_until_they_are_announced,
                useless_uploads_are_found_and_removed,
            ];
        }
    };
}

/// As [`repository_contracts`], of sessions of coding agents: `$open` is `fn(&str) -> Option<TestStore<AgentRepositories>>`.
#[macro_export]
macro_rules! agent_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            agent_sessions: [
                what_is_added_comes_back_in_its_order_and_once,
                of_many_writers_at_once_none_is_lost,
                sessions_come_back_as_they_were,
                what_has_changed_meanwhile_is_not_overwritten,
                sessions_are_found_in_their_organization_alone,
                lists_are_cut_by_time_developer_and_page,
                relations_of_others_are_stored_along,
                sessions_are_due_until_they_are_judged,
                what_people_write_stays,
            ];
        }
    };
}

/// As [`repository_contracts`], of endpoints: `$open` is `fn(&str) -> Option<TestStore<EndpointRepositories>>`.
#[macro_export]
macro_rules! endpoint_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            endpoints: [
                endpoints_come_back_as_they_were,
                an_endpoint_needs_its_project,
                names_are_unique_in_a_project,
                the_limit_counts_endpoints_of_one_project,
                endpoints_are_found_in_their_project_alone,
                endpoints_are_listed_the_newest_first,
                endpoints_are_filtered,
                every_new_version_is_kept,
                a_change_of_an_old_revision_is_refused,
                of_many_changes_at_once_one_succeeds,
                changes_are_logged,
                a_deleted_endpoint_takes_its_versions_along,
                the_latest_execution_stays,
                executions_are_found_by_name_and_time,
            ];
            materializations: [
                materializations_come_back_as_they_were,
                results_are_known_of_endpoints_that_want_them,
                a_later_run_takes_over,
                what_is_to_be_computed_is_due,
                what_nobody_wants_is_known_until_it_is_forgotten,
                keys_of_known_results_are_told,
            ];
        }
    };
}

/// As [`repository_contracts`], for reports: `$open` gives a `TestStore<ReportRepositories>`.
#[macro_export]
macro_rules! report_contracts {
    ($open:path) => {
        $crate::contract_cases! { $open;
            reports: [
                reports_come_back_as_they_were,
                a_report_needs_its_organization,
                one_report_of_a_shelf_and_scope_is_made_at_a_time,
                of_many_reports_at_once_one_is_made,
                a_report_comes_to_one_end,
                of_many_ends_at_once_one_is_kept,
                the_latest_completed_report_is_found,
                running_reports_are_listed,
                the_history_is_listed_the_newest_first,
                the_oldest_reports_beyond_the_limit_go,
                reports_are_found_on_their_shelf_alone,
                deleted_reports_are_gone,
            ];
        }
    };
}

/// The cases of [`object_store_contracts`].
#[doc(hidden)]
#[macro_export]
macro_rules! object_store_cases {
    ($run:path; $suite:ident: [$($case:ident),* $(,)?];) => {
        $(
            #[test]
            fn $case() {
                $run(|store| Box::pin($crate::contracts::$suite::$case(store)));
            }
        )*
    };
}

/// The cases of [`repository_contracts`] and its siblings, suite by suite.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_cases {
    ($open:path; $($suite:ident: [$($case:ident),* $(,)?];)+) => {
        $(
            mod $suite {
                $(
                    #[test]
                    fn $case() {
                        let name = concat!(stringify!($suite), "_", stringify!($case));
                        if let Some(store) = $open(name) {
                            $crate::contracts::$suite::$case(store.repositories());
                        }
                    }
                )*
            }
        )+
    };
}
