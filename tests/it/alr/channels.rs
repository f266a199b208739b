//! Recovery, flapping, channels that are down.

use app::alerts::acknowledge;
use app::ports::AlertFigures;
use domain::alerts::{Channel, Course};
use domain::statistics::Share;
use tests::events::event;
use tests::users::user;

use super::*;

/// Delivered texts of a hundred.
fn delivered(hits: u64) -> AlertFigures {
    AlertFigures { delivered: vec![Share::new(hits, 100)], ..AlertFigures::default() }
}

const TRIGGERED: &str = "trigger beforehand/delivery_rate_low//1";

/// Until the alert about 80 % was told.
async fn fired() -> Watch {
    let watch = Watch::saying();
    watch.figures.say(delivered(80));
    watch.live(12).await;
    watch
}

#[tokio::test]
async fn alr_05_recovery_resolves_by_the_same_key_and_what_flaps_does_not_ring() {
    let watch = fired().await;
    assert_eq!(watch.ears.paged(), [TRIGGERED]);
    watch.figures.say(delivered(95));
    watch.live(3).await;
    assert_eq!(watch.ears.paged(), ["resolve beforehand/delivery_rate_low//1"]);
    for _ in 0..4 {
        watch.figures.say(delivered(80));
        watch.live(12).await;
        watch.figures.say(delivered(95));
        watch.live(1).await;
    }
    assert_eq!(watch.ears.paged(), [""; 0], "it cools down for an hour");
    watch.figures.say(delivered(80));
    watch.live(20).await;
    assert_eq!(watch.ears.paged(), ["trigger beforehand/delivery_rate_low//2"]);
    watch.figures.say(AlertFigures::default());
    watch.live(20).await;
    assert_eq!(watch.ears.paged(), [""; 0], "missing data ends nothing");
    assert!(watch.standing("delivery_rate_low", "").await.open().is_some());
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_05_an_acknowledgement_reaches_the_pager_once_and_is_kept() {
    let watch = fired().await;
    let control = &*watch.world.stores.control;
    let ack = || acknowledge(control, "delivery_rate_low", "ann", watch.world.now());
    assert_eq!(ack().await.unwrap(), 1);
    assert_eq!(ack().await.unwrap(), 0);
    watch.live(5).await;
    let expected = [TRIGGERED, "acknowledge beforehand/delivery_rate_low//1"];
    assert_eq!(watch.ears.paged(), expected);
    let open = watch.standing("delivery_rate_low", "").await;
    assert_eq!(open.open().unwrap().acknowledged.as_ref().unwrap().by, "ann");
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_05_a_channel_that_is_down_is_tried_again_then_the_next_is() {
    let watch = Watch::saying();
    watch.ears.pager.set_down(true);
    watch.figures.say(delivered(80));
    watch.live(11).await;
    assert_eq!(watch.ears.chatted(), [""; 0], "the pager may come back");
    watch.live(3).await;
    assert_eq!(watch.ears.chatted(), ["Critical: delivery_rate_low"]);
    watch.ears.pager.set_down(false);
    watch.figures.say(delivered(95));
    watch.live(3).await;
    assert_eq!(watch.ears.chatted(), ["Resolved: delivery_rate_low"], "told where it was told");
    assert_eq!((watch.ears.paged(), watch.ears.mailed()), (vec![], vec![]));
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_05_the_last_channel_is_email_and_what_nobody_took_is_recorded() {
    let watch = Watch::saying();
    watch.ears.pager.set_down(true);
    watch.ears.chat.set_down(true);
    watch.figures.say(delivered(80));
    watch.live(17).await;
    assert_eq!(watch.ears.mailed(), ["triggered delivery_rate_low"]);
    watch.ears.email.set_down(true);
    watch.figures.say(delivered(95));
    watch.live(15).await;
    let incident = watch.standing("delivery_rate_low", "").await.incidents.remove(0);
    let courses: Vec<_> = incident.notices.iter().map(|notice| notice.delivery.course).collect();
    assert!(matches!(courses[0], Course::Delivered { by: Channel::Email, .. }));
    assert!(matches!(courses[1], Course::NotDelivered { .. }), "{courses:?}");
    let tries: u32 = incident.notices[1].delivery.tries.iter().map(|tries| tries.count).sum();
    assert_eq!(tries, 9);
    watch.live(10).await;
    assert_eq!(watch.ears.mailed(), [""; 0], "it was given up");
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_05_texts_go_out_while_no_channel_takes_an_alert() {
    let watch = Watch::saying();
    for ear in [&watch.ears.pager, &watch.ears.chat, &watch.ears.email] {
        ear.set_down(true);
    }
    watch.figures.say(delivered(80));
    watch.world.add(user("ada", "UTC")).await;
    watch.world.put("ada", "home", &[event("Meeting", "2026-11-23T10:30", "UTC")]).await;
    watch.live(20).await;
    let texts = watch.world.texts_to("ada");
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].at, "2026-11-23T10:15:00Z".parse().unwrap());
    watch.world.finish().await;
}
