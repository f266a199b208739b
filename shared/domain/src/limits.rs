//! Every limit, once.

use jiff::SignedDuration;

/// Characters in a name that somebody chose (user, calendar, UID). RFC 5545 sets none for UIDs;
/// real ones reach about 200, and a DynamoDB sort key holds 1,024 bytes.
pub const NAME_CHARS_MAX: usize = 255;

/// Characters of a title that are kept; texts shorten it much further.
pub const TITLE_CHARS_MAX: usize = 300;

/// Characters of a location or link that are kept.
pub const PLACE_CHARS_MAX: usize = 500;

/// Calendars of one user.
pub const CALENDARS_MAX: usize = 20;

/// Lead times of one user.
pub const LEAD_TIMES_MAX: usize = 5;

/// The longest lead time: 7 days, in minutes.
pub const LEAD_MINUTES_MAX: u32 = 7 * 24 * 60;

/// The lead time of a user who chose none, in minutes.
pub const LEAD_MINUTES_DEFAULT: u32 = 15;

/// How long after a rollback somebody is still told of it: quiet hours are over by then.
pub const ROLLBACK_NOTICE_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// How long it is remembered that a number was told of a rollback.
pub const ROLLBACK_NOTICE_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Days of reminders that say which lead time somebody likes: some hundred texts, and a taste of
/// two months ago is not held against them.
pub const LEAD_CHOICE_DAYS: i64 = 56;

/// Windows in one user's quiet hours.
pub const QUIET_WINDOWS_MAX: usize = 8;

/// With policy `advance`, how far ahead of its instant a text may go out.
pub const ADVANCE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// With `allow_after_start`, how long after the quiet window's end a text may still go out.
pub const AFTER_QUIET_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Texts per local day and user when nothing else is chosen.
pub const DAILY_LIMIT_DEFAULT: u32 = 10;

/// The highest daily limit that may be chosen.
pub const DAILY_LIMIT_MAX: u32 = 50;

/// Reminder rows of one user and local day; the rest is counted in the run record.
pub const ROWS_PER_DAY_MAX: usize = 200;

/// Characters of a rating with its words; whoever writes more writes to a person.
pub const FEEDBACK_CHARS_MAX: usize = 480;

/// How long after a text went out an answer may still rate it. Later, nobody knows which text is
/// meant.
pub const RATING_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Entries in a trail; the middle is dropped beyond, with a count.
pub const TRAIL_MAX: usize = 100;

/// Attempts to send one reminder.
pub const ATTEMPTS_MAX: u32 = 3;

/// The wait after the first failed attempt; it doubles after each further one.
pub const RETRY_WAIT: SignedDuration = SignedDuration::from_mins(2);

/// How long before a local day begins its plan is made: longer than a tick's distance from the
/// next, so that one missed by minutes costs nothing.
pub const PLAN_AHEAD: SignedDuration = SignedDuration::from_mins(20);

/// The distance between two scheduler ticks. Day starts of all zones fall on quarters of an hour.
pub const TICK_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// The distance between two runs of the promoter, and the width of what one run hands over.
pub const BUCKET: SignedDuration = SignedDuration::from_mins(5);

/// Meetings without a break from which on the text of the first says how many they are.
pub const RUN_MEETINGS_MIN: usize = 3;

/// The longest time between two meetings that are said to follow each other without a break.
pub const RUN_GAP_MAX: SignedDuration = SignedDuration::from_mins(5);

/// How far ahead of its instant a job enters the delay queue: SQS delays by 900 s at most.
pub const HORIZON: SignedDuration = SignedDuration::from_secs(900);

/// Shards of the `due` index, where it is spread over partitions.
pub const DUE_SHARDS: u8 = 8;

/// How long past its instant a row is left to the queue before the sweep asks for it again.
pub const SWEEP_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Users in one plan job.
pub const PLAN_JOB_USERS_MAX: usize = 25;

/// How long a claim may wait for its post to begin; then it is given back.
pub const CLAIM_GOOD_FOR: SignedDuration = SignedDuration::from_secs(10);

/// How old a look at the rollout switch may be when a claim is made on it.
pub const ROLLOUT_FRESH_FOR: SignedDuration = SignedDuration::from_secs(5);

/// How long a claim may go without an outcome; then it is `unknown`.
pub const CLAIM_UNKNOWN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// How long after the request ended the provider's list is first asked for an unknown outcome.
pub const SETTLE_FIRST_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// The distance between the two lists that prove an absence.
pub const SETTLE_SECOND_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// How far before the claim the provider's list is read back.
pub const SETTLE_LOOK_BACK: SignedDuration = SignedDuration::from_mins(5);

