//! Where the value of each key lives.
//!
//! Every field is taken apart by name: a new setting does not compile until
//! somebody has given it a key, or said why it has none.

use std::time::Duration;

use crate::app::{Config, Watch};
use crate::decide::RequestLimits;
use crate::document::PolicyLimits;
use crate::rpc::Limits;
use crate::rpc::limits::{ConnectionLimits, Deadlines, Drain, LoadLimits, PushLimits, RevisionLimits};

/// The place of one value.
#[derive(Debug)]
pub(super) enum Slot<'a> {
    Size(&'a mut usize),
    Number(&'a mut u32),
    Large(&'a mut u64),
    Span(&'a mut Duration),
    Switch(&'a mut bool),
}

/// The place of the value of a key, written with its path: `limits.calls`.
/// `None` for a key that is more than one value of these kinds.
pub(super) fn slot<'a>(config: &'a mut Config, key: &str) -> Option<Slot<'a>> {
    // The clock is no setting; addresses, directories and what may be off have
    // readers of their own.
    let Config {
        policy: _,
        source: _,
        state_dir: _,
        max_staleness: _,
        history,
        watch,
        quarantine,
        listeners: _,
        admin: _,
        probes: _,
        limits,
        policy_limits,
        clock: _,
    } = config;
    let Watch { poll, settle, events } = watch;
    match key.split_once('.') {
        None => match key {
            "history" => Some(Slot::Size(history)),
            "quarantine" => Some(Slot::Switch(quarantine)),
            _ => None,
        },
        Some(("watch", "poll")) => Some(Slot::Span(poll)),
        Some(("watch", "settle")) => Some(Slot::Span(settle)),
        Some(("watch", "events")) => Some(Slot::Switch(events)),
        Some(("drain", key)) => of_drain(&mut limits.drain, key),
        Some(("limits", key)) => match key.split_once('.') {
            None => of_limits(limits, key),
            Some(("policy", key)) => of_policy(policy_limits, key),
            Some(_) => None,
        },
        Some(_) => None,
    }
}

fn of_drain<'a>(drain: &'a mut Drain, key: &str) -> Option<Slot<'a>> {
    let Drain { keep_serving, finish } = drain;
    match key {
        "keep_serving" => Some(Slot::Span(keep_serving)),
        "finish" => Some(Slot::Span(finish)),
        _ => None,
    }
}

fn of_limits<'a>(limits: &'a mut Limits, key: &str) -> Option<Slot<'a>> {
    let Limits {
        question,
        check_request_bytes,
        batch_request_bytes,
        batch_checks,
        list_request_bytes,
        candidates,
        page_size,
        page_decisions,
        response_bytes,
        deadlines: Deadlines { call, call_most, list, list_most },
        load: LoadLimits { connections, calls },
        connection,
        push,
        revisions,
        // Keys of its own: see `of_drain`.
        drain: _,
    } = limits;
    let found = match key {
        "check_request_bytes" => Slot::Size(check_request_bytes),
        "batch_request_bytes" => Slot::Size(batch_request_bytes),
        "batch_checks" => Slot::Size(batch_checks),
        "list_request_bytes" => Slot::Size(list_request_bytes),
        "candidates" => Slot::Size(candidates),
        "page_size" => Slot::Size(page_size),
        "page_decisions" => Slot::Size(page_decisions),
        "response_bytes" => Slot::Size(response_bytes),
        "deadline" => Slot::Span(call),
        "deadline_most" => Slot::Span(call_most),
        "list_deadline" => Slot::Span(list),
        "list_deadline_most" => Slot::Span(list_most),
        "connections" => Slot::Size(connections),
        "calls" => Slot::Size(calls),
        _ => {
            return of_question(question, key)
                .or_else(|| of_connection(connection, key))
                .or_else(|| of_push(push, key))
                .or_else(|| of_revisions(revisions, key));
        }
    };
    Some(found)
}

