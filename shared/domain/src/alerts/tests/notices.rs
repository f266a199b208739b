//! Who is told by which channel, and what follows when it does not take it.

use super::*;

const ALL: [Channel; 3] = [Channel::Pager, Channel::Chat, Channel::Email];

fn incident(severity: Severity) -> Incident {
    Incident {
        number: 1,
        severity,
        opened_at: at(NOW),
        value: 11.0,
        sample: 0,
        evidence: None,
        acknowledged: None,
        resolved_at: None,
        notices: vec![Notice::new(NoticeKind::Triggered, at(NOW))],
    }
}

fn minute(minutes: i64) -> Timestamp {
    at(NOW) + SignedDuration::from_mins(minutes)
}

#[test]
fn critical_wakes_somebody_in_production_only() {
    let check = |severity, is_production, channels: &[Channel], expected: &[Channel]| {
        let routing = Routing { is_production, channels: channels.to_vec() };
        assert_eq!(routing.of(&incident(severity)), expected);
    };
    check(Severity::Critical, true, &ALL, &ALL);
    check(Severity::Critical, false, &ALL, &ALL[1..]);
    check(Severity::Warning, true, &ALL, &ALL[1..]);
    check(Severity::Critical, true, &[Channel::Email], &[Channel::Email]);
    check(Severity::Warning, true, &[], &[]);
}

#[test]
fn a_channel_is_tried_three_times_then_the_next_is_and_at_last_it_is_noted() {
    let mut notice = Notice::new(NoticeKind::Triggered, at(NOW));
    let mut tried = Vec::new();
    for run in 0..30 {
        let mut one = incident(Severity::Critical);
        one.notices = vec![notice.clone()];
        while one.due_notice(minute(run)).is_some() {
            if let Some(channel) = one.notices[0].delivery.begin(&ALL, minute(run)) {
                tried.push((run, channel));
                one.notices[0].delivery.fail(false, minute(run));
            }
        }
        notice = one.notices.remove(0);
    }
    let [pager, chat, email] = ALL;
    let expected = [
        (0, pager),
        (1, pager),
        (3, pager),
        (3, chat),
        (4, chat),
        (6, chat),
        (6, email),
        (7, email),
        (9, email),
    ];
    assert_eq!(tried, expected);
    assert_eq!(notice.delivery.course, Course::NotDelivered { at: minute(9) });
    assert!(!notice.is_waiting());
}

#[test]
fn a_refusal_for_good_leads_to_the_next_channel_at_once() {
    let mut notice = Notice::new(NoticeKind::Triggered, at(NOW));
    assert_eq!(notice.delivery.begin(&ALL, at(NOW)), Some(Channel::Pager));
    notice.delivery.fail(true, at(NOW));
    assert_eq!(notice.delivery.begin(&ALL, at(NOW)), Some(Channel::Chat));
    notice.delivery.succeed(Channel::Chat, at(NOW));
    assert_eq!(notice.delivery.course, Course::Delivered { by: Channel::Chat, at: at(NOW) });
}

#[test]
fn nobody_else_begins_what_was_begun_and_the_end_waits_for_the_beginning() {
    let mut one = incident(Severity::Critical);
    one.notices.push(Notice::new(NoticeKind::Resolved, at(NOW)));
    assert_eq!(one.due_notice(at(NOW)), Some(0));
    one.notices[0].delivery.begin(&ALL, at(NOW));
    assert_eq!(one.due_notice(at(NOW)), None, "the try is under way");
    assert_eq!(one.due_notice(minute(1)), Some(0), "or whoever made it died");
    one.notices[0].delivery.succeed(Channel::Chat, at(NOW));
    assert_eq!(one.due_notice(at(NOW)), Some(1));
    let routing = Routing { is_production: true, channels: ALL.to_vec() };
    let expected = [Channel::Chat, Channel::Pager, Channel::Email];
    assert_eq!(routing.of(&one), expected, "the end is told where the beginning was");
}
