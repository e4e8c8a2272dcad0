//! A sidecar with the policy for a source, and every door that a case is put to.
//!
//! A list is always compared as a whole: with what Check says of each thing that
//! could be in it. So one that agrees with the checks holds a case's candidate
//! exactly if the case is allowed.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message;
use sidegate::app::{Config, Listener, Running};
use sidegate::client::v1;
use sidegate::document::{PolicyLimits, load};
use sidegate::policy_dir;
use v1::list_allowed_request::Query;
use v1::list_allowed_response::Answer;
use v1::resources_query::Source;

use super::directory;
use crate::support::{Client, principal, resource, started};

/// How many questions go into one batch.
const BATCH: usize = 50;
/// Lists have several pages.
const PAGE: i32 = 7;

/// A question of a source, and the answer that it expects.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) request: v1::CheckRequest,
    pub(super) expected: bool,
}

/// What a tenant stores, as `type:id`.
#[derive(Default)]
struct Stored {
    members: Vec<String>,
    resources: Vec<String>,
}

pub(super) struct Doors {
    pub(super) client: Client,
    pub(super) running: Running,
    tenants: BTreeMap<String, Stored>,
    /// What Check has said.
    said: BTreeMap<Vec<u8>, bool>,
    /// What lists have said, so that none is asked for or counted twice.
    listed: BTreeMap<Vec<u8>, Vec<Answer>>,
}

impl Doors {
    pub(super) async fn open(source: &str) -> Self {
        let directory = directory(source);
        let tenants = stored(&directory);
        let mut config = Config::new(directory);
        config.listeners = vec![Listener::at("127.0.0.1:0".parse().unwrap())];
        config.probes = None;
        let (running, client) = started(config).await;
        Self { client, running, tenants, said: BTreeMap::new(), listed: BTreeMap::new() }
    }

    /// The tenants of the policy.
    pub(super) fn tenants(&self) -> Vec<String> {
        self.tenants.keys().cloned().collect()
    }

    /// How many lists were compared.
    pub(super) fn lists(&self) -> usize {
        self.listed.len()
    }

    /// What Check says; a refusal is not an answer.
    pub(super) async fn check(&mut self, request: &v1::CheckRequest) -> bool {
        let key = request.encode_to_vec();
        if let Some(allowed) = self.said.get(&key) {
            return *allowed;
        }
        let answer = self.client.check(request.clone()).await;
        let answer = answer.unwrap_or_else(|status| panic!("{request:#?}\n{status}")).into_inner();
        let allowed = answer.decision() == v1::Decision::Allow;
        self.said.insert(key, allowed);
        allowed
    }

    /// Puts cases to every door: what was wrong first with each.
    pub(super) async fn judge(&mut self, cases: &[Case]) -> Vec<Option<String>> {
        let mut wrong: Vec<Option<String>> = vec![None; cases.len()];
        for (case, wrong) in cases.iter().zip(&mut wrong) {
            let allowed = self.check(&case.request).await;
            note(wrong, "Check", allowed == case.expected);
        }
        self.in_batches(cases, &mut wrong).await;
        let candidates = candidates(cases);
        for (case, wrong) in cases.iter().zip(&mut wrong) {
            let listed = self.action_list(&case.request).await;
            note(wrong, "the list of actions", listed == Some(case.expected));
            let kind = kind(&case.request);
            // Lists that could only be empty say nothing.
            let Stored { members, resources } = &self.tenants[&case.request.tenant];
            let has_members = !members.is_empty();
            if resources.iter().any(|key| is_of(key, &kind)) {
                note(wrong, "the list of resources", self.registered(&case.request).await.is_some());
            }
            if has_members {
                note(wrong, "the list of principals", self.principals(&case.request).await.is_some());
            }
            if let Some(candidates) = candidates.get(&(case.request.tenant.clone(), kind)) {
                note(
                    wrong,
                    "the list of candidates",
                    self.candidates(&case.request, candidates).await.is_some(),
                );
            }
        }
        wrong
    }

