//! What a sandbox remembers after its process was killed.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use futures::future::join_all;
use tempfile::TempDir;

use super::*;
use crate::sms_sandbox::journal::tests::set_disk_full;

const SERVICE: &str = "MG000000000000000000000000000000a1";

/// A folder with journals in it.
struct Disk(TempDir);

impl Disk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("sandbox.jsonl")
    }

    /// What a killed process leaves: the file as it is now, unasked of whoever has it open.
    fn killed(&self, name: &str) -> PathBuf {
        let copy = self.0.path().join(name);
        fs::copy(self.path(), &copy).unwrap();
        copy
    }
}

fn config() -> SandboxConfig {
    let service = MessagingService { sid: SERVICE.to_owned(), sender: FROM.to_owned() };
    SandboxConfig { messaging_services: vec![service], ..SandboxConfig::default() }
}

impl Bench {
    fn open(config: SandboxConfig, path: &Path) -> Self {
        Self::try_open(config, path).unwrap()
    }

    fn try_open(config: SandboxConfig, path: &Path) -> Result<Self, JournalError> {
        let now = Arc::new(Mutex::new(START));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || *clock.lock().unwrap());
        let sandbox = Arc::new(SmsSandbox::open(config, clock, path)?);
        Ok(Self { sandbox, now, receiver: Arc::default() })
    }

    /// The same world after the process was killed and started again.
    fn after_kill(&self, path: &Path) -> Self {
        let again = Self::open(self.sandbox.config().clone(), path);
        *again.now.lock().unwrap() = self.now();
        again
    }

    async fn listed(&self) -> Vec<String> {
        let (status, json) = self.request("GET", &self.messages_path(), &[]).await.unwrap();
        assert_eq!(status, 200);
        let messages = json["messages"].as_array().unwrap();
        messages.iter().map(|message| message["sid"].as_str().unwrap().to_owned()).collect()
    }

    /// Texts in all the ways that callbacks and statuses can go.
    async fn varied_texts(&self) {
        let planned = |status, when| PlannedCallback { status, when };
        let exactly = CallbackPlan::Exactly(vec![
            planned(TextStatus::Delivered, CallbackTime::After(SignedDuration::from_millis(300))),
            planned(TextStatus::Sent, CallbackTime::After(SignedDuration::from_millis(900))),
        ]);
        let scripts = [
            Script::default(),
            Script::default().with_callbacks(CallbackPlan::Twice),
            Script::default().with_callbacks(CallbackPlan::Reversed),
            Script::default().with_callbacks(exactly),
            Script::fate(Fate::Undeliver { code: 30003 }),
            Script::fate(Fate::StopAt(TextStatus::Sent)),
        ];
        for (number, script) in scripts.iter().enumerate() {
            self.sandbox.script_next(script, 1);
            self.text(&format!("+1500555020{number}"), "b").await;
        }
        let form = [
            ("To", TO),
            ("MessagingServiceSid", SERVICE),
            ("Body", "b"),
            ("StatusCallback", CALLBACK),
        ];
        assert_eq!(self.create(&form).await.unwrap().0, 201);
    }
}

/// Who, and what status, of each callback in order.
fn told(callbacks: &[Callback]) -> Vec<(String, String)> {
    let of = |callback: &Callback| {
        let form = form(callback);
        (form["To"].clone(), form["MessageStatus"].clone())
    };
    callbacks.iter().map(of).collect()
}

#[tokio::test]
async fn whatever_was_answered_is_there_after_a_kill() {
    let disk = Disk::new();
    let bench = Bench::open(config(), &disk.path());
    for number in 0..5 {
        let sid = bench.text(TO, &number.to_string()).await;
        let again = bench.after_kill(&disk.killed(&format!("copy {number}")));
        assert_eq!(again.sandbox.texts(), bench.sandbox.texts());
        assert_eq!(again.sandbox.text(&sid), bench.sandbox.text(&sid));
        assert_eq!(again.listed().await, bench.listed().await);
        assert_eq!(again.sandbox.counts(), bench.sandbox.counts());
    }
    bench.sandbox.script_next(&Script::answer(Answer::Lost { processed: true }), 1);
    let form = [("To", TO), ("From", FROM), ("Body", "lost")];
    assert_eq!(bench.create(&form).await, Err(SandboxFault::AnswerLost));
    let again = bench.after_kill(&disk.killed("lost"));
    assert_eq!(again.sandbox.texts().last().unwrap().body, "lost");
}

