//! Walking a list page by page, and holding it against what it must say.

use super::*;
use v1::list_allowed_response::Answer;

/// What a list must say, one text for each answer, and what every page says.
pub(super) struct Expected {
    answers: Vec<String>,
    every_page: String,
}

pub(super) fn actions(expected: &[(String, Extent)]) -> Expected {
    let answers = expected.iter().map(|(action, extent)| format!("{action} {extent:?}"));
    Expected { answers: answers.collect(), every_page: String::new() }
}

pub(super) fn resources(kind: &str, ids: &[String]) -> Expected {
    Expected { answers: ids.iter().map(|id| format!("{kind}|{id}")).collect(), every_page: String::new() }
}

pub(super) fn principals(keys: &[PrincipalKey], anyone: bool) -> Expected {
    let answers = keys.iter().map(|key| format!("{}|{}", key.kind, key.id));
    Expected { answers: answers.collect(), every_page: format!("anyone {anyone}") }
}

/// The actions of a page.
pub(super) fn extents(page: &v1::ListAllowedResponse) -> Vec<(String, Extent)> {
    let Some(Answer::Actions(answer)) = &page.answer else { panic!("{page:?}") };
    let extent = |result| match result {
        v1::ListResult::Always => Extent::Always,
        v1::ListResult::Never => Extent::Never,
        v1::ListResult::Conditional => Extent::Conditional,
        v1::ListResult::Unspecified => panic!("unspecified"),
    };
    answer.items.iter().map(|item| (item.action.clone(), extent(item.result()))).collect()
}

fn told(page: &v1::ListAllowedResponse) -> Expected {
    match page.answer.as_ref().unwrap() {
        Answer::Actions(_) => actions(&extents(page)),
        Answer::Resources(answer) => {
            let answers = answer.resources.iter().map(|key| format!("{}|{}", key.r#type, key.id));
            Expected { answers: answers.collect(), every_page: String::new() }
        }
        Answer::Principals(answer) => {
            let answers = answer.principals.iter().map(|key| format!("{}|{}", key.r#type, key.id));
            Expected { answers: answers.collect(), every_page: format!("anyone {}", answer.anyone) }
        }
        Answer::Filter(_) => panic!("{page:?}"),
    }
}

impl Case<'_> {
    /// One page, of at most so many decisions.
    pub(super) fn page(&self, request: v1::ListAllowedRequest, decisions: usize) -> v1::ListAllowedResponse {
        let limits = Limits { page_decisions: decisions, ..Limits::default() };
        let rules = Rules { limits: &limits, origin: 7, metrics: None };
        let asked = Asked::new(request.clone(), &mut || true);
        list(self.snapshot, self.now, rules, &asked, &mut || true)
            .unwrap_or_else(|refusal| panic!("seed {}: {refusal:?} of {request:?}", self.world.seed))
    }

    /// Walks the list with every page size, and with few decisions a page.
    pub(super) fn every_page(
        &self,
        request: &v1::ListAllowedRequest,
        expected: &Expected,
        tally: &mut Tally,
    ) {
        let most = expected.answers.len() + 1;
        let sizes = (1..=most).map(|size| (size, 20_000)).chain([(0, 20_000), (0, 1), (2, 3)]);
        for (size, decisions) in sizes {
            let mut answers = Vec::new();
            let mut token = String::new();
            loop {
                let asked = v1::ListAllowedRequest {
                    page_size: size.try_into().unwrap(),
                    page_token: token.clone(),
                    ..request.clone()
                };
                let page = self.page(asked, decisions);
                let said = told(&page);
                let seed = self.world.seed;
                assert_eq!(said.every_page, expected.every_page, "seed {seed}: {request:?}");
                assert!(size == 0 || said.answers.len() <= size, "seed {seed}: a page of more than {size}");
                assert!(said.answers.len() <= decisions, "seed {seed}: more answers than decisions");
                assert_eq!(page.complete, page.next_page_token.is_empty());
                answers.extend(said.answers);
                tally.pages += 1;
                if page.complete {
                    break;
                }
                assert_ne!(page.next_page_token, token, "seed {seed}: the walk does not get on");
                token = page.next_page_token;
            }
            assert_eq!(
                answers, expected.answers,
                "seed {}: pages of {size}, {decisions}: {request:?}",
                self.world.seed
            );
        }
    }
}
