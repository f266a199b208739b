//! The contract of [`app::ports::Claims`]: what keeps a reminder from being texted twice.

use app::ports::{Claim, ClaimResult, RowUpdate};
use domain::reminder::{Reminder, State};
use domain::states::Change;
use jiff::SignedDuration;

use super::samples::{add_with, after, claim_of, claimed, id, key, on, reminder, stored, user};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn claims_suite(make: impl AsyncFn() -> StorePorts) {
    a_claim_needs_everything_as_it_was(make().await).await;
    of_fifty_claims_of_one_row_one_holds(make().await).await;
    of_ten_rows_and_a_limit_of_five_five_are_claimed(make().await).await;
    of_fifty_rows_at_once_exactly_the_limit_is_claimed(make().await).await;
    a_limit_of_zero_claims_nothing(make().await).await;
    a_reminder_in_the_set_passes(make().await).await;
    a_place_that_is_left_is_free_again(make().await).await;
    each_day_and_user_has_a_set_of_its_own(make().await).await;
    a_claim_and_an_opt_out_are_one_after_the_other(make().await).await;
}

async fn row(ports: &StorePorts, row: &Reminder) -> Reminder {
    ports.reminders.reminder(&row.user, row.id).await.unwrap().expect("the row is stored")
}

async fn claim(ports: &StorePorts, row: &Reminder, limit: u32) -> ClaimResult {
    let phone = key(row.user.as_str());
    ports.claims.claim(&claim_of(row, &phone, limit)).await.unwrap()
}

async fn a_claim_needs_everything_as_it_was(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let taken = claimed(&one);
    let (phone, other) = (key("ann"), key("other"));
    let good = claim_of(&taken, &phone, 10);
    assert_eq!(ports.claims.claim(&good).await.unwrap(), ClaimResult::Changed, "no such row");
    add_with(&ports, "ann", std::slice::from_ref(&one)).await;
    let check = async |what: &str, claim: Claim<'_>| {
        let result = ports.claims.claim(&claim).await.unwrap();
        assert_eq!(result, ClaimResult::Changed, "{what}");
        assert_eq!(row(&ports, &one).await, one, "{what}");
        let set = ports.claims.claimed_on(&id("ann"), one.day_on).await.unwrap();
        assert_eq!(set, [], "{what}");
    };
    check("an older revision", Claim { expected: 0, ..good.clone() }).await;
    check("a newer revision", Claim { expected: 2, ..good.clone() }).await;
    check("older inputs", Claim { inputs_version: 0, ..good.clone() }).await;
    check("newer inputs", Claim { inputs_version: 2, ..good.clone() }).await;
    check("an older phone", Claim { phone_version: 0, ..good.clone() }).await;
    check("a newer phone", Claim { phone_version: 2, ..good.clone() }).await;
    check("an unknown phone", Claim { phone: &other, ..good.clone() }).await;
    check("a full day beside it", Claim { expected: 2, limit: 0, ..good.clone() }).await;
    let mut changed = stored(&ports, "ann").await;
    changed.inputs_version = 2;
    assert!(ports.users.update_user(&changed, &phone, 1).await.unwrap());
    check("settings changed meanwhile", good.clone()).await;
    let now = Claim { inputs_version: 2, ..good };
    assert_eq!(ports.claims.claim(&now).await.unwrap(), ClaimResult::Claimed);
    assert_eq!(row(&ports, &one).await, taken);
    assert_eq!(ports.claims.claimed_on(&id("ann"), one.day_on).await.unwrap(), [one.id]);
    assert_eq!(ports.claims.claim(&now).await.unwrap(), ClaimResult::Changed, "once only");
}

async fn of_fifty_claims_of_one_row_one_holds(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", std::slice::from_ref(&one)).await;
    let results = at_once(50, |number| {
        let (ports, one) = (ports.clone(), one.clone());
        async move {
            let mut row = claimed(&one);
            row.attempts[0].text = format!("by {number}");
            claim(&ports, &row, 10).await
        }
    })
    .await;
    assert_eq!(count(&results, &ClaimResult::Claimed), 1);
    assert_eq!(count(&results, &ClaimResult::Changed), 49);
    let winner = results.iter().position(|result| *result == ClaimResult::Claimed).unwrap();
    let stored = row(&ports, &one).await;
    assert_eq!((stored.revision, stored.attempts.len()), (2, 1));
    assert_eq!(stored.attempts[0].text, format!("by {winner}"));
}

async fn of_ten_rows_and_a_limit_of_five_five_are_claimed(ports: StorePorts) {
    let rows: Vec<_> = (0..10)
        .map(|number| reminder("ann", &format!("uid-{number}"), "2026-03-02T10:00:00Z"))
        .collect();
    add_with(&ports, "ann", &rows).await;
    // Several senders at each row.
    let results = at_once(50, |number| {
        let (ports, row) = (ports.clone(), claimed(&rows[number % 10]));
        async move { claim(&ports, &row, 5).await }
    })
    .await;
    assert_eq!(count(&results, &ClaimResult::Claimed), 5);
    let mut taken = Vec::new();
    for (number, before) in rows.iter().enumerate() {
        let row = row(&ports, before).await;
        let tries: Vec<_> = results.iter().skip(number).step_by(10).collect();
        let won = tries.iter().filter(|result| ***result == ClaimResult::Claimed).count();
        if row.state == State::Claimed {
            assert_eq!(won, 1);
            taken.push(row.id);
        } else {
            assert_eq!((won, &row), (0, before), "a refused row stays as it was");
            assert!(tries.iter().all(|result| **result == ClaimResult::LimitReached));
        }
    }
    taken.sort();
    let mut set = ports.claims.claimed_on(&id("ann"), on("2026-03-02")).await.unwrap();
    set.sort();
    assert_eq!(set, taken);
    assert_eq!(set.len(), 5);
}

