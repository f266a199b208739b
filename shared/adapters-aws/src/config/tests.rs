use super::*;

const GOOD: [(&str, &str); 12] = [
    ("BEFOREHAND_TABLE_PREFIX", "beforehand"),
    ("BEFOREHAND_SEND_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/sends"),
    ("BEFOREHAND_PLAN_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/plans"),
    ("BEFOREHAND_COMPOSE_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/texts"),
    ("BEFOREHAND_SYNC_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/syncs"),
    ("BEFOREHAND_EVENT_BUS_NAME", "beforehand"),
    ("BEFOREHAND_PUBLIC_BASE_URL", " https://reminders.example.org/ "),
    ("BEFOREHAND_TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ("BEFOREHAND_TWILIO_FROM", "+1 202-555-0123"),
    ("BEFOREHAND_TWILIO_BASE_URL", ""),
    ("BEFOREHAND_SECRETS_ARN", "arn:aws:ssm:eu-central-1:123456789012:parameter/beforehand"),
    ("AWS_REGION", "eu-central-1"),
];

/// The good variables, with changes; an empty value is as good as none.
fn read(changes: &[(&str, &str)]) -> Result<Config, BadConfig> {
    let kept = GOOD.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config::from_variables(kept.chain(changes).map(owned))
}

#[test]
fn what_is_configured_is_read_and_trimmed() {
    let config = read(&[]).unwrap();
    assert_eq!(config.public_base_url, "https://reminders.example.org");
    assert_eq!(config.twilio.sender, "+12025550123");
    assert_eq!(config.twilio.base_url, None);
    assert_eq!(config.stop_reply, StopReply::Twilio);
    assert_eq!(config.default_country, "US");
    assert!(!config.allows_private_calendars);
    let open = read(&[("BEFOREHAND_PRIVATE_CALENDARS", "allow")]).unwrap();
    assert!(open.allows_private_calendars);
    assert!(read(&[("BEFOREHAND_PRIVATE_CALENDARS", "yes")]).is_err());
    assert!(!config.links_in_texts);
    assert!(read(&[("BEFOREHAND_TEXTS_LINK", "on")]).unwrap().links_in_texts);
    assert!(read(&[("BEFOREHAND_TEXTS_LINK", "yes")]).is_err());
    let service = "MG0123456789abcdef0123456789abcdef";
    let config = read(&[
        ("BEFOREHAND_TWILIO_FROM", ""),
        ("BEFOREHAND_TWILIO_MESSAGING_SERVICE_SID", service),
        ("BEFOREHAND_STOP_REPLY", "self"),
        ("BEFOREHAND_DEFAULT_COUNTRY", "de"),
        ("BEFOREHAND_TWILIO_BASE_URL", "http://127.0.0.1:9090"),
    ]);
    let config = config.unwrap();
    assert_eq!(config.twilio.sender, service);
    assert_eq!(config.stop_reply, StopReply::Ourselves);
    assert_eq!(config.default_country, "DE");
    assert_eq!(config.twilio.base_url.as_deref(), Some("http://127.0.0.1:9090"));
    assert_eq!(config.lane().rate, None, "a service has numbers that we do not know");
    let short = read(&[("BEFOREHAND_TWILIO_FROM", "48151")]).unwrap();
    assert_eq!(short.twilio.sender, "48151");
    assert_eq!(short.lane().rate, Rate::new(100));
    assert!(!format!("{config:?}").contains("+1202"));
}

#[test]
fn texts_go_to_the_default_country_unless_others_are_named() {
    let countries = |variables: &[(&str, &str)]| read(variables).map(|config| config.countries);
    assert_eq!(countries(&[]), Ok("US".parse().unwrap()));
    let german = ("BEFOREHAND_DEFAULT_COUNTRY", "de");
    assert_eq!(countries(&[german]), Ok("DE".parse().unwrap()));
    let named = [german, ("BEFOREHAND_TEXTS_COUNTRIES", "US, CA")];
    assert_eq!(countries(&named), Ok("US,CA".parse().unwrap()));
    assert_eq!(countries(&[("BEFOREHAND_TEXTS_COUNTRIES", "all")]), Ok(Countries::ALL));
    let faults = countries(&[("BEFOREHAND_TEXTS_COUNTRIES", "Mars")]).unwrap_err().faults;
    assert!(faults[0].starts_with("BEFOREHAND_TEXTS_COUNTRIES \"Mars\" is no"), "{faults:?}");
    let faults = countries(&[("BEFOREHAND_DEFAULT_COUNTRY", "XX")]).unwrap_err().faults;
    assert!(faults[0].starts_with("BEFOREHAND_DEFAULT_COUNTRY \"XX\" is no"), "{faults:?}");
}

#[test]
fn all_that_is_wrong_is_named_at_once() {
    let refused = read(&[
        ("BEFOREHAND_TABLE_PREFIX", "be fore"),
        ("BEFOREHAND_SEND_QUEUE_URL", "sends"),
        ("BEFOREHAND_EVENT_BUS_NAME", ""),
        ("BEFOREHAND_TWILIO_ACCOUNT_SID", "SK12"),
        ("BEFOREHAND_TWILIO_FROM", "0151 2345678"),
        ("BEFOREHAND_STOP_REPLY", "nobody"),
        ("BEFOREHAND_DEFAULT_COUNTRY", "USA"),
        ("BEFOREHAND_TWILIO_BASE_URL", "https://user:secret@example.org"),
        ("BEFOREHAND_SECRETS_ARN", "  "),
    ]);
    let faults = refused.unwrap_err().faults;
    let named: Vec<_> = faults.iter().map(|fault| fault.split(' ').next().unwrap()).collect();
    assert_eq!(
        named,
        [
            "BEFOREHAND_DEFAULT_COUNTRY",
            "BEFOREHAND_EVENT_BUS_NAME",
            "BEFOREHAND_SECRETS_ARN",
            "BEFOREHAND_SEND_QUEUE_URL",
            "BEFOREHAND_STOP_REPLY",
            "BEFOREHAND_TABLE_PREFIX",
            "BEFOREHAND_TWILIO_ACCOUNT_SID",
            "BEFOREHAND_TWILIO_BASE_URL",
            "BEFOREHAND_TWILIO_FROM",
        ]
    );
    let all = faults.join("; ");
    assert!(!all.contains("secret@") && !all.contains("2345678"), "{all}");
    let nothing = Config::from_variables([]).unwrap_err();
    assert_eq!(nothing.faults.len(), 10, "{nothing}");
}

#[test]
fn alerts_are_those_of_production_unless_it_says_otherwise() {
    let alerts = read(&[]).unwrap().alerts;
    assert!(alerts.is_production && alerts.email_to.is_empty());
    let alerts = read(&[
        ("BEFOREHAND_ENVIRONMENT", "development"),
        ("BEFOREHAND_RUNBOOKS_URL", "https://pages.example.org/ops"),
        ("BEFOREHAND_PAGERDUTY_BASE_URL", "http://127.0.0.1:9091/"),
        ("BEFOREHAND_ALERT_EMAIL_FROM", "ops@example.org"),
        ("BEFOREHAND_ALERT_EMAIL_TO", "ann@example.org, bo@example.org,"),
        ("BEFOREHAND_DIGEST_HOUR", "7"),
        ("BEFOREHAND_DIGEST_ZONE", "Europe/Paris"),
    ]);
    let alerts = alerts.unwrap().alerts;
    assert!(!alerts.is_production);
    assert_eq!(alerts.pagerduty_base_url.as_deref(), Some("http://127.0.0.1:9091"));
    assert_eq!((alerts.digest.hour, alerts.digest.zone_name.as_str()), (7, "Europe/Paris"));
    assert_eq!(alerts.email_to, ["ann@example.org", "bo@example.org"]);
    let bad = read(&[("BEFOREHAND_ENVIRONMENT", "prod")]).unwrap_err().to_string();
    assert!(bad.contains("BEFOREHAND_ENVIRONMENT must be \"production\""), "{bad}");
}

#[test]
fn texts_per_second_are_what_is_said_or_usual() {
    let rate = |given| read(&[("BEFOREHAND_TEXTS_PER_SECOND", given)]).map(|c| c.lane().rate);
    assert_eq!(rate("").unwrap(), Rate::new(1));
    assert_eq!(rate("12").unwrap(), Rate::new(12));
    for bad in ["0", "1001", "-1", "1.5", "fast"] {
        let refused = rate(bad).unwrap_err().to_string();
        let words = "BEFOREHAND_TEXTS_PER_SECOND must be a whole number from 1 to 1000";
        assert!(refused.contains(words), "{bad}: {refused}");
    }
}

#[test]
fn a_model_is_whole_or_not_there() {
    assert_eq!(read(&[]).unwrap().model, None);
    let whole = [
        ("BEFOREHAND_MODEL_BASE_URL", "https://models.example.org/v1"),
        ("BEFOREHAND_MODEL_NAME", "small-model"),
        ("BEFOREHAND_MODEL_INPUT_USD_PER_MILLION_TOKENS", "0.15"),
        ("BEFOREHAND_MODEL_OUTPUT_USD_PER_MILLION_TOKENS", "0.6"),
        ("BEFOREHAND_MODEL_DAY_USD_MAX", "5"),
    ];
    let model = read(&whole).unwrap().model.unwrap();
    assert_eq!((model.settings.price.input, model.settings.price.output), (150, 600));
    assert_eq!(model.settings.user_day_microdollars_max, 20_000);
    assert_eq!(model.settings.day_microdollars_max, 5_000_000);
    for missing in 0..4 {
        let mut part = whole;
        part[missing].1 = "";
        let refused = read(&part).unwrap_err().to_string();
        assert!(refused.contains(&format!("{} is missing", part[missing].0)), "{refused}");
    }
    let mut wrong = whole;
    wrong[2].1 = "0.0001";
    assert!(read(&wrong).unwrap_err().to_string().contains("dollars for a million tokens"));
}

#[test]
fn a_model_of_bedrock_has_no_address() {
    let whole = [
        ("BEFOREHAND_MODEL_PROVIDER", "bedrock"),
        ("BEFOREHAND_MODEL_NAME", "eu.amazon.nova-micro-v1:0"),
        ("BEFOREHAND_MODEL_INPUT_USD_PER_MILLION_TOKENS", "0.035"),
        ("BEFOREHAND_MODEL_OUTPUT_USD_PER_MILLION_TOKENS", "0.14"),
        ("BEFOREHAND_MODEL_BASE_URL", ""),
    ];
    let model = read(&whole).unwrap().model.unwrap();
    assert_eq!(model.provider, ModelProvider::Bedrock);
    assert_eq!(model.name, "eu.amazon.nova-micro-v1:0");
    let check = |at: usize, value: &'static str, expected: &str| {
        let mut wrong = whole;
        wrong[at].1 = value;
        let refused = read(&wrong).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    };
    check(0, "azure", "MODEL_PROVIDER must be chat or bedrock");
    check(1, "", "MODEL_NAME is missing");
    check(2, "", "MODEL_INPUT_USD_PER_MILLION_TOKENS is missing");
    check(4, "https://models.example.org/v1", "MODEL_BASE_URL is not used with Bedrock");
}

