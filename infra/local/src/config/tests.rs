use adapters_http::google::PLACES;

use super::*;

const SID: &str = "AC0123456789abcdef0123456789abcdef";

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("dir/b.toml"), &|_| None).map_err(|bad| bad.to_string())
}

fn twilio(rest: &str) -> String {
    format!(
        "[twilio]\naccount_sid = \"{SID}\"\nauth_token = \"s3cret\"\n\
         from = \"+12025550123\"\n{rest}"
    )
}

#[test]
fn texts_go_to_the_default_country_and_to_all_phones_of_the_sandbox() {
    let countries = |text: &str| parse(text).unwrap().countries;
    let listed = |list: &str| list.parse::<Countries>().unwrap();
    assert_eq!(countries(""), Countries::ALL);
    assert_eq!(countries("[texts]\ncountries = 'DE'"), listed("DE"));
    assert_eq!(countries(&twilio("")), listed("US"));
    assert_eq!(countries(&format!("default_country = 'de'\n{}", twilio(""))), listed("DE"));
    assert_eq!(countries(&twilio("[texts]\ncountries = 'US, CA'")), listed("US,CA"));
    assert_eq!(countries(&twilio("[texts]\ncountries = 'all'")), Countries::ALL);
    let told = parse(&format!("default_country = 'XX'\n{}", twilio(""))).unwrap_err().to_string();
    assert!(told.contains(":1: `default_country` \"XX\" is no country"), "{told}");
    let told = parse("[texts]\ncountries = 'US; CA'").unwrap_err().to_string();
    assert!(told.contains(":2: `texts.countries` \"US; CA\" is no country"), "{told}");
}

#[test]
fn an_empty_configuration_is_the_sandbox_on_loopback() {
    let config = parse("").unwrap();
    assert_eq!(config.listen, LISTEN);
    assert!(config.listen.ip().is_loopback());
    assert_eq!(config.sms, Sms::Sandbox(SandboxSettings::default()));
    assert_eq!(config.base_url(LISTEN), "http://127.0.0.1:8730");
    assert_eq!(config.data_dir, Path::new(DATA_DIR));
}

#[test]
fn values_are_trimmed_and_paths_start_at_the_file() {
    let config = parse(
        "listen = ' localhost:9 '\npublic_base_url = 'https://a.example/b/'\ndata_dir = 'd'\n\
         default_country = 'de'\n[texts]\nlink = true\n[sandbox]\nseed = 7\n\
         sent_after_ms = 0\nstop_reply = 'self'",
    )
    .unwrap();
    assert_eq!(config.listen, "127.0.0.1:9".parse().unwrap());
    assert_eq!(config.base_url(config.listen), "https://a.example/b");
    assert_eq!(config.data_dir, Path::new("dir/d"));
    assert_eq!(config.default_country, "DE");
    assert!(config.links_in_texts && !parse("").unwrap().links_in_texts);
    assert_eq!(config.stop_reply(), StopReply::Ourselves);
    let Sms::Sandbox(sandbox) = config.sms else { panic!("no sandbox") };
    assert_eq!((sandbox.seed, sandbox.delays.sent.as_millis()), (Some(7), 0));
}

#[test]
fn with_credentials_texts_go_to_twilio() {
    let config = parse(&twilio("stop_reply = \"self\"")).unwrap();
    let Sms::Twilio(settings) = &config.sms else { panic!("no Twilio") };
    assert_eq!(settings.account_sid, SID);
    assert_eq!(settings.auth_token.reveal(), "s3cret");
    assert_eq!(settings.base_url.as_str(), "https://api.twilio.com/");
    assert_eq!(settings.stop_reply, StopReply::Ourselves);
    assert!(matches!(settings.sender, Sender::From(_)));
    assert!(!format!("{config:?}").contains("s3cret"));
    assert!(!format!("{config:?}").contains("2025550123"));
}

