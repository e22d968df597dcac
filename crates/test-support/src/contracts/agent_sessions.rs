//! The contract of `AgentSessionRepository`.

use agent_sessions::assembly::assemble;
use agent_sessions::event::TelemetryEvent;
use agent_sessions::judge::Judgement;
use agent_sessions::metric::{PointValue, TelemetryMetric, Temporality};
use agent_sessions::model::{DeveloperId, FullSession, SessionKey, TextSource};
use agent_sessions::relate::Relation;
use agent_sessions::repository::{AgentSessionRepository, Appended, Edited, Filter, Slice};
use agent_sessions::sub_session::SubSessionId;
use agent_sessions::window::Span;
use insights_core::ids::OrganizationId;
use serde_json::json;
use uuid::Uuid;

use super::{assert_conflict, assert_not_found};
use crate::builders::{World, at};
use crate::store::AgentRepositories;

const ALL: Slice = Slice { offset: 0, limit: 100 };

fn key(organization: OrganizationId, developer: u128, session_id: &str) -> SessionKey {
    SessionKey { organization, developer: DeveloperId(Uuid::from_u128(developer)), session_id: session_id.to_owned() }
}

fn event(session: &str, seconds: i64, name: &str) -> TelemetryEvent {
    let attributes = json!({"session.id": session, "event.name": name, "event.sequence": seconds, "model": "m", "output_tokens": 5,
        "prompt": format!("Fix the bug nul \0 🦀 number {seconds}")});
    let read =
        TelemetryEvent::read(Some(at(seconds)), at(0), None, Some("claude_code"), attributes.as_object().unwrap());
    read.unwrap().unwrap()
}

fn point(session: &str, seconds: i64, value: f64) -> TelemetryMetric {
    let attributes = json!({"session.id": session, "type": "cli"});
    let value = PointValue { start: Some(at(seconds)), time: at(seconds), temporality: Temporality::Delta, value };
    TelemetryMetric::read("claude_code.active_time.total", value, attributes.as_object().unwrap()).unwrap().unwrap()
}

/// Adds a prompt and an answer, and stores what they make.
fn store(sessions: &dyn AgentSessionRepository, key: &SessionKey, seconds: i64) -> FullSession {
    let events = [event(&key.session_id, seconds, "user_prompt"), event(&key.session_id, seconds + 10, "api_request")];
    sessions.append(key, &events, &[]).unwrap();
    let stored = sessions.material(key).unwrap().unwrap();
    let full = assemble(&stored.material, &stored.judgement, at(0)).unwrap().full;
    sessions.put(&full, stored.revision, &[]).unwrap();
    full
}

fn began(organization: OrganizationId, from: i64, to: i64) -> Filter {
    Filter { organization, developer: None, began: Span { from: at(from), to: at(to) } }
}

fn ids(sessions: &dyn AgentSessionRepository, filter: &Filter, slice: Slice) -> Vec<String> {
    sessions.sessions(filter, slice).unwrap().into_iter().map(|session| session.key.session_id).collect()
}

pub fn what_is_added_comes_back_in_its_order_and_once(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let key = key(World::new(&repositories.others, 1).organization.id, 1, "größe");
    assert_eq!(sessions.material(&key).unwrap(), None);
    let events = [event("größe", 20, "api_request"), event("größe", 10, "user_prompt")];
    let points = [point("größe", 10, 1.5)];
    assert_eq!(sessions.append(&key, &events, &points).unwrap(), Appended { events: 2, metrics: 1 });
    let stored = sessions.material(&key).unwrap().unwrap();
    assert_eq!(stored.material.events, [events[1].clone(), events[0].clone()]);
    assert_eq!((stored.material.metrics, stored.revision, stored.judgement), (points.to_vec(), 1, Judgement::Rules));

    assert_eq!(sessions.append(&key, &events[..1], &points).unwrap(), Appended::default());
    assert_eq!(sessions.material(&key).unwrap().unwrap().revision, 1);
    let more = [event("größe", 20, "api_request"), event("größe", 30, "api_request")];
    assert_eq!(sessions.append(&key, &more, &[]).unwrap(), Appended { events: 1, metrics: 0 });
    assert_eq!(sessions.material(&key).unwrap().unwrap().revision, 2);
}