#[test]
fn unknown_variables_are_refused_with_the_nearest_known_one() {
    let check = |name: &str, expected: &str| {
        let refused = read(&[(name, "x")]).unwrap_err().to_string();
        assert_eq!(refused, format!("the configuration is wrong: {name} {expected}"));
    };
    check("BEFOREHAND_STOP_REPLAY", "is not known; BEFOREHAND_STOP_REPLY is");
    check("BEFOREHAND_PUBLIC_URL", "is not known; BEFOREHAND_PUBLIC_BASE_URL is");
    // Nothing makes a stand-in of the SMS provider.
    check("BEFOREHAND_SANDBOX", "is not known; remove it");
    assert!(read(&[("SOMEBODY_ELSES", "x")]).is_ok());
}

#[test]
fn texts_come_from_one_sender() {
    let service = ("BEFOREHAND_TWILIO_MESSAGING_SERVICE_SID", "MG0123456789abcdef0123456789abcdef");
    let both = read(&[service]).unwrap_err().to_string();
    assert!(both.contains("stands beside BEFOREHAND_TWILIO_MESSAGING_SERVICE_SID"), "{both}");
    let none = read(&[("BEFOREHAND_TWILIO_FROM", "")]).unwrap_err().to_string();
    assert!(none.contains("or give BEFOREHAND_TWILIO_MESSAGING_SERVICE_SID"), "{none}");
}

