"""Listens as PagerDuty, Slack, a mail server and a collector of traces, lets the channels of alerts
speak and a day pass, and has what was said judged by the libraries of those services. Each judge is
also shown something spoilt, which it must refuse: a judge that takes everything judges nothing."""

import copy
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2 as httpx
from aiosmtpd.controller import Controller
from jsonschema import Draft202012Validator
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pagerduty import EventsApiV2Client
from slack_sdk.models.blocks import Block

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/judges"
SECONDS_MAX = 120


class Ears:
    """Everything that was said, by the path it was posted to; and the mails."""

    def __init__(self):
        self.posted, self.mails = {}, []
        ears = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_json = self.headers["Content-Type"].startswith("application/json")
                said = json.loads(body) if is_json else (self.headers["Content-Type"], body)
                ears.posted.setdefault(self.path, []).append(said)
                self.send_response(202)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"status": "success", "dedup_key": "k"}')

            def log_message(self, *_):
                pass

        class Mail:
            async def handle_DATA(self, _server, _session, envelope):
                ears.mails.append(envelope)
                return "250 OK"

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.web = f"http://127.0.0.1:{self.http.server_port}"
        # The controller must know its port before it listens there.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.smtp = Controller(Mail(), hostname="127.0.0.1", port=self.port, ready_timeout=30)
        self.smtp.start()


class Score:
    def __init__(self):
        self.passed = self.failed = 0

    def takes(self, what, judge, *said):
        try:
            judge(*said)
            self.passed += 1
        except Exception as why:  # Each judge has errors of its own.
            self.failed += 1
            print(f"failed: {what}: {type(why).__name__}: {str(why)[:600]}")

    def refuses(self, what, judge, *said):
        def refused():
            try:
                judge(*said)
            except Exception:
                return
            raise AssertionError("it was taken")
        self.takes(f"spoilt {what}", refused)


def schema(name):
    return Draft202012Validator(json.loads((FIXTURES / name).read_text())).validate


def by_pagerduty(event):
    """The library, asked for the same event, must say the same."""
    client = EventsApiV2Client(event["routing_key"])
    sent = []
    taken = httpx.Response(202, json={"dedup_key": "k"},
                           request=httpx.Request("POST", "https://pager.example"))
    client.post = lambda _path, json: sent.append(json) or taken
    given = copy.deepcopy(event)
    action, key = given["event_action"], given["dedup_key"]
    if action == "trigger":
        of = given["payload"]
        summary, source = of.pop("summary"), of.pop("source")
        client.trigger(summary, source, dedup_key=key, severity=of.pop("severity"),
                       custom_details=of.pop("custom_details"), links=given.get("links"), payload=of)
    else:
        getattr(client, action)(key)
    theirs = sent[0]
    ours = {name: value for name, value in event.items() if name != "client"}
    for bare in (theirs, ours):
        bare.pop("routing_key", None)
        bare.setdefault("links", [])
    if theirs != ours:
        raise AssertionError(f"the library would send {theirs}\nwe sent {ours}")


def by_slack(message):
    if set(message) != {"text", "blocks"} or not 1 <= len(message["blocks"]) <= 50:
        raise AssertionError("a webhook's message is a text and up to 50 blocks")
    parsed = Block.parse_all(message["blocks"])
    back = [block.to_dict() for block in parsed]
    if back != message["blocks"]:
        raise AssertionError(f"read and written again it is {back}")


