"""What `tests/emulator/run` runs."""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys

from deploy import ROOT, SECRET, Deployment
from emulator import REGION, Emulator

FOLDER = ROOT / "target" / "emulator"


def arguments():
    parser = argparse.ArgumentParser(prog="tests/emulator/run")
    parser.add_argument("--functions", default=ROOT / "target" / "lambda", type=pathlib.Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--secret", type=pathlib.Path, metavar="FILE.json")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    return parser.parse_args()


def main():
    given = arguments()
    parameters = dict(pair.split("=", 1) for pair in given.parameter)
    secret = json.loads(given.secret.read_text()) if given.secret else SECRET
    # A plain SIGTERM must end the emulator too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if given.bare:
        with Emulator(FOLDER, given.port, checks_policies=False) as emulator:
            return subprocess.run(given.command, env=environment(emulator), cwd=ROOT).returncode
    checks = not given.open
    with Emulator(FOLDER, given.port, checks, counts=given.count) as emulator:
        deployment = Deployment(emulator.url)
        try:
            outputs = deployment.create(given.functions, parameters, secret)
            return run(given.command, emulator, outputs)
        finally:
            deployment.save_logs(FOLDER / "logs")


def run(command, emulator, outputs):
    file = FOLDER / "deployment.json"
    file.write_text(json.dumps(outputs, indent=1) + "\n")
    if not command:
        print(f"AWS_ENDPOINT_URL={emulator.url}", file=sys.stderr)
        print(file.read_text(), end="", flush=True)
        try:
            return emulator.process.wait()
        except KeyboardInterrupt:
            return 0
    variables = {**environment(emulator), "DEPLOYMENT": str(file)}
    if emulator.proxy:
        variables["COUNTS_URL"] = emulator.proxy.url + "/counts"
    return subprocess.run(command, env=variables, cwd=ROOT).returncode


def environment(emulator):
    """What every AWS SDK reads, for the command that is run."""
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


if __name__ == "__main__":
    sys.exit(main())
