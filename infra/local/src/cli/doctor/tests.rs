use std::fs;
use std::net::TcpListener;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use transport::{Transport, TransportFault};

use crate::cli::{Surroundings, run_in};
use crate::output::Screen;

const NOW: &str = "2026-11-23T12:00:00Z";

/// Answers by the end of the path; everything else is not reached.
struct Answers(Vec<(&'static str, u16, Value)>);

#[async_trait]
impl Transport for Answers {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let path = request.uri().path();
        let found = self.0.iter().find(|(end, ..)| path.ends_with(end));
        let Some((_, status, body)) = found else {
            return Err(TransportFault::NotSent { reason: "refused".to_owned() });
        };
        let body = Bytes::from(body.to_string());
        Ok(Response::builder().status(*status).body(body).unwrap())
    }
}

struct Examined {
    exit: u8,
    lines: Vec<String>,
}

impl Examined {
    #[track_caller]
    fn assert(&self, severity: &str, words: &str) {
        let is_it = |line: &&String| line.starts_with(severity) && line.contains(words);
        assert!(
            self.lines.iter().any(|line| is_it(&line)),
            "{severity} {words}: {:#?}",
            self.lines
        );
        assert_eq!(self.exit, u8::from(matches!(severity, "problem" | "caution")), "{words}");
    }
}

fn examine_at(now: &str, folder: &Path, args: &[&str], answers: Answers) -> Examined {
    let data = folder.join("data");
    let line = ["beforehand", "doctor", "--json", "--data", data.to_str().unwrap()];
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let exit = run_in(
        line.iter().chain(args).copied(),
        Surroundings {
            stdin: &mut std::io::empty(),
            stdout: &mut stdout,
            stderr: &mut stderr,
            now: now.parse::<Timestamp>().unwrap(),
            screen: Screen::default(),
            variables: &|_| None,
            transport: Some(&answers),
        },
    );
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    let answer: Value = serde_json::from_slice(&stdout).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let lines = answer["findings"].as_array().unwrap().iter().map(|finding| {
        let what = ["about", "what", "remedy"].map(|key| text(finding, key)).join(" | ");
        format!("{} {what}", text(finding, "severity"))
    });
    Examined { exit, lines: lines.collect() }
}

/// Plants something in a data folder with this configuration and has it looked at.
fn examine(config: &str, plant: impl FnOnce(&Path)) -> Examined {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), config);
    plant(&folder.path().join("data"));
    examine_at(NOW, folder.path(), &[], Answers(Vec::new()))
}

fn make(folder: &Path, config: &str) {
    let data = folder.join("data");
    crate::config::DataFolder::new(data.clone(), None).create().unwrap();
    // Whatever else runs on this machine, some port is free.
    let listen = if config.contains("listen") { "" } else { "listen = '127.0.0.1:0'\n" };
    write_private(&data.join("beforehand.toml"), &format!("{listen}{config}"));
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    set_mode(path, 0o600);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn twilio(rest: &str) -> String {
    format!(
        "{rest}\n[twilio]\naccount_sid = 'AC0123456789abcdef0123456789abcdef'\n\
         auth_token = 's3cret'\nfrom = '+12025550123'\nbase_url = 'https://twilio.test'\n"
    )
}

#[test]
fn ops_02_a_sound_system_has_no_problem() {
    let found = examine("", |_| {});
    assert_eq!(found.exit, 0, "{:#?}", found.lines);
    found.assert("ok", "beforehand.toml is valid");
    found.assert("ok", "can be written to");
    found.assert("ok", "the zone database is 20");
    let found = examine(&twilio("public_base_url = 'https://texts.test'"), |_| {});
    assert_eq!(found.exit, 0, "{:#?}", found.lines);
}

#[test]
fn ops_02_each_planted_misconfiguration_is_found() {
    let check = |config: &str, severity: &str, words: &str| {
        examine(config, |_| {}).assert(severity, words);
    };
    check("lisen = 'x'", "problem", "`lisen` is not a known key; did you mean `listen`?");
    check("listen = 'here'", "problem", "`listen` \"here\" is no address");
    check("listen = '203.0.113.7:80'", "problem", "cannot listen on 203.0.113.7:80");
    check("listen = '0.0.0.0:0'", "caution", "whoever reaches it reads its texts");
    check("zones_dir = '.'", "problem", "holds no compiled zone files");
    check(&twilio(""), "problem", "`public_base_url` is missing");
    check(&twilio("public_base_url = 'http://texts.test'"), "problem", "is not https");
    check(
        &twilio("public_base_url = 'http://localhost:8730'"),
        "problem",
        "Twilio cannot reach it",
    );
    check(&(twilio("") + "[sandbox]\n"), "problem", "exclude each other");
    check(&(twilio("") + "auth_token_secondary = 's3cret'"), "caution", "secrets are the same");
    check(&twilio("").replace("s3cret", ""), "problem", "`twilio.auth_token` is empty");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("listen = '{}'", taken.local_addr().unwrap());
    check(&listen, "problem", "is taken by another program");
}

#[test]
fn ops_02_each_planted_fault_of_the_data_folder_is_found() {
    let check = |plant: &dyn Fn(&Path), severity: &str, words: &str| {
        examine("", plant).assert(severity, words);
    };
    check(&|data| fs::write(data.join("phone.key"), " \n").unwrap(), "problem", "is empty");
    check(
        &|data| fs::write(data.join("beforehand.db"), "no database ".repeat(400)).unwrap(),
        "problem",
        "not a database of ours",
    );
    #[cfg(unix)]
    check(
        &|data| {
            fs::write(data.join("operator.token"), "0123456789abcdef").unwrap();
            set_mode(&data.join("operator.token"), 0o644);
        },
        "problem",
        "operator.token holds a secret and is open to others",
    );
    #[cfg(unix)]
    {
        let found = examine(&twilio("public_base_url = 'https://texts.test'"), |data| {
            set_mode(&data.join("beforehand.toml"), 0o644);
        });
        found.assert("problem", "beforehand.toml holds a secret and is open to others");
    }
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "users_file = 'users.toml'");
    write_private(&folder.path().join("data/users.toml"), "[[users]]\nid = 'ada'\nzone = 'UTC'\n");
    let found = examine_at(NOW, folder.path(), &[], Answers(Vec::new()));
    found.assert("problem", "users.toml:1: `phone` is missing");
    examine_at("1999-01-01T00:00:00Z", folder.path(), &[], Answers(Vec::new()))
        .assert("problem", "set the clock");
}

