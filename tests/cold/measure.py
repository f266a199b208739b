"""Starts every function again and again against a stand-in for AWS, beside a twin in Node.js."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RUNS = 15
TWIN = "Node.js twin"
GOAL_MS, GOAL_RATIO, GOAL_ZIP = 10, 30, 4 * 1024 * 1024
SECRETS = {
    "twilio_auth_token": "0123456789abcdef0123456789abcdef",
    "phone_key": "0123456789abcdef0123456789abcdef",
    "operator_token": "0123456789abcdef0123456789abcdef",
}
SETTINGS = {
    "TABLE_PREFIX": "cold",
    "SEND_QUEUE_URL": "http://127.0.0.1:1/000000000000/sends",
    "PLAN_QUEUE_URL": "http://127.0.0.1:1/000000000000/plans",
    "COMPOSE_QUEUE_URL": "http://127.0.0.1:1/000000000000/composes",
    "SYNC_QUEUE_URL": "http://127.0.0.1:1/000000000000/syncs",
    "EVENT_BUS_NAME": "cold",
    "PUBLIC_BASE_URL": "https://cold.example",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_FROM": "+12025550100",
    "SECRETS_ARN": "cold-secrets",
    # Without a model there is no composer.
    "MODEL_NAME": "small",
    "MODEL_INPUT_USD_PER_MILLION_TOKENS": "0",
    "MODEL_OUTPUT_USD_PER_MILLION_TOKENS": "0",
}


class StandIn(ThreadingHTTPServer):
    """The runtime API and every service of AWS."""

    daemon_threads = True
    # All that open connections at the same time are let in.
    request_queue_size = 64

    def begin(self):
        self.first_contact = self.asked_at = None
        self.asked = threading.Event()

    def get_request(self):
        request = super().get_request()
        if self.first_contact is None:
            self.first_contact = time.perf_counter()
        return request

    def handle_error(self, request, client_address):
        """Functions are killed while they wait; that is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.endswith("/runtime/invocation/next"):
            self.server.asked_at = time.perf_counter()
            self.server.asked.set()
            # There is nothing to do: the function is ended meanwhile.
            self.rfile.read(1)
            self.close_connection = True
        else:
            self.answer(b"{}")

    def do_HEAD(self):
        self.answer(b"")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("X-Amz-Target", "").startswith("secretsmanager"):
            self.answer(json.dumps({"Name": "cold", "SecretString": json.dumps(SECRETS)}).encode())
        else:
            self.answer(b"{}")


def start_once(server, command, environment):
    """Milliseconds to the first connection and to the first /next, and the peak memory in MiB."""
    server.begin()
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        if not server.asked.wait(20):
            raise SystemExit(f"{command[-1]} never asked for an invocation")
        # Read while it waits.
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        contact, asked = server.first_contact - begun, server.asked_at - begun
        return contact * 1e3, asked * 1e3, int(peak.split()[1]) / 1024
    finally:
        process.kill()
        process.wait()


def environment_for(port):
    address = f"http://127.0.0.1:{port}"
    names = {f"BEFOREHAND_{name}": value for name, value in SETTINGS.items()}
    names["BEFOREHAND_TWILIO_BASE_URL"] = address
    names["BEFOREHAND_MODEL_BASE_URL"] = address
    return names | {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "cold",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "cold",
        "AWS_LAMBDA_LOG_STREAM_NAME": "cold",
        "AWS_REGION": "us-east-1",
        # The SDK warns of the end of Node.js 20 at every start.
        "NODE_NO_WARNINGS": "1",
        "AWS_ACCESS_KEY_ID": "cold",
        "AWS_SECRET_ACCESS_KEY": "cold",
        "AWS_ENDPOINT_URL": address,
    }


def unpack(zips, into):
    """The programs by their function's name, and how large they and their zips are."""
    commands, sizes = {}, {}
    for each in zips:
        name = each.parent.name
        with zipfile.ZipFile(each) as archive:
            archive.extract("bootstrap", Path(into) / name)
        program = Path(into) / name / "bootstrap"
        program.chmod(0o755)
        commands[name] = [str(program)]
        sizes[name] = (each.stat().st_size, program.stat().st_size)
    return commands, sizes


def measure(commands):
    """A row of figures for each start of each."""
    server = StandIn(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = environment_for(server.server_address[1])
    rows = {name: [] for name in commands}
    # In turn, so that a slow moment of the machine is everybody's. The first round reads from the
    # disk, and does not count.
    for run in range(RUNS + 1):
        for name, command in commands.items():
            row = start_once(server, command, environment)
            if run > 0:
                rows[name].append(row)
    return rows


def main(folder, twin):
    zips = sorted(Path(folder).glob("*/bootstrap.zip"))
    if not zips:
        raise SystemExit(f"no {folder}/*/bootstrap.zip; build with --output-format zip")
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as unpacked:
        commands, sizes = unpack(zips, unpacked)
        rows = measure({TWIN: ["node", twin]} | commands)
    middle = {name: [statistics.median(col) for col in zip(*row)] for name, row in rows.items()}
    print(f"{RUNS} starts of each, in turn; medians. Node.js {node.stdout.strip()}")
    print("| function | start, ms (least) | times faster | with warm-up, ms | MiB "
          "| zip, KiB | program, KiB |")
    print("|---|---|---|---|---|---|---|")
    met = True
    for name, (contact, asked, peak) in middle.items():
        least, ratio = min(row[0] for row in rows[name]), middle[TWIN][0] / contact
        zipped, program = sizes.get(name, (0, 0))
        print(f"| {name} | {contact:.1f} ({least:.1f}) | {ratio:.0f} | {asked:.1f} | {peak:.0f} "
              f"| {zipped // 1024 or '-'} | {program // 1024 or '-'} |")
        if name != TWIN:
            met &= contact <= GOAL_MS and ratio >= GOAL_RATIO and zipped <= GOAL_ZIP
    print(f"goals (start in {GOAL_MS} ms, {GOAL_RATIO} times faster, zip of {GOAL_ZIP // 1024} KiB "
          f"at most): {'met by every function' if met else 'not met by every function'}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("measure.py FOLDER-WITH-ZIPS TWIN; see tests/cold/run")
    main(*sys.argv[1:])
