//! Editors and scripts: in place, by renaming, by removing and putting back.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::time::Duration;

use super::{Directory, Sidecar, acme, events, polling, tick, ticks};
use crate::serving::Serving;
use crate::support::{Client, channel, question};
use sidegate::app::Watch;
use sidegate::client::v1;

/// The ways to change a file, each of which must be noticed.
async fn follows(watch: Watch) {
    let directory = Directory::new("reader");
    let mut sidecar = Sidecar::start(&directory.path(), watch).await;
    assert_eq!(sidecar.answers().await, (1, "reader"));

    directory.write("tenants/acme.yaml", &acme("writer"));
    sidecar.becomes(2, "writer").await;
    directory.replace("tenants/acme.yaml", &acme("reader"));
    sidecar.becomes(3, "reader").await;
    // An editor that keeps the old file beside the new one.
    fs::rename(directory.at("tenants/acme.yaml"), directory.at("tenants/.acme.yaml.old")).unwrap();
    directory.write("tenants/acme.yaml", &acme("writer"));
    sidecar.becomes(4, "writer").await;
    // The file has another name now, and the tenant is the same.
    fs::rename(directory.at("tenants/acme.yaml"), directory.at("tenants/other.yaml")).unwrap();
    sidecar.becomes(5, "writer").await;
    let tenant = sidecar.asked("acme", "view").await.tenant_revision.unwrap();
    assert_eq!(tenant.number, 4);
    // A folder that was not there.
    fs::create_dir(directory.at("apps")).unwrap();
    directory.write("apps/odd.yaml", "kind: [");
    sidecar.refuses(1, 5, "writer").await;
    fs::remove_dir_all(directory.at("apps")).unwrap();
    sidecar.mended().await;
    directory.write("tenants/other.yaml", &acme("reader"));
    sidecar.becomes(6, "reader").await;
}

#[tokio::test]
async fn every_way_to_write_a_file_is_noticed() {
    follows(events()).await;
}

#[tokio::test]
async fn polling_alone_notices_too() {
    follows(polling()).await;
}

#[tokio::test]
async fn nothing_new_is_no_new_revision() {
    let directory = Directory::new("reader");
    let mut sidecar = Sidecar::start(&directory.path(), events()).await;
    directory.replace("tenants/acme.yaml", &acme("reader"));
    directory.write("README.md", "read me");
    directory.write("tenants/.acme.yaml.swp", "x");
    // What comes after it is the very next one.
    directory.write("tenants/acme.yaml", &acme("writer"));
    sidecar.becomes(2, "writer").await;
    assert_eq!(sidecar.counted("policy_swaps_total"), 2);
}

#[tokio::test]
async fn f15c_a_file_is_not_read_half_written() {
    let directory = Directory::new("reader");
    // Long, so that the pause is shorter on a busy machine too.
    let watch = Watch { settle: Duration::from_secs(2), ..events() };
    let mut sidecar = Sidecar::start(&directory.path(), watch).await;
    // The first half is a policy too, in which `user:ana` is nobody.
    let whole = acme("writer");
    let (first, second) = whole.split_at(whole.find("members").unwrap());
    let mut file = fs::File::create(directory.at("tenants/acme.yaml")).unwrap();
    file.write_all(first.as_bytes()).unwrap();
    file.sync_all().unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    file.write_all(second.as_bytes()).unwrap();
    drop(file);
    sidecar.becomes(2, "writer").await;
    assert_eq!((sidecar.counted("policy_swaps_total"), sidecar.counted("policy_refusals_total")), (2, 0));
}

#[tokio::test]
async fn f15c_what_is_removed_is_refused_and_what_comes_back_is_followed() {
    let directory = Directory::new("reader");
    let mut sidecar = Sidecar::start(&directory.path(), events()).await;
    let aside = |file: &str| fs::rename(directory.at(file), directory.above.path().join("aside")).unwrap();
    let back = |file: &str| fs::rename(directory.above.path().join("aside"), directory.at(file)).unwrap();

    let mut refusals = 0;
    for file in ["model.yaml", "tenants/acme.yaml", "tenants", ""] {
        refusals += 1;
        aside(file);
        sidecar.refuses(refusals, 1, "reader").await;
        back(file);
        sidecar.mended().await;
        assert_eq!(sidecar.answers().await, (1, "reader"), "the same texts are nothing new");
    }

    // Another directory at the same path.
    fs::remove_dir_all(directory.path()).unwrap();
    sidecar.refuses(refusals + 1, 1, "reader").await;
    directory.fill("writer");
    sidecar.becomes(2, "writer").await;
    // And it is followed as the first one was.
    directory.write("tenants/acme.yaml", &acme("reader"));
    sidecar.becomes(3, "reader").await;
}

#[tokio::test]
async fn a_link_to_the_directory_may_be_turned() {
    let (one, two) = (Directory::new("reader"), Directory::new("writer"));
    let link = one.above.path().join("current");
    symlink(one.path(), &link).unwrap();
    let mut sidecar = Sidecar::start(&link, events()).await;

    let new = one.above.path().join("new");
    symlink(two.path(), &new).unwrap();
    fs::rename(&new, &link).unwrap();
    sidecar.becomes(2, "writer").await;
    two.write("tenants/acme.yaml", &acme("reader"));
    sidecar.becomes(3, "reader").await;
}

#[tokio::test]
async fn a_sidecar_that_is_gone_follows_no_more() {
    let directory = Directory::new("reader");
    let sidecar = Sidecar::start(&directory.path(), polling()).await;
    let installer = sidecar.running.installer();
    sidecar.running.stop_handle().stop();
    sidecar.running.wait().await.unwrap();
    directory.write("tenants/acme.yaml", &acme("writer"));
    // Several times as long as a running one takes; there is nothing to wait for.
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(installer.store().revision().unwrap().number, 1);
}

#[tokio::test]
async fn f42_a_hangup_has_it_look_at_once() {
    let directory = Directory::new("reader");
    let above = tempfile::tempdir().unwrap();
    let file = above.path().join("sidegate.yaml");
    let text = format!(
        "policy: {}\nlisteners: [127.0.0.1:0]\nwatch: {{ events: false, poll: 1h, settle: 20ms }}\n",
        directory.path().display()
    );
    fs::write(&file, text).unwrap();
    let serving = Serving::start_with(&["--config", file.to_str().unwrap()]);
    let mut client = Client::new(channel(&serving.address().parse().unwrap()).await);
    let mut allows = async || {
        let request = question("user:ana", "edit", "doc:d");
        client.check(request).await.unwrap().into_inner().decision() == v1::Decision::Allow
    };
    assert!(!allows().await);
    directory.write("tenants/acme.yaml", &acme("writer"));
    serving.signal("HUP");
    for _ in ticks() {
        if allows().await {
            return;
        }
        tick().await;
    }
    panic!("it has not looked");
}