#[test]
fn an_issuer_is_named_whole_or_not_at_all() {
    let usual = [
        ("BEFOREHAND_OIDC_USER_CLAIM", "sub"),
        ("BEFOREHAND_OIDC_USER_SCOPE", "beforehand:user"),
        ("BEFOREHAND_OIDC_OPERATOR_SCOPE", "beforehand:operator"),
        ("BEFOREHAND_CALLER_REQUESTS_PER_MINUTE", "0"),
    ];
    let config = read(&usual).unwrap();
    assert_eq!(config.access.issuer, None);
    assert_eq!(config.access.rates.caller_per_minute, 0);
    assert_eq!(config.access.rates.address_per_minute, 3_000);
    let whole = [
        ("BEFOREHAND_OIDC_ISSUER", "https://login.test/"),
        ("BEFOREHAND_OIDC_AUDIENCE", "us"),
        ("BEFOREHAND_OIDC_JWKS_URL", "https://login.test/keys"),
    ];
    let issuer = read(&whole).unwrap().access.issuer.unwrap();
    assert_eq!((&issuer.issuer[..], &issuer.user_claim[..]), ("https://login.test/", "sub"));
    let refused = |changes: &[(&str, &str)]| read(changes).unwrap_err().to_string();
    let missing = refused(&whole[..2]);
    let words = "BEFOREHAND_OIDC_JWKS_URL is missing beside BEFOREHAND_OIDC_ISSUER";
    assert!(missing.contains(words), "{missing}");
    let open = refused(&[whole[0], whole[1], (whole[2].0, "http://login.test/keys")]);
    assert!(open.contains("must be an https address"), "{open}");
}