def by_types(place, messages):
    """`tsc` reads the messages as a program whose types are Slack's."""
    lines = ['import type { KnownBlock } from "@slack/types";',
             "interface Message { text: string; blocks: KnownBlock[] }"]
    lines += [f"export const m{n}: Message = {json.dumps(m)};" for n, m in enumerate(messages)]
    program = place / "messages.ts"
    program.write_text("\n".join(lines))
    command = ["npx", "--no-install", "tsc", "--strict", "--noEmit", "--skipLibCheck", "--target",
               "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "messages.ts"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=SECONDS_MAX)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


class Tags(HTMLParser):
    VOID = {"meta", "br", "img", "hr", "link", "input"}

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        foreign = [value for name, value in attrs if name in ("src", "background")]
        if foreign or tag in ("script", "link", "iframe"):
            raise AssertionError(f"the mail loads {tag} {foreign}")

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.text.append(data)


def by_mail(envelope):
    raw = envelope.content
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        raise AssertionError("a line is longer than RFC 5322 allows")
    mail = message_from_bytes(raw, policy=policy.default)
    parts = list(mail.walk())
    defects = [defect for part in parts for defect in part.defects]
    if defects:
        raise AssertionError(defects)
    for header in ("Subject", "From", "To", "Date", "Message-ID"):
        if not mail[header]:
            raise AssertionError(f"{header} lacks")
    parsedate_to_datetime(mail["Date"])
    if not re.fullmatch(r"<[^<>@\s]+@example\.org>", mail["Message-ID"].strip()):
        raise AssertionError(mail["Message-ID"])
    if sorted(envelope.rcpt_tos) != ["ann@example.org", "ops@example.org"]:
        raise AssertionError(envelope.rcpt_tos)
    plain = mail.get_body(("plain",)).get_content()
    if not plain.strip():
        raise AssertionError("it says nothing")
    html = mail.get_body(("html",))
    if html is not None:
        tags = Tags()
        tags.feed(html.get_content())
        said = " ".join(" ".join(tags.text).split())
        if tags.open or "What needs attention" not in said:
            raise AssertionError(f"left open: {tags.open}")


def by_emf(line):
    read = json.loads(line)
    schema("emf.json")(read)
    for directive in read["_aws"]["CloudWatchMetrics"]:
        for name in (name for names in directive["Dimensions"] for name in names):
            if not isinstance(read[name], str):
                raise AssertionError(f"dimension {name} is no string")
        for name in (metric["Name"] for metric in directive["Metrics"]):
            if isinstance(read[name], bool) or not isinstance(read[name], (int, float)):
                raise AssertionError(f"metric {name} is no number")


def by_otlp(content_type, body):
    """OpenTelemetry's own messages read it and leave nothing over; what it must say, it says."""
    if content_type != "application/x-protobuf":
        raise AssertionError(content_type)
    read = ExportTraceServiceRequest()
    read.ParseFromString(body)
    known = ExportTraceServiceRequest()
    known.CopyFrom(read)
    known.DiscardUnknownFields()
    if known.SerializeToString() != read.SerializeToString() or not read.resource_spans:
        raise AssertionError("there is more in it than OpenTelemetry knows, or nothing")
    for resource in read.resource_spans:
        said = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
        if said.get("service.name") != "beforehand":
            raise AssertionError(said)
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            ids = [(16, span.trace_id), (8, span.span_id)]
            ids += [(8, span.parent_span_id)] if span.parent_span_id else []
            ids += [(16, link.trace_id) for link in span.links]
            ids += [(8, link.span_id) for link in span.links]
            if any(len(given) != length or not any(given) for length, given in ids):
                raise AssertionError(f"{span.name}: an id is not one")
            if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano or not span.name:
                raise AssertionError(f"{span.name}: it ends before it begins")
            if any(pair.value.WhichOneof("value") is None for pair in span.attributes):
                raise AssertionError(f"{span.name}: an attribute is nothing")
    return read


def by_trace(bodies, reminder):
    """One trace holds a reminder's steps, and each that is inside another names one that is there."""
    every = [span for kind, body in bodies for resource in by_otlp(kind, body).resource_spans
             for scope in resource.scope_spans for span in scope.spans]
    own = [span for span in every if span.trace_id.hex() == reminder]
    names = {span.name for span in own}
    wanted = {"planned", "promoted", "look", "claim", "post", "folded"}
    if not wanted <= names:
        raise AssertionError(f"{sorted(wanted - names)} lack")
    there = {span.span_id for span in own}
    if len(there) != len(own) or any(span.parent_span_id and span.parent_span_id not in there
                                     for span in own):
        raise AssertionError("a span is there twice, or its parent is not")
    places = {(span.trace_id, span.span_id) for span in every}
    for span in own:
        if any((link.trace_id, link.span_id) not in places for link in span.links):
            raise AssertionError(f"{span.name} is linked to nothing")


def spoilt(said, *path, by):
    """A copy with something else at a place; by `None`, without what is there."""
    said = copy.deepcopy(said)
    place = said
    for step in path[:-1]:
        place = place[step]
    if by is None:
        del place[path[-1]]
    else:
        place[path[-1]] = by
    return said


def judge_pages(score, ears):
    valid = schema("pagerduty.json")
    events = ears.posted["/v2/enqueue"]
    for event in events:
        what = f"{event['event_action']} {event['dedup_key'][:60]}"
        score.takes(f"PagerDuty's form of {what}", valid, event)
        score.takes(f"PagerDuty's library of {what}", by_pagerduty, event)
    for path, by in [(("payload", "severity"), "bad"), (("payload",), None),
                     (("payload", "summary"), "x" * 1025), (("event_action",), "open")]:
        score.refuses(f"event {path}", valid, spoilt(events[0], *path, by=by))
    score.refuses("event", by_pagerduty, {**events[0], "colour": "red"})


def judge_messages(score, ears, place):
    messages = ears.posted["/services/T/B/secret"]
    for message in messages:
        score.takes(f"slack_sdk of {message['text'][:60]}", by_slack, message)
    score.takes(f"@slack/types of {len(messages)} messages", by_types, place, messages)
    first = messages[0]
    for path, by in [((0, "text", "text"), "x" * 151), ((1, "text"), {"type": "mrkdwn"}),
                     ((2, "fields"), [{"type": "mrkdwn", "text": "x"}] * 11), ((0, "type"), "head")]:
        bad = spoilt(first, "blocks", *path, by=by)
        score.refuses(f"message {path}", by_slack, bad)
    bad = spoilt(first, "blocks", 0, "text", "type", by="markdown")
    score.refuses("message", by_types, place, [bad])


def judge_mails(score, ears):
    for envelope in ears.mails:
        subject = message_from_bytes(envelope.content, policy=policy.default)["Subject"]
        score.takes(f"the mail {subject[:60]}", by_mail, envelope)
    bad = copy.copy(ears.mails[-1])
    bad.content = bad.content.replace(b"Message-ID:", b"X-Was:")
    score.refuses("mail", by_mail, bad)


def judge_lines(score):
    told = subprocess.run([ROOT / "target/debug/examples/lines"], capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=True).stdout.splitlines()
    measured = [line for line in told if "_aws" in json.loads(line)]
    for line in measured:
        score.takes(f"CloudWatch's rules of {json.loads(line)['message'][:40]!r}", by_emf, line)
    score.takes("a line without a measurement", lambda: [json.loads(line) for line in told])
    whole = json.loads(measured[0])
    directive = ("_aws", "CloudWatchMetrics", 0)
    for path, by in [(("promoted",), "3"), (("promoted",), None), (("deployment",), 3),
                     ((*directive, "Metrics", 0, "Unit"), "Apples"), ((*directive, "Namespace"), "")]:
        score.refuses(f"line {path}", by_emf, json.dumps(spoilt(whole, *path, by=by)))


def judge_traces(score, ears):
    told = subprocess.run([ROOT / "target/debug/examples/spans", ears.web], capture_output=True,
                          text=True, timeout=SECONDS_MAX, check=True).stdout.split()
    bodies = ears.posted["/v1/traces"]
    for content_type, body in bodies:
        score.takes(f"OpenTelemetry's messages of {len(body)} bytes", by_otlp, content_type, body)
    for reminder in told:
        score.takes(f"the trace of {reminder}", by_trace, bodies, reminder)
    content_type, body = bodies[0]
    score.refuses("export", by_otlp, content_type, body[:-7])
    score.refuses("export with an unknown field", by_otlp, content_type, body + b"\xfa\x01\x01x")
    score.refuses("export as JSON", by_otlp, "application/json", body)
    score.refuses("trace", by_trace, bodies, "00" * 16)


def main():
    place, score, ears = pathlib.Path(sys.argv[1]).resolve(), Score(), Ears()
    addresses = [ears.web, f"{ears.web}/services/T/B/secret", f"smtp://127.0.0.1:{ears.port}"]
    said = subprocess.run([ROOT / "target/debug/examples/alert_payloads", *addresses],
                          capture_output=True, text=True, timeout=SECONDS_MAX)
    if said.returncode or said.stdout.strip() != "3 channels":
        sys.exit(f"the channels did not speak: {said.stdout}{said.stderr}")
    judge_pages(score, ears)
    judge_messages(score, ears, place)
    judge_mails(score, ears)
    judge_lines(score)
    judge_traces(score, ears)
    ears.smtp.stop()
    print(f"{score.passed} passed, {score.failed} failed")
    sys.exit(1 if score.failed else 0)


if __name__ == "__main__":
    main()