/// How long a text may stay without news before its status is fetched.
pub const POLL_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How long a text may stay without a final receipt before it is `unconfirmed`.
pub const UNCONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Most snoozes of one reminder.
pub const SNOOZES_MAX: u8 = 3;

/// The shortest validity with which a text is handed over; less is too late.
pub const VALIDITY_MIN: SignedDuration = SignedDuration::from_secs(10);

/// The longest validity the provider takes (Twilio's `ValidityPeriod`).
pub const VALIDITY_MAX: SignedDuration = SignedDuration::from_secs(36_000);

/// How far the sender's clock may be from the store's; beyond, it defers.
pub const CLOCK_SKEW_MAX: SignedDuration = SignedDuration::from_secs(2);

/// How wrong a clock may be at most for the promise to hold.
pub const CLOCK_ERROR_MAX: SignedDuration = SignedDuration::from_mins(5);

/// How long a check that could not be made puts a text off.
pub const UNREADABLE_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// Days before today that the mirror of a calendar covers.
pub const MIRROR_DAYS_BACK: i64 = 2;

/// Days after today that the mirror of a calendar covers: the longest lead time and its deferral.
pub const MIRROR_DAYS_AHEAD: i64 = 10;

/// Users whom stage internal may name: the rollout's row is read at every claim.
pub const INTERNAL_USERS_MAX: usize = 20;

/// Users whom stage beta may name.
pub const BETA_USERS_MAX: usize = 200;

/// Arms of one experiment.
pub const ARMS_MAX: usize = 8;

/// Letters in the name of an experiment or an arm.
pub const EXPERIMENT_NAME_MAX: usize = 60;

/// Versions of the prompt.
pub const PROMPTS_MAX: usize = 200;

/// Characters of a prompt: several times what is built in has.
pub const PROMPT_CHARS_MAX: usize = 6_000;

/// Experiments that are kept together with what became of them; they share one document.
pub const EXPERIMENTS_MAX: usize = 100;

/// Texts per second that may be chosen for one sender. A high-rate short code takes some hundred.
pub const RATE_MAX: u32 = 1_000;

/// The turns of how long one line hands out: the sweep makes the next a minute later, and may be
/// seconds late.
pub const LINE_FOR: SignedDuration = SignedDuration::from_secs(65);

/// For how long after a line was made it is taken for granted that whoever was due then is in it.
pub const LINE_COUNTS_FOR: SignedDuration = SignedDuration::from_secs(90);

/// How far beyond its instant the promoter places a text in its line. The sweep has found whoever
/// would wait longer by then.
pub const LINE_BEYOND: SignedDuration = SignedDuration::from_secs(120);

/// How long after its turn a text that came in somebody's way tries again by itself.
pub const TURN_GOOD_FOR: SignedDuration = SignedDuration::from_secs(5);

/// How long it is known how many turns of a second were taken: longer than the clocks of two
/// senders may be apart.
pub const TURNS_KEPT_FOR: SignedDuration = SignedDuration::from_mins(15);

/// The longest that all senders of one lane wait because the provider processed nothing.
pub const HOLD_MAX: SignedDuration = SignedDuration::from_secs(60);

/// Incidents that are remembered of one rule and key.
pub const INCIDENTS_MAX: usize = 10;

/// Schedules, queues or providers of one rule that alerts look at.
pub const ALERT_KEYS_MAX: usize = 16;

/// How often one channel is tried with one notice of an alert, before the next is.
pub const ALERT_TRIES_MAX: u32 = 3;

/// The wait after the first failed try to tell of an alert; it grows by as much with each.
pub const ALERT_RETRY_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// Notices of alerts that one run tells: the rest waits for the next run, a minute later.
pub const ALERT_NOTICES_MAX: usize = 20;

/// What models may cost for one user and local day unless it is said otherwise, in millionths of a
/// US dollar: two cents.
pub const MODEL_USER_DAY_MICRODOLLARS: u64 = 20_000;

/// What models may cost for everybody and one UTC day unless it is said otherwise, in millionths of
/// a US dollar: ten dollars.
pub const MODEL_DAY_MICRODOLLARS: u64 = 10_000_000;
/// Characters of a calendar's address; browsers and servers agree on some 2,000.
pub const ADDRESS_CHARS_MAX: usize = 2_000;

/// Characters of what opens an account at a calendar's server: its name, its password.
pub const ACCOUNT_CHARS_MAX: usize = 500;

/// How long somebody may take to allow us to read a calendar, from when the page was asked for.
pub const CONSENT_GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How often a connected calendar is looked at when nothing else is chosen.
pub const SYNC_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// The shortest distance between two looks that may be chosen; publishers of calendars ask for
/// more.
pub const SYNC_EVERY_MIN: SignedDuration = SignedDuration::from_mins(5);

