"""Makes every change that `cargo mutants` knows of, and tells which of them no test notices."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time
import tomllib

from weave import weave

ROOT = pathlib.Path(__file__).parent.parent.parent
OUT = ROOT / "target" / "mutants"
# A copy, in which the changes are made.
TREE = ROOT / "target" / "mutants-tree"
CRATE = "shared/domain"
LIBRARY = f"{CRATE}/src/lib.rs"
DONE = OUT / "outcomes.json"
# What fails need not be shrunk, recorded or debugged.
ENVIRONMENT = os.environ | {
    "CARGO_TARGET_DIR": str(TREE / "target"), "CARGO_PROFILE_DEV_DEBUG": "0", "INSTA_UPDATE": "no",
    "INSTA_WORKSPACE_ROOT": str(TREE), "PROPTEST_MAX_SHRINK_ITERS": "0",
    "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "true"}
BUILD = ["cargo", "test", "--quiet", "--package", "domain", "--lib", "--no-run",
         "--message-format=json"]
# What is built once and run thousands of times may take a while to build.
FAST = {"CARGO_PROFILE_DEV_OPT_LEVEL": "1"}
COLUMN = re.compile(r":\d+(:\d+)?: ")
# A change that eats the memory is noticed, and so is one that runs for ever: ten times as long as
# the tests do without it, and these seconds.
SECONDS, BYTES = 10.0, 4 << 30
# Tests are tried in rounds, the quick ones first: below so many seconds each, one process a round.
ROUNDS = [0.02, 0.1, 0.5, 2.0, float("inf")]


def build(**variables):
    """Builds the tests of the tree: the program, or the errors' places as (file, line)."""
    done = subprocess.run(BUILD, cwd=TREE, env=ENVIRONMENT | variables, capture_output=True,
                          text=True, check=False)
    errors, program = [], None
    for line in done.stdout.splitlines():
        told = json.loads(line)
        if told["reason"] == "compiler-artifact" and told.get("executable"):
            program = told["executable"]
        if told["reason"] == "compiler-message" and told["message"]["level"] == "error":
            errors += [(span["file_name"], span["line_start"]) for span in told["message"]["spans"]
                       if span["is_primary"]]
    if done.returncode and not errors:
        sys.exit(f"The changed crate does not build:\n{done.stderr[-3000:]}")
    return (program, None) if done.returncode == 0 else (None, errors)


def restore():
    """Takes back every change: from the copy as it was at the beginning."""
    if not (OUT / "src").exists():
        shutil.copytree(TREE / CRATE / "src", OUT / "src")
    shutil.copytree(OUT / "src", TREE / CRATE / "src", dirs_exist_ok=True)


def build_all(mutants):
    """One program of all changes that compile; who does not, and who has to be made alone."""
    broken, singly = set(), set()
    while True:
        restore()
        bodies, alone = weave(TREE, LIBRARY, mutants, broken | singly)
        program, errors = build(**FAST)
        if program:
            return program, broken, singly | set(alone)
        before = len(broken) + len(singly)
        for file, line in errors:
            for first, last, number in bodies.get(file, []):
                if not first <= line <= last:
                    continue
                if number > 0:
                    broken.add(number)
                else:
                    # The function as it is cannot stand beside others: all its changes singly.
                    singly |= family(bodies[file], number)
        if len(broken) + len(singly) == before:
            sys.exit(f"Errors that belong to no change: {errors[:5]}")
        print(f"{len(broken)} changes do not compile, {len(singly)} functions' cannot be chosen",
              flush=True)


def family(bodies, original):
    """The changes that stand before an original body, back to the original before."""
    found = set()
    for _, _, number in bodies:
        if number == original:
            return found
        found = set() if number < 0 else found | {number}
    return found


