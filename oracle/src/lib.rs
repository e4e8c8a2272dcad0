//! Cedar, the engine of other people that Sidegate's is held against: reads an export, checks it strictly, decides.
//!
//! Owns nothing but the way to the crate `cedar-policy`. Questions and comparison are `sidegate::oracle`'s. It is a
//! package of its own, so that no feature that Cedar's dependencies need is on in what is tested and shipped.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    Schema, ValidationMode, Validator,
};

use sidegate::export::cedar::Export;
use sidegate::oracle::{Judge, Put, Uid, Unanswered};

/// An export, read by Cedar.
#[derive(Debug)]
pub struct Cedar {
    schema: Schema,
    policies: PolicySet,
    entities: Entities,
}

impl Judge for Cedar {
    fn read(export: &Export) -> Result<Self, String> {
        let (schema, _) =
            Schema::from_cedarschema_str(&export.schema).map_err(|error| told("schema", error))?;
        let policies: PolicySet = export.policies.parse().map_err(|error| told("policies", error))?;
        let entities = Entities::from_json_value(export.entities.clone(), Some(&schema))
            .map_err(|error| told("entities", error))?;
        if policies.policies().count() != export.count {
            return Err(format!("{} policies are said, and there are others", export.count));
        }
        Ok(Self { schema, policies, entities })
    }

    fn validate(&self) -> Vec<String> {
        let validator = Validator::new(self.schema.clone());
        let result = validator.validate(&self.policies, ValidationMode::Strict);
        result.validation_errors().map(ToString::to_string).collect()
    }

    fn allows(&self, put: &Put) -> Result<bool, Unanswered> {
        self.decide(put).map_err(|error| match error.contains(CIRCLE) {
            true => Unanswered::Circle,
            false => Unanswered::Failed(error),
        })
    }
}

impl Cedar {
    /// Whether Cedar allows. An error of any policy is one here.
    fn decide(&self, put: &Put) -> Result<bool, String> {
        let action = uid(&("Action".to_owned(), put.action.clone()));
        let context = Context::from_json_value(put.context.clone(), Some((&self.schema, &action)))
            .map_err(|error| told("context", error))?;
        let request =
            Request::new(uid(&put.principal), action, uid(&put.resource), context, Some(&self.schema))
                .map_err(|error| told("request", error))?;
        let mut put_over = Vec::new();
        for entity in &put.entities {
            let entity = Entity::from_json_value(entity.clone(), Some(&self.schema))
                .map_err(|error| told("entity", error))?;
            put_over.push(entity);
        }
        let entities = self.entities.clone().upsert_entities(put_over, Some(&self.schema));
        let entities = entities.map_err(|error| told("entities", error))?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, &entities);
        match response.diagnostics().errors().next() {
            None => Ok(response.decision() == Decision::Allow),
            Some(error) => Err(told("policy", error)),
        }
    }
}

/// What Cedar says of a hierarchy that goes round.
const CIRCLE: &str = "cycle";

fn uid((kind, id): &Uid) -> EntityUid {
    let kind: EntityTypeName = kind.parse().expect("a type");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

fn told(what: &str, error: impl std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
