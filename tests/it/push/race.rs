//! Several pushers who each believe that they are the only one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sidegate::client::v1;

use super::watched::Watched;
use super::{Admin, Sidecar, ana, pushed, said, whole};
use crate::support::channel;

const PUSHERS: u64 = 4;
/// Pushes that each of them tries, unless `SIDEGATE_PUSHER_TRIES` says how many.
const TRIES: u64 = 500;

/// One pusher: asks what is held, pushes what comes next, and often loses.
async fn push(
    mut admin: Admin,
    own: u64,
    tries: u64,
    watched: super::watched::Expected,
    won: Arc<Mutex<BTreeMap<u64, u64>>>,
) {
    for n in 0..tries {
        let held = admin.get_status(v1::GetStatusRequest {}).await.unwrap().into_inner().revision.unwrap();
        // Each revision is one pusher's and one role's, so that nothing two of them push
        // can be the same.
        let number = (held.number / PUSHERS + 1) * PUSHERS + own;
        let role = if number.is_multiple_of(2) { "writer" } else { "reader" };
        watched.write().unwrap().insert((1, number), role);
        let messages = if n % 10 == 9 {
            let mut messages = whole(1, number, &["acme", "bolt"]);
            messages.push(super::changes(vec![super::put_member("acme", "user:ana", &[role])]));
            messages
        } else {
            ana(1, number, held.number, role)
        };
        let outcome = admin.push(tokio_stream::iter(messages)).await.map(tonic::Response::into_inner);
        let (became, at) = said(&outcome);
        match became.as_str() {
            "APPLIED" => {
                assert_eq!(at, format!("1.{number}"));
                won.lock().unwrap().insert(number, own);
            }
            "NEED_FULL" | "STALE_REVISION" | "SUPERSEDED" | "OVERLOADED" => {}
            other => panic!("{other}: {outcome:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f15_of_several_pushers_one_wins_each_revision_and_none_goes_back() {
    let tries = super::setting("SIDEGATE_PUSHER_TRIES", TRIES);
    let mut config = pushed();
    config.history = usize::try_from(PUSHERS * tries).unwrap();
    let mut sidecar = Sidecar::holding(config).await;
    let watched = Watched::begin(&sidecar.running.addresses()[0], 3).await;
    let won = Arc::new(Mutex::new(BTreeMap::from([(1, 0)])));
    let mut pushers = Vec::new();
    for own in 0..PUSHERS {
        let admin = Admin::new(channel(sidecar.admin_address()).await);
        pushers.push(tokio::spawn(push(admin, own, tries, Arc::clone(&watched.expected), Arc::clone(&won))));
    }
    for pusher in pushers {
        pusher.await.unwrap();
    }
    let won = won.lock().unwrap().clone();
    // What was told to be in force is what was, in order, and nothing else.
    let revisions = sidecar.admin.list_revisions(v1::ListRevisionsRequest {}).await.unwrap().into_inner();
    let mut past: Vec<u64> = revisions.revisions.iter().map(|held| held.revision.unwrap().number).collect();
    past.reverse();
    assert_eq!(past, won.keys().copied().collect::<Vec<_>>());
    let each = |own: u64| won.values().filter(|winner| **winner == own).count();
    assert!((0..PUSHERS).all(|own| each(own) > 0), "{:?}", (0..PUSHERS).map(each).collect::<Vec<_>>());
    assert_eq!(sidecar.status().await.revision.unwrap().number, *won.keys().next_back().unwrap());
    let answers = watched.end(100).await;
    println!("{} revisions won of {} tried, {answers} answers", won.len() - 1, PUSHERS * tries);
}
