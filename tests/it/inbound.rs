//! IN: texts that people send us, and who may speak for Twilio.

use adapters_embedded::sms_sandbox::{Direction, SmsSandbox};
use domain::reasons::CancelReason;
use domain::reminder::State;
use domain::user::Consent;
use sha2::{Digest, Sha256};
use tests::events::event;
use tests::users::{phone_of, user};
use tests::webhooks::{Webhook, post};
use tests::world::{PUBLIC_URL, World};
use twilio_webhook::{INBOUND_PATH, STATUS_PATH};

const NEW_YORK: &str = "America/New_York";

const OPTED_OUT: State = State::Cancelled(CancelReason::OptedOut);

/// Ada and Bob share a phone, and each has a meeting in the evening.
async fn shared_phone(world: World) -> World {
    world.add(user("ada", NEW_YORK)).await;
    world.add(user("bob", NEW_YORK).sharing_phone_of("ada")).await;
    for id in ["ada", "bob"] {
        world.put(id, "work", &[event("Meeting", "2026-11-24T19:07", NEW_YORK)]).await;
    }
    world.run_until("2026-11-24T15:00:00Z").await;
    world
}

/// What reached a user's phone besides reminders.
fn replies(sandbox: &SmsSandbox, user: &str) -> Vec<String> {
    let to = phone_of(user).as_e164().to_owned();
    let is_reply =
        |direction| matches!(direction, Direction::OutboundReply | Direction::OptOutReply);
    let texts = sandbox.texts_where(|text| text.to == to && is_reply(text.direction));
    texts.into_iter().map(|text| text.body).collect()
}

