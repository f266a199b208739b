"""Counts what functions ask of AWS: a proxy on loopback between them and the emulator."""

import http.client
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import boto3

from units import Units


class CountingProxy(ThreadingHTTPServer):
    """Passes every request on as it is, so that signatures hold, and counts it."""

    daemon_threads = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = urlsplit(target)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.counts = Counter()
        self.tables = {}
        self.units = Units(self.indexes)
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def count(self, headers, body, status):
        named = called(headers, body)
        if not named:
            return
        with self.lock:
            self.counts[named] += 1
            # Those who lost a race, mostly; what was lost is among the calls.
            if status == 400:
                self.counts["refused", named[1]] += 1
            # A write that is refused costs units too, but leaves the indexes alone; it is rare.
            if status == 200 and headers.get("X-Amz-Target"):
                asked = json.loads(body or b"{}")
                for table, units in self.units.of(named[0], asked):
                    self.counts["units", table.split("-")[-1]] += units
                if named[0] == "PutEvents":
                    self.counts["events", "bus"] += len(asked["Entries"])

    def indexes(self, table):
        """The key of a table, and of each index the attributes of its entries and its wholeness."""
        if table not in self.tables:
            client = boto3.client(
                "dynamodb", endpoint_url=self.target.geturl(), region_name="eu-central-1",
                aws_access_key_id="test", aws_secret_access_key="test")
            found = client.describe_table(TableName=table)["Table"]
            keys = [key["AttributeName"] for key in found["KeySchema"]]
            each = found.get("GlobalSecondaryIndexes", []) + found.get("LocalSecondaryIndexes", [])
            self.tables[table] = keys, {
                index["IndexName"]: ([key["AttributeName"] for key in index["KeySchema"]],
                                     index["Projection"]["ProjectionType"] == "ALL")
                for index in each}
        return self.tables[table]

    def take(self):
        """What was counted since the last time."""
        with self.lock:
            counts, self.counts = self.counts, Counter()
        return [{"call": call, "on": on, "count": n} for (call, on), n in sorted(counts.items())]

    def handle_error(self, request, client_address):
        """Functions that end leave their connections; that is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def pass_on(self):
        if self.path == "/counts":
            return self.answer(200, [], json.dumps(self.server.take()).encode())
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = http.client.HTTPConnection(self.server.target.netloc, timeout=60)
        target.request(self.command, self.path, body, dict(self.headers))
        answer = target.getresponse()
        said = answer.read()
        self.server.count(self.headers, body, answer.status)
        passed = [h for h in answer.getheaders() if h[0].lower() not in
                  ("content-length", "transfer-encoding", "connection")]
        self.answer(answer.status, passed, said)
        target.close()

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = pass_on


def called(headers, body):
    """The operation and what it is done on: a table, or all tables of a transaction, or a queue."""
    target = headers.get("X-Amz-Target")
    if not target:
        operation = parse_qs(body.decode(errors="replace")).get("Action")
        return (operation[0], "") if operation else None
    operation = target.split(".")[-1]
    asked = json.loads(body or b"{}")
    if operation == "TransactWriteItems":
        parts = [next(iter(item.values()))["TableName"] for item in asked["TransactItems"]]
        return operation, "+".join(sorted({part.split("-")[-1] for part in parts}))
    if operation.startswith("Batch"):
        return operation, "+".join(sorted(asked.get("RequestItems", {})))
    on = (asked.get("TableName") or asked.get("QueueUrl", "").split("/")[-1]).split("-")[-1]
    kind = (asked.get("Item") or asked.get("Key") or {}).get("kind")
    return operation, f"{on} {kind['S']}" if kind else on