#[test]
fn alerts_wake_somebody_where_people_are_texted_or_it_is_said() {
    let is_production = |text: &str| parse(text).unwrap().alert_settings().is_production;
    assert!(!is_production(""));
    assert!(is_production(&twilio("")));
    assert!(is_production("[alerts]\nenvironment = 'production'"));
    assert!(!is_production(&twilio("[alerts]\nenvironment = 'development'")));
    let config = parse(
        "[alerts]\nslack_webhook_url = 'https://chat.example/s3cret'\nsmtp_url = \
         'smtps://u:s3cret@mail.example'\nemail_to = ['ann@example.org', 'bo@example.org']\n\
         runbooks_url = 'https://pages.example/ops/'",
    );
    let config = config.unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    assert_eq!(config.alerts.email_to.len(), 2);
    assert_eq!(config.alert_settings().runbooks, "https://pages.example/ops");
    assert_eq!(config.secret_files, [Path::new("dir/b.toml")], "it is to be kept from others");
    let check = |text: &str, expected: &str| {
        let bad = parse(&format!("[alerts]\n{text}")).unwrap_err();
        assert!(bad.contains(expected) && !bad.contains("s3cret"), "{bad}");
    };
    check("environment = 'prod'", "must be \"production\" or \"development\"");
    check("smtp_url = 'smtp://u:s3cret@mail.example'", "`alerts.email_to` is missing");
    check("slack_webhook = 'x'", "did you mean `alerts.slack_webhook_url`?");
    check("smtp_url_file = 'gone'\nemail_to = 'a@example.org'", "which cannot be read");
    check("slack_webhook_url = 'x'\nslack_webhook_url_file = 'y'", "keep one of them");
}

#[test]
fn google_is_where_it_is_said_to_be_and_pushes_only_to_https() {
    let config = parse(
        "[google]\nclient_id = 'id'\nclient_secret = 's3cret'\n\
         api_url = 'http://127.0.0.1:1/calendar/v3/'",
    );
    let config = config.unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    assert_eq!(config.secret_files, [Path::new("dir/b.toml")], "it is to be kept from others");
    let google = config.google.unwrap();
    let settings = google.settings(&PLACES, "https://reminders.example");
    assert_eq!(settings.api_url, "http://127.0.0.1:1/calendar/v3");
    assert_eq!(settings.redirect_url, "https://reminders.example/v1/google/callback");
    let push_url = "https://reminders.example/webhooks/google".to_owned();
    assert_eq!(settings.push_url, Some(push_url));
    assert_eq!(google.settings(&PLACES, "http://127.0.0.1:8730").push_url, None);
    let bad = parse("[google]\nclient_secret = 's3cret'\ntoken_url = 'x'").unwrap_err();
    assert!(bad.contains("`google.client_id` is missing") && !bad.contains("s3cret"), "{bad}");
    assert!(bad.contains("`google.token_url`"), "{bad}");
    let bad = parse("[google]\nclient_id = 'id'").unwrap_err();
    assert!(bad.contains("is missing; or give `client_secret_file`"), "{bad}");
}

#[test]
fn the_auth_token_comes_from_the_environment_or_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let token_of = |text: &str, variable: Option<&str>| {
        let config = Config::parse(text, &path, &|name| {
            assert_eq!(name, AUTH_TOKEN_VARIABLE);
            variable.map(str::to_owned)
        });
        match config.map(|config| config.sms) {
            Ok(Sms::Twilio(settings)) => settings.auth_token.reveal().to_owned(),
            other => format!("{other:?}"),
        }
    };
    let without = twilio("").replace("auth_token = \"s3cret\"\n", "");
    assert_eq!(token_of(&without, Some(" from-env \n")), "from-env");
    assert_eq!(token_of(&twilio(""), Some("from-env")), "from-env");
    assert!(token_of(&without, Some(" ")).contains("is missing; or give `auth_token_file`"));

    let with_file = twilio("").replace("auth_token = \"s3cret\"", "auth_token_file = \"token\"");
    assert!(token_of(&with_file, None).contains("cannot be read"));
    std::fs::write(folder.path().join("token"), "from-file\n").unwrap();
    assert_eq!(token_of(&with_file, None), "from-file");
    std::fs::write(folder.path().join("token"), "\n").unwrap();
    assert!(token_of(&with_file, None).contains("names an empty file"));
}