pub fn of_many_writers_at_once_none_is_lost(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let key = key(World::new(&repositories.others, 1).organization.id, 1, "s");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let key = &key;
            scope.spawn(move || {
                for n in 0..5 {
                    sessions.append(key, &[event("s", 10 * writer + n, "api_request")], &[]).unwrap();
                }
            });
        }
    });
    let stored = sessions.material(&key).unwrap().unwrap();
    assert_eq!((stored.material.events.len(), stored.revision), (20, 20));
}

pub fn sessions_come_back_as_they_were(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let organization = World::new(&repositories.others, 1).organization.id;
    let key = key(organization, 1, "s");
    let mut full = store(sessions, &key, 0);
    assert_eq!(sessions.get(organization, None, "s").unwrap(), Some(full.clone()));
    let some = SubSessionId(Uuid::from_u128(7));
    full.sub_sessions[0].rubric.rework_by = Some(some);
    full.sub_sessions[0].continues = Some(some);
    sessions.put(&full, 1, &[]).unwrap();
    assert_eq!(sessions.get(organization, Some(key.developer), "s").unwrap(), Some(full.clone()));
    full.sub_sessions.clear();
    sessions.put(&full, 1, &[]).unwrap();
    assert_eq!(sessions.get(organization, None, "s").unwrap(), Some(full));
    assert_eq!(sessions.sub_sessions(&began(organization, -100, 100), 10).unwrap(), []);
}

pub fn what_has_changed_meanwhile_is_not_overwritten(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let organization = World::new(&repositories.others, 1).organization.id;
    let key = key(organization, 1, "s");
    let full = store(sessions, &key, 0);
    sessions.append(&key, &[event("s", 50, "api_request")], &[]).unwrap();
    assert_conflict(sessions.put(&full, 1, &[]));
    assert_conflict(sessions.put_judgement(&key, 1, &Judgement::Failed));
    let other = SessionKey { session_id: "t".to_owned(), ..key };
    assert_not_found(sessions.put_judgement(&other, 1, &Judgement::Failed));
    assert_not_found(sessions.put_edited(&other, &Edited::default()));
    let mut unknown = full;
    unknown.session.key = other;
    assert_not_found(sessions.put(&unknown, 1, &[]));
}

pub fn sessions_are_found_in_their_organization_alone(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let [one, two] = [1, 2].map(|number| World::new(&repositories.others, number).organization.id);
    store(sessions, &key(one, 1, "s"), 0);
    let later = store(sessions, &key(one, 2, "s"), 60);
    assert_eq!(sessions.get(two, None, "s").unwrap(), None);
    assert_eq!(sessions.get(one, None, "s").unwrap().map(|full| full.session), Some(later.session));
    let of_first = sessions.get(one, Some(DeveloperId(Uuid::from_u128(1))), "s").unwrap();
    assert_eq!(of_first.unwrap().session.started_at, at(0));
    assert_eq!(sessions.get(one, None, "s\0").unwrap(), None);
    let sub = later.sub_sessions[0].id;
    assert_eq!(sessions.session_of(one, sub).unwrap(), Some(key(one, 2, "s")));
    assert_eq!(sessions.session_of(two, sub).unwrap(), None);
    assert_eq!(sessions.session_of(one, SubSessionId(Uuid::from_u128(9))).unwrap(), None);
    assert!(ids(sessions, &began(two, -100, 100), ALL).is_empty());
    assert!(sessions.sub_sessions(&began(two, -100, 100), 10).unwrap().is_empty());
}