def run(program, tests, seconds, **variables):
    """Whether these tests pass; None where they did not end."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    command = [program, "--quiet", "--test-threads=1", "--exact", *tests]
    try:
        done = subprocess.run(command, cwd=TREE / CRATE, env=ENVIRONMENT | variables,
                              capture_output=True, timeout=seconds, check=False, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return None
    return done.returncode == 0


def reach(program):
    """For each test the functions it enters (by their first change) and its seconds."""
    listed = subprocess.run([program, "--list", "--format=terse"], capture_output=True, text=True,
                            cwd=TREE / CRATE, check=True).stdout
    names = [line.removesuffix(": test") for line in listed.splitlines() if line.endswith(": test")]
    trace = OUT / "reached"
    found = {}
    for name in names:
        began = time.monotonic()
        if not run(program, [name], 600, MUTANTS_REACHED=str(trace)):
            sys.exit(f"{name} fails without any change")
        entered = set(map(int, trace.read_text().split())) if trace.exists() else set()
        trace.unlink(missing_ok=True)
        found[name] = (entered, time.monotonic() - began)
    return found


def verdict(program, number, tests):
    """What becomes of a change that is on, shown to tests (name, seconds), quick ones first."""
    for least, most in zip([0.0, *ROUNDS], ROUNDS):
        names = {name: seconds for name, seconds in tests if least <= seconds < most}
        longest = SECONDS + 10 * sum(names.values())
        passed = not names or run(program, names, longest, MUTANT=str(number))
        if not passed:
            return "Timeout" if passed is None else "CaughtMutant"
    return "MissedMutant"


def alone(mutant, tests):
    """What becomes of a change that has a build of its own."""
    restore()
    subprocess.run(["patch", "--quiet", "--strip=0", str(TREE / mutant["file"])],
                   input=mutant["diff"].encode(), check=True)
    program, _ = build()
    if program is None:
        return "Unviable"
    return verdict(program, 0, tests)


def make(tool, shard, until):
    """Makes all changes of a shard whose outcome is not known yet, and writes down each outcome."""
    listed = subprocess.run([tool, "mutants", "--package", "domain", "--list", "--json"], cwd=TREE,
                            capture_output=True, text=True, check=True).stdout
    mutants = dict(enumerate(json.loads(listed), start=1))
    known = json.loads(DONE.read_text()) if DONE.exists() else {}
    known = {m["name"]: known[m["name"]] for m in mutants.values() if m["name"] in known}
    program, broken, singly = build_all(mutants)
    program = shutil.copy(program, OUT / "tests")
    known |= {mutants[number]["name"]: "Unviable" for number in broken}
    tests = reach(program)
    firsts = sorted({number for entered, _ in tests.values() for number in entered})
    mine = {n for n in mutants if n % shard[1] == shard[0] and mutants[n]["name"] not in known}
    left = sorted(mine - singly)

    def one(number):
        if time.monotonic() > until:
            return
        # Numbers of a function follow each other, so its first is the greatest not above.
        first = max((f for f in firsts if f <= number), default=0)
        same = first and mutants[first]["function"] == mutants[number]["function"]
        near = [(name, seconds) for name, (entered, seconds) in tests.items() if first in entered]
        # Of a function in a function, or one that is never entered, nobody knows who reaches it.
        every = [(name, seconds) for name, (_, seconds) in tests.items()]
        known[mutants[number]["name"]] = verdict(program, number, near if same else every)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for count, _ in enumerate(pool.map(one, left), start=1):
            if count % 50 == 0:
                print(f"{count} of {len(left)}", flush=True)
                DONE.write_text(json.dumps(known, indent=1))
    for number in sorted(mine & singly):
        if time.monotonic() < until:
            every = [(name, seconds) for name, (_, seconds) in tests.items()]
            known[mutants[number]["name"]] = alone(mutants[number], every)
            DONE.write_text(json.dumps(known, indent=1))
    DONE.write_text(json.dumps(known, indent=1))
    return len(mutants)


def judge(total):
    """Holds the survivors to the list of those that have a reason, and prints the share."""
    found = json.loads(DONE.read_text()) if DONE.exists() else {}
    listed = tomllib.loads((ROOT / "tests/mutants/survivors.toml").read_text())
    of = {kind: [n for n, what in found.items() if what == kind] for kind in set(found.values())}
    for name in sorted(of.get("MissedMutant", [])):
        if COLUMN.sub(": ", name) not in listed:
            print(f"not caught, and not listed: {name}")
    missed = {COLUMN.sub(": ", name) for name in of.get("MissedMutant", [])}
    if len(found) == total:
        for name in sorted(listed.keys() - missed):
            print(f"listed, but caught or gone: {name}")
    caught = len(of.get("CaughtMutant", [])) + len(of.get("Timeout", []))
    viable = caught + len(of.get("MissedMutant", []))
    share = 100 * caught / viable if viable else 0
    print(f"{len(found)} changes made{'' if total is None else f' of {total}'}, {viable} compile, "
          f"{caught} are noticed ({share:.1f} %), {viable - caught} survive")
    return not missed - listed.keys()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--shard", default="0/1", help="K/N: every Nth change, from K on")
    parser.add_argument("--seconds", type=int, default=0, help="begin no change after so many")
    parser.add_argument("--report", action="store_true", help="make no change, tell what is known")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(OUT / "src", ignore_errors=True)
    shard = [int(part) for part in options.shard.split("/")]
    until = time.monotonic() + options.seconds if options.seconds else float("inf")
    total = None if options.report else make(options.tool, shard, until)
    sys.exit(0 if judge(total) else 1)


main()
