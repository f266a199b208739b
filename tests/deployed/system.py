"""The deployed system, the sandbox beside it, and what one asks of both."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config

OPERATOR_TOKEN = "operator-token-for-emulators-only"
AUTH_TOKEN = "sandbox"
FROM = "+12025550100"


class Failed(Exception):
    """Something that must hold does not."""


def check(holds, about):
    if not holds:
        raise Failed(about)


def now():
    return datetime.now(timezone.utc)


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def until(what, look, seconds):
    """Looks again and again until `look` returns something; real clocks run here."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}; last seen: {seen!r}")
        time.sleep(0.5)


def event(title, start):
    stamp = f"{start:%Y%m%dT%H%M%SZ}"
    return (
        f"BEGIN:VEVENT\r\nUID:{title.replace(' ', '-')}@test\r\nDTSTAMP:20260101T000000Z\r\n"
        f"SUMMARY:{title}\r\nDTSTART:{stamp}\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
    )


def calendar(*events):
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"


class System:
    def __init__(self, beforehand, port):
        with open(os.environ["DEPLOYMENT"]) as file:
            self.outputs = json.load(file)
        self.api = self.outputs["ApiUrl"]
        # A name that leads nowhere: what is for it arrives at the API as through a proxy.
        self.public = self.outputs["PublicUrl"]
        self.sandbox = f"http://127.0.0.1:{port}"
        self.command = [
            beforehand, "sandbox", "--listen", f"127.0.0.1:{port}",
            "--inbound-url", self.outputs["InboundWebhookUrl"],
        ]
        if self.public != self.api:
            self.command += ["--proxy", f"{self.public}={self.api}"]
        self.process = None
        # Where the functions post their spans, if anybody collects them; and who keeps calendars.
        self.collector = None
        self.google = None
        # Those from 100 to 199 are fictitious, and the sender has one of them.
        self.numbers = iter(range(200, 1000))
        self.lock = threading.Lock()

    def __enter__(self):
        log = open("target/emulator/sandbox.log", "wb")
        self.process = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT)
        until("the sandbox answers", self.sandbox_answers, 30)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def sandbox_answers(self):
        try:
            return self.ask("GET", f"{self.sandbox}/sandbox/counts")[0] == 200
        except urllib.error.URLError:
            return False

    # What the world does.

    def ask(self, method, url, body=None, kind="application/json", headers=()):
        """The status and what was said."""
        data = body.encode() if isinstance(body, str) else body
        if isinstance(body, (dict, list)):
            data = json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        request.add_header("Content-Type", kind)
        for name, value in dict(headers).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def here(self, url):
        """Where a request for our public address arrives."""
        check(url.startswith(self.public + "/"), f"it is ours: {url}")
        return self.api + url.removeprefix(self.public)

    def call(self, method, path, body=None, kind="application/json"):
        """Asks the API, which must agree."""
        bearer = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}
        status, said = self.ask(method, self.api + path, body, kind, bearer)
        check(200 <= status < 300, f"{method} {path}: {status} {said}")
        return json.loads(said) if said else None

    def add_user(self, name, **settings):
        with self.lock:
            phone = f"+1202555{next(self.numbers):04}"
        body = {"id": name, "phone": phone, "zone": "UTC", "verified": True, "lead": ["1m"],
                "quiet": [], **settings}
        self.call("POST", "/v1/users", body)
        return phone

    def put(self, user, *events):
        self.call("PUT", f"/v1/users/{user}/calendars/work", calendar(*events), "text/calendar")

    def due_in(self, user, seconds, title="Meeting", **settings):
        """A user with one event, whose reminder is due in so many seconds; the phone."""
        phone = self.add_user(user, **settings)
        self.put(user, event(title, now() + timedelta(seconds=seconds + 60)))
        return phone

    def reminders(self, user):
        dates = [f"{now() + timedelta(days=days):%Y-%m-%d}" for days in (-1, 1)]
        path = f"/v1/users/{user}/reminders?from={dates[0]}&to={dates[1]}"
        return self.call("GET", path)["reminders"]

    def reminder(self, user, seconds=60):
        """The one reminder of a user, once it is planned."""
        return until(f"{user} has a reminder", lambda: self.reminders(user), seconds)[0]

    def reach(self, user, state, seconds):
        """Waits until the one reminder of a user is in a state."""
        def look():
            rows = self.reminders(user)
            return rows[0] if rows and rows[0]["state"] == state else None
        try:
            return until(f"{user}'s reminder is {state}", look, seconds)
        except Failed as failed:
            raise Failed(f"{failed}; it is {self.reminders(user)}") from None

    # What the provider saw.

    def texts(self, phone):
        query = urllib.parse.quote(phone)
        texts = json.loads(self.ask("GET", f"{self.sandbox}/sandbox/texts?to={query}")[1])
        # What the provider itself answers to STOP and its like is not ours.
        return [text for text in texts if text.get("from", FROM) == FROM]

    def script(self, phone, script, times=None):
        wish = {"to": phone, "script": script}
        if times is not None:
            wish["times"] = times
        status, said = self.ask("POST", f"{self.sandbox}/sandbox/scripts", wish)
        check(status == 204, f"the sandbox takes the script: {status} {said}")

    def say(self, phone, words):
        said = {"from": phone, "to": FROM, "body": words}
        return json.loads(self.ask("POST", f"{self.sandbox}/sandbox/inbound", said)[1])

    def webhook(self, path, form, token=AUTH_TOKEN, signed_url=None, signature=None):
        """Posts a form as Twilio does, signed for our public address."""
        url = self.public + path
        joined = "".join(name + value for name, value in sorted(form.items()))
        mac = hmac.new(token.encode(), ((signed_url or url) + joined).encode(), hashlib.sha1)
        headers = {"X-Twilio-Signature": signature or base64.b64encode(mac.digest()).decode()}
        if signature == "":
            headers = {}
        body = urllib.parse.urlencode(form)
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", self.here(url), body, kind, headers)[0]

    # What only an operator with an AWS account can do.

    def client(self, service):
        settings = Config(retries={"max_attempts": 2}, read_timeout=330)
        return boto3.client(service, config=settings)

    def send_jobs(self, *bodies):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        sent = self.client("sqs").send_message_batch(
            QueueUrl=self.outputs["SendQueueUrl"], Entries=entries
        )
        check(not sent.get("Failed"), f"the queue takes the jobs: {sent}")

    def job(self, row):
        return json.dumps({"version": 1, "user": row["user"], "reminder": row["id"]})

    def queued(self, output):
        """How many messages a queue holds, delayed and taken ones among them."""
        names = ["", "Delayed", "NotVisible"]
        names = [f"ApproximateNumberOfMessages{name}" for name in names]
        attributes = self.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs[output], AttributeNames=names
        )["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def dead(self, output):
        return [
            message["Body"]
            for message in self.client("sqs").receive_message(
                QueueUrl=self.outputs[output], MaxNumberOfMessages=10, VisibilityTimeout=0
            ).get("Messages", [])
        ]

    def invoke(self, function, payload):
        answer = self.client("lambda").invoke(
            FunctionName=f"beforehand-{function}", Payload=json.dumps(payload).encode()
        )
        said = answer["Payload"].read().decode()
        check("FunctionError" not in answer, f"{function} failed: {said}")
        return said

    def mapping(self, function, enabled):
        """Lets a function's queue rest, or go on."""
        aws = self.client("lambda")
        found = aws.list_event_source_mappings(FunctionName=f"beforehand-{function}")
        for mapping in found["EventSourceMappings"]:
            aws.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    def item(self, table, **key):
        key = {name: {"S": value} for name, value in key.items()}
        name = self.outputs[f"{table}TableName"]
        found = self.client("dynamodb").get_item(TableName=name, Key=key, ConsistentRead=True)
        return found.get("Item")