#[tokio::test]
async fn in_01_stop_opts_the_number_out_for_all_who_share_it_and_gets_one_reply_of_twilios() {
    let world = shared_phone(World::at("2026-11-24T10:00:00Z")).await;
    let said = world.reply("ada", " stop. ").await;
    assert_eq!(said.answer.unwrap().unwrap().status, 200);
    for id in ["ada", "bob"] {
        assert_eq!(world.reminder(id).await.state, OPTED_OUT, "{id}");
    }
    let phone = world.phone("ada").await;
    let recorded: Vec<_> = phone.ledger.iter().map(|entry| (entry.at, entry.consent)).collect();
    assert_eq!(recorded[1..], [(world.now(), Consent::OptedOut)]);
    world.run_until("2026-11-25T10:00:00Z").await;
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn in_01_every_word_of_the_family_in_any_dress_stops_and_gets_one_reply() {
    let family = [
        "STOP",
        "End",
        "quit",
        "CANCEL",
        "unsubscribe",
        "Revoke",
        "optout",
        "opt out",
        "STOPALL",
        "  sToP!!  ",
        "\"Stop.\"",
        "please stop",
        "S T O P",
    ];
    for word in family {
        let world = World::maker("2026-11-24T10:00:00Z").answering_stop_ourselves().make();
        let world = shared_phone(world).await;
        world.reply("ada", word).await;
        world.reply("ada", word).await;
        assert_eq!(world.phone("ada").await.consent, Consent::OptedOut, "{word}");
        assert_eq!(world.reminder("bob").await.state, OPTED_OUT, "{word}");
        assert_eq!(replies(&world.sandbox, "ada").len(), 1, "{word}: one confirmation in all");
        world.finish().await;
    }
}

#[tokio::test]
async fn in_01_where_twilio_answers_we_do_not() {
    let world = shared_phone(World::at("2026-11-24T10:00:00Z")).await;
    world.reply("ada", "STOP").await;
    world.reply("ada", "STOP").await;
    let replies = replies(&world.sandbox, "ada");
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert!(replies[0].contains("unsubscribed"), "Twilio's own: {}", replies[0]);
    world.finish().await;
}

#[tokio::test]
async fn in_01_what_twilio_took_a_text_for_counts_and_is_answered_once() {
    let world = World::maker("2026-11-24T10:00:00Z").answering_stop_ourselves().make();
    let world = shared_phone(world).await;
    let token = world.token().to_owned();
    // Its owner may have taught Twilio words of any language; and STOP in the text always wins.
    let steps = [
        ("ARRETE", "STOP", Consent::OptedOut),
        ("reprendre", "START", Consent::OptedIn),
        ("STOP", "HELP", Consent::OptedOut),
        ("START", "START", Consent::OptedIn),
        ("please stop", "START", Consent::OptedOut),
        ("aide", "HELP", Consent::OptedOut),
        ("START", "of a later day", Consent::OptedIn),
        ("4", "HELP", Consent::OptedIn),
        ("START", "STOP", Consent::OptedOut),
    ];
    let mut entries = world.phone("ada").await.ledger.len();
    for (place, (body, taken_for, expected)) in steps.into_iter().enumerate() {
        let webhook = Webhook::inbound("ada", &format!("SM{place}"), body);
        let webhook = webhook.with("OptOutType", taken_for).signed(&token);
        let (status, answer) = webhook.post(world.system.router()).await;
        assert_eq!(status, 200);
        assert!(!answer.contains("<Message>"), "{body} {taken_for}: a second reply {answer}");
        let phone = world.phone("ada").await;
        assert_eq!(phone.consent, expected, "{body} {taken_for}");
        entries += usize::from(taken_for != "HELP" || body == "STOP");
        assert_eq!(phone.ledger.len(), entries, "{body} {taken_for}");
    }
    world.run_until("2026-11-25T10:00:00Z").await;
    assert_eq!(world.texts(), [], "the last word was STOP");
    world.finish().await;
}

#[tokio::test]
async fn in_01_a_remark_that_holds_the_word_is_no_opt_out() {
    for remark in ["stop by at 5", "don't stop", "I'll cancel the other one"] {
        let world = shared_phone(World::at("2026-11-24T10:00:00Z")).await;
        world.reply("ada", remark).await;
        assert_eq!(world.phone("ada").await.consent, Consent::OptedIn, "{remark}");
        world.run_until("2026-11-25T10:00:00Z").await;
        assert_eq!(world.texts().len(), 2, "{remark}");
        world.finish().await;
    }
}

#[tokio::test]
async fn in_01_the_opt_out_of_a_number_holds_for_whoever_is_added_later() {
    let world = shared_phone(World::at("2026-11-24T10:00:00Z")).await;
    world.reply("ada", "STOP").await;
    world.add(user("eve", NEW_YORK).sharing_phone_of("ada")).await;
    world.put("eve", "work", &[event("Dinner", "2026-11-24T19:37", NEW_YORK)]).await;
    world.run_until("2026-11-25T10:00:00Z").await;
    assert_eq!(world.reminder("eve").await.state, OPTED_OUT);
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn in_02_start_brings_everybody_back_in_and_what_lies_ahead_is_texted() {
    // Where Twilio handles these words itself, it wants them plain.
    let words = [("START", false), ("yes", false), ("UNSTOP", false), ("Unstop!", true)];
    for (word, is_ours) in words {
        let maker = World::maker("2026-11-24T10:00:00Z");
        let maker = if is_ours { maker.answering_stop_ourselves() } else { maker };
        let world = shared_phone(maker.make()).await;
        world.reply("ada", "STOP").await;
        world.run_until("2026-11-24T16:00:00Z").await;
        world.reply("ada", word).await;
        assert_eq!(world.phone("ada").await.consent, Consent::OptedIn, "{word}");
        assert_eq!(replies(&world.sandbox, "ada").len(), 2, "one to each word");
        for id in ["ada", "bob"] {
            assert_eq!(world.reminder(id).await.state, State::Scheduled, "{word} {id}");
        }
        world.run_until("2026-11-25T10:00:00Z").await;
        assert_eq!(world.texts().len(), 2, "{word}");
        world.finish().await;
    }
}

#[tokio::test]
async fn in_02_help_is_answered_and_changes_nothing() {
    for word in ["HELP", "info?"] {
        let world = World::maker("2026-11-24T10:00:00Z").answering_stop_ourselves().make();
        let world = shared_phone(world).await;
        world.reply("ada", word).await;
        let replies = replies(&world.sandbox, "ada");
        assert_eq!(replies.len(), 1, "{word}");
        assert!(replies[0].contains("STOP"), "{}", replies[0]);
        assert_eq!(world.phone("ada").await.consent, Consent::OptedIn);
        world.run_until("2026-11-25T10:00:00Z").await;
        assert_eq!(world.texts().len(), 2);
        world.finish().await;
    }
}

#[tokio::test]
async fn in_02_an_unknown_text_gets_a_friendly_hint_at_most_once_a_day() {
    let world = shared_phone(World::at("2026-11-24T10:00:00Z")).await;
    let hints = || replies(&world.sandbox, "ada").len();
    world.reply("ada", "who is this?").await;
    assert_eq!(hints(), 1);
    world.run_until("2026-11-25T14:59:59Z").await;
    world.reply("ada", "hello?").await;
    assert_eq!(hints(), 1);
    world.run_until("2026-11-25T15:00:00Z").await;
    world.reply("ada", "anybody there?").await;
    assert_eq!(hints(), 2);
    world.reply("ada", "STOP").await;
    world.run_until("2026-11-27T15:00:00Z").await;
    let silent = hints();
    world.reply("ada", "so what").await;
    assert_eq!(hints(), silent, "who opted out is not written to");
    world.finish().await;
}

#[tokio::test]
async fn in_02_two_unknown_texts_at_once_get_one_hint_and_a_stranger_gets_none() {
    let world = shared_phone(World::at("2026-11-24T10:00:00Z")).await;
    world.text_us("ada", "who is this?").await;
    world.text_us("ada", "hello?").await;
    world.text_us("nobody we know", "hello?").await;
    assert_eq!(replies(&world.sandbox, "ada").len(), 1);
    assert_eq!(replies(&world.sandbox, "nobody we know").len(), 0);
    world.run_until("2026-11-25T10:00:00Z").await;
    world.finish().await;
}

/// Checks what an attempt to speak for Twilio comes to: its status, and whether anything changed.
async fn check(world: &World, about: &str, webhook: &Webhook, expected: u16, changes: bool) {
    let stored = || async {
        (world.reminders("ada").await, world.phone("ada").await, world.phone("eve").await)
    };
    let before = stored().await;
    let (status, _) = webhook.post(world.system.router()).await;
    assert_eq!(status, expected, "{about}");
    assert_eq!(stored().await != before, changes, "{about}");
}

/// Ada's text is on its way, and its status may be told by whoever signs.
async fn with_a_text_under_way() -> (World, Webhook) {
    let silent = |config: &mut adapters_embedded::sms_sandbox::SandboxConfig| {
        config.callbacks = false;
    };
    let world = World::maker("2026-11-24T10:00:00Z").sandbox(silent).make();
    world.add(user("ada", NEW_YORK)).await;
    world.add(user("eve", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:53:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(row.state, State::Accepted);
    let sid = world.sandbox.texts()[0].sid.clone();
    let webhook = Webhook::status(&row, 1, &sid, "sent").with("To", "+12025550100");
    (world, webhook)
}

#[tokio::test]
async fn in_04_without_twilios_signature_nothing_is_believed() {
    let (world, webhook) = with_a_text_under_way().await;
    let token = world.token().to_owned();
    check(&world, "missing", &webhook, 403, false).await;
    let mut wrong = webhook.clone().signed(&token);
    wrong.signature = Some("bm90IGEgc2lnbmF0dXJlIQ==".to_owned());
    check(&world, "wrong", &wrong, 403, false).await;
    wrong.signature = Some(String::new());
    check(&world, "empty", &wrong, 403, false).await;
    check(&world, "of another token", &webhook.clone().signed("other"), 403, false).await;
    check(&world, "of an empty token", &webhook.clone().signed(""), 403, false).await;

    let mut other = webhook.clone().signed(&token);
    other.target = other.target.replace("attempt=1", "attempt=01");
    check(&world, "of another URL", &other, 403, false).await;
    let mut other = webhook.clone();
    other.target = format!("{INBOUND_PATH}?{}", other.target.split_once('?').unwrap().1);
    let mut other = other.signed(&token);
    other.target.clone_from(&webhook.target);
    check(&world, "of another path", &other, 403, false).await;
    check(&world, "valid", &webhook.signed(&token), 204, true).await;
    assert_eq!(world.reminder("ada").await.state, State::Sent);
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn in_04_parameters_added_removed_changed_or_doubled_after_signing_are_refused() {
    let (world, webhook) = with_a_text_under_way().await;
    let token = world.token().to_owned();
    let signed = webhook.clone().signed(&token);
    let tampered = |change: &dyn Fn(&mut Vec<(String, String)>)| {
        let mut webhook = signed.clone();
        change(&mut webhook.form);
        webhook
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let added = tampered(&|form| form.push(pair("ErrorCode", "30005")));
    check(&world, "added", &added, 403, false).await;
    let removed = tampered(&|form| form.truncate(2));
    check(&world, "removed", &removed, 403, false).await;
    let changed = tampered(&|form| form[1].1 = "delivered".to_owned());
    check(&world, "changed", &changed, 403, false).await;
    let doubled = tampered(&|form| form.insert(0, pair("MessageStatus", "delivered")));
    check(&world, "doubled with another value", &doubled, 403, false).await;
    let shifted = tampered(&|form| form[1] = pair("MessageStatuss", "ent"));
    check(&world, "shifted between name and value", &shifted, 204, false).await;
    let mut query = signed.clone();
    query.target.push_str("&attempt=2");
    check(&world, "doubled in the query", &query, 403, false).await;
    let mut fewer = signed.clone();
    fewer.target = STATUS_PATH.to_owned();
    check(&world, "removed from the query", &fewer, 403, false).await;

    let reordered = tampered(&|form| form.reverse());
    check(&world, "reordered, which Twilio signs alike", &reordered, 204, true).await;
    let repeated = tampered(&|form| form.push(pair("MessageStatus", "sent")));
    check(&world, "doubled with its own value, which Twilio signs alike", &repeated, 204, false)
        .await;
    assert_eq!(world.reminder("ada").await.state, State::Sent);
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn in_04_a_json_body_counts_only_if_the_signed_url_holds_its_hash() {
    let (world, webhook) = with_a_text_under_way().await;
    let token = world.token().to_owned();
    let sid = world.sandbox.texts()[0].sid.clone();
    let body = |status: &str| format!(r#"{{"MessageSid":"{sid}","MessageStatus":"{status}"}}"#);
    let hash = |body: &str| -> String {
        Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let hashed = |body: &str| format!("{}&bodySHA256={}", webhook.target, hash(body));
    let signature = |target: &str| Webhook::new(target, &[]).signed(&token).signature.unwrap();
    let check = async |about: &str, target: &str, signed: &str, body: String, expected: u16| {
        let before = world.reminders("ada").await;
        let signature = signature(signed);
        let json = "application/json";
        let router = world.system.router();
        let (status, _) = post(router, target, json, Some(&signature), body).await;
        assert_eq!(status, expected, "{about}");
        assert_eq!(world.reminders("ada").await != before, expected == 204, "{about}");
    };
    let (sent, plain) = (hashed(&body("sent")), webhook.target.clone());
    check("without a hash", &plain, &plain, body("sent"), 403).await;
    check("with the hash of another body", &sent, &sent, body("delivered"), 403).await;
    check("with a hash that was not signed", &sent, &plain, body("sent"), 403).await;
    check("with its hash", &sent, &sent, body("sent"), 204).await;
    assert_eq!(world.reminder("ada").await.state, State::Sent);
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn in_04_an_inbound_text_without_a_signature_stops_nobody() {
    let (world, _) = with_a_text_under_way().await;
    let stop = Webhook::inbound("eve", "SMinbound", "STOP");
    let token = world.token().to_owned();
    check(&world, "missing", &stop, 403, false).await;
    let mut other = stop.clone().signed(&token);
    other.form[1].1 = phone_of("ada").as_e164().to_owned();
    check(&world, "signed for another sender", &other, 403, false).await;
    check(&world, "valid", &stop.signed(&token), 200, true).await;
    assert_eq!(world.phone("eve").await.consent, Consent::OptedOut);
    assert_eq!(world.phone("ada").await.consent, Consent::OptedIn);
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn in_04_the_address_comes_from_the_configuration_and_not_from_the_request() {
    let (world, webhook) = with_a_text_under_way().await;
    let token = world.token();
    let elsewhere = format!("http://127.0.0.1:8080{}", webhook.target);
    let form = webhook.form.clone();
    let mut wrong = webhook.clone();
    wrong.signature = Some(adapters_embedded::sms_sandbox::signature(token, &elsewhere, &form));
    check(&world, "signed for the host it names", &wrong, 403, false).await;
    let right = format!("{PUBLIC_URL}:443{}", webhook.target);
    let mut right_port = webhook.clone();
    right_port.signature = Some(adapters_embedded::sms_sandbox::signature(token, &right, &form));
    check(&world, "signed with the port", &right_port, 204, true).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn in_05_a_replayed_webhook_has_no_effect() {
    let (world, webhook) = with_a_text_under_way().await;
    let token = world.token().to_owned();
    let sent = webhook.signed(&token);
    check(&world, "first", &sent, 204, true).await;
    check(&world, "replayed", &sent, 204, false).await;
    let stop = Webhook::inbound("ada", "SMstop", "STOP").signed(&token);
    let start = Webhook::inbound("ada", "SMstart", "START").signed(&token);
    check(&world, "stop", &stop, 200, true).await;
    check(&world, "start", &start, 200, true).await;
    check(&world, "stop again, from a recording", &stop, 200, false).await;
    assert_eq!(world.phone("ada").await.consent, Consent::OptedIn);
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn in_05_ids_of_another_user_in_the_address_change_nothing() {
    let (world, webhook) = with_a_text_under_way().await;
    let token = world.token().to_owned();
    let mut foreign = webhook.clone();
    foreign.target = foreign.target.replace("user=ada", "user=eve");
    check(&world, "unsigned", &foreign, 403, false).await;
    check(&world, "signed", &foreign.signed(&token), 204, false).await;
    let mut other_attempt = webhook.clone();
    other_attempt.target = other_attempt.target.replace("attempt=1", "attempt=2");
    check(&world, "of no attempt", &other_attempt.signed(&token), 204, false).await;
    let mut other_sid = webhook;
    other_sid.form[0].1 = "SMffffffffffffffffffffffffffffffff".to_owned();
    check(&world, "of another text", &other_sid.signed(&token), 204, false).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}
