//! Truth tables and single cases: one cell, one question.

use super::answer::{asked, wanted};
use super::question;
use super::{Failure, Run, Scene};
use crate::decide::{Call, Target};
use crate::document::definition::{Case, Expected, Table};
use crate::model::Pattern;

impl Run<'_> {
    /// Asks every cell of a table.
    pub(super) fn table(&mut self, scene: Scene<'_>, table: &Table) {
        let policy = self.policy;
        let callers: Vec<Call<'_>> =
            table.columns.iter().map(|(_, who)| question::call(scene, &policy.model, who)).collect();
        for (permission, cells) in &table.rows {
            // Reading the document promises an exact permission; anything else would cover nothing.
            let Pattern::Exact { kind, action } = &permission.value else { continue };
            let target = match &table.resource {
                Some(resource) => Target { kind, ..question::target(resource) },
                None => Target { kind, ..Target::default() },
            };
            for (call, expected) in callers.iter().zip(cells) {
                self.cell(scene, (call, &target, action), expected);
            }
        }
    }

    /// Asks every action of a case.
    pub(super) fn case(&mut self, scene: Scene<'_>, case: &Case) {
        let call = question::call(scene, &self.policy.model, &case.principal);
        let target = question::target(&case.resource);
        for (action, expected) in &case.expect {
            self.cell(scene, (&call, &target, action), expected);
        }
    }

    fn cell(
        &mut self,
        scene: Scene<'_>,
        (call, target, action): (&Call<'_>, &Target<'_>, &str),
        expected: &Expected,
    ) {
        if self.over() {
            return;
        }
        let answer = self.ask(call, target, action, scene.now);
        self.judge(answer.meets(expected), || Failure {
            at: expected.at,
            why: scene.setting.why.clone(),
            asked: asked(call, target, action),
            expected: wanted(expected),
            got: answer.told(),
            explanation: answer.into_story(),
        });
    }
}
