//! The contract of [`app::ports::Phones`], and of the phone's row that users enter and leave.

use app::ports::{ConsentEntry, ConsentSource, Phone};
use domain::user::Consent;

use super::samples::{add, at, id, key, stored, user};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn phones_suite(make: impl AsyncFn() -> StorePorts) {
    a_new_user_makes_the_row(make().await).await;
    users_share_a_row_and_its_consent(make().await).await;
    a_changed_number_leaves_the_former_row(make().await).await;
    a_row_is_written_on_its_version_only(make().await).await;
    of_writes_at_once_one_wins(make().await).await;
    no_user_is_lost_when_many_enter_at_once(make().await).await;
}

async fn row(ports: &StorePorts, name: &str) -> Phone {
    ports.phones.phone(&key(name)).await.unwrap().expect("the phone is stored")
}

fn opted_out(phone: &Phone) -> Phone {
    let (at, consent) = (at("2026-03-02T10:00:00Z"), Consent::OptedOut);
    let mut phone = phone.clone();
    phone.consent = consent;
    phone.version += 1;
    let source = ConsentSource::InboundText { sid: "SM1".to_owned() };
    phone.ledger.push(ConsentEntry { at, consent, source });
    phone.last_inbound.push("SM1".to_owned());
    phone
}

async fn a_new_user_makes_the_row(ports: StorePorts) {
    assert_eq!(ports.phones.phone(&key("ann")).await.unwrap(), None);
    add(&ports, &["ann"]).await;
    let consent = Consent::OptedIn;
    let source = ConsentSource::AddedByOperator;
    let expected = Phone {
        key: key("ann"),
        consent,
        ledger: vec![ConsentEntry { at: user("ann").created_at, consent, source }],
        users: vec![id("ann")],
        mark: None,
        hinted_at: None,
        last_inbound: Vec::new(),
        version: 1,
    };
    assert_eq!(row(&ports, "ann").await, expected);
}

async fn users_share_a_row_and_its_consent(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    assert!(ports.users.add_user(&user("bob"), &key("ann")).await.unwrap());
    let shared = row(&ports, "ann").await;
    assert_eq!(shared.users, [id("ann"), id("bob")]);
    assert!(shared.version > 1, "who claims for one of them must look again");
    let out = opted_out(&shared);
    assert!(ports.phones.put_phone(&out, Some(shared.version)).await.unwrap());
    assert!(ports.users.add_user(&user("cy"), &key("ann")).await.unwrap());
    let after = row(&ports, "ann").await;
    assert_eq!(after.users, [id("ann"), id("bob"), id("cy")]);
    assert_eq!(after.consent, Consent::OptedOut, "no new user opts a number in again");
    assert_eq!((&after.ledger, &after.last_inbound), (&out.ledger, &out.last_inbound));
    // A change that keeps the number leaves its row as it is.
    let mut changed = user("bob");
    changed.inputs_version = 2;
    assert!(ports.users.update_user(&changed, &key("ann"), 1).await.unwrap());
    assert_eq!(row(&ports, "ann").await, after);
}

async fn a_changed_number_leaves_the_former_row(ports: StorePorts) {
    add(&ports, &["ann", "bob"]).await;
    let out = opted_out(&row(&ports, "ann").await);
    assert!(ports.phones.put_phone(&out, Some(1)).await.unwrap());
    let mut moved = user("ann");
    moved.inputs_version = 2;
    // Refused: nobody moves.
    assert!(!ports.users.update_user(&moved, &key("bob"), 7).await.unwrap());
    assert_eq!(row(&ports, "ann").await, out);
    assert_eq!(row(&ports, "bob").await.users, [id("bob")]);
    assert!(ports.users.update_user(&moved, &key("bob"), 1).await.unwrap());
    let former = row(&ports, "ann").await;
    assert_eq!(former.users, []);
    assert_eq!(former.consent, Consent::OptedOut, "consent belongs to the number");
    assert!(former.version > out.version);
    assert_eq!(row(&ports, "bob").await.users, [id("bob"), id("ann")]);
    // To a number that nobody had.
    moved.inputs_version = 3;
    assert!(ports.users.update_user(&moved, &key("new"), 2).await.unwrap());
    assert_eq!(row(&ports, "bob").await.users, [id("bob")]);
    let new = row(&ports, "new").await;
    assert_eq!((new.users, new.consent), (vec![id("ann")], Consent::OptedIn));
    assert_eq!(stored(&ports, "ann").await, moved);
}

async fn a_row_is_written_on_its_version_only(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let mut phone = row(&ports, "ann").await;
    assert!(!ports.phones.put_phone(&phone, None).await.unwrap(), "there is one");
    phone.version = 5;
    assert!(!ports.phones.put_phone(&phone, Some(2)).await.unwrap());
    assert!(ports.phones.put_phone(&phone, Some(1)).await.unwrap());
    assert_eq!(row(&ports, "ann").await, phone);
    let mut other = phone.clone();
    (other.key, other.version) = (key("other"), 1);
    assert!(!ports.phones.put_phone(&other, Some(1)).await.unwrap(), "there is none");
    assert_eq!(ports.phones.phone(&key("other")).await.unwrap(), None);
    assert!(ports.phones.put_phone(&other, None).await.unwrap());
    assert_eq!(row(&ports, "other").await, other);
}

async fn of_writes_at_once_one_wins(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let before = row(&ports, "ann").await;
    let won = at_once(50, |number| {
        let (phones, mut phone) = (ports.phones.clone(), before.clone());
        phone.version = 2;
        phone.last_inbound = vec![format!("SM{number}")];
        async move { phones.put_phone(&phone, Some(1)).await.unwrap() }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(row(&ports, "ann").await.last_inbound, [format!("SM{winner}")]);
}

async fn no_user_is_lost_when_many_enter_at_once(ports: StorePorts) {
    let added = at_once(50, |number| {
        let (users, user) = (ports.users.clone(), user(&format!("user-{number:02}")));
        async move { users.add_user(&user, &key("ann")).await.unwrap() }
    })
    .await;
    assert_eq!(count(&added, &true), 50);
    let phone = row(&ports, "ann").await;
    let mut users = phone.users;
    users.sort();
    let expected: Vec<_> = (0..50).map(|number| id(&format!("user-{number:02}"))).collect();
    assert_eq!(users, expected);
    assert_eq!(phone.ledger.len(), 1);
}