#[test]
fn ops_02_a_running_system_is_looked_at() {
    let check = |answers: Vec<(&'static str, u16, Value)>, severity: &str, words: &str| {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), "");
        write_private(&folder.path().join("data/endpoint"), "http://127.0.0.1:1\n");
        examine_at(NOW, folder.path(), &[], Answers(answers)).assert(severity, words);
    };
    let health = |status: &str, version: &str, now: &str| {
        let body = json!({ "status": status, "version": version, "now": now });
        ("/v1/health", 200, body)
    };
    let own = env!("CARGO_PKG_VERSION");
    let users =
        |zone: &str| ("/v1/users", 200, json!({ "users": [{ "zone": zone }], "next": null }));
    check(vec![], "note", "none runs on this data folder");
    check(vec![health("ok", own, NOW), users("UTC")], "ok", "agree on the 1 zones looked at");
    check(
        vec![health("ok", own, NOW), users("America/Vancouver")],
        "note",
        "the databases disagree on America/Vancouver",
    );
    check(vec![health("ok", own, NOW), users("Mars/Olympus")], "problem", "Mars/Olympus");
    check(vec![health("degraded", own, NOW), users("UTC")], "problem", "degraded");
    check(vec![health("ok", "0.0.1", NOW), users("UTC")], "caution", "of version 0.0.1");
    check(
        vec![health("ok", own, NOW), ("/v1/users", 401, json!({}))],
        "problem",
        "does not take the token",
    );
}

#[test]
fn ops_02_the_account_and_the_public_address_are_asked_about() {
    let check = |answers: Vec<(&'static str, u16, Value)>, severity: &str, words: &str| {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), &twilio("public_base_url = 'https://texts.test'"));
        let found = examine_at(NOW, folder.path(), &["--online"], Answers(answers));
        found.assert(severity, words);
        assert!(!found.lines.iter().any(|line| line.contains("s3cret")), "{:#?}", found.lines);
    };
    let account = |status| ("/AC0123456789abcdef0123456789abcdef.json", status, json!({}));
    let us = |status| ("/v1/health", status, json!({}));
    check(vec![account(200), us(200)], "ok", "takes the credentials");
    check(vec![account(200), us(200)], "ok", "leads to a running system");
    check(vec![account(401), us(200)], "problem", "refuses the credentials");
    check(vec![account(404), us(200)], "problem", "does not know the account");
    check(vec![account(503), us(200)], "caution", "answered with status 503");
    check(vec![us(200)], "problem", "cannot be reached: the request was not sent");
    check(vec![account(200), us(502)], "problem", "answers with status 502");
    check(vec![account(200)], "problem", "https://texts.test/ cannot be reached from here");
}

/// Both accounts, reached at an address.
fn accounts(public: &str) -> String {
    format!(
        "{public}\n[google]\nclient_id = 'id'\nclient_secret = 's3cret'\n\
         [microsoft]\nclient_id = 'id'\nclient_secret = 's3cret'\n"
    )
}

#[test]
fn ops_02_calendars_at_google_and_microsoft_need_an_https_address_to_be_pushed() {
    let found = examine(&accounts("public_base_url = 'https://texts.test'"), |_| {});
    found.assert("ok", "people come back to https://texts.test/v1/google/callback");
    found.assert("ok", "changes are pushed to https://texts.test/webhooks/microsoft");
    let found = examine(&accounts(""), |_| {});
    found.assert("caution", "Google | nothing is pushed to an address that is not https");
    let open =
        accounts("").replace("[microsoft]", "token_url = 'http://tokens.test/x'\n[microsoft]");
    examine(&open, |_| {}).assert("problem", "http://tokens.test/x is not https");
    assert!(!examine("", |_| {}).lines.iter().any(|line| line.contains("Google")));
}

#[test]
fn ops_02_online_the_clients_are_shown_where_tokens_are_handed_out() {
    let check = |google: &'static str, microsoft: Option<u16>, severity: &str, words: &str| {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), &accounts("public_base_url = 'https://texts.test'"));
        let mut answers = vec![
            ("/token", 400, json!({ "error": google })),
            ("/v1/health", 200, json!({})),
            ("/calendar/v3", 404, json!({})),
        ];
        answers.extend(microsoft.map(|status| ("/v1.0", status, json!({}))));
        let found = examine_at(NOW, folder.path(), &["--online"], Answers(answers));
        found.assert(severity, words);
        assert!(!found.lines.iter().any(|line| line.contains("s3cret")));
    };
    check("invalid_grant", Some(401), "ok", "oauth2.googleapis.com/token takes the client");
    check("invalid_grant", Some(401), "ok", "graph.microsoft.com/v1.0 answers");
    check("invalid_client", Some(401), "problem", "/token refuses the client's id or secret");
    check("slow_down", Some(401), "caution", "/token answered with status 400");
    check("invalid_grant", Some(503), "caution", "v1.0 answered with status 503");
    check("invalid_grant", None, "problem", "graph.microsoft.com/v1.0 cannot be reached");
}
