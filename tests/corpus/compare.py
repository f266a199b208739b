"""Compares the occurrences that our reader finds with those of recurring-ical-events.

    compare.py READER FOLDER...

READER is the program `ics_dump`. Every calendar of the folders is read and expanded over up to
three years: those of its first and its last entry, and 2026. A difference fails the run unless
`differences.toml` gives its reason. The last line is `N passed, N failed`.
"""

import datetime
import json
import pathlib
import subprocess
import sys
import tomllib
import warnings

import icalendar
import recurring_ical_events

TIMEOUT_SECONDS = 10
# As many calendars as the acceptance asks for; the folders hold many more.
CALENDARS_MIN = 20


def ours(reader, path, year):
    """What our reader finds in a year, in UTC, as a sorted list of (start, end, title)."""
    answer = subprocess.run(
        [reader, path, "UTC", f"{year}-01-01", f"{year + 1}-01-01"],
        capture_output=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    events = [line for line in lines if "oddity" not in line]
    return sorted((event["start"], event["end"], event["title"]) for event in events)


def theirs(calendar, year):
    """The same, as recurring-ical-events finds it."""
    first = datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc)
    found = []
    query = recurring_ical_events.of(calendar, components=["VEVENT"])
    for event in query.between(first, first.replace(year=year + 1)):
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        # They look for what overlaps the year, we for what begins in it.
        if as_instant(start) < first or as_instant(start).year > year:
            continue
        title = " ".join(str(event.get("SUMMARY", "")).split())
        found.append((as_text(start), as_text(end), title[:300].strip()))
    return sorted(found)


def as_instant(moment):
    if not isinstance(moment, datetime.datetime):
        moment = datetime.datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc)


def as_text(moment):
    if not isinstance(moment, datetime.datetime):
        return moment.isoformat()
    if moment.tzinfo is None:
        return moment.isoformat()
    return as_instant(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def years_of(calendar):
    """The years to compare: of the first and the last entry, and the one we live in."""
    starts = [event["DTSTART"].dt.year for event in calendar.walk("VEVENT") if "DTSTART" in event]
    return sorted({min(starts), max(starts), 2026}) if starts else []


def main():
    reader, *folders = sys.argv[1:]
    reasons = tomllib.loads(pathlib.Path(__file__).with_name("differences.toml").read_text())
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*.ics"))
    passed, failed, unread, empty = 0, 0, 0, 0
    used = set()
    for path in paths:
        try:
            calendar = icalendar.Calendar.from_ical(path.read_bytes())
            years = years_of(calendar)
            theirs_by_year = {year: theirs(calendar, year) for year in years}
        except Exception:  # what they cannot read or expand, they have no opinion on
            unread += 1
            continue
        if calendar.name != "VCALENDAR" or not any(theirs_by_year.values()):
            empty += 1
            continue
        name = f"{path.parent.name}/{path.name}"
        reason = reasons.get(name)
        try:
            differences = []
            for year in years:
                mine, yours = ours(reader, path, year), theirs_by_year[year]
                differences += [f"  {year} only ours   {item}" for item in subtract(mine, yours)]
                differences += [f"  {year} only theirs {item}" for item in subtract(yours, mine)]
        except subprocess.SubprocessError as error:
            differences, reason = [f"  our reader: {error}"], None
        if reason:
            used.add(name)
        if not differences and reason:
            print(f"FAIL {name}: agrees, so its reason is no longer needed")
            failed += 1
        elif not differences:
            passed += 1
        elif reason:
            print(f"differs {name}: {reason}")
            passed += 1
        else:
            print(f"FAIL {name}")
            print("\n".join(differences[:12]))
            failed += 1
    for name in sorted(set(reasons) - used):
        print(f"FAIL differences.toml: {name} is not among the calendars")
        failed += 1
    print(f"{empty} files hold no event, or are no whole calendar")
    print(f"{unread} calendars could not be read or expanded by recurring-ical-events")
    if passed < CALENDARS_MIN:
        print(f"FAIL only {passed} calendars were compared")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def subtract(some, others):
    """The items of a list without those of another, each as often as it stands there."""
    rest = list(others)
    return [item for item in some if item not in rest or rest.remove(item)]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