#[test]
fn each_mistake_is_named_with_its_line_and_remedy() {
    let check = |text: &str, expected: &str| {
        let refused = parse(text).unwrap_err();
        assert_eq!(refused, expected, "{text}");
    };
    check("\nlisten = 8080", "dir/b.toml:2: `listen` must be text in quotes, not a whole number");
    check("listen = ''", "dir/b.toml:1: `listen` is empty; leave it out instead");
    check(
        "listen = 'here'",
        "dir/b.toml:1: `listen` \"here\" is no address; write one like 127.0.0.1:8730",
    );
    check("[texts]\nlink = 'yes'", "dir/b.toml:2: `texts.link` must be true or false, not text");
    check("lisen = 'x'", "dir/b.toml:1: `lisen` is not a known key; did you mean `listen`?");
    check(
        "quux = 1",
        "dir/b.toml:1: `quux` is not a known key; the keys here are listen, data_dir, \
         public_base_url, default_country, zones_dir, phone_key_file, users_file, \
         private_calendars, texts, sandbox, twilio, model, \
         model_sandbox, retention, spend, alerts, telemetry, access, google, microsoft",
    );
    check(
        "[sandbox]\nsead = 1",
        "dir/b.toml:2: `sandbox.sead` is not a known key; did you mean `sandbox.seed`?",
    );
    check(
        "public_base_url = 'texts.example.org'",
        "dir/b.toml:1: `public_base_url` is no address; write an address like \
         https://texts.example.org",
    );
    check(
        "public_base_url = 'ftp://texts.example.org'",
        "dir/b.toml:1: `public_base_url` must begin with https:// or http://; write an address \
         like https://texts.example.org",
    );
    check(
        "default_country = 'Germany'",
        "dir/b.toml:1: `default_country` must be a country's two letters, like US or DE",
    );
    check("zones_dir = 'no'", "dir/b.toml:1: `zones_dir` names dir/no, which is no folder");
    check("users_file = 'no'", "dir/b.toml:1: `users_file` names dir/no, which is no file");
    check("sandbox = true", "dir/b.toml:1: `sandbox` must be a table, not true or false");
    check(
        "[sandbox]\nsent_after_ms = 99_999_999",
        "dir/b.toml:2: `sandbox.sent_after_ms` must lie between 0 and 3600000",
    );
    check(
        &twilio("from = 1").replace("from = \"+12025550123\"\n", ""),
        "dir/b.toml:4: `twilio.from` must be text in quotes, not a whole number",
    );
    check(
        &twilio("").replace(SID, "AC12"),
        "dir/b.toml:2: `twilio.account_sid` must be AC and 32 hexadecimal digits",
    );
    check(
        &twilio("stop_reply = \"nobody\""),
        "dir/b.toml:5: `twilio.stop_reply` must be \"twilio\" or \"self\"",
    );
    check(
        &twilio("auth_token_file = \"x\""),
        "dir/b.toml:5: `twilio.auth_token_file` stands beside `twilio.auth_token`; keep one of \
         them",
    );
    check(
        &twilio("[sandbox]\n"),
        "dir/b.toml:1: `twilio` and [sandbox] exclude each other: with credentials texts go to \
         Twilio and the sandbox is not started; remove one of them",
    );
}

#[test]
fn all_mistakes_are_named_at_once_in_order() {
    let refused = parse("[twilio]\nfrm = \"+12025550123\"\nstop_reply = 3\n").unwrap_err();
    let lines: Vec<_> = refused.lines().collect();
    assert_eq!(
        lines,
        [
            "dir/b.toml:1: `twilio.auth_token` is missing; or give `auth_token_file`, or set \
             BEFOREHAND_TWILIO_AUTH_TOKEN",
            "dir/b.toml:1: `twilio.from` is missing; or give `messaging_service_sid`",
            "dir/b.toml:1: `twilio.account_sid` is missing; it begins with AC in Twilio's console",
            "dir/b.toml:2: `twilio.frm` is not a known key; did you mean `twilio.from`?",
            "dir/b.toml:3: `twilio.stop_reply` must be text in quotes, not a whole number",
        ]
    );
}

