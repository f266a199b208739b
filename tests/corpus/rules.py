"""Compares what our reader makes of generated recurrence rules with recurring-ical-events.

    rules.py READER [RULES] [SEED]

READER is the program `ics_dump`. So many series (600 unless it is said) are made from the seed, of
every frequency that calendars offer and with every part of a rule that they write, in several zones,
in UTC, without a zone and on whole days, some with exceptions. Each is expanded over three years. A
difference fails the run unless `explained` knows its reason, with which it is then printed. The last
line is `N passed, N failed`.
"""

import collections
import datetime
import pathlib
import random
import sys
import tempfile
import warnings

import icalendar

from compare import ours, subtract, theirs

RULES = 600
YEARS = [2026, 2027, 2028]
ZONES = ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(dice, items, most):
    """A few of the items, in their order."""
    chosen = set(dice.sample(range(len(items)), dice.randint(1, most)))
    return [item for at, item in enumerate(items) if at in chosen]


def joined(items):
    return ",".join(str(item) for item in items)


def by_parts(dice, frequency):
    """The parts of a rule that narrow or widen it, as calendars write them."""
    if frequency == "DAILY":
        return dice.choice([[], [], [f"BYDAY={joined(some(dice, DAYS, 5))}"],
                            [f"BYMONTH={joined(some(dice, range(1, 13), 4))}"]])
    if frequency == "WEEKLY":
        days = [f"BYDAY={joined(some(dice, DAYS, 4))}"]
        return dice.choice([[], days, days, days + [f"WKST={dice.choice(['SU', 'MO'])}"]])
    nth = [f"BYDAY={dice.choice([1, 2, 3, 4, -1, -2])}{dice.choice(DAYS)}"]
    last_workday = ["BYDAY=MO,TU,WE,TH,FR", f"BYSETPOS={dice.choice([1, 2, -1])}"]
    month_days = [f"BYMONTHDAY={joined(some(dice, [1, 5, 15, 28, 29, 30, 31, -1, -3], 3))}"]
    if frequency == "MONTHLY":
        return dice.choice([[], nth, nth, last_workday, month_days])
    month = [f"BYMONTH={joined(some(dice, range(1, 13), 3))}"]
    return dice.choice([[], month, month + nth, month + month_days])


def series(dice, number):
    """One series, as its lines."""
    frequency = dice.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if dice.random() < 0.4:
        parts.append(f"INTERVAL={dice.randint(2, 4)}")
    parts += by_parts(dice, frequency)
    first = datetime.datetime(2025, 1, 1) + datetime.timedelta(
        days=dice.randint(0, 500), minutes=15 * dice.randint(0, 95))
    kind = dice.choice(["zone", "zone", "zone", "utc", "floating", "day"])
    stamp = first.strftime("%Y%m%d" if kind == "day" else "%Y%m%dT%H%M%S")
    mark = "Z" if kind == "utc" else ""
    name = {"zone": f";TZID={dice.choice(ZONES)}", "day": ";VALUE=DATE"}.get(kind, "")
    end = dice.random()
    if end < 0.3:
        parts.append(f"COUNT={dice.randint(1, 60)}")
    elif end < 0.6:
        until = first + datetime.timedelta(days=dice.randint(1, 900))
        # RFC 5545 wants it in UTC where the start has a zone, and like the start elsewhere.
        form = {"day": "%Y%m%d", "floating": "%Y%m%dT%H%M%S"}.get(kind, "%Y%m%dT%H%M%SZ")
        parts.append(f"UNTIL={until.strftime(form)}")
    lines = ["BEGIN:VEVENT", f"UID:rule-{number}@test", "DTSTAMP:20250101T000000Z",
             f"SUMMARY:Rule {number}", f"DTSTART{name}:{stamp}{mark}"]
    lines.append("DURATION:P1D" if kind == "day" else "DURATION:PT30M")
    lines.append(f"RRULE:{';'.join(parts)}")
    if dice.random() < 0.3:
        off = first + datetime.timedelta(days=7 * dice.randint(0, 20))
        form = "%Y%m%d" if kind == "day" else "%Y%m%dT%H%M%S"
        lines.append(f"EXDATE{name}:{off.strftime(form)}{mark}")
    return lines + ["END:VEVENT"]


def by_title(found):
    titles = collections.defaultdict(list)
    for item in found:
        titles[item[2]].append(item)
    return titles


def explained(only_ours, only_theirs):
    """Why a difference is as it should be; None where it is not known."""
    same_starts = [item[0] for item in only_ours] == [item[0] for item in only_theirs]
    if same_starts and all(end <= start for start, end, _ in only_theirs):
        return "a start that clocks skip is moved by both; they leave the end before it, we keep the length"
    return None


def main():
    reader = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else RULES
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261127
    dice = random.Random(seed)
    all_series = {f"Rule {number}": series(dice, number) for number in range(count)}
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//beforehand//rules//EN"]
    lines += [line for one in all_series.values() for line in one] + ["END:VCALENDAR", ""]
    text = "\r\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rules.ics"
        path.write_text(text)
        calendar = icalendar.Calendar.from_ical(text)
        mine, yours = [], []
        for year in YEARS:
            mine += ours(reader, path, year)
            yours += theirs(calendar, year)
    mine_of, yours_of = by_title(mine), by_title(yours)
    passed, failed, reasons = 0, 0, collections.Counter()
    for title, one in all_series.items():
        only_ours = subtract(mine_of[title], yours_of[title])
        only_theirs = subtract(yours_of[title], mine_of[title])
        if not only_ours and not only_theirs:
            passed += 1
            continue
        reason = explained(only_ours, only_theirs)
        if reason:
            passed += 1
            reasons[reason] += 1
            continue
        failed += 1
        print(f"FAIL {title}: {' '.join(one[4:-1])}")
        print("\n".join([f"  only ours   {item}" for item in only_ours[:4]]
                        + [f"  only theirs {item}" for item in only_theirs[:4]]))
    print(f"seed {seed}: {count} series, {len(mine)} occurrences of ours, {len(yours)} of theirs")
    for reason, times in reasons.items():
        print(f"{times} differ: {reason}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
