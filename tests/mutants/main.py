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
COLUMN = re.compile(r":\d+(:\d+)?: ")


def shard_folder(shard, shards):
    return OUT / f"{shard}-of-{shards}"


def run(tool, folder, which, skipped):
    """Makes some of the changes, one after the other, and runs all tests but those `skipped`."""
    command = [tool, "mutants", "--package", "domain", *which, "--output", str(folder),
               "--no-shuffle", "--colors", "never", "--baseline", "skip", "--timeout", "60",
               "--in-place", "--", "--lib", "--"]
    command += [word for name in skipped for word in ("--skip", name)]
    done = subprocess.run(command, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True,
                          check=False)
    # 0: all caught; 2: some missed; 3: some timed out.
    if done.returncode not in (0, 2, 3):
        sys.exit(f"cargo mutants failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def run_shard(tool, shard, shards):
    """Runs one shard in a folder of its own; the mark `done` is written last.

    Dealt out in turn, each shard is a sample of the whole domain. What the quick tests do not
    notice is shown to all of them.
    """
    folder = shard_folder(shard, shards)
    folder.mkdir(parents=True, exist_ok=True)
    run(tool, folder, ["--shard", f"{shard}/{shards}", "--sharding", "round-robin"], SLOW)
    missed = [name for name, summary in read(folder).items() if summary == "MissedMutant"]
    if missed:
        exactly = [f"--re=^{re.escape(name)}$" for name in missed]
        run(tool, folder / "again", exactly, [])
    (folder / "done").touch()


def read(folder):
    """What became of each mutant of one run."""
    told = json.loads((folder / "mutants.out" / "outcomes.json").read_text())
    mutants = (one for one in told["outcomes"] if isinstance(one["scenario"], dict))
    return {one["scenario"]["Mutant"]["name"]: one["summary"] for one in mutants}


def outcomes(shards):
    """What became of each mutant of the shards that are done."""
    found, done = {}, 0
    for shard in range(shards):
        folder = shard_folder(shard, shards)
        if not (folder / "done").exists():
            continue
        done += 1
        found |= read(folder)
        if (folder / "again").exists():
            found |= read(folder / "again")
    return found, done


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
        subprocess.run(["cargo", "test", "--quiet", "--package", "domain", "--lib"], cwd=TREE,
                       env=ENVIRONMENT, check=True)
    for shard in range(0 if options.report else options.shards):
        if (shard_folder(shard, options.shards) / "done").exists():
            continue
        if options.seconds and time.monotonic() >= until:
            break
        run_shard(options.tool, shard, options.shards)
    sys.exit(0 if judge(options.shards) else 1)


main()