fn of_push<'a>(limits: &'a mut PushLimits, key: &str) -> Option<Slot<'a>> {
    let PushLimits {
        connections,
        message_bytes,
        message_deadline,
        set_bytes,
        set_changes,
        waiting,
        whole_loads,
        revision_ahead,
    } = limits;
    let found = match key {
        "admin_connections" => Slot::Size(connections),
        "push_message_bytes" => Slot::Size(message_bytes),
        "push_message_deadline" => Slot::Span(message_deadline),
        "change_set_bytes" => Slot::Size(set_bytes),
        "change_set_changes" => Slot::Size(set_changes),
        "pushes_waiting" => Slot::Size(waiting),
        "whole_loads" => Slot::Size(whole_loads),
        "revision_ahead" => Slot::Large(revision_ahead),
        _ => return None,
    };
    Some(found)
}

fn of_revisions<'a>(limits: &'a mut RevisionLimits, key: &str) -> Option<Slot<'a>> {
    let RevisionLimits { wait, waiters, ahead } = limits;
    match key {
        "revision_wait" => Some(Slot::Span(wait)),
        "revision_waiters" => Some(Slot::Size(waiters)),
        "revision_ahead_wait" => Some(Slot::Large(ahead)),
        _ => None,
    }
}

fn of_question<'a>(limits: &'a mut RequestLimits, key: &str) -> Option<Slot<'a>> {
    let RequestLimits {
        id_bytes,
        text_bytes,
        attributes,
        attribute_bytes,
        list_values,
        roles,
        parents,
        scopes,
    } = limits;
    let found = match key {
        "id_bytes" => id_bytes,
        "text_bytes" => text_bytes,
        "attributes" => attributes,
        "attribute_bytes" => attribute_bytes,
        "list_values" => list_values,
        "roles" => roles,
        "parents" => parents,
        "scopes" => scopes,
        _ => return None,
    };
    Some(Slot::Size(found))
}

fn of_connection<'a>(limits: &'a mut ConnectionLimits, key: &str) -> Option<Slot<'a>> {
    let ConnectionLimits {
        calls,
        concurrent_streams,
        header_list_bytes,
        frame_bytes,
        stream_window_bytes,
        connection_window_bytes,
        pending_accept_resets,
        local_resets,
        keepalive,
        keepalive_timeout,
        handshake,
        preface,
        idle,
    } = limits;
    let found = match key {
        "connection_calls" => Slot::Size(calls),
        "concurrent_streams" => Slot::Number(concurrent_streams),
        "header_list_bytes" => Slot::Number(header_list_bytes),
        "frame_bytes" => Slot::Number(frame_bytes),
        "stream_window_bytes" => Slot::Number(stream_window_bytes),
        "connection_window_bytes" => Slot::Number(connection_window_bytes),
        "pending_accept_resets" => Slot::Size(pending_accept_resets),
        "local_resets" => Slot::Size(local_resets),
        "keepalive" => Slot::Span(keepalive),
        "keepalive_timeout" => Slot::Span(keepalive_timeout),
        "handshake" => Slot::Span(handshake),
        "preface" => Slot::Span(preface),
        "idle" => Slot::Span(idle),
        _ => return None,
    };
    Some(found)
}

fn of_policy<'a>(limits: &'a mut PolicyLimits, key: &str) -> Option<Slot<'a>> {
    let PolicyLimits {
        roles_a_member,
        groups_a_member,
        nesting,
        parents,
        depth,
        custom_roles,
        acl_entries,
        condition_nodes,
        members,
        text_bytes,
        list_values,
    } = limits;
    let found = match key {
        "roles_a_member" => roles_a_member,
        "groups_a_member" => groups_a_member,
        "nesting" => nesting,
        "parents" => parents,
        "depth" => depth,
        "custom_roles" => custom_roles,
        "acl_entries" => acl_entries,
        "condition_nodes" => condition_nodes,
        "members" => members,
        "text_bytes" => text_bytes,
        "list_values" => list_values,
        _ => return None,
    };
    Some(Slot::Size(found))
}