pub fn lists_are_cut_by_time_developer_and_page(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let organization = World::new(&repositories.others, 1).organization.id;
    for (developer, id, seconds) in [(1, "a", 0), (2, "b", 100), (1, "c", 200), (1, "d", 300)] {
        store(sessions, &key(organization, developer, id), seconds);
    }
    assert_eq!(ids(sessions, &began(organization, 0, 301), ALL), ["d", "c", "b", "a"]);
    assert_eq!(ids(sessions, &began(organization, 1, 300), ALL), ["c", "b"]);
    let of_first = Filter { developer: Some(DeveloperId(Uuid::from_u128(1))), ..began(organization, 0, 301) };
    assert_eq!(ids(sessions, &of_first, ALL), ["d", "c", "a"]);
    assert_eq!(ids(sessions, &of_first, Slice { offset: 1, limit: 1 }), ["c"]);
    let subs = |filter: &Filter, limit| -> Vec<String> {
        sessions.sub_sessions(filter, limit).unwrap().into_iter().map(|sub| sub.session_id).collect()
    };
    assert_eq!(subs(&began(organization, 0, 300), 10), ["a", "b", "c"]);
    assert_eq!(subs(&of_first, 2), ["c", "d"]);
}

pub fn relations_of_others_are_stored_along(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let [one, two] = [1, 2].map(|number| World::new(&repositories.others, number).organization.id);
    let first = store(sessions, &key(one, 1, "a"), 0);
    let second = store(sessions, &key(one, 1, "b"), 100);
    let foreign = store(sessions, &key(two, 1, "a"), 0);
    let by = second.sub_sessions[0].id;
    let relate = |id, rework_by, continues| Relation { id, rework_by, continues };
    let relations = [
        relate(first.sub_sessions[0].id, Some(by), None),
        relate(foreign.sub_sessions[0].id, None, Some(by)),
        relate(SubSessionId(Uuid::from_u128(9)), Some(by), None),
    ];
    sessions.put(&second, 1, &relations).unwrap();
    let sub = |organization, id| sessions.get(organization, None, id).unwrap().unwrap().sub_sessions.remove(0);
    assert_eq!(sub(one, "a").rubric.rework_by, Some(by));
    assert_eq!((sub(two, "a").continues, sub(one, "b").rubric.rework_by), (None, None));
}

pub fn sessions_are_due_until_they_are_judged(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let organization = World::new(&repositories.others, 1).organization.id;
    let [first, second] = ["a", "b"].map(|id| key(organization, 1, id));
    store(sessions, &second, 100);
    store(sessions, &first, 0);
    sessions.append(&key(organization, 1, "not put together"), &[event("x", 0, "api_request")], &[]).unwrap();
    assert_eq!(sessions.due(at(10), 10).unwrap(), [], "one ended at that instant");
    assert_eq!(sessions.due(at(111), 10).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(sessions.due(at(111), 1).unwrap(), std::slice::from_ref(&first));
    sessions.put_judgement(&first, 1, &Judgement::Failed).unwrap();
    assert_eq!(sessions.due(at(111), 10).unwrap(), [second]);
    let stored = sessions.material(&first).unwrap().unwrap();
    assert_eq!((stored.revision, stored.judgement), (2, Judgement::Failed));
    sessions.append(&first, &[event("a", 20, "api_request")], &[]).unwrap();
    assert_eq!(sessions.due(at(11), 10).unwrap(), [first]);
}

pub fn what_people_write_stays(repositories: &AgentRepositories) {
    let sessions = &*repositories.sessions;
    let organization = World::new(&repositories.others, 1).organization.id;
    let key = key(organization, 1, "s");
    let full = store(sessions, &key, 0);
    let edited = Edited { title: Some("größe".to_owned()), summary: None };
    sessions.put_edited(&key, &edited).unwrap();
    sessions.put(&full, 1, &[]).unwrap();
    let summary = sessions.get(organization, None, "s").unwrap().unwrap().session.summary;
    assert_eq!((summary.title.as_str(), summary.source), ("größe", TextSource::User));
    assert_eq!(summary.summary, full.session.summary.summary);
    let listed = sessions.sessions(&began(organization, 0, 1), ALL).unwrap().remove(0);
    assert_eq!(listed.summary, summary);
    sessions.put_edited(&key, &Edited::default()).unwrap();
    assert_eq!(sessions.get(organization, None, "s").unwrap(), Some(full));
}
