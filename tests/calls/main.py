"""Counts the calls of one reminder, from its plan to its last receipt."""

import argparse
import json
import os
import pathlib
import sys
from datetime import timedelta

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deployed"))

from system import System, calendar, event, now, until  # noqa: E402

# What the provider reports of a text that arrives. Twilio documents all three; `sending` is often
# skipped, for carriers take most texts at once.
STEPS = {"sending": "PT0.1S", "sent": "PT1S", "delivered": "PT3S"}
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
# What schedules write each time they run, by its kind in `control`, however many texts there are.
STANDING = {f"control {kind}" for kind in ("alerts", "cursor", "figures", "heartbeat", "rollout")}
GOALS = {"write requests": 4.5, "SQS requests": 0.35, "posts": 1.0}

# Dollars per million in us-east-1, by AWS's price list as known in November 2026 (prices change): DynamoDB on demand, SQS standard,
# Lambda requests, HTTP API, custom events, EventBridge Scheduler beyond its free 14 million a month.
PRICES = {"write unit": 0.625, "read unit": 0.125, "sqs": 0.40, "lambda": 0.20, "http": 1.00,
          "event": 1.00, "scheduler": 1.00}
# One small always-on instance (2 vCPU, 4 GB, $0.0336 an hour) with a database of its size beside it
# ($0.065 an hour), per month of 730 hours, whatever they do.
WORKER_A_MONTH = (0.0336 + 0.065) * 730


def arguments():
    parser = argparse.ArgumentParser(prog="tests/calls/run")
    parser.add_argument("--beforehand", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--each", type=int, default=5, help="reminders of each user")
    parser.add_argument("--soon", action="store_true")
    parser.add_argument("--callbacks", type=int, choices=(2, 3), default=3)
    return parser.parse_args()


def counts(system):
    return json.loads(system.ask("GET", os.environ["COUNTS_URL"])[1])


def report(system, callbacks):
    """Lets the provider report the last steps of every text."""
    steps = list(STEPS.items())[-callbacks:]
    planned = [{"status": status, "when": {"after": after}} for status, after in steps]
    system.script(None, {"callbacks": {"exactly": planned}})


def travel(system, users, each, soon):
    """Lets the reminders of so many users travel; what was called, planning and sending apart."""
    for number in range(users):
        system.add_user(f"user-{number}")
    counts(system)
    # Past the end of the bucket that the next run of the promoter takes.
    minutes = 3 if soon else 18
    start = (now() + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    # Apart, for this is no load test: what an emulator answers too late is asked again, and counted.
    events = [event(f"Meeting {n}", start + timedelta(seconds=20 * n)) for n in range(each)]
    for number in range(users):
        system.call("PUT", f"/v1/users/user-{number}/calendars/work", calendar(*events),
                    "text/calendar")
    total = users * each
    last = f"user-{users - 1}"
    until("all are planned", lambda: len(system.reminders(last)) == each, 120)
    planning = counts(system)

    def sandbox():
        return json.loads(system.ask("GET", f"{system.sandbox}/sandbox/counts")[1])
    until("all are texted", lambda: sandbox()["created"] >= total, 25 * 60)
    until("every callback is posted", lambda: not sandbox()["is_busy"], 120)
    sending = counts(system)
    return planning, sending, sandbox()


def add(rows, names, on=lambda _: True):
    return sum(row["count"] for row in rows if row["call"] in names and on(row["on"]))


def cost(units, reads, queue, events, callbacks):
    """Prints what a million cost, and what others would."""
    # Each callback is a request and an invocation; a batch of ten is a fifth of one to take and send.
    million = (units * PRICES["write unit"] + reads * PRICES["read unit"] + queue * PRICES["sqs"]
               + callbacks * (PRICES["http"] + PRICES["lambda"]) + 0.2 * PRICES["lambda"]
               + events * PRICES["event"])
    print(f"a million reminders: ${million:.2f}, without the texts themselves and the functions' time")
    print(f"one schedule of EventBridge Scheduler each: ${PRICES['scheduler']:.2f} a million for its "
          "invocations alone; all else stays, and what it has handed over sends after STOP")
    print(f"an always-on worker with its database: ${WORKER_A_MONTH:.0f} a month, which is as much as "
          f"{WORKER_A_MONTH / million:.1f} million reminders")


def main():
    given = arguments()
    total = given.users * given.each
    with System(given.beforehand, given.port) as system:
        report(system, given.callbacks)
        planning, sending, sandbox = travel(system, given.users, given.each, given.soon)
    both = planning + sending
    merged = {}
    for row in both:
        key = (row["call"], row["on"])
        merged[key] = merged.get(key, 0) + row["count"]
    print(f"{total} reminders of {given.users} users, {given.callbacks} callbacks each\n")
    print("| call | on | each |\n|---|---|---|")
    calls = [row for row in sorted(merged.items()) if row[0][0] not in ("units", "events")]
    for (call, on), count in calls:
        print(f"| {call} | {on} | {count / total:.3f} |")
    is_folding = lambda on: "metrics" in on  # noqa: E731
    is_standing = STANDING.__contains__
    writes = add(both, WRITES, lambda on: not is_folding(on) and not is_standing(on)) / total
    standing = add(both, WRITES, is_standing)
    folding = add(both, WRITES, is_folding) / total
    reads = add(both, ("GetItem", "Query", "BatchGetItem")) / total
    to_sends = lambda on: on.endswith("sends")  # noqa: E731
    sends = add(both, ("SendMessageBatch", "SendMessage"), to_sends) / total
    # The event source takes and deletes messages on our account: full batches of ten.
    queue = sends + 0.1 + 0.1
    posts = sandbox["created"] / total
    events = add(both, ("events",)) / total
    measured = {"write requests": writes, "SQS requests": queue, "posts": posts}
    print()
    for name, goal in GOALS.items():
        held = "met" if measured[name] <= goal + 1e-9 else "not met"
        print(f"{name}: {measured[name]:.3f} each, goal {goal}: {held}")
    print(f"standing: {standing} writes in all by schedules that run each minute, texts or none")
    print(f"folding apart: {folding:.3f} writes each; reads: {reads:.3f}; domain events: {events:.3f}")
    units = add(both, ("units",)) / total
    folded = add(both, ("units",), is_folding) / total
    print(f"write units, indexes among them: {units:.2f} each, {folded:.2f} of them for folding")
    cost(units, reads, queue, events, given.callbacks)
    return 0 if sandbox["created"] == total else 1


if __name__ == "__main__":
    sys.exit(main())