/// The longest distance between two looks that may be chosen.
pub const SYNC_EVERY_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The wait after the first look that failed; it doubles after each further one.
pub const SYNC_WAIT_FIRST: SignedDuration = SignedDuration::from_mins(2);

/// The longest wait of our own making between looks that fail.
pub const SYNC_WAIT_MAX: SignedDuration = SignedDuration::from_hours(6);

/// The longest wait that the other side may ask for (`Retry-After`).
pub const SYNC_ASKED_WAIT_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Calendars that one run of the monitor asks to be looked at: at 10,000 a minute, 150,000 are
/// looked at every quarter of an hour.
pub const SYNCS_PER_RUN_MAX: usize = 10_000;

/// Shards of the index of calendars by their next look, where it is spread over partitions.
pub const SYNC_SHARDS: u8 = 4;

/// Bytes of a calendar that is fetched: the largest real exports hold about 20 MiB.
pub const CALENDAR_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How far back a calendar is read that is read in part. The mirror reaches back nine days after
/// days that went by unplanned.
pub const PULL_BACK: SignedDuration = SignedDuration::from_hours(11 * 24);

/// How far ahead it is read: the mirror's ten days, and so much more that the mirror rolls on for
/// days though nobody can look.
pub const PULL_AHEAD: SignedDuration = SignedDuration::from_hours(26 * 24);

/// How far ahead it must have been read; else it is read again though nothing changed there.
pub const PULL_AHEAD_MIN: SignedDuration = SignedDuration::from_hours(19 * 24);

/// How far apart looks begin that pushes ask for: as many pushes as may come in a minute cost four.
pub const PUSH_PACE: SignedDuration = SignedDuration::from_secs(15);

/// How long before its end a channel gets a successor: a look comes at least once a day, so there
/// are some to try it.
pub const CHANNEL_RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(48);

/// How often it is noted that a provider told us of a change, or has calendars to tell of.
pub const CHANNEL_NOTE_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// How long after the last look at any of its calendars a provider is expected to tell of changes.
pub const CHANNEL_WATCHED_FOR: SignedDuration = SignedDuration::from_hours(26);

/// Redirects that are followed to a calendar.
pub const REDIRECTS_MAX: usize = 5;

/// Bytes of a bearer token that are looked at; issuers' tokens with many claims reach about 4 KiB.
pub const BEARER_BYTES_MAX: usize = 8 * 1024;

/// How wrong an issuer's clock may be, beside ours, when its tokens begin or end.
pub const TOKEN_LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Keys of machines, with those that are revoked.
pub const API_KEYS_MAX: usize = 1_000;

/// Characters of the name of a machine's key.
pub const API_KEY_NAME_CHARS_MAX: usize = 100;

/// The longest that a machine's key may hold.
pub const API_KEY_DAYS_MAX: u32 = 2 * 366;

/// How long whoever signed up may take to answer the opt-in text.
pub const SIGN_UP_FOR: SignedDuration = SignedDuration::from_hours(72);

/// A number gets at most one opt-in text in this time, however often it is entered.
pub const OPT_IN_TEXT_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// An opt-in text that could not go out within this time never does: who asked for it has given up.
pub const OPT_IN_TEXT_WITHIN: SignedDuration = SignedDuration::from_hours(12);

/// All opt-in texts together may take this part of what texts may cost in a day, so that whoever
/// enters the numbers of strangers uses up no reminders.
pub const OPT_IN_TEXTS_PART: u64 = 10;

/// What opt-in texts may cost in a UTC day where no ceiling is configured, in millionths of a US
/// dollar: some hundreds of texts.
pub const OPT_IN_TEXTS_MICRODOLLARS: u64 = 5_000_000;

/// Sign-ups from one address within an hour: a household, not a list of numbers.
pub const SIGN_UPS_PER_HOUR: u32 = 10;

/// Codes that prove that somebody holds a phone: so many go to one number, and at the wish of one
/// user, within [`CODES_WITHIN`].
pub const CODES_SENT_MAX: u32 = 5;

/// So many that somebody entered are looked at within [`CODES_WITHIN`], of one number and of one
/// user. Fifteen guesses at six digits hit once in 66,000 days.
pub const CODES_TRIED_MAX: u32 = 15;

/// The time within which codes are counted.
pub const CODES_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Digits of a code. The provider's have six unless its console says otherwise.
pub const CODE_DIGITS: std::ops::RangeInclusive<usize> = 4..=10;

/// What the provider takes for a code beside its text, in millionths of a US dollar (Twilio's price
/// list for Verify: $0.05 for each that was entered).
pub const CODE_MICRODOLLARS: u64 = 50_000;