#[test]
fn what_is_not_toml_is_named_with_its_line() {
    let refused = parse("listen = 'x'\nlisten = 'y'\n= 3\n").unwrap_err();
    assert!(refused.contains("dir/b.toml:2: this is not TOML: duplicate key"), "{refused}");
    assert!(refused.contains("dir/b.toml:3: this is not TOML"), "{refused}");
}

#[test]
fn the_data_folder_and_the_file_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let load = |config: Option<&Path>, data: Option<&Path>, variable: Option<&Path>| {
        let places = Places { config: config.map(Path::to_owned), data: data.map(Path::to_owned) };
        let variable = variable.map(|path| path.display().to_string());
        Config::load(&places, &|name| variable.clone().filter(|_| name == DATA_VARIABLE))
    };
    // Neither the folder nor a file in it need be there.
    let config = load(None, Some(&data), None).unwrap();
    assert_eq!((config.file, config.data_dir), (None, data.clone()));
    assert_eq!(load(None, None, Some(&data)).unwrap().data_dir, data);

    std::fs::create_dir(&data).unwrap();
    let inside = data.join(FILE_NAME);
    std::fs::write(&inside, "listen = '127.0.0.1:9'").unwrap();
    let config = load(None, Some(&data), None).unwrap();
    assert_eq!((config.listen.port(), config.file.as_deref()), (9, Some(&*inside)));

    // A file that is named may name the folder; the command line wins.
    let named = folder.path().join("other.toml");
    std::fs::write(&named, "data_dir = 'elsewhere'").unwrap();
    let elsewhere = folder.path().join("elsewhere");
    assert_eq!(load(Some(&named), None, None).unwrap().data_dir, elsewhere);
    assert_eq!(load(Some(&named), Some(&data), None).unwrap().data_dir, data);

    std::fs::write(&inside, "data_dir = 'elsewhere'").unwrap();
    let refused = load(None, Some(&data), None).unwrap_err().to_string();
    assert!(refused.contains("has no meaning in a file that lies in the data folder"), "{refused}");

    let refused = load(Some(&data), None, None).unwrap_err().to_string();
    assert!(refused.contains("it is a folder"), "{refused}");
    let refused = load(Some(&data.join("no")), None, None).unwrap_err().to_string();
    assert!(refused.starts_with("cannot read the configuration"), "{refused}");
}