#[test]
fn what_is_kept_how_long_has_bounds() {
    let retention = |variables: &[(&str, &str)]| read(variables).map(|config| config.retention);
    assert_eq!(retention(&[]), Ok(Retention::default()));
    let (reminders, counters) =
        ("BEFOREHAND_RETENTION_REMINDERS_DAYS", "BEFOREHAND_RETENTION_COUNTERS_DAYS");
    let long = Retention::new(None, Some(365), Some(800)).unwrap();
    assert_eq!(retention(&[(reminders, "365"), (counters, "800")]), Ok(long));
    let faults = retention(&[(reminders, "13")]).unwrap_err().faults;
    assert!(faults[0].contains("13 days is refused: choose 14 to 1095"), "{faults:?}");
    let faults = retention(&[(reminders, "60"), (counters, "70")]).unwrap_err().faults;
    assert!(faults[0].starts_with(counters) && faults[0].contains("30 days longer"), "{faults:?}");
    assert!(retention(&[(reminders, "a year")]).is_err());
}

#[test]
fn hours_of_texts_are_a_preset_or_none() {
    let hours = |variables: &[(&str, &str)]| read(variables).map(|config| config.hours);
    assert_eq!(hours(&[]), Ok(Preset::None));
    assert_eq!(hours(&[("BEFOREHAND_TEXTS_HOURS", "us-tcpa")]), Ok(Preset::UsTcpa));
    assert!(hours(&[("BEFOREHAND_TEXTS_HOURS", "tcpa")]).is_err());
}
