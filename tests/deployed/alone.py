"""Rows that let a part of the system rest for a moment, and so are run one after another."""

import json
import os
import pathlib
import signal
import time
from datetime import timedelta

from system import check, event, instant, now, until

TICK = {
    "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "source": "aws.events",
    "detail-type": "Scheduled Event", "account": "000000000000", "region": "eu-central-1",
    "time": "2026-01-01T00:00:00Z", "resources": [], "detail": {},
}


def sch_01_a_tick_plans_and_a_reminder_is_promoted_sent_delivered_and_folded(system):
    system.mapping("planner", False)
    system.mapping("sender", False)
    time.sleep(2)
    phone = system.add_user("thread")
    start = now() + timedelta(seconds=150)
    system.put("thread", event("Whole thread", start))
    # Whatever the change itself asked for gets lost: the tick must find it.
    sqs = system.client("sqs")
    until("the plan jobs are there", lambda: system.queued("PlanQueueUrl") > 0, 20)
    sqs.purge_queue(QueueUrl=system.outputs["PlanQueueUrl"])
    check(system.reminders("thread") == [], "nothing is planned yet")
    system.mapping("planner", True)
    system.invoke("scheduler", TICK)
    row = system.reminder("thread")
    check(row["state"] == "scheduled", f"it is scheduled: {row}")
    # The planner's own hint gets lost too: the promoter must find it.
    until("the send job is there", lambda: system.queued("SendQueueUrl") > 0, 20)
    sqs.purge_queue(QueueUrl=system.outputs["SendQueueUrl"])
    _forget_cursor(system)
    system.invoke("promoter", TICK)
    until("the promoter found it", lambda: system.queued("SendQueueUrl") > 0, 20)
    system.mapping("sender", True)
    check(system.texts(phone) == [], "nothing is sent early")
    row = system.reach("thread", "delivered", 150)
    texts = system.texts(phone)
    check(len(texts) == 1, f"one text: {texts}")
    check("Whole thread" in texts[0]["body"], f"it tells of the event: {texts}")
    created_at = instant(texts[0]["created_at"])
    late = (created_at - instant(row["send_at"])).total_seconds()
    check(0 <= late < 30, f"it came {late} s after its instant")
    _is_folded(system, row)


def _is_folded(system, row):
    """The metrics function has seen the last change of a reminder."""
    table = system.outputs["MetricsTableName"]
    def look():
        found = system.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        guards = [item for item in found if row["id"] in str(item)]
        return any(item.get("revision", {}).get("N") == str(row["revision"]) for item in guards)
    until(f"revision {row['revision']} of {row['id']} is folded", look, 60)


def spans_are_posted_before_a_function_answers_and_lead_from_tick_to_receipt(system):
    system.due_in("traced", 75)
    row = system.reminder("traced")
    before = len(_named(system.collector.spans(), "scheduler", "tick"))
    system.invoke("scheduler", TICK)
    # A function that has answered may not run on, so there is nothing to wait for.
    ticks = len(_named(system.collector.spans(), "scheduler", "tick"))
    check(ticks > before, "the tick is there once the scheduler answered")
    _forget_cursor(system)
    system.invoke("promoter", TICK)
    promoted = _named(system.collector.of_reminder(row["id"]), "promoter", "promoted")
    check(promoted, "so is what was promoted once the promoter answered")
    promotes = _named(system.collector.spans(), "promoter", "promote")
    places = {(span["trace"], span["span"]) for span in promotes}
    check(places & set(promoted[0]["links"]), f"linked to the run that promoted it: {promoted}")
    row = system.reach("traced", "delivered", 150)
    _is_folded(system, row)
    expected = {("planner", "planned"), ("promoter", "promoted"), ("sender", "look"),
                ("sender", "claim"), ("sender", "post"), ("twilio-webhook", "receipt"),
                ("metrics", "folded")}
    def steps():
        return {(span["service"], span["name"]) for span in system.collector.of_reminder(row["id"])}
    until(f"every step is there: {expected}", lambda: expected <= steps(), 30)
    said = {span["attributes"].get("reminder.id") for span in
            system.collector.of_reminder(row["id"])}
    check(said == {row["id"]}, f"each names the reminder: {said}")
    words = str([span["attributes"] for span in system.collector.spans()])
    check("Meeting" not in words and "traced" not in words, "and nothing of people")