async fn of_fifty_rows_at_once_exactly_the_limit_is_claimed(ports: StorePorts) {
    let rows: Vec<_> = (0..50)
        .map(|number| reminder("ann", &format!("uid-{number}"), "2026-03-02T10:00:00Z"))
        .collect();
    add_with(&ports, "ann", &rows).await;
    for limit in [7, 20] {
        let results = at_once(50, |number| {
            let (ports, row) = (ports.clone(), claimed(&rows[number]));
            async move { claim(&ports, &row, limit).await }
        })
        .await;
        let set = ports.claims.claimed_on(&id("ann"), on("2026-03-02")).await.unwrap();
        assert_eq!(set.len(), usize::try_from(limit).unwrap());
        // What was claimed in the first round has changed by the second.
        let before = if limit == 7 { 0 } else { 7 };
        assert_eq!(count(&results, &ClaimResult::Claimed), set.len() - before);
        assert_eq!(count(&results, &ClaimResult::Changed), before);
    }
}

async fn a_limit_of_zero_claims_nothing(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", std::slice::from_ref(&one)).await;
    assert_eq!(claim(&ports, &claimed(&one), 0).await, ClaimResult::LimitReached);
    assert_eq!(row(&ports, &one).await, one);
}

/// Claimed, then found not to be processed: an attempt follows, from the same place in the set.
async fn a_reminder_in_the_set_passes(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let two = reminder("ann", "two", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", &[one.clone(), two.clone()]).await;
    let first = claimed(&one);
    assert_eq!(claim(&ports, &first, 1).await, ClaimResult::Claimed);
    assert_eq!(claim(&ports, &claimed(&two), 1).await, ClaimResult::LimitReached);
    let outcome = domain::reminder::SendOutcome::NotProcessed;
    let wait = SignedDuration::from_secs(1);
    let back = after(&first, Change::Outcome { attempt: 1, outcome, wait });
    let update = RowUpdate { row: &back, expected: first.revision, leaves_day: None };
    assert!(ports.reminders.update(&update).await.unwrap());
    let again = claimed(&back);
    assert_eq!(claim(&ports, &again, 1).await, ClaimResult::Claimed);
    assert_eq!(ports.claims.claimed_on(&id("ann"), one.day_on).await.unwrap(), [one.id]);
    // Not where the limit was lowered below what is claimed already.
    let back = after(&again, Change::GiveBack);
    let update = RowUpdate { row: &back, expected: again.revision, leaves_day: None };
    assert!(ports.reminders.update(&update).await.unwrap());
    assert_eq!(claim(&ports, &claimed(&back), 0).await, ClaimResult::LimitReached);
    assert_eq!(claim(&ports, &claimed(&back), 1).await, ClaimResult::Claimed);
}

async fn a_place_that_is_left_is_free_again(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let two = reminder("ann", "two", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", &[one.clone(), two.clone()]).await;
    let taken = claimed(&one);
    assert_eq!(claim(&ports, &taken, 1).await, ClaimResult::Claimed);
    let back = after(&taken, Change::GiveBack);
    let update = RowUpdate { row: &back, expected: taken.revision, leaves_day: Some(one.day_on) };
    assert!(ports.reminders.update(&update).await.unwrap());
    assert_eq!(ports.claims.claimed_on(&id("ann"), one.day_on).await.unwrap(), []);
    assert_eq!(claim(&ports, &claimed(&two), 1).await, ClaimResult::Claimed);
    assert_eq!(claim(&ports, &claimed(&back), 1).await, ClaimResult::LimitReached);
}

async fn each_day_and_user_has_a_set_of_its_own(ports: StorePorts) {
    let today = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let tomorrow = reminder("ann", "two", "2026-03-03T10:00:00Z");
    let other = reminder("bob", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", &[today.clone(), tomorrow.clone()]).await;
    add_with(&ports, "bob", std::slice::from_ref(&other)).await;
    for row in [&today, &tomorrow, &other] {
        assert_eq!(claim(&ports, &claimed(row), 1).await, ClaimResult::Claimed);
    }
    assert_eq!(ports.claims.claimed_on(&id("ann"), today.day_on).await.unwrap(), [today.id]);
    assert_eq!(ports.claims.claimed_on(&id("ann"), tomorrow.day_on).await.unwrap(), [tomorrow.id]);
    assert_eq!(ports.claims.claimed_on(&id("bob"), other.day_on).await.unwrap(), [other.id]);
    assert_eq!(ports.claims.claimed_on(&id("cy"), other.day_on).await.unwrap(), []);
}

async fn a_claim_and_an_opt_out_are_one_after_the_other(ports: StorePorts) {
    for round in 0..20 {
        let name = format!("user-{round}");
        let one = reminder(&name, "one", "2026-03-02T10:00:00Z");
        add_with(&ports, &name, std::slice::from_ref(&one)).await;
        let mut phone = ports.phones.phone(&key(&name)).await.unwrap().unwrap();
        phone.version = 2;
        let (claiming, phones, taken) = (ports.clone(), ports.phones.clone(), claimed(&one));
        let claim = tokio::spawn(async move { claim(&claiming, &taken, 10).await });
        let stop = tokio::spawn(async move { phones.put_phone(&phone, Some(1)).await.unwrap() });
        let (result, is_stopped) = (claim.await.unwrap(), stop.await.unwrap());
        assert!(is_stopped, "a claim never stands in the way of an opt-out");
        let state = row(&ports, &one).await.state;
        assert_eq!(result == ClaimResult::Claimed, state == State::Claimed);
        assert_ne!(result, ClaimResult::LimitReached);
        assert_eq!(stored(&ports, &name).await.phone, user(&name).phone);
    }
}
