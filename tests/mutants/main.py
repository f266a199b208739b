"""Runs `cargo mutants` shard by shard, remembers what was done, and holds survivors to the list."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).parent.parent.parent
OUT = ROOT / "target" / "mutants"
# A copy, in which the changes are made.
TREE = ROOT / "target" / "mutants-tree"
# What fails need not be shrunk, and nobody debugs it.
FAST = {"CARGO_TARGET_DIR": str(TREE / "target"), "PROPTEST_MAX_SHRINK_ITERS": "0",
        "CARGO_PROFILE_TEST_DEBUG": "0", "CARGO_PROFILE_DEV_DEBUG": "0"}
# Tests that take nearly all the time of all. Few changes are noticed by nothing else.
SLOW = ["exp_02_of_200", "realistic", "states::properties", "the_layers_are", "exp_01_a_reader",
        "numbers_of_many", "any_words", "alerts::tests::week", "day_plan::properties",
        "only_numbers_of", "tz_01", "stepping_through", "numbering_plans"]
ENVIRONMENT = os.environ | FAST
TESTS = ["cargo", "test", "--quiet", "--package", "domain", "--lib"]
COLUMN = re.compile(r":\d+(:\d+)?: ")


def done_file(shard, shards):
    return OUT / f"{shard}-of-{shards}" / "done.json"


def run(tool, shard, shards, folder):
    """Makes the changes of one shard, one after the other, and runs the quick tests."""
    command = [tool, "mutants", "--package", "domain", "--shard", f"{shard}/{shards}",
               "--sharding", "round-robin", "--output", str(folder), "--no-shuffle",
               "--colors", "never", "--baseline", "skip", "--timeout", "60", "--in-place",
               "--cargo-arg=--lib", "--", "--"]
    command += [word for name in SLOW for word in ("--skip", name)]
    done = subprocess.run(command, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True,
                          check=False)
    # 0: all caught; 2: some missed; 3: some timed out.
    if done.returncode not in (0, 2, 3):
        sys.exit(f"cargo mutants failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def is_noticed(folder, outcome):
    """Whether one of all tests notices a change that no quick one did."""
    path = TREE / outcome["scenario"]["Mutant"]["file"]
    before = path.read_text()
    diff = (folder / "mutants.out" / outcome["diff_path"]).read_bytes()
    try:
        subprocess.run(["patch", "--quiet", str(path)], input=diff, check=True)
        # Nor is what makes them run for ever missed.
        done = subprocess.run(["timeout", "300", *TESTS], cwd=TREE, env=ENVIRONMENT,
                              capture_output=True, check=False)
    finally:
        path.write_text(before)
    return done.returncode != 0


def run_shard(tool, shard, shards):
    """Runs one shard in a folder of its own; what became of each change is written last.

    Dealt out in turn, each shard is a sample of the whole domain.
    """
    folder = OUT / f"{shard}-of-{shards}"
    folder.mkdir(parents=True, exist_ok=True)
    run(tool, shard, shards, folder)
    told = json.loads((folder / "mutants.out" / "outcomes.json").read_text())
    found = {}
    for outcome in told["outcomes"]:
        if isinstance(outcome["scenario"], dict):
            summary = outcome["summary"]
            if summary == "MissedMutant" and is_noticed(folder, outcome):
                summary = "CaughtMutant"
            found[outcome["scenario"]["Mutant"]["name"]] = summary
    done_file(shard, shards).write_text(json.dumps(found, indent=1))


def outcomes(shards):
    """What became of each change of the shards that are done, and how many those are."""
    files = [file for file in (done_file(shard, shards) for shard in range(shards)) if file.exists()]
    found = {}
    for file in files:
        found |= json.loads(file.read_text())
    return found, len(files)


def judge(shards):
    found, done = outcomes(shards)
    listed = tomllib.loads((ROOT / "tests/mutants/survivors.toml").read_text())
    of = {kind: [n for n, what in found.items() if what == kind] for kind in set(found.values())}
    missed = {COLUMN.sub(": ", name) for name in of.get("MissedMutant", [])}
    caught = len(of.get("CaughtMutant", [])) + len(of.get("Timeout", []))
    viable = caught + len(of.get("MissedMutant", []))
    for name in sorted(missed - listed.keys()):
        print(f"not caught, and not listed: {name}")
    if done == shards:
        for name in sorted(listed.keys() - missed):
            print(f"listed, but caught or gone: {name}")
    share = 100 * caught / viable if viable else 0
    print(f"{done} of {shards} shards: {len(found)} mutants, {viable} of them compile, {caught} caught "
          f"({share:.1f} %), {len(missed)} survive, {len(missed & listed.keys())} of these listed")
    return not (missed - listed.keys())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--shards", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=0, help="no further shard after so many")
    parser.add_argument("--report", action="store_true", help="run nothing")
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    if not options.report:
        # Where the tests fail anyway, every change would count as caught.
        subprocess.run(TESTS, cwd=TREE, env=ENVIRONMENT, check=True)
    for shard in range(0 if options.report else options.shards):
        if done_file(shard, options.shards).exists():
            continue
        if options.seconds and time.monotonic() >= until:
            break
        run_shard(options.tool, shard, options.shards)
    sys.exit(0 if judge(options.shards) else 1)


main()
