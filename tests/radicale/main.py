"""Radicale, a client that edits, and the system that follows. See `run`."""

import argparse
import json
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import caldav

EVENTS = 200
ZONES = ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "UTC"]
HOME = ZoneInfo("America/New_York")
ACCOUNT, PASSWORD = "ada", "korrekt:pferd-" + "batterie"
WHO = "lovelace"
RULES = ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=DAILY;INTERVAL=3;COUNT=5",
         "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY"]


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


class Checks:
    """Counts what held and what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, holds, detail=""):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}: {detail}")


class Calendar:
    """The calendar at Radicale, and random edits of it."""

    def __init__(self, dice, client):
        self.dice = dice
        self.calendar = client.principal().make_calendar(name="Work")
        self.objects = {}
        self.made = 0

    def when(self):
        """Within two days back and ten ahead mostly, and sometimes far away."""
        days = self.dice.choice([self.dice.uniform(-2, 10)] * 9 + [self.dice.uniform(-400, 400)])
        at = datetime.now(timezone.utc) + timedelta(days=days)
        return at.replace(second=0, microsecond=0)

    def text(self, uid):
        dice, zone = self.dice, self.dice.choice(ZONES)
        at = self.when().astimezone(ZoneInfo(zone))
        lines = [f"UID:{uid}", "DTSTAMP:20260101T000000Z",
                 f"SUMMARY:{dice.choice(['Standup', 'Café & <Kuchen>', '会議', 'Review'])} {dice.randrange(10**6)}"]
        exception = []
        if dice.random() < 0.15:
            lines.append(f"DTSTART;VALUE=DATE:{at:%Y%m%d}")
        elif zone == "UTC":
            lines += [f"DTSTART:{at:%Y%m%dT%H%M%SZ}", "DURATION:PT30M"]
        else:
            lines += [f"DTSTART;TZID={zone}:{at:%Y%m%dT%H%M%S}", "DURATION:PT45M"]
            if dice.random() < 0.3:
                lines.append("RRULE:" + dice.choice(RULES))
                if dice.random() < 0.5:
                    lines.append(f"EXDATE;TZID={zone}:{at + timedelta(days=7):%Y%m%dT%H%M%S}")
                if "DAILY" in lines[-1] or "DAILY" in lines[-2]:
                    other = at + timedelta(days=3)
                    exception = [f"UID:{uid}", "DTSTAMP:20260101T000000Z", "SUMMARY:Moved",
                                 f"RECURRENCE-ID;TZID={zone}:{other:%Y%m%dT%H%M%S}",
                                 f"DTSTART;TZID={zone}:{other + timedelta(hours=1):%Y%m%dT%H%M%S}",
                                 "DURATION:PT1H"]
        parts = [["BEGIN:VEVENT", *one, "END:VEVENT"] for one in (lines, exception) if one]
        body = [line for part in parts for line in part]
        return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test", *body,
                            "END:VCALENDAR", ""])

    def add(self):
        self.made += 1
        uid = f"event-{self.made}@test"
        self.objects[uid] = self.calendar.save_event(self.text(uid))

    def edit(self):
        kind = self.dice.choice(["add", "change", "change", "delete"])
        if kind == "add" or not self.objects:
            return self.add()
        uid = self.dice.choice(sorted(self.objects))
        if kind == "delete":
            self.objects.pop(uid).delete()
            return None
        self.objects[uid].data = self.text(uid)
        self.objects[uid].save()
        return None

    def within(self, begin, end):
        """What the server says, expanded by the client: UID, start and title."""
        found = set()
        for one in self.calendar.search(start=begin, end=end, event=True, expand=True):
            for event in one.icalendar_instance.walk("VEVENT"):
                start = event["DTSTART"].dt
                if not isinstance(start, datetime):
                    start = datetime(start.year, start.month, start.day, tzinfo=HOME)
                start = start.astimezone(timezone.utc)
                if begin <= start < end:
                    found.add((str(event["UID"]), start, str(event["SUMMARY"])))
        return found


class System:
    """The system, over its HTTP API and its command line."""

    def __init__(self, program, folder, port):
        self.program, self.folder, self.port = program, folder, port
        (folder / "beforehand.toml").write_text("private_calendars = true\n")
        self.log = open(folder / "up.log", "wb")
        self.process = subprocess.Popen(
            [program, "--data", folder, "up", "--listen", f"127.0.0.1:{port}"],
            stdout=self.log, stderr=self.log)
        for _ in range(200):
            if self.process.poll() is not None:
                sys.exit((folder / "up.log").read_text())
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health", timeout=5)
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        sys.exit("the system did not start")

    def ask(self, method, path, body=None):
        token = (self.folder / "operator.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/v1{path}"
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def connect(self, address, password):
        return subprocess.run(
            [self.program, "--data", self.folder, "calendar", "connect", WHO, address,
             "--caldav", ACCOUNT, "--name", "work"],
            input=password + "\n", text=True, capture_output=True)

    def state(self):
        return self.ask("GET", f"/users/{WHO}/connections")["connections"][0]

    def look(self):
        """Asks for a look and waits until one that began afterwards is done."""
        before = datetime.now(timezone.utc)
        self.ask("POST", f"/users/{WHO}/calendars/work/sync")
        return self.looked(before)

    def looked(self, since):
        for _ in range(600):
            state = self.state()
            checked = state.get("checked_at")
            if checked and datetime.fromisoformat(checked) >= since:
                return state
            time.sleep(0.05)
        sys.exit("no look was made")

    def mirror(self):
        export = self.ask("GET", f"/users/{WHO}/export")
        window = export["calendars"][0]["mirrored"]
        found = set()
        for event in export["events"]:
            if event.get("status") == "cancelled":
                continue
            when = event["when"]
            if "timed" in when:
                start = datetime.fromisoformat(when["timed"]["start"]).astimezone(timezone.utc)
            else:
                day = date.fromisoformat(when["all_day"]["from"])
                start = datetime(day.year, day.month, day.day, tzinfo=HOME).astimezone(timezone.utc)
            found.add((event["uid"], start, event["title"]))
        return found, *(datetime.fromisoformat(window[side]) for side in ("from", "until"))


def radicale(folder, port):
    (folder / "users").write_text(f"{ACCOUNT}:{PASSWORD}\n")
    log = open(folder / "radicale.log", "wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "radicale", "--hosts", f"127.0.0.1:{port}", "--auth-type", "htpasswd",
         "--auth-htpasswd-filename", folder / "users", "--auth-htpasswd-encryption", "plain",
         "--auth-delay", "0", "--storage-filesystem-folder", folder / "collections"],
        stdout=log, stderr=log)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server
        except OSError:
            time.sleep(0.1)
    sys.exit((folder / "radicale.log").read_text())


def compare(checks, what, system, calendar):
    ours, begin, end = system.mirror()
    theirs = calendar.within(begin, end)
    detail = f"only here {sorted(ours - theirs)[:5]}, only there {sorted(theirs - ours)[:5]}"
    checks.check(f"{what}: {len(theirs)} occurrences", ours == theirs, detail)
    return len(theirs)


def play(checks, dice, rounds, system, calendar, address):
    started = datetime.now(timezone.utc)
    refused = system.connect(address, "not the password")
    checks.check("connected with a wrong password", refused.returncode == 0, refused.stderr)
    state = system.looked(started)
    checks.check("a wrong password needs somebody", state["health"] == "needs_person", state)
    connected_at = datetime.now(timezone.utc)
    done = system.connect(address, PASSWORD)
    checks.check("connected", done.returncode == 0, done.stderr)
    checks.check("no password is shown", PASSWORD not in done.stdout + done.stderr, "")
    state = system.looked(connected_at)
    checks.check("the first look went well", state["health"] == "ok", state)
    count = compare(checks, "first", system, calendar)
    print(f"{len(calendar.objects)} objects, {count} occurrences in the mirror's window")
    for turn in range(rounds):
        for _ in range(dice.randrange(0, 12)):
            calendar.edit()
        state = system.look()
        checks.check(f"look {turn} went well", state["health"] == "ok", state)
        compare(checks, f"round {turn}", system, calendar)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args()
    print(f"seed {given.seed}")
    dice, checks = random.Random(given.seed), Checks()
    started = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            port = free_port()
            started.append(radicale(folder, port))
            root = f"http://127.0.0.1:{port}/"
            client = caldav.DAVClient(url=root, username=ACCOUNT, password=PASSWORD)
            calendar = Calendar(dice, client)
            for _ in range(EVENTS):
                calendar.add()
            (folder / "data").mkdir()
            system = System(given.program, folder / "data", free_port())
            started.append(system.process)
            system.ask("POST", "/users", {"id": WHO, "phone": "+12025550188",
                                          "zone": "America/New_York"})
            play(checks, dice, given.rounds, system, calendar, root)
            log = (folder / "data" / "up.log").read_text()
            checks.check("no password in the log", PASSWORD not in log, "")
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
