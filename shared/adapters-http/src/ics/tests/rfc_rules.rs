//! The examples of RFC 5545, 3.8.5.3, in New York. The dates are those that it prints.

use super::*;

/// Expands a rule from 1997-09-02 09:00 on and compares the dates, written `YYYY-MM-DD` or, for
/// several of one month, `YYYY-MM-DD,DD`. An endless series is compared as far as is given.
fn check(start: &str, rule: &str, expected: &str) {
    let lines = format!("DTSTART;TZID=America/New_York:{start}T090000\nRRULE:{rule}");
    let feed = feed(&calendar(&event(&lines)));
    assert_eq!(feed.oddities(), []);
    let expanded = window(&feed, "1997-01-01", "2008-01-01", "America/New_York");
    let expected: Vec<String> = expected
        .split_whitespace()
        .flat_map(|group| {
            let (month, days) = group.split_at(8);
            days.split(',').map(move |day| format!("{month}{day}"))
        })
        .collect();
    let found: Vec<String> = expanded
        .events
        .iter()
        .take(if rule.contains("COUNT") || rule.contains("UNTIL") { 9999 } else { expected.len() })
        .map(|event| {
            let name = event.occurrence.as_str();
            format!("{}-{}-{}", &name[..4], &name[4..6], &name[6..8])
        })
        .collect();
    assert_eq!(found, expected, "{rule}");
}

const START: &str = "19970902";

#[test]
fn daily() {
    check(START, "FREQ=DAILY;COUNT=10", "1997-09-02,03,04,05,06,07,08,09,10,11");
    check(
        START,
        "FREQ=DAILY;INTERVAL=2",
        "1997-09-02,04,06,08,10,12,14,16,18,20,22,24,26,28,30 1997-10-02",
    );
    check(START, "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02,12,22 1997-10-02,12");
    let january = |year: u16| {
        let days: Vec<_> = (1..=31).map(|day| format!("{day:02}")).collect();
        format!("{year}-01-{}", days.join(","))
    };
    let all = [1998, 1999, 2000].map(january).join(" ");
    check(
        "19980101",
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        &all,
    );
    check("19980101", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", &all);
}

#[test]
fn weekly() {
    check(START, "FREQ=WEEKLY;COUNT=10", "1997-09-02,09,16,23,30 1997-10-07,14,21,28 1997-11-04");
    check(
        START,
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997-09-02,16,30 1997-10-14,28 1997-11-11,25 1997-12-09,23 1998-01-06,20",
    );
    check(
        START,
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "1997-09-02,04,09,11,16,18,23,25,30 1997-10-02",
    );
    check(
        "19970901",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09-01,03,05,15,17,19,29 1997-10-01,03,13,15,17,27,29,31 1997-11-10,12,14,24,26,28 \
         1997-12-08,10,12,22",
    );
    check(
        START,
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997-09-02,04,16,18,30 1997-10-02,14,16",
    );
}

#[test]
fn monthly() {
    check(
        "19970905",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09-05 1997-10-03 1997-11-07 1997-12-05 1998-01-02 1998-02-06 1998-03-06 \
         1998-04-03 1998-05-01 1998-06-05",
    );
    check(
        "19970905",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997-09-05 1997-10-03 1997-11-07 1997-12-05",
    );
    check(
        "19970907",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09-07,28 1997-11-02,30 1998-01-04,25 1998-03-01,29 1998-05-03,31",
    );
    check(
        "19970922",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09-22 1997-10-20 1997-11-17 1997-12-22 1998-01-19 1998-02-16",
    );
    check(
        "19970928",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09-28 1997-10-29 1997-11-28 1997-12-29 1998-01-29 1998-02-26",
    );
    check(
        START,
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997-09-02,15 1997-10-02,15 1997-11-02,15 1997-12-02,15 1998-01-02,15",
    );
    check(
        "19970930",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09-30 1997-10-01,31 1997-11-01,30 1997-12-01,31 1998-01-01,31 1998-02-01",
    );
    check(
        "19970910",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09-10,11,12,13,14,15 1999-03-10,11,12,13",
    );
    check(
        START,
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997-09-02,09,16,23,30 1997-11-04,11,18,25 1998-01-06,13,20,27 1998-03-03,10,17,24,31",
    );
}

#[test]
fn monthly_by_several_parts() {
    check(
        "19970902",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1997-09-02 1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13",
    );
    check(
        "19970913",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09-13 1997-10-11 1997-11-08 1997-12-13 1998-01-10 1998-02-07 1998-03-07 \
         1998-04-11 1998-05-09 1998-06-13",
    );
    check(
        "19970904",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997-09-04 1997-10-07 1997-11-06",
    );
    check(
        "19970929",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09-29 1997-10-30 1997-11-27 1997-12-30 1998-01-29 1998-02-26 1998-03-30",
    );
    check(
        "20070115",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007-01-15,30 2007-02-15 2007-03-15,30",
    );
}

#[test]
fn yearly() {
    check(
        "19970610",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06-10 1997-07-10 1998-06-10 1998-07-10 1999-06-10 1999-07-10 2000-06-10 \
         2000-07-10 2001-06-10 2001-07-10",
    );
    check(
        "19970310",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03-10 1999-01-10 1999-02-10 1999-03-10 2001-01-10 2001-02-10 2001-03-10 \
         2003-01-10 2003-02-10 2003-03-10",
    );
    check(
        "19970101",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09 2000-07-18 2003-01-01 \
         2003-04-10 2003-07-19 2006-01-01",
    );
    check("19970519", "FREQ=YEARLY;BYDAY=20MO", "1997-05-19 1998-05-18 1999-05-17");
    check("19970512", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12 1998-05-11 1999-05-17");
    check(
        "19970313",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03-13,20,27 1998-03-05,12,19,26 1999-03-04,11,18,25",
    );
    check(
        "19970605",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06-05,12,19,26 1997-07-03,10,17,24,31 1997-08-07,14,21,28 1998-06-04",
    );
    check(
        "19961105",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "2000-11-07 2004-11-02",
    );
}

#[test]
fn weeks_of_the_year_may_begin_in_the_year_before() {
    check(
        "19971229",
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=4",
        "1997-12-29 1999-01-04 2000-01-03 2001-01-01",
    );
    check("19981228", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2", "1998-12-28 2004-12-27");
    check(
        "19971222",
        "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO;COUNT=3",
        "1997-12-22 1998-12-28 1999-12-27",
    );
    // Without BYDAY, the day of the week is that of DTSTART.
    check("19970514", "FREQ=YEARLY;BYWEEKNO=20;COUNT=2", "1997-05-14 1998-05-13");
}
