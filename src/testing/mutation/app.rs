//! The changes of an app.

use super::catalogue::Catalogue;
use super::pick::{Kind, Pick};
use crate::document::definition::{App, KeyMap, Review};

/// Comes by every place of every app that can change.
pub(super) fn walk(pick: &mut Pick, catalogue: &Catalogue, apps: &mut KeyMap<App>) {
    for (key, app) in apps {
        let of = format_args!("app `{key}`");
        pick.drop_key(Kind::DropGrant, of, &mut app.value.requests);
        for (scope, request) in &mut app.value.requests {
            if request.modes.len() > 1 {
                pick.drop_item(
                    Kind::DropGrant,
                    format_args!("{of}, scope `{scope}`,"),
                    &mut request.value.modes,
                );
            }
        }
        // A review says who may install it; without an install it decides nothing.
        if catalogue.installed(key) && pick.here(Kind::FlipReview, format_args!("{of}: `review` flips")) {
            app.value.review = match app.value.review {
                Review::Approved => Review::Pending,
                Review::Pending | Review::Rejected => Review::Approved,
            };
        }
    }
}