def _named(spans, service, name):
    return [span for span in spans if (span["service"], span["name"]) == (service, name)]


def _forget_cursor(system):
    """The promoter looks at all that is due soon, as if it had never run."""
    name = system.outputs["ControlTableName"]
    cursor = {"kind": {"S": "cursor"}, "name": {"S": "promoted_until"}}
    system.client("dynamodb").delete_item(TableName=name, Key=cursor)


def del_12_of_a_batch_only_the_bad_job_comes_again(system):
    users = [f"batch-{number}" for number in range(9)]
    system.mapping("sender", False)
    time.sleep(2)
    phones = [system.due_in(user, 20) for user in users]
    rows = [system.reminder(user) for user in users]
    sqs = system.client("sqs")
    due_at = max(instant(row["send_at"]) for row in rows)
    until("all are due", lambda: now() > due_at, 60)
    sqs.purge_queue(QueueUrl=system.outputs["SendQueueUrl"])
    system.send_jobs('{"version": 1, "user": 7}', *(system.job(row) for row in rows))
    system.mapping("sender", True)
    for user, phone in zip(users, phones):
        system.reach(user, "delivered", 60)
        check(len(system.texts(phone)) == 1, f"{user} is texted once")
    check(system.queued("SendQueueUrl") >= 1, "the bad one is still there")


def pre_11_malformed_jobs_and_those_of_an_unknown_version_reach_the_dead_letters(system):
    later = json.dumps({"version": 2, "user": "ada", "reminder": "0" * 32})
    sqs = system.client("sqs")
    url = system.outputs["SendQueueUrl"]
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    # They come again as often as the queue allows: five times, six minutes apart as deployed.
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    try:
        system.send_jobs("not a job", later)
        def are_dead():
            dead = system.dead("SendDeadLettersUrl")
            return "not a job" in dead and later in dead
        until("the malformed ones lie with the dead letters", are_dead, 120)
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=usual["Attributes"])


def del_06_senders_that_are_killed_again_and_again_text_everybody_once(system):
    users = [f"killed-{number}" for number in range(30)]
    # Ten minutes ahead, so that there is time to settle what a kill leaves open.
    phones = {user: system.add_user(user, lead=["10m"]) for user in users}
    begun = now()
    for number, user in enumerate(users):
        start = begun + timedelta(minutes=10, seconds=45 + number)
        system.put(user, event("Meeting", start))
    last = max(instant(system.reminder(user)["send_at"]) for user in users)
    kills = 0
    while now() < last + timedelta(seconds=5):
        kills += _kill_senders()
        time.sleep(0.7)
    check(kills >= 5, f"senders were killed while they worked: {kills}")

    def all_delivered():
        # The sweep comes by itself as well; here nobody wants to wait for it.
        system.invoke("monitor", TICK)
        return all(system.reminders(user)[0]["state"] == "delivered" for user in users)
    until("everybody's reminder is delivered", all_delivered, 400)
    texts = {user: len(system.texts(phone)) for user, phone in phones.items()}
    check(set(texts.values()) == {1}, f"one text each: {texts}")


def _kill_senders():
    """Kills what runs our sender now, and no other deployment's; says how many processes."""
    marks = [b"AWS_LAMBDA_FUNCTION_NAME=beforehand-sender",
             b"AWS_ENDPOINT_URL=" + os.environ["AWS_ENDPOINT_URL"].encode()]
    killed = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            if all(mark in environment for mark in marks):
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
        except (OSError, ValueError):
            continue
    return killed
