"""The other side of the duel: a job queue whose worker is killed, counted at the same provider."""

import argparse
import collections
import json
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
LEAD_IN_SECONDS = 20
# How long everything may take to come to its end after the last job was due.
PATIENCE_SECONDS = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Duel:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.redis_port = free_port()
        self.processes = []
        self.worker = None
        self.log = open(folder / "worker.log", "ab")

    def start(self, *command):
        process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.processes.append(process)
        return process

    def start_redis(self):
        # As its documentation advises for a queue: every write on disk, nothing evicted. Nobody
        # kills it here.
        self.start("redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir",
                   str(self.folder), "--appendonly", "yes", "--appendfsync", "everysec",
                   "--maxmemory-policy", "noeviction", "--save", "")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.redis_port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("redis does not listen")

    def start_provider(self):
        port_file = self.folder / "port"
        self.start(self.options.beforehand, "sandbox", "--listen", "127.0.0.1:0", "--port-file",
                   str(port_file), "--answer-after-ms", str(self.options.answer_after))
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if port_file.exists() and port_file.read_text().endswith("\n"):
                return f"http://127.0.0.1:{port_file.read_text().strip()}"
            time.sleep(0.1)
        sys.exit("the provider does not listen")

    def produce(self, *words):
        command = ["node", str(HERE / "producer.cjs"), str(self.redis_port), *map(str, words)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start_worker(self, provider):
        self.worker = self.start("node", str(HERE / "worker.cjs"), str(self.redis_port), provider,
                                 self.options.promise)

    def kill_worker(self):
        self.worker.send_signal(signal.SIGKILL)
        self.worker.wait()

    def run(self):
        options = self.options
        self.start_redis()
        provider = self.start_provider()
        first_at = time.time() + LEAD_IN_SECONDS
        self.produce("fill", options.count, int(first_at * 1000), options.spread * 1000,
                     options.seed, options.promise)
        draw = random.Random(options.seed ^ 1)
        span = LEAD_IN_SECONDS + options.spread
        began = first_at - LEAD_IN_SECONDS
        self.start_worker(provider)
        for at in sorted(began + draw.random() * span for _ in range(options.kills)):
            time.sleep(max(0, at - time.time()))
            self.kill_worker()
            self.start_worker(provider)
        until = first_at + options.spread + PATIENCE_SECONDS
        while time.time() < until:
            left = json.loads(self.produce("left"))
            if not any(left[kind] for kind in ("active", "delayed", "waiting", "prioritized")):
                break
            time.sleep(1)
        return json.loads(self.produce("left")), self.texts(provider)

    def texts(self, provider):
        with urllib.request.urlopen(f"{provider}/sandbox/texts", timeout=60) as answer:
            return json.load(answer)

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.kill()
                process.wait()
        self.log.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("beforehand")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--spread", type=int, default=60, help="seconds")
    parser.add_argument("--answer-after", type=int, default=100, help="milliseconds")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--promise", default="at-least-once",
                        choices=["at-least-once", "at-most-once"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="beforehand-duel-") as folder:
        duel = Duel(options, pathlib.Path(folder))
        try:
            left, texts = duel.run()
        finally:
            duel.end()
    name = re.compile(r"Reminder r(\d+)$")
    counts = collections.Counter(
        int(found[1]) for text in texts if (found := name.search(text["body"])))
    doubled = sum(1 for count in counts.values() if count > 1)
    lost = options.count - len(counts)
    print(f"queue, {options.promise}: {options.count} reminders, {options.kills} kills, answers "
          f"{options.answer_after} ms on their way; --seed {options.seed}: {doubled} doubled "
          f"({sum(counts.values())} texts), {lost} lost; left in the queue: {left}")


main()
