"""Runs the rows against the deployment that `tests/emulator/run` made."""

import argparse
import inspect
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import alone
import broken
import pushes
import rows
from collector import Collector
from keeper import Google
from system import Failed, System


def arguments():
    parser = argparse.ArgumentParser(prog="tests/deployed/run")
    parser.add_argument("--beforehand", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--collector", type=int, required=True)
    parser.add_argument("--google", required=True, metavar="PROGRAM:PORT")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def found(module, names):
    """The rows of a module, in the order in which they stand there."""
    functions = inspect.getmembers(module, inspect.isfunction)
    own = [each for name, each in functions if each.__module__ == module.__name__]
    wanted = [each for each in own if not each.__name__.startswith("_")]
    picked = [e for e in wanted if not names or any(e.__name__.startswith(n) for n in names)]
    return sorted(picked, key=lambda each: each.__code__.co_firstlineno)


def run(row, system):
    begun = time.monotonic()
    try:
        row(system)
        fault = None
    except Failed as failed:
        fault = str(failed)
    except Exception:
        fault = traceback.format_exc()
    took = time.monotonic() - begun
    print(f"{'FAILED' if fault else 'ok    '} {row.__name__} ({took:.0f} s)", flush=True)
    if fault:
        print("    " + fault.rstrip().replace("\n", "\n    "), flush=True)
    return fault is None


def main():
    given = arguments()
    passed = []
    program, port = given.google.rsplit(":", 1)
    with System(given.beforehand, given.port) as system, Google(program, int(port)) as google:
        system.collector, system.google = Collector(given.collector), google
        # Those that stop a part of the system for a moment come first, one after another.
        for row in [*found(alone, given.names), *found(broken, given.names)]:
            passed.append(run(row, system))
        together, in_turn = found(rows, given.names), found(pushes, given.names)
        # They wait for most of their time, and have users and phones of their own; those of the
        # one calendar at Google take turns.
        with ThreadPoolExecutor(len(together) + 1) as pool:
            turns = pool.submit(lambda: [run(row, system) for row in in_turn])
            passed.extend(pool.map(lambda row: run(row, system), together))
            passed.extend(turns.result())
    failed = passed.count(False)
    print(f"{passed.count(True)} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
