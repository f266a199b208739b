"""Google tells of changes, by channels that the deployed system opened itself. Google is a stand-in
on loopback, and what it pushes is carried to the HTTP API here, as a proxy at the public address
would. The rows share its one calendar, so they are run one after another."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from system import check, instant, now, until

# Looks that pushes ask for begin at least so far apart.
PACE_SECONDS = 15
# From a push to the changed plan: a start of a function or two on a busy machine.
FOLLOWED_SECONDS = 12

# Due within a minute, with time to settle what goes wrong.
SOON = timedelta(minutes=10, seconds=50)
LATER = timedelta(hours=2)


@dataclass
class Watched:
    """A user whose calendar at Google is connected, and the channel that tells of it."""
    user: str
    phone: str
    channel: str


def cal_01_an_event_deleted_at_google_is_not_texted_and_its_job_sends_nothing(system):
    with _connected(system, "deleted", ahead=SOON) as ada:
        row = system.reminder("deleted")
        system.google.delete("Standup")
        check(_carry(system, _told(system, ada)) == 204, "the push is taken")
        row = system.reach("deleted", "cancelled", FOLLOWED_SECONDS)
        check(row["reason"] == "event_cancelled", f"with its reason: {row}")
        until("its instant has passed", lambda: now() > instant(row["send_at"]), 60)
        system.send_jobs(system.job(row))
        time.sleep(10)
        check(system.reminders("deleted") == [row], "it stays so")
        check(system.texts(ada.phone) == [], "no text")


def cal_02_a_push_goes_through_webhook_and_sync_and_the_text_follows_its_event(system):
    with _connected(system, "pushed") as ada:
        before, lists = system.reminder("pushed"), system.google.lists()
        start = now() + SOON
        system.google.put("Standup", start)
        push = _told(system, ada)
        check(_carry(system, push) == 204, "the push is taken")
        row = _planned_for(system, "pushed", start, FOLLOWED_SECONDS)
        check((row["id"], row["calendar"]) == (before["id"], "work"), f"the same is moved: {row}")
        check(row["revision"] == before["revision"] + 1, f"in one step: {before} {row}")
        check(system.google.lists() - lists == 2, "one look asked whether, and then what")
        why = system.call("GET", f"/v1/reminders/{row['id']}/why")["steps"]
        check([step["step"] for step in why] == ["planned", "moved"], f"why says both: {why}")
        check(why[1]["words"].startswith("The event or the settings changed: moved to "),
              f"and names the change: {why}")
        # The same push again is heard, looked after in its turn, and changes nothing.
        check(_carry(system, push) == 204, "the same push is taken again")
        until("it is looked after", lambda: system.google.lists() - lists == 3, PACE_SECONDS + 10)
        _rests(system, "pushed", [row])
        row = system.reach("pushed", "delivered", 90)
        text = _one_text(system, ada, "Standup")
        late = (instant(text["created_at"]) - instant(row["send_at"])).total_seconds()
        check(0 <= late < 30, f"it came {late} s after its new instant")


def cal_04_a_new_title_at_google_is_texted_at_the_same_instant(system):
    with _connected(system, "renamed", ahead=SOON) as ada:
        before = system.reminder("renamed")
        system.google.put("Standup", instant(before["start"]), title="Q4 planning")
        check(_carry(system, _told(system, ada)) == 204, "the push is taken")
        def look():
            row = system.reminder("renamed")
            return row if row["title"] == "Q4 planning" else None
        row = until("it has the new title", look, FOLLOWED_SECONDS)
        check(row["send_at"] == before["send_at"], f"its instant stays: {before} {row}")
        system.reach("renamed", "delivered", 90)
        _one_text(system, ada, "Q4 planning")


def cal_05_a_new_end_at_google_is_looked_at_and_writes_nothing(system):
    with _connected(system, "longer") as ada:
        row, lists = system.reminder("longer"), system.google.lists()
        system.google.put("Standup", instant(row["start"]), minutes=90)
        check(_carry(system, _told(system, ada)) == 204, "the push is taken")
        until("it is read", lambda: system.google.lists() - lists == 2, FOLLOWED_SECONDS)
        _rests(system, "longer", [row])


def cal_07_an_event_that_google_tells_of_is_planned_at_once(system):
    with _connected(system, "sudden") as ada:
        start = now() + timedelta(minutes=30)
        system.google.put("Sudden", start)
        check(_carry(system, _told(system, ada)) == 204, "the push is taken")
        def look():
            return [row for row in system.reminders("sudden") if row["title"] == "Sudden"]
        [row] = until("it is planned", look, FOLLOWED_SECONDS)
        check(row["state"] == "scheduled", f"it waits for its instant: {row}")
        system.google.delete("Sudden")


def cal_08_of_five_events_at_google_two_are_deleted_by_one_push_and_three_stay(system):
    titles = ["One", "Two", "Three", "Four", "Five"]
    with _connected(system, "five", *titles) as ada:
        system.google.delete("Two")
        system.google.delete("Five")
        check(_carry(system, _told(system, ada)) == 204, "the last push is enough")
        def look():
            rows = system.reminders("five")
            gone = {row["title"]: row["reason"] for row in rows if row["state"] == "cancelled"}
            return gone == {"Two": "event_cancelled", "Five": "event_cancelled"}
        until("two are withdrawn", look, FOLLOWED_SECONDS)
        left = {row["title"] for row in system.reminders("five") if row["state"] == "scheduled"}
        check(left == {"One", "Three", "Four"}, f"three stay: {left}")


def cal_10_an_event_deleted_and_restored_at_google_is_texted_once(system):
    with _connected(system, "restored", ahead=SOON) as ada:
        before = system.reminder("restored")
        system.google.delete("Standup")
        check(_carry(system, _told(system, ada)) == 204, "the push is taken")
        system.reach("restored", "cancelled", FOLLOWED_SECONDS)
        system.google.put("Standup", instant(before["start"]))
        check(_carry(system, _told(system, ada)) == 204, "the next push is taken")
        row = system.reach("restored", "scheduled", PACE_SECONDS + FOLLOWED_SECONDS)
        check((row["id"], row["send_at"]) == (before["id"], before["send_at"]), f"the same: {row}")
        system.reach("restored", "delivered", 90)
        _one_text(system, ada, "Standup")


def cal_11_twenty_pushes_at_once_cost_a_handful_of_looks_and_the_last_change_is_known(system):
    with _connected(system, "flooded") as ada:
        lists = system.google.lists()
        last = now() + timedelta(hours=3)
        # The second ten tell of changes that came after a look had begun.
        for begin in (20, 10):
            pushes = []
            for minutes in reversed(range(begin - 10, begin)):
                system.google.put("Standup", last - timedelta(minutes=minutes))
                pushes.append(_told(system, ada))
            with ThreadPoolExecutor(len(pushes)) as pool:
                statuses = list(pool.map(lambda push: _carry(system, push), pushes))
            check(statuses == [204] * 10, f"all are taken: {statuses}")
        row = _planned_for(system, "flooded", last, PACE_SECONDS + FOLLOWED_SECONDS)
        # Whatever they asked for has been done once the pace has passed again.
        time.sleep(PACE_SECONDS + 5)
        _rests(system, "flooded", [row])
        asked = system.google.lists() - lists
        # A look for the first that is heard, and one for those after it, if need be again; one that
        # finds a change asks twice.
        check(2 <= asked <= 6, f"twenty pushes cost {asked} requests")


def cal_14_a_push_with_a_wrong_token_is_refused_and_nothing_is_looked_at(system):
    with _connected(system, "guarded") as ada:
        row, start = system.reminder("guarded"), now() + timedelta(hours=4)
        system.google.put("Standup", start)
        push = _told(system, ada)
        lists, stored = system.google.lists(), _stored(system, "guarded")
        check(any("channel" in str(item) for item in stored), f"its channel is stored: {stored}")
        token = push["headers"]["x-goog-channel-token"]
        wrong = [
            {"x-goog-channel-token": token[:-4] + "AAAA"},
            {"x-goog-channel-token": ""},
            {"x-goog-channel-id": "0" * 32},
        ]
        refused = [_carry(system, push, headers) for headers in wrong]
        check(refused == [403] * 3, f"all are refused: {refused}")
        time.sleep(FOLLOWED_SECONDS)
        check(system.google.lists() == lists, "nobody looked at the calendar")
        check(_stored(system, "guarded") == stored, "nothing was noted")
        _rests(system, "guarded", [row])
        check(_carry(system, push) == 204, "the same with its own token is taken")
        _planned_for(system, "guarded", start, FOLLOWED_SECONDS)


def cal_15_a_channel_ends_with_its_calendar_and_is_heard_no_more(system):
    with _connected(system, "disconnected") as ada:
        system.google.put("Standup", now() + timedelta(hours=5))
        push = _told(system, ada)
        system.call("DELETE", "/v1/users/disconnected/calendars/work")
        check(ada.channel not in system.google.channels(), "it is stopped at Google")
        lists = system.google.lists()
        check(_carry(system, push) == 404, "what it told last is refused")
        time.sleep(FOLLOWED_SECONDS)
        check(system.google.lists() == lists, "nobody looked at the calendar")


def cal_17_two_users_of_one_calendar_at_google_are_told_and_planned_each_for_themselves(system):
    with _connected(system, "first") as ada, _connected(system, "second") as bob:
        row, start = system.reminder("second"), now() + timedelta(hours=3)
        system.google.put("Standup", start)
        pushes = _pushes(system)
        check(_carry(system, pushes[ada.channel]) == 204, "one push is taken")
        _planned_for(system, "first", start, FOLLOWED_SECONDS)
        _rests(system, "second", [row])
        check(_carry(system, pushes[bob.channel]) == 204, "so is the other")
        _planned_for(system, "second", start, FOLLOWED_SECONDS)


@contextmanager
def _connected(system, user, *titles, ahead=LATER):
    """A user with a calendar at Google that is connected and watched, texted ten minutes before."""
    # What they do lies within hours, and shall lie within a day of theirs.
    zone = "UTC" if now().hour < 18 else "America/Los_Angeles"
    phone = system.add_user(user, zone=zone, lead=["10m"])
    titles = titles or ("Standup",)
    for number, title in enumerate(titles):
        system.google.put(title, now() + ahead + number * timedelta(minutes=20))
    system.google.pushes()
    page = system.call("POST", f"/v1/users/{user}/calendars/work/google", {})["address"]
    status, said = system.ask("GET", system.here(system.google.allow(page)))
    check(status == 200, f"it is connected: {status} {said}")
    def health():
        connections = system.call("GET", f"/v1/users/{user}/connections")["connections"]
        return [connection["health"] for connection in connections]
    # By then its channel is written down, and its events are planned.
    until("its first look has ended", lambda: health() == ["ok"], 30)
    check(len(system.reminders(user)) == len(titles), f"all are planned: {titles}")
    [handshake] = system.google.pushes()
    check(handshake["address"] == f"{system.public}/webhooks/google", f"to us: {handshake}")
    check(handshake["headers"]["x-goog-resource-state"] == "sync", f"it begins: {handshake}")
    check(_carry(system, handshake) == 204, "the handshake is taken")
    try:
        yield Watched(user, phone, handshake["headers"]["x-goog-channel-id"])
    finally:
        for title in titles:
            system.google.delete(title)
        if health():
            system.call("DELETE", f"/v1/users/{user}/calendars/work")


def _pushes(system):
    """The last push of each channel since this was last asked."""
    return {push["headers"]["x-goog-channel-id"]: push for push in system.google.pushes()}


def _told(system, watched):
    """The push that tells a user of what was changed last."""
    return _pushes(system)[watched.channel]


def _carry(system, push, other=()):
    """Brings a push to where it belongs, if need be with other headers; how it is answered."""
    headers = {**push["headers"], **dict(other)}
    return system.ask("POST", system.here(push["address"]), "", headers=headers)[0]


def _planned_for(system, user, start, seconds):
    """Waits until a user's one reminder is for an event that begins then."""
    def look():
        row = system.reminder(user)
        return row if abs(instant(row["start"]) - start) < timedelta(seconds=2) else None
    return until(f"{user}'s reminder is planned for {start}", look, seconds)


def _rests(system, user, rows):
    """Nothing waits to be done for a user's reminders, and they are as they were."""
    until("no look is asked for", lambda: system.queued("SyncQueueUrl") == 0, 30)
    after = system.reminders(user)
    check(after == rows, f"all is as it was: {rows} {after}")


def _one_text(system, watched, words):
    """The one text that a phone got, which says these words."""
    texts = system.texts(watched.phone)
    check(len(texts) == 1 and words in texts[0]["body"], f"one text: {texts}")
    return texts[0]


def _stored(system, user):
    """What the store holds of a user's calendars, but for their events."""
    return system.client("dynamodb").query(
        TableName=system.outputs["CalendarsTableName"], ConsistentRead=True,
        KeyConditionExpression="#user = :user", ExpressionAttributeNames={"#user": "user"},
        ExpressionAttributeValues={":user": {"S": user}},
    )["Items"]