    /// All cases again in batches: one tenant and one setting at a time, each item
    /// with a principal of its own.
    async fn in_batches(&mut self, cases: &[Case], wrong: &mut [Option<String>]) {
        let mut calls: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, case) in cases.iter().enumerate() {
            let v1::CheckRequest { tenant, context, .. } = &case.request;
            calls.entry(format!("{tenant:?} {context:?}")).or_default().push(number);
        }
        for numbers in calls.values().flat_map(|same| same.chunks(BATCH)) {
            let first = &cases[numbers[0]].request;
            let item = |number: &usize| {
                let v1::CheckRequest { principal, action, resource, .. } = cases[*number].request.clone();
                v1::BatchCheckItem { id: number.to_string(), resource, actions: vec![action], principal }
            };
            let request = v1::BatchCheckRequest {
                tenant: first.tenant.clone(),
                context: first.context.clone(),
                items: numbers.iter().map(item).collect(),
                ..v1::BatchCheckRequest::default()
            };
            let items = self.client.batch_check(request).await.unwrap().into_inner().items;
            assert_eq!(items.len(), numbers.len());
            for (number, item) in numbers.iter().zip(items) {
                assert_eq!((item.id, item.results.len()), (number.to_string(), 1));
                let allowed = item.results[0].decision() == v1::Decision::Allow;
                note(&mut wrong[*number], "BatchCheck", allowed == cases[*number].expected);
            }
        }
    }

    /// What the principal may do to the resource: whether the case's action is
    /// listed, if the list as a whole is as the checks say.
    async fn action_list(&mut self, request: &v1::CheckRequest) -> Option<bool> {
        let mut mine = None;
        for (action, listed) in self.actions(request).await {
            let question = v1::CheckRequest { action: action.clone(), ..request.clone() };
            if self.check(&question).await != listed {
                return None;
            }
            if action == request.action {
                mine = Some(listed);
            }
        }
        mine
    }

    /// Every action of the resource's type, and whether it is listed as allowed.
    pub(super) async fn actions(&mut self, request: &v1::CheckRequest) -> Vec<(String, bool)> {
        let query = v1::ActionsQuery { resource: request.resource.clone(), actions: Vec::new() };
        let mut listed = Vec::new();
        for answer in self.list(request, request.principal.clone(), Query::Actions(query)).await {
            let Answer::Actions(page) = answer else { panic!("{answer:?}") };
            let pair =
                |item: v1::ActionAllowed| (item.action.clone(), item.result() == v1::ListResult::Always);
            listed.extend(page.items.into_iter().map(pair));
        }
        listed
    }

    /// The registered resources of the type on which the principal may do this, if
    /// they are those that the checks allow.
    pub(super) async fn registered(&mut self, request: &v1::CheckRequest) -> Option<Vec<String>> {
        let kind = kind(request);
        let listed = self.resources(request, Source::Registered(v1::RegisteredResources {})).await;
        let stored = self.tenants.get(&request.tenant).map(|tenant| tenant.resources.clone());
        let mut allowed = Vec::new();
        for key in stored.unwrap_or_default() {
            if !is_of(&key, &kind) {
                continue;
            }
            let question = v1::CheckRequest { resource: Some(resource(&key)), ..request.clone() };
            if self.check(&question).await {
                allowed.push(key);
            }
        }
        (listed == allowed).then_some(listed)
    }

    /// Those of the candidates on which the principal may do this, if they are those
    /// that the checks allow.
    pub(super) async fn candidates(
        &mut self,
        request: &v1::CheckRequest,
        candidates: &[v1::Resource],
    ) -> Option<Vec<String>> {
        let sent = v1::CandidateResources { resources: candidates.to_vec() };
        let listed = self.resources(request, Source::Candidates(sent)).await;
        let mut allowed = Vec::new();
        for candidate in candidates {
            let question = v1::CheckRequest { resource: Some(candidate.clone()), ..request.clone() };
            if self.check(&question).await {
                allowed.push(format!("{}:{}", candidate.r#type, candidate.id()));
            }
        }
        (listed == allowed).then_some(listed)
    }

    async fn resources(&mut self, request: &v1::CheckRequest, source: Source) -> Vec<String> {
        let query = v1::ResourcesQuery {
            r#type: kind(request),
            action: request.action.clone(),
            source: Some(source),
        };
        let mut listed = Vec::new();
        for answer in self.list(request, request.principal.clone(), Query::Resources(query)).await {
            let Answer::Resources(page) = answer else { panic!("{answer:?}") };
            listed.extend(page.resources.iter().map(|found| format!("{}:{}", found.r#type, found.id)));
        }
        listed
    }

    /// The members who may do this to the resource, if they are those that the
    /// checks allow; and a stranger, if `anyone` is said.
    pub(super) async fn principals(&mut self, request: &v1::CheckRequest) -> Option<Vec<String>> {
        let query = v1::PrincipalsQuery {
            action: request.action.clone(),
            resource: request.resource.clone(),
            types: Vec::new(),
        };
        let mut listed = Vec::new();
        let mut anyone = None;
        for answer in self.list(request, None, Query::Principals(query)).await {
            let Answer::Principals(page) = answer else { panic!("{answer:?}") };
            assert_eq!(*anyone.get_or_insert(page.anyone), page.anyone);
            listed.extend(page.principals.iter().map(|found| format!("{}:{}", found.r#type, found.id)));
        }
        let mut allowed = Vec::new();
        let stored = self.tenants.get(&request.tenant).map(|tenant| tenant.members.clone());
        for key in stored.unwrap_or_default() {
            let question = v1::CheckRequest { principal: Some(principal(&key)), ..request.clone() };
            if self.check(&question).await {
                allowed.push(key);
            }
        }
        let mut stranger = request.clone();
        let kind = &request.principal.as_ref().unwrap().r#type;
        stranger.principal = Some(principal(&format!("{kind}:a stranger")));
        (listed == allowed && anyone == Some(self.check(&stranger).await)).then_some(listed)
    }

    /// Every page of a list.
    async fn list(
        &mut self,
        request: &v1::CheckRequest,
        principal: Option<v1::Principal>,
        query: Query,
    ) -> Vec<Answer> {
        let mut request = v1::ListAllowedRequest {
            tenant: request.tenant.clone(),
            context: request.context.clone(),
            principal,
            page_size: PAGE,
            query: Some(query),
            ..v1::ListAllowedRequest::default()
        };
        let key = request.encode_to_vec();
        if let Some(pages) = self.listed.get(&key) {
            return pages.clone();
        }
        let mut pages = Vec::new();
        loop {
            let answer = self.client.list_allowed(request.clone()).await;
            let page = answer.unwrap_or_else(|status| panic!("{request:#?}\n{status}")).into_inner();
            pages.push(page.answer.unwrap());
            assert_eq!(page.complete, page.next_page_token.is_empty());
            if page.complete {
                self.listed.insert(key, pages.clone());
                return pages;
            }
            request.page_token = page.next_page_token;
        }
    }
}

/// Remembers what was wrong first.
pub(super) fn note(wrong: &mut Option<String>, what: &str, right: bool) {
    if !right && wrong.is_none() {
        *wrong = Some(format!("{what} says otherwise"));
    }
}

/// The type of what is asked about.
fn kind(request: &v1::CheckRequest) -> String {
    request.resource.as_ref().unwrap().r#type.clone()
}

fn is_of(key: &str, kind: &str) -> bool {
    key.split_once(':').unwrap().0 == kind
}

/// Every resource that the cases name, by tenant and type: what an application
/// would have on the page for which it asks.
fn candidates(cases: &[Case]) -> BTreeMap<(String, String), Vec<v1::Resource>> {
    let mut all: BTreeMap<_, Vec<v1::Resource>> = BTreeMap::new();
    for Case { request, .. } in cases {
        let resource = request.resource.clone().unwrap();
        if resource.id.is_none() {
            continue;
        }
        let known = all.entry((request.tenant.clone(), resource.r#type.clone())).or_default();
        if !known.contains(&resource) {
            known.push(resource);
        }
    }
    all
}

fn stored(directory: &Path) -> BTreeMap<String, Stored> {
    let loaded = load(&policy_dir::read(directory).unwrap(), &PolicyLimits::default());
    let checked = loaded.checked.unwrap();
    let stored = |tenant: &sidegate::document::definition::Tenant| Stored {
        members: tenant.members.keys().map(ToString::to_string).collect(),
        resources: tenant.resources.keys().map(ToString::to_string).collect(),
    };
    checked.policy().tenants.iter().map(|(id, tenant)| (id.clone(), stored(&tenant.value))).collect()
}