#[test]
fn texts_per_second_are_what_is_said_or_usual() {
    let rate = |text: &str| parse(text).unwrap().lane().rate.map(|rate| rate.get());
    assert_eq!(rate(""), None, "the sandbox takes all at once");
    assert_eq!(rate("[sandbox]\ntexts_per_second = 1"), Some(1));
    assert_eq!(rate(&twilio("")), Some(1));
    assert_eq!(rate(&twilio("texts_per_second = 12")), Some(12));
    let service = format!("messaging_service_sid = \"MG{}\"\n", "0".repeat(32));
    let of_service = twilio("").replace("from = \"+12025550123\"\n", &service);
    assert_eq!(rate(&of_service), None, "it has numbers that we do not know");
    for bad in ["0", "1001", "-1"] {
        let refused = parse(&twilio(&format!("texts_per_second = {bad}"))).unwrap_err();
        let words = "`twilio.texts_per_second` must lie between 1 and 1000";
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

const MODEL: &str = "[model]\nbase_url = 'http://127.0.0.1:11434/v1'\nname = 'small'\n\
    input_usd_per_million_tokens = '0.15'\noutput_usd_per_million_tokens = '0.6'\n";

#[test]
fn a_model_is_whole_or_every_gap_is_named() {
    assert_eq!(parse("").unwrap().model, None);
    let text = format!("{MODEL}key = 'hush'\nshare_percent = 50\nday_usd_max = '2'");
    let config = parse(&text).unwrap();
    assert!(!format!("{config:?}").contains("hush"));
    let composing = config.composing();
    assert_eq!((composing.price.input, composing.price.output), (150, 600));
    assert_eq!(composing.arm.share_percent, 50);
    assert_eq!(composing.day_microdollars_max, 2_000_000);
    assert_eq!(composing.user_day_microdollars_max, 20_000);
    let refused = parse("[model]\nname = 'small'").unwrap_err();
    for key in ["base_url", "input_usd_per_million_tokens", "output_usd_per_million_tokens"] {
        assert!(refused.contains(&format!("`model.{key}` is missing")), "{refused}");
    }
}

#[test]
fn the_models_stand_in_excludes_the_model_and_real_phones() {
    let stand_in = "[model_sandbox]\nmode = 'wrong'\n";
    let Some(Model::Sandbox(mode, _)) = parse(stand_in).unwrap().model else { panic!("none") };
    assert_eq!(mode.name(), "wrong");
    let both = parse(&format!("{MODEL}{stand_in}")).unwrap_err();
    assert!(both.contains("`model.name` stands beside [model_sandbox]"), "{both}");
    let texted = parse(&format!("{}{stand_in}", twilio(""))).unwrap_err();
    assert!(texted.contains("people would read what it writes"), "{texted}");
    let unknown = parse("[model_sandbox]\nmode = 'evil'").unwrap_err();
    assert!(unknown.contains("good, slow, wrong, malicious, broken"), "{unknown}");
}

#[test]
fn an_issuer_is_named_whole_or_not_at_all() {
    let config = parse("").unwrap();
    assert_eq!(config.access, AccessTable { signs_up: true, ..AccessTable::default() });
    let whole = "[access]\nissuer = 'https://login.test/'\naudience = 'us'\n\
                 jwks_url = 'https://login.test/keys?p=1'\n";
    let access = parse(&format!("{whole}caller_requests_per_minute = 0")).unwrap().access;
    let issuer = access.issuer.unwrap();
    assert_eq!(issuer.keys_url, "https://login.test/keys?p=1");
    assert_eq!((&issuer.user_claim[..], &issuer.user_scope[..]), ("sub", "beforehand:user"));
    assert_eq!(issuer.operator_scope, "beforehand:operator");
    assert_eq!(access.rates.caller_per_minute, 0);
    assert_eq!(access.rates.address_per_minute, 3_000);
    let check = |text: &str, expected: &str| {
        let refused = parse(text).unwrap_err();
        assert!(refused.contains(expected), "{text}: {refused}");
    };
    check("[access]\nissuer = 'x'", "`access.audience` is missing");
    check("[access]\nissuer = 'x'", "`access.jwks_url` is missing");
    check(&whole.replace("https://login.test/keys", "http://login.test/keys"), "https://");
    check(&format!("{whole}user_scope = 'a'\noperator_scope = 'a'"), "everybody would be");
    check("[access]\nisuer = 'x'", "did you mean `access.issuer`?");
    check("[access]\naddress_requests_per_minute = -1", "must lie between 0 and");
}

#[test]
fn what_is_kept_how_long_has_bounds_and_the_wrong_line_is_named() {
    let usual = parse("").unwrap();
    assert_eq!(usual.retention, Retention::default());
    let short = "[retention]\nevents_days = 10\nreminders_days = 14\ncounters_days = 44";
    assert_eq!(
        parse(short).unwrap().retention,
        Retention::new(Some(10), Some(14), Some(44)).unwrap()
    );
    let check = |text: &str, told: &str| {
        let refused = parse(&format!("[retention]\n{text}")).unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
    };
    check("reminders_days = 13", ":2: `retention.reminders_days` must lie between 14 and 1095");
    check("events_days = 'ten'", "`retention.events_days` must be a whole number");
    check("reminders_days = 60\ncounters_days = 70", ":3: `retention.counters_days` 70 days of");
    check("trails_days = 3", "retention.trails_days");
}

#[test]
fn hours_of_texts_are_a_preset_or_none() {
    assert_eq!(parse("").unwrap().hours, Preset::None);
    assert_eq!(parse("[texts]\nhours = 'us-tcpa'").unwrap().hours, Preset::UsTcpa);
    let refused = parse("[texts]\nhours = 'tcpa'").unwrap_err().to_string();
    assert!(refused.contains("`texts.hours` \"tcpa\" is no preset of hours"), "{refused}");
}