#[tokio::test]
async fn statuses_and_callbacks_go_on_from_where_they_were() {
    let whole = Bench::with(config());
    whole.varied_texts().await;
    let mut expected = Vec::new();
    for _ in 0..20 {
        whole.pass(SignedDuration::from_millis(50)).await;
        expected.push(told(&whole.receiver.take()));
    }
    for killed_after in 0..20 {
        let disk = Disk::new();
        let mut bench = Bench::open(config(), &disk.path());
        bench.varied_texts().await;
        for (step, expected) in expected.iter().enumerate() {
            if step == killed_after {
                // What was appended last may be on its way to the disk; a kill comes after it.
                bench.sandbox.kept().await.unwrap();
                bench = bench.after_kill(&disk.killed("copy"));
            }
            bench.pass(SignedDuration::from_millis(50)).await;
            let mut got = told(&bench.receiver.take());
            let mut expected = expected.clone();
            // Equal instants have no order among different texts.
            got.sort_by(|a, b| a.0.cmp(&b.0));
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            assert_eq!(got, expected, "killed after {killed_after}, step {step}");
        }
        assert_eq!(bench.sandbox.texts(), whole.sandbox.texts(), "killed after {killed_after}");
        assert_eq!(bench.sandbox.counts(), whole.sandbox.counts());
    }
}

/// Takes a copy of the journal while a callback is under way.
struct KilledMeanwhile<'a>(&'a Disk);

#[async_trait]
impl CallbackSender for KilledMeanwhile<'_> {
    async fn post(&self, _: Callback) -> Result<CallbackAnswer, CallbackFault> {
        self.0.killed("copy");
        Ok(CallbackAnswer { status: 204, body: String::new() })
    }
}

#[tokio::test]
async fn a_callback_under_way_is_posted_again_and_its_text_was_kept_before() {
    let disk = Disk::new();
    let bench = Bench::open(config(), &disk.path());
    let sid = bench.text(TO, "b").await;
    let now = bench.now() + SignedDuration::from_millis(100);
    *bench.now.lock().unwrap() = now;
    bench.sandbox.run_due(now, &KilledMeanwhile(&disk)).await;
    let again = bench.after_kill(&disk.0.path().join("copy"));
    // Whether the step was written in time or is taken again, the text is known and goes on.
    assert!([TextStatus::Queued, TextStatus::Sending].contains(&again.status_of(&sid)));
    assert_eq!(again.sandbox.next_due(), Some(now));
    again.pass(seconds(5)).await;
    assert_eq!(again.receiver.take_statuses(), ["sending", "sent", "delivered"]);
}

#[tokio::test]
async fn retries_of_callbacks_survive() {
    let disk = Disk::new();
    let bench = Bench::open(config(), &disk.path());
    bench.text(TO, "b").await;
    (0..2).for_each(|_| bench.receiver.answer_with(503, ""));
    bench.pass(SignedDuration::from_millis(100)).await;
    assert_eq!(bench.receiver.take_statuses(), ["sending"]);
    bench.sandbox.kept().await.unwrap();
    let again = bench.after_kill(&disk.killed("copy"));
    (0..99).for_each(|_| again.receiver.answer_with(503, ""));
    for _ in 0..60 {
        again.pass(seconds(1)).await;
    }
    let sending = again.receiver.take_statuses().iter().filter(|s| *s == "sending").count();
    assert_eq!(sending, 5, "one attempt was made before, and five retries are allowed");
}

#[tokio::test]
async fn a_torn_last_line_is_cut_off() {
    let disk = Disk::new();
    let bench = Bench::open(config(), &disk.path());
    bench.text(TO, "first").await;
    let whole = fs::metadata(disk.path()).unwrap().len();
    bench.text(TO, "second").await;
    let all = fs::read(disk.path()).unwrap();
    let copy = disk.killed("copy");
    let all_bytes = all.len() as u64;
    for bytes in (whole..all_bytes).step_by(29).chain([all_bytes - 1, all_bytes]) {
        fs::write(&copy, &all[..usize::try_from(bytes).unwrap()]).unwrap();
        let again = bench.after_kill(&copy);
        let is_whole = bytes == all_bytes;
        assert_eq!(again.sandbox.texts().len(), 1 + usize::from(is_whole), "{bytes} bytes");
        assert_eq!(fs::metadata(&copy).unwrap().len(), if is_whole { bytes } else { whole });
        again.text(TO, "third").await;
        let texts = again.sandbox.texts();
        drop(again);
        assert_eq!(bench.after_kill(&copy).sandbox.texts(), texts, "{bytes} bytes");
    }
    // A file whose first line was being written is an empty one.
    for bytes in 0..10 {
        fs::write(&copy, &all[..bytes]).unwrap();
        let again = bench.after_kill(&copy);
        assert_eq!(again.sandbox.texts(), []);
        again.text(TO, "first again").await;
        drop(again);
        assert_eq!(bench.after_kill(&copy).sandbox.texts().len(), 1);
    }
}

#[tokio::test]
async fn what_is_no_journal_of_ours_is_left_alone() {
    let disk = Disk::new();
    let check = |content: &str, expected: &str| {
        fs::write(disk.path(), content).unwrap();
        let error = Bench::try_open(config(), &disk.path()).err().expect(expected);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(fs::read_to_string(disk.path()).unwrap(), content);
    };
    let begin = |version: u32| {
        format!(
            "{{\"begin\":{{\"version\":{version},\"first\":0,\"created\":0,\"inbound\":0,\
             \"callbacks_posted\":0,\"callbacks_given_up\":0,\"opted_out\":[]}}}}\n"
        )
    };
    check("my diary", "line 1 is not readable");
    check("my\ndiary\n", "line 1 is not readable");
    check(&format!("{}what\n{{\"step\":0}}\n", begin(1)), "line 2 is not readable");
    check(&begin(2), "it has version 2, this release knows 1");
    let folder = disk.0.path().join("none").join("journal");
    let error = Bench::try_open(config(), &folder).err().expect("there is no such folder");
    assert!(matches!(error, JournalError::System { .. }), "{error}");
    let first = Bench::open(config(), &disk.0.path().join("other"));
    let second = Bench::try_open(config(), &disk.0.path().join("other"));
    assert!(matches!(second, Err(JournalError::InUse { .. })));
    drop(first);
}

