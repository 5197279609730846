//! What every Store promises.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case fails by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

mod accounts;
mod answers;
mod audit;
mod log;
mod lookups;
mod outbox;
mod personal;
mod snapshots;

use raally_domain::ids::TenantId;

pub use self::accounts::*;
pub use self::answers::*;
pub use self::audit::*;
pub use self::log::*;
pub use self::lookups::*;
pub use self::outbox::*;
pub use self::personal::*;
pub use self::snapshots::*;
use crate::contract::Log;
use crate::ports::{AppendError, Batch, Identity, LogHead, LoggedEvent, Store};

crate::contract::subject! {
    /// An empty store, with the Identity that its appends write to.
    store: Store,
    identity: Identity,
}

#[macro_export]
macro_rules! store_contract {
    ($subject:path) => {
        $crate::contract_tests! { $subject, store:
            a_log_begins_at_epoch_1_seq_1,
            a_log_that_is_not_there_has_no_head_and_no_events,
            events_come_back_byte_for_byte_and_chain,
            events_come_in_order_from_a_seq_and_no_more_than_asked,
            a_page_of_events_ends_where_its_bytes_do,
            an_append_of_several_steps_is_one_run_of_seqs,
            an_append_to_several_logs_is_all_or_nothing,
            a_log_expected_empty_that_is_not_is_refused,
            a_log_expected_that_is_not_there_is_refused,
            another_epoch_seq_or_hash_is_refused,
            of_many_appends_at_one_head_one_wins,
            many_logs_grow_side_by_side,
            events_that_do_not_continue_the_log_are_refused,
            seq_at_finds_the_last_event_of_a_moment,
            audit_runs_from_the_latest_occurrence_back,
            audit_pages_by_position_without_gap_or_repeat,
            audit_filters_by_actor_kind_entity_action_and_time,
            imported_history_passes_all_filters_but_time,
            tenants_with_the_same_ids_do_not_see_each_other,
            personal_values_are_kept_beside_the_log,
            erasing_a_person_leaves_the_log_whole,
            erasing_spares_what_is_named_and_takes_what_is_told_elsewhere,
            where_a_value_is_erased_the_log_begins_a_new_epoch,
            a_snapshot_of_an_epoch_that_has_ended_is_not_kept,
            erasing_takes_snapshots_and_answers_of_that_tenant,
            an_answer_is_kept_a_day,
            an_answer_belongs_to_its_tenant_user_and_key,
            a_refused_append_leaves_no_answer,
            old_answers_are_dropped,
            a_key_is_claimed_by_one_and_settled,
            a_claim_is_given_up_or_taken_over,
            the_latest_snapshot_at_or_before_a_seq_is_found,
            a_snapshot_of_the_same_head_is_replaced,
            snapshots_are_dropped_by_head,
            tenants_are_listed_in_order,
            the_outbox_shows_streams_with_events_to_relay,
            a_lease_is_its_owners_until_it_ends,
            two_relays_never_lease_one_stream_together,
            leases_go_round,
            marking_as_sent_never_goes_back_nor_beyond_the_head,
            only_events_that_the_log_has_are_marked_as_sent,
            an_offset_moves_only_onto_an_event_that_the_log_has,
            an_inbox_moves_only_from_where_it_stands,
            of_concurrent_moves_of_an_inbox_one_wins,
            members_and_names_follow_the_log,
            a_slug_that_another_tenant_has_is_refused,
            a_slug_given_up_is_free,
            users_travel_with_an_append,
            an_address_goes_from_one_user_to_another_in_one_append,
            sessions_end_with_an_append,
            a_user_with_a_taken_address_refuses_the_whole_append,
            an_account_stream_grows_by_its_chain,
            an_account_stream_that_stands_elsewhere_refuses_all_of_an_append,
            an_account_and_its_first_event_come_together,
            of_many_appends_to_an_account_stream_one_wins,
            account_streams_are_listed_in_pages,
            account_streams_are_leased_and_marked_as_sent,
            many_account_streams_do_not_keep_tenants_waiting,
            an_inbox_of_an_account_stream_is_apart_from_a_tenants,
            a_secret_is_made_once,
            a_working_store_answers_a_ping,
        }
    };
}
pub use store_contract as tests;

async fn moved(store: &dyn Store, batch: Batch) -> (TenantId, Option<LogHead>) {
    match store.append(batch).await {
        Err(AppendError::HeadMoved { tenant, actual }) => (tenant, actual),
        other => panic!("HeadMoved was to come, not {other:?}"),
    }
}

async fn all(store: &dyn Store, log: &Log) -> Vec<LoggedEvent> {
    store.events(log.tenant, 0, 10_000).await.unwrap()
}
