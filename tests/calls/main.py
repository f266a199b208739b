"""Counts the calls of one reminder, from its plan to its last receipt."""

import argparse
import json
import os
import pathlib
import sys
from datetime import timedelta

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deployed"))

from system import System, calendar, event, now, until  # noqa: E402

EACH = 5
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
GOALS = {"write requests": 4.5, "SQS requests": 0.35, "posts": 1.0}

# Assumed, not checked against a price page: dollars per million in us-east-1 for DynamoDB on demand,
# SQS standard, Lambda requests, HTTP API, EventBridge events, EventBridge Scheduler invocations.
PRICES = {"write unit": 0.625, "read unit": 0.125, "sqs": 0.40, "lambda": 0.20, "http": 1.00,
          "event": 1.00, "scheduler": 1.00}
# Assumed: one small instance with its database, per month, whatever it does.
WORKER_A_MONTH = 60.0


def arguments():
    parser = argparse.ArgumentParser(prog="tests/calls/run")
    parser.add_argument("--beforehand", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--soon", action="store_true")
    return parser.parse_args()


def counts(system):
    return json.loads(system.ask("GET", os.environ["COUNTS_URL"])[1])


def travel(system, users, soon):
    """Lets the reminders of so many users travel; what was called, planning and sending apart."""
    for number in range(users):
        system.add_user(f"user-{number}")
    counts(system)
    # Past the end of the bucket that the next run of the promoter takes.
    minutes = 3 if soon else 18
    start = (now() + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    # Apart, for this is no load test: what an emulator answers too late is asked again, and counted.
    events = [event(f"Meeting {n}", start + timedelta(seconds=20 * n)) for n in range(EACH)]
    for number in range(users):
        system.call("PUT", f"/v1/users/user-{number}/calendars/work", calendar(*events),
                    "text/calendar")
    total = users * EACH
    last = f"user-{users - 1}"
    until("all are planned", lambda: len(system.reminders(last)) == EACH, 120)
    planning = counts(system)

    def sandbox():
        return json.loads(system.ask("GET", f"{system.sandbox}/sandbox/counts")[1])
    until("all are texted", lambda: sandbox()["created"] >= total, 25 * 60)
    until("every callback is posted", lambda: not sandbox()["is_busy"], 120)
    sending = counts(system)
    return planning, sending, sandbox()


def add(rows, names, on=lambda _: True):
    return sum(row["count"] for row in rows if row["call"] in names and on(row["on"]))


def main():
    given = arguments()
    total = given.users * EACH
    with System(given.beforehand, given.port) as system:
        planning, sending, sandbox = travel(system, given.users, given.soon)
    both = planning + sending
    merged = {}
    for row in both:
        key = (row["call"], row["on"])
        merged[key] = merged.get(key, 0) + row["count"]
    print(f"{total} reminders of {given.users} users, three callbacks each\n")
    print("| call | on | each |\n|---|---|---|")
    for (call, on), count in sorted(merged.items()):
        print(f"| {call} | {on} | {count / total:.3f} |")
    is_folding = lambda on: "metrics" in on  # noqa: E731
    writes = add(both, WRITES, lambda on: not is_folding(on)) / total
    folding = add(both, WRITES, is_folding) / total
    reads = add(both, ("GetItem", "Query", "BatchGetItem")) / total
    to_sends = lambda on: on.endswith("sends")  # noqa: E731
    sends = add(both, ("SendMessageBatch", "SendMessage"), to_sends) / total
    # The event source takes and deletes messages on our account: full batches of ten.
    queue = sends + 0.1 + 0.1
    posts = sandbox["created"] / total
    events = add(both, ("PutEvents",)) / total
    measured = {"write requests": writes, "SQS requests": queue, "posts": posts}
    print()
    for name, goal in GOALS.items():
        held = "met" if measured[name] <= goal + 1e-9 else "not met"
        print(f"{name}: {measured[name]:.3f} each, goal {goal}: {held}")
    print(f"folding apart: {folding:.3f} writes each; reads: {reads:.3f}; PutEvents: {events:.3f}")
    # A guess, not a count: two units a request, and two for indexes.
    units = 2 * writes + 2 * folding + 2
    cost = (units * PRICES["write unit"] + reads * PRICES["read unit"] + queue * PRICES["sqs"]
            + 3 * (PRICES["http"] + PRICES["lambda"]) + 0.2 * PRICES["lambda"]
            + events * PRICES["event"])
    print(f"a million reminders, at assumed prices and a guess of {units:.1f} write units each: ${cost:.2f} "
          "without the texts themselves")
    print(f"EventBridge Scheduler alone, one schedule each: ${PRICES['scheduler']:.2f} more for its "
          f"invocations, and it sends after STOP; an always-on worker: ${WORKER_A_MONTH:.0f} a month")
    return 0 if sandbox["created"] == total else 1


if __name__ == "__main__":
    sys.exit(main())
