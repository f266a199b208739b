//! What is wrong is told in one clear sentence, with the exit code that the help names.

use tests::events::event;

use super::{Desk, run};

#[test]
fn wrong_use_help_and_version_have_their_exit_codes() {
    let check = |args: &[&str], code: u8, words: &str| {
        let ran = run(args, b"");
        assert_eq!(ran.code, code, "{args:?}: {ran:?}");
        assert!(format!("{}{}", ran.out, ran.err).contains(words), "{args:?}: {ran:?}");
    };
    check(&["--help"], 0, "Exit codes:");
    check(&["try", "--help"], 0, "Without --quiet there are no quiet hours");
    check(&["--version"], 0, "beforehand ");
    check(&["fly"], 2, "unrecognized subcommand");
    check(&["try"], 2, "--zone");
    check(&["day", "UTC"], 2, "DATE");
    check(&["users", "add", "ada"], 2, "--phone");
    check(&["rollout", "maybe"], 2, "maybe");
}

#[test]
fn try_refuses_what_it_cannot_use() {
    let desk = Desk::new();
    let file = desk.calendar(&[event("Standup", "2026-11-24T10:00", "UTC")]);
    let check = |args: &[&str], words: &str| {
        run(&[&["try"], args].concat(), b"").assert_refused(3, words);
    };
    check(&[&file, "--zone", "America/New_Yrok"], "did you mean America/New_York");
    check(&[&file, "--zone", "UTC", "--quiet", "08:00-08:00"], "starts when it ends");
    check(&[&file, "--zone", "UTC", "--quiet", "25:00-08:00"], "not understood");
    check(&[&file, "--zone", "UTC", "--lead", "8d"], "choose 1 to 10080");
    check(&[&file, "--zone", "UTC", "--lead", "1m,2m,3m,4m,5m,6m"], "not 6");
    check(&[&file, "--zone", "UTC", "--limit", "51"], "choose 0 (no texts) to 50");
    check(&[&file, "--zone", "UTC", "--all-day=25:00"], "write 18:00");
    check(&[&file, "--zone", "UTC", "--from", "2026-02-30"], "is no date");
    let dates = |from, to| [file.as_str(), "--zone", "UTC", "--from", from, "--to", to];
    check(&dates("2026-11-24", "2026-11-23"), "lies before --from");
    check(&dates("2026-01-01", "2027-03-01"), "ask about 400 at most");
    let folder = desk.path().to_str().unwrap().to_owned();
    check(&[&folder, "--zone", "UTC"], "it is a folder");
    check(&[&format!("{folder}/none.ics"), "--zone", "UTC"], "cannot read");
    let check_file = |content: &[u8], words: &str| {
        let path = desk.file("bad.ics", content);
        check(&[path.to_str().unwrap(), "--zone", "UTC"], words);
    };
    check_file(b"", "is empty");
    check_file(b" \r\n\t\n", "is empty");
    check_file(b"\x7fELF\x02\x01\x01\0\0\0", "is no text");
    check_file(b"dear diary\n", "holds no calendar");
    run(&["try", "-", "--zone", "UTC"], b"").assert_refused(3, "standard input is empty");
}

#[test]
fn errors_are_json_where_programs_read() {
    let ran = run(&["day", "UTC", "soon", "--json"], b"");
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(ran.code, 3);
    assert!(error["error"].as_str().unwrap().contains("is no date"), "{ran:?}");
}

#[test]
fn without_a_running_system_commands_say_how_to_reach_one() {
    let desk = Desk::new();
    let data = desk.path().to_str().unwrap();
    let check = |args: &[&str], code: u8, words: &str| {
        run(&[&["--data", data], args].concat(), b"").assert_refused(code, words);
    };
    for args in [&["verify"][..], &["users", "list"], &["rollout"], &["why", "ada"]] {
        check(args, 4, "start one with `beforehand up`");
    }
    check(&["--url", "texts.example.org", "verify"], 3, "write an address like https://");
    // Whatever is wrong with what was given is told before anybody is asked.
    check(&["users", "add", "ada", "--phone", "12", "--zone", "UTZ"], 3, "phone number");
    check(&["users", "add", "ada", "--phone", "12", "--zone", "UTZ"], 3, "did you mean UTC?");
    check(&["simulate", "ada", "--date", "soon"], 3, "is no date");
    check(&["cancel", "ada"], 3, "32 hexadecimal digits");
    desk.file("endpoint", "http://127.0.0.1:1\n");
    check(&["verify"], 4, "does not answer");
}

#[test]
fn a_wrong_configuration_is_refused_whole() {
    let desk = Desk::new();
    desk.file("beforehand.toml", "lisen = 'x'\ndefault_country = 'Germany'\n");
    let data = desk.path().to_str().unwrap();
    for command in ["up", "verify"] {
        let ran = run(&["--data", data, command], b"");
        ran.assert_refused(
            5,
            "beforehand.toml:1: `lisen` is not a known key; did you mean `listen`?",
        );
        ran.assert_refused(5, "beforehand.toml:2: `default_country` must be");
    }
    let named = desk.path().join("none.toml");
    let ran = run(&["--config", named.to_str().unwrap(), "up"], b"");
    ran.assert_refused(5, "cannot read the configuration");
}

#[test]
fn up_says_what_stands_in_its_way() {
    let desk = Desk::new();
    let data = desk.path().join("data");
    let data = data.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(&["--data", data, "up", "--listen", &address], b"");
    ran.assert_refused(6, "port in use");
    run(&["--data", data, "up", "--listen", "here"], b"").assert_refused(3, "is no address");
    let users = desk.file("users.toml", "[[users]]\nid = 'ada'\nphone = '12'\nzone = 'UTC'\n");
    let ran = run(&["--data", data, "up", "--users", users.to_str().unwrap()], b"");
    ran.assert_refused(3, "users.toml:3: `phone` phone number");
    let file = desk.file("file", "");
    let below = file.join("data");
    let ran = run(&["--data", below.to_str().unwrap(), "up", "--listen", "127.0.0.1:0"], b"");
    ran.assert_refused(6, "name another folder with --data");
    let not_ours = desk.path().join("other");
    std::fs::create_dir(&not_ours).unwrap();
    std::fs::write(not_ours.join("beforehand.db"), "no database ".repeat(400)).unwrap();
    let ran = run(&["--data", not_ours.to_str().unwrap(), "up", "--listen", "127.0.0.1:0"], b"");
    ran.assert_refused(6, "not a database of ours");
}
