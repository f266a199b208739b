"""Rows that are run side by side, each with users and phones of its own."""

import time
from datetime import timedelta

from system import check, event, instant, now, until

QUEUE_FULL = {"answer": {"reject": {"status": 400, "code": 21611}}}


def _claims(row):
    return [instant(attempt["claimed_at"]) for attempt in row["attempts"]]


def _waits(row):
    claims = _claims(row)
    return [(later - former).total_seconds() for former, later in zip(claims, claims[1:])]


def del_01_two_refusals_then_a_yes_are_attempts_at_0_2_and_6_minutes(system):
    phone = system.add_user("retried", lead=["10m"])
    system.script(phone, QUEUE_FULL, times=2)
    system.put("retried", event("Retried", now() + timedelta(minutes=10, seconds=20)))
    row = system.reach("retried", "delivered", 480)
    waits = _waits(row)
    check(len(row["attempts"]) == 3, f"three attempts: {row}")
    check(120 <= waits[0] < 150 and 240 <= waits[1] < 270, f"waits of 2 and 4 minutes: {waits}")
    check(len(system.texts(phone)) == 1, "one text")


def del_02_a_provider_that_always_refuses_is_asked_three_times(system):
    phone = system.add_user("refused", lead=["10m"])
    system.script(phone, QUEUE_FULL)
    system.put("refused", event("Refused", now() + timedelta(minutes=10, seconds=20)))
    row = system.reach("refused", "failed", 480)
    check(len(row["attempts"]) == 3, f"three attempts: {row}")
    check(system.texts(phone) == [], "no text")


def del_06_an_answer_that_is_lost_after_the_post_is_settled_by_the_callback(system):
    phone = system.add_user("lost", lead=["10m"])
    system.script(phone, {"answer": {"lost": {"processed": True}}}, times=1)
    system.put("lost", event("Lost", now() + timedelta(minutes=10, seconds=10)))
    row = system.reach("lost", "delivered", 120)
    check(len(row["attempts"]) == 1, f"one attempt: {row}")
    check(len(system.texts(phone)) == 1, "one text")


def del_06_a_post_that_never_arrived_is_proven_absent_and_made_again(system):
    phone = system.add_user("absent", lead=["10m"])
    system.script(phone, {"answer": {"lost": {"processed": False}}}, times=1)
    system.put("absent", event("Absent", now() + timedelta(minutes=10, seconds=10)))
    row = system.reach("absent", "delivered", 300)
    outcomes = [attempt["outcome"] for attempt in row["attempts"]]
    check(outcomes == ["proven_absent", "accepted"], f"proven, then sent: {row}")
    check(len(system.texts(phone)) == 1, "one text")


def del_07_the_same_job_five_times_is_one_text(system):
    phone = system.due_in("repeated", 15)
    row = system.reminder("repeated")
    for _ in range(5):
        system.send_jobs(system.job(row))
        time.sleep(6)
    system.send_jobs(*[system.job(row)] * 10)
    system.reach("repeated", "delivered", 60)
    time.sleep(15)
    check(len(system.texts(phone)) == 1, f"one text: {system.texts(phone)}")


def pre_01_a_reminder_cancelled_through_the_api_is_not_sent(system):
    phone = system.due_in("cancelled", 25)
    row = system.reminder("cancelled")
    system.call("POST", f"/v1/reminders/{row['id']}/cancel")
    until("its instant has passed", lambda: now() > instant(row["send_at"]), 60)
    time.sleep(10)
    row = system.reminder("cancelled")
    check(row["state"] == "cancelled", f"it is cancelled: {row}")
    check(system.texts(phone) == [], "no text")


def pre_11_jobs_of_a_moved_or_unknown_reminder_send_nothing_for_the_old_instant(system):
    phone = system.due_in("moved", 20)
    row = system.reminder("moved")
    system.put("moved", event("Meeting", now() + timedelta(minutes=20)))
    def is_moved():
        return instant(system.reminder("moved")["send_at"]) > instant(row["send_at"])
    until("it is moved", is_moved, 30)
    system.send_jobs(system.job(row), system.job({**row, "id": "0" * 32}))
    until("the old instant has passed", lambda: now() > instant(row["send_at"]), 60)
    time.sleep(10)
    check(system.texts(phone) == [], "nothing is sent for the old instant")
    check(system.reminder("moved")["state"] == "scheduled", "it waits for its new one")


def in_01_stop_opts_out_and_start_brings_back(system):
    phone = system.due_in("stopped", 40)
    system.reminder("stopped")
    heard = system.say(phone, " Stop! ")
    check(heard["webhook_status"] == 200, f"the webhook answers: {heard}")
    row = system.reach("stopped", "cancelled", 30)
    check(row["reason"] == "opted_out", f"with its reason: {row}")
    until("its instant has passed", lambda: now() > instant(row["send_at"]), 60)
    time.sleep(5)
    ours = [text for text in system.texts(phone) if "Meeting" in text["body"]]
    check(ours == [], f"no reminder is sent: {ours}")
    system.say(phone, "START")
    system.put("stopped", event("Back again", now() + timedelta(seconds=80)))
    def is_back():
        return any("Back again" in text["body"] for text in system.texts(phone))
    until("it is texted again", is_back, 60)


def in_04_webhooks_without_a_valid_signature_change_nothing(system):
    phone = system.due_in("forged", 900)
    row = system.reminder("forged")
    form = {"From": phone, "To": "+12025550100", "Body": "STOP", "MessageSid": "SM" + "1" * 32}
    path = "/webhooks/twilio/inbound"
    refused = [
        system.webhook(path, form, signature=""),
        system.webhook(path, form, token="another token"),
        system.webhook(path, form, signed_url=system.public + "/webhooks/other"),
    ]
    check(refused == [403, 403, 403], f"all are refused: {refused}")
    check(system.reminder("forged") == row, "nothing changed")
    check(system.webhook(path, form) == 200, "the same with a signature is taken")
    system.reach("forged", "cancelled", 30)


def cal_10_pushes_without_a_token_of_ours_ask_for_nothing(system):
    url = system.api + "/webhooks/"
    google = {"X-Goog-Channel-Id": "channel", "X-Goog-Channel-Token": "guessed",
              "X-Goog-Resource-State": "exists"}
    statuses = [
        system.ask("POST", url + "google")[0],
        system.ask("POST", url + "google", headers=google)[0],
        system.ask("POST", url + "microsoft?channel=channel", {"value": []})[0],
        system.ask("POST", url + "microsoft?channel=channel",
                   {"value": [{"clientState": "guessed", "lifecycleEvent": "missed"}]})[0],
    ]
    check(statuses == [403] * 4, f"all are refused: {statuses}")
    check(system.ask("POST", url + "microsoft", "no push")[0] == 400, "nor is what is no push taken")


def cal_10_the_handshake_of_a_subscription_is_answered(system):
    url = system.api + "/webhooks/microsoft?channel=channel&validationToken=an%20echo"
    status, said = system.ask("POST", url, "", "text/plain")
    check((status, said) == (200, "an echo"), f"with its token: {status} {said}")


def sec_03_the_api_asks_for_its_token(system):
    status, _ = system.ask("GET", system.api + "/v1/users/retried")
    check(status == 401, f"without the token: {status}")
    wrong = {"Authorization": "Bearer guessed"}
    status, said = system.ask("GET", system.api + "/v1/users/retried", headers=wrong)
    check(status == 401, f"with a wrong one: {status}")
    check("json" in said or "title" in said, f"as problem details: {said}")