#[tokio::test]
async fn sids_do_not_come_twice() {
    let disk = Disk::new();
    let config = SandboxConfig { texts_max: 2, ..config() };
    let mut sids = std::collections::HashSet::new();
    for _ in 0..5 {
        let bench = Bench::open(config.clone(), &disk.path());
        for _ in 0..3 {
            assert!(sids.insert(bench.text(TO, "b").await));
        }
        assert_eq!(bench.sandbox.texts().len(), 2);
        assert_eq!(bench.sandbox.counts().created, sids.len() as u64);
    }
}

#[tokio::test]
async fn phones_and_their_words_are_remembered() {
    let disk = Disk::new();
    let say = async |bench: &Bench, body: &str| {
        let to = FROM.to_owned();
        let inbound = InboundText { from: TO.to_owned(), to, body: body.to_owned() };
        bench.sandbox.inbound(inbound, bench.now(), bench.receiver.as_ref()).await
    };
    let is_refused = async |bench: &Bench| {
        let form = [("To", TO), ("From", FROM), ("Body", "reminder")];
        bench.create(&form).await.unwrap().1["code"] == 21610
    };
    let bench = Bench::open(config(), &disk.path());
    say(&bench, "STOP").await;
    let again = bench.after_kill(&disk.killed("copy"));
    assert_eq!(again.sandbox.texts(), bench.sandbox.texts());
    assert_eq!(again.sandbox.counts(), bench.sandbox.counts());
    assert!(is_refused(&again).await);
    say(&bench, "START").await;
    assert!(!is_refused(&bench.after_kill(&disk.killed("another"))).await);
}

#[tokio::test]
async fn the_file_does_not_grow_beyond_what_is_kept() {
    let disk = Disk::new();
    let bench = Bench::open(SandboxConfig { texts_max: 50, ..config() }, &disk.path());
    let body = "x".repeat(1_600);
    for _ in 0..10 {
        join_all((0..50).map(|_| bench.text(TO, &body))).await;
    }
    // 500 of these texts are more than 900 kB.
    let length = fs::metadata(disk.path()).unwrap().len();
    assert!(length < 400_000, "{length}");
    let again = bench.after_kill(&disk.killed("copy"));
    assert_eq!(again.sandbox.texts(), bench.sandbox.texts());
    assert_eq!(again.sandbox.counts(), bench.sandbox.counts());
    again.pass(seconds(60)).await;
    assert!(again.sandbox.texts().iter().all(|text| text.status == TextStatus::Delivered));
}

#[tokio::test]
async fn a_sandbox_that_cannot_write_takes_nothing_and_says_nothing() {
    let disk = Disk::new();
    let bench = Bench::open(config(), &disk.path());
    bench.text(TO, "before").await;
    set_disk_full(&disk.path(), true);
    let form = [("To", TO), ("From", FROM), ("Body", "b"), ("StatusCallback", CALLBACK)];
    // The first one is taken before anybody knows.
    for (status, created) in [(500, 2), (429, 2), (429, 2)] {
        assert_eq!(bench.create(&form).await.unwrap().0, status);
        assert_eq!(bench.sandbox.counts().created, created);
    }
    assert_eq!(bench.request("GET", &bench.messages_path(), &[]).await.unwrap().0, 500);
    bench.pass(seconds(5)).await;
    assert_eq!(bench.receiver.take(), []);
    assert!(bench.sandbox.next_due() > Some(bench.now()), "a runner does not spin");
    set_disk_full(&disk.path(), false);
    assert_eq!(bench.create(&form).await.unwrap().0, 201);
    bench.pass(seconds(5)).await;
    assert_eq!(bench.receiver.take().len(), 9);
    bench.sandbox.kept().await.unwrap();
    let again = bench.after_kill(&disk.killed("copy"));
    assert_eq!(again.sandbox.texts(), bench.sandbox.texts());
}

#[tokio::test]
async fn a_line_of_a_stranger_at_the_end_is_cut_off_like_a_torn_one() {
    let disk = Disk::new();
    drop(Bench::open(config(), &disk.path()));
    let mut file = OpenOptions::new().append(true).open(disk.path()).unwrap();
    file.write_all(b"\0\0\0\0\n").unwrap();
    drop(file);
    let bench = Bench::open(config(), &disk.path());
    bench.text(TO, "b").await;
    drop(bench);
    assert_eq!(Bench::open(config(), &disk.path()).sandbox.texts().len(), 1);
}
