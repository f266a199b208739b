"""Feeds real calendars to `beforehand try`.

    feed.py PROGRAM FOLDER...

PROGRAM is `beforehand`. Every calendar of the folders is given to it for the year of its first
start. It must answer in time, without a panic, with JSON, and tell each oddity with its line. A
file that holds no calendar must be refused as such. The last line is `N passed, N failed`.
"""

import json
import pathlib
import re
import subprocess
import sys

TIMEOUT_SECONDS = 10
EXIT_BAD_INPUT = 3


def year_of(path):
    """The year of the first start in a file, else 2026."""
    match = re.search(rb"^DTSTART[^\r\n]*:(\d{4})\d{4}", path.read_bytes(), re.MULTILINE)
    return min(max(int(match[1]), 1970), 2099) if match else 2026


def fault_of(program, path):
    """What is wrong with the answer, if anything, and the oddities that it tells."""
    year = year_of(path)
    days = ["--from", f"{year}-01-01", "--to", f"{year}-12-31"]
    command = [program, "try", str(path), "--zone", "UTC", *days, "--json"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer within {TIMEOUT_SECONDS} s", []
    told = re.compile(rf"{re.escape(str(path))}:(\d+): ")
    oddities = [line for line in answer.stderr.splitlines() if told.match(line)]
    if "panicked" in answer.stderr or answer.returncode < 0 or answer.returncode == 101:
        return f"panic: {answer.stderr.strip()[-300:]}", oddities
    if answer.returncode == EXIT_BAD_INPUT and b"BEGIN:VEVENT" not in path.read_bytes():
        return None, oddities
    if answer.returncode != 0:
        return f"exit code {answer.returncode}: {answer.stderr.strip()[-300:]}", oddities
    try:
        json.loads(answer.stdout)
    except ValueError as error:
        return f"the answer is not JSON: {error}", oddities
    length = path.read_bytes().count(b"\n") + path.read_bytes().count(b"\r") + 1
    for line in oddities:
        number = int(told.match(line)[1])
        if not 1 <= number <= length:
            return f"line {number} does not exist: {line}", oddities
    return None, oddities


def main():
    program, *folders = sys.argv[1:]
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*.ics"))
    passed, failed, told = 0, 0, 0
    for path in paths:
        fault, oddities = fault_of(program, path)
        told += len(oddities)
        for line in oddities:
            print(f"  {line.replace(str(path), path.name)}")
        if fault:
            print(f"FAIL {path}: {fault}")
            failed += 1
        else:
            passed += 1
    print(f"{told} oddities told in {len(paths)} calendars")
    if not paths:
        print("FAIL no calendar was found")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
