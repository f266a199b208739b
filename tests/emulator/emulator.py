"""One ministack on loopback, from its start to its end."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from counting import CountingProxy

REGION = "eu-central-1"

# How long it may take to answer; it usually takes two seconds.
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    """Use it as a context: what it started is gone afterwards."""

    def __init__(self, folder, port=None, checks_policies=True, counts=False):
        self.folder = pathlib.Path(folder).absolute()
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.checks_policies = checks_policies
        # What functions ask may be counted on its way.
        self.proxy = CountingProxy(self.url) if counts else None
        self.process = None

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "tmp").mkdir(parents=True)
        # A fresh environment: functions inherit it, and refuse variables they do not know.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "AWS_ENDPOINT_URL": self.proxy.url if self.proxy else self.url,
            # Signatures and policies are checked; functions act with the rights of their roles.
            "AUTH": "true" if self.checks_policies else "false",
            # Failed asynchronous invocations are tried again after this, instead of a minute.
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "1",
        }
        program = pathlib.Path(sys.executable).parent / "ministack"
        with open(self.folder / "ministack.log", "wb") as log:
            self.process = subprocess.Popen(
                [program],
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the emulator ended at once; see {self.folder}/ministack.log")
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def __exit__(self, *_):
        """Ends what was started, by its group: functions run as its children."""
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(STOP_SECONDS_MAX)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
