use proptest::prelude::*;

use super::*;

fn check(given: &str, default_country: Option<&str>, expected: &str) {
    let number = PhoneNumber::parse(given, default_country);
    assert_eq!(number.as_ref().map(PhoneNumber::as_e164), Ok(expected), "{given:?}");
}

fn check_bad(given: &str, default_country: Option<&str>, expected: PhoneFault) {
    let error = PhoneNumber::parse(given, default_country).unwrap_err();
    assert_eq!(error.fault, expected, "{given:?}");
}

#[test]
fn numbers_with_a_country_code_are_read_in_any_dress() {
    for given in [
        "+12025550123",
        "+1 202 555 0123",
        "+1-202-555-0123",
        "+1 (202) 555-0123",
        "+1.202.555.0123",
        " +1 202/555/0123 ",
        "tel:+1-202-555-0123",
        "＋１２０２５５５０１２３",
        "+1\u{a0}202\u{2011}555\u{2013}0123",
        "\u{202a}+12025550123\u{202c}",
        "0012025550123",
    ] {
        check(given, None, "+12025550123");
        check(given, Some("DE"), "+12025550123");
    }
}

#[test]
fn numbers_of_many_countries_are_read() {
    for number in [
        "+4915123456789",
        "+447911123456",
        "+33612345678",
        "+393331234567",
        "+34612345678",
        "+31612345678",
        "+32474091150",
        "+41791234567",
        "+436641234567",
        "+48512345678",
        "+420601123456",
        "+36301234567",
        "+40712345678",
        "+306912345678",
        "+905012345678",
        "+79161234567",
        "+77011234567",
        "+380501234567",
        "+358401234567",
        "+46701234567",
        "+4740612345",
        "+4520123456",
        "+353851234567",
        "+351912345678",
        "+972502345678",
        "+971501234567",
        "+966501234567",
        "+919876543210",
        "+923012345678",
        "+8801812345678",
        "+8613812345678",
        "+85291234567",
        "+886912345678",
        "+819012345678",
        "+821012345678",
        "+6591234567",
        "+60123456789",
        "+628123456789",
        "+639171234567",
        "+66812345678",
        "+84912345678",
        "+61412345678",
        "+64211234567",
        "+5511912345678",
        "+5491123456789",
        "+525512345678",
        "+56961234567",
        "+573211234567",
        "+51912345678",
        "+27711234567",
        "+2348021234567",
        "+254712123456",
        "+201001234567",
        "+212650123456",
        "+2250701234567",
        "+18765551234",
        "+16135550123",
        "+37060012345",
        "+23057123456",
        "+3546111234",
    ] {
        check(number, None, number);
        // A default country changes nothing, least of all by its own trunk prefix.
        for country in ["US", "DE", "IT", "RU", "BR", "HU", "AU"] {
            check(number, Some(country), number);
        }
    }
}

#[test]
fn numbers_as_dialled_at_home_need_the_country() {
    check("(202) 555-0123", Some("US"), "+12025550123");
    check("1 202 555 0123", Some("us"), "+12025550123");
    check("07911 123456", Some("GB"), "+447911123456");
    check("0151 23456789", Some("DE"), "+4915123456789");
    check("06 12 34 56 78", Some("FR"), "+33612345678");
    check("333 123 4567", Some("IT"), "+393331234567");
    check("06 30 123 4567", Some("HU"), "+36301234567");
    check("8 916 123-45-67", Some("RU"), "+79161234567");
    check("090-1234-5678", Some("JP"), "+819012345678");
    check("0412 345 678", Some(" AU "), "+61412345678");
    check_bad("(202) 555-0123", None, PhoneFault::NoCountry);
    check_bad("07911 123456", None, PhoneFault::NoCountry);
}

#[test]
fn international_prefixes_stand_for_the_plus() {
    check("00 49 1512 3456789", Some("FR"), "+4915123456789");
    check("011 49 1512 3456789", Some("US"), "+4915123456789");
    check("011 44 7911 123456", Some("CA"), "+447911123456");
    check("0011 44 7911 123456", Some("AU"), "+447911123456");
    check("010 44 7911 123456", Some("JP"), "+447911123456");
    // In Britain 0113 is Leeds, not an international prefix.
    check_bad("0113 496 0000", Some("GB"), PhoneFault::NotForTexts("landline"));
}

#[test]
fn a_trunk_zero_written_after_the_code_is_dropped() {
    check("+44 (0)7911 123456", None, "+447911123456");
    check("+44 07911 123456", None, "+447911123456");
    check("0049 (0)1512 3456789", None, "+4915123456789");
    // Italy keeps its zero.
    check("+39 02 3661 8300", None, "+390236618300");
}

#[test]
fn bad_input_is_refused_with_its_fault() {
    check_bad("", None, PhoneFault::Empty);
    check_bad("  + ", Some("US"), PhoneFault::Empty);
    check_bad("()", Some("US"), PhoneFault::Empty);
    check_bad("1-800-FLOWERS", Some("US"), PhoneFault::Letters);
    check_bad("call me", Some("US"), PhoneFault::Letters);
    check_bad("someletters1110@gmail.com", Some("US"), PhoneFault::Letters);
    check_bad("+1 202 555 0123 x45", None, PhoneFault::Extension);
    check_bad("+1 202 555 0123 ext. 45", None, PhoneFault::Extension);
    check_bad("+1 202 555 0123,45", None, PhoneFault::Extension);
    check_bad("+1 202 555 0123;ext=45", None, PhoneFault::Extension);
    check_bad("+1 202 555 0123#45", None, PhoneFault::Extension);
    check_bad("+1 202 555 0123 / +1 202 555 0124", None, PhoneFault::Character('+'));
    check_bad("+1_202_555_0123", None, PhoneFault::Character('_'));
    check_bad("+1 202 555 01😀", None, PhoneFault::Character('😀'));
    check_bad("2025550123", Some("XX"), PhoneFault::UnknownCountry("XX".to_owned()));
    check_bad("2025550123", Some("USA"), PhoneFault::UnknownCountry("USA".to_owned()));
    check_bad("+999123456789", None, PhoneFault::UnknownCode);
    check_bad("+0123456789", None, PhoneFault::UnknownCode);
    check_bad("+1234", None, PhoneFault::TooShort);
    check_bad("911", Some("US"), PhoneFault::TooShort);
    check_bad("112", Some("DE"), PhoneFault::TooShort);
    check_bad("7", Some("US"), PhoneFault::TooShort);
    check_bad("+1 441 1625", None, PhoneFault::TooShort);
    check_bad("+1 202 555 012", None, PhoneFault::NotInPlan);
    check_bad("+1 202 555 01234", None, PhoneFault::NotInPlan);
    check_bad("+1 111 555 0123", None, PhoneFault::NotInPlan);
    check_bad("+4915123456789012345", None, PhoneFault::TooLong);
    check_bad(&"1".repeat(1_000_000), Some("US"), PhoneFault::TooLong);
}

#[test]
fn numbers_that_take_no_texts_are_refused() {
    check_bad("+1 900 234 5678", None, PhoneFault::NotForTexts("premium-rate"));
    check_bad("+44 909 879 0000", None, PhoneFault::NotForTexts("premium-rate"));
    check_bad("+800 1234 5678", None, PhoneFault::NotForTexts("toll-free"));
    check_bad("+49 800 1234567", None, PhoneFault::NotForTexts("toll-free"));
    check_bad("+49 30 901820", None, PhoneFault::NotForTexts("landline"));
    check_bad("+33 1 42 68 53 00", None, PhoneFault::NotForTexts("landline"));
    check_bad("+44 70 1234 5678", None, PhoneFault::NotForTexts("personal"));
    check_bad("+44 7640 123456", None, PhoneFault::NotForTexts("pager"));
    check_bad("+44 800 123 4567", None, PhoneFault::NotForTexts("toll-free"));
    check_bad("+44 5555 555555", None, PhoneFault::NotForTexts("company"));
    check_bad("+49 180 5123456", None, PhoneFault::NotForTexts("shared-cost"));
    check_bad("+49 177 99 1234567", None, PhoneFault::NotForTexts("voicemail"));
    check("+1 800 234 5678", None, "+18002345678");
    // By internet.
    check("+44 56 1234 5678", None, "+445612345678");
}

#[test]
fn debug_and_errors_show_no_number() {
    let shown = |given: &str| format!("{:?}", PhoneNumber::parse(given, None).unwrap());
    assert_eq!(shown("+12025550142"), "PhoneNumber(+1•••42)");
    assert_eq!(shown("+447911123456"), "PhoneNumber(+44•••56)");
    assert_eq!(shown("+358401234567"), "PhoneNumber(+358•••67)");
    let error = PhoneNumber::parse("202 555 0142", None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "phone number •••42 has no country code; begin with + and the code, like +12025550123"
    );
    let error = PhoneNumber::parse("+1234", None).unwrap_err();
    assert_eq!(error.to_string(), "phone number ••• is too short; check for missing digits");
}

#[test]
fn a_store_keeps_e164() {
    let number = PhoneNumber::parse("+1 202 555 0123", None).unwrap();
    let stored = String::from(number.clone());
    assert_eq!(stored, "+12025550123");
    assert_eq!(PhoneNumber::try_from(stored), Ok(number));
    for bad in ["12025550123", "+", "+0123456789", "+1 202", "+1202555012345678", "+12a45678", ""] {
        assert!(PhoneNumber::try_from(bad.to_owned()).is_err(), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_panics_and_what_is_read_reads_the_same_again(
        given in "(\\+|00|011)?[0-9 ()./+-]{0,18}",
        country in prop::option::of("(US|DE|IT|BR|AR|MX|GB|JP|AU|RU|CI)"),
    ) {
        if let Ok(number) = PhoneNumber::parse(&given, country.as_deref()) {
            let again = PhoneNumber::parse(number.as_e164(), None);
            prop_assert_eq!(again.as_ref(), Ok(&number));
            prop_assert_eq!(PhoneNumber::try_from(number.as_e164().to_owned()), Ok(number));
        }
    }

    #[test]
    fn an_error_never_holds_the_digits(given in "\\+?[0-9]{7,20}") {
        if let Err(error) = PhoneNumber::parse(&given, None) {
            let digits = given.trim_start_matches('+');
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(&digits[..digits.len() - 2]), "{shown}");
        }
    }

    #[test]
    fn arbitrary_text_does_not_panic(given in "\\PC{0,50}", country in "\\PC{0,3}") {
        let _ = PhoneNumber::parse(&given, Some(&country));
    }
}

#[test]
fn country_codes_are_as_long_as_they_are_assigned() {
    let two = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 \
               62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
    let three = "211 218 230 260 299 350 359 370 380 420 421 423 500 509 590 599 670 679 692 800 \
                 808 850 856 870 880 888 960 968 970 979 992 998";
    for (codes, length) in [("1 7", 1), (two, 2), (three, 3)] {
        for code in codes.split_whitespace() {
            assert_eq!(code_length(&format!("{code}5550100")), length, "{code}");
        }
    }
    assert_eq!(code_length(""), 3);
}

#[test]
fn the_shortest_and_the_longest_are_judged_by_their_plan() {
    // Niue's numbers have four digits behind three.
    let told = PhoneNumber::parse("+6834002", None).map_err(|bad| bad.fault);
    assert_ne!(told, Err(PhoneFault::TooShort));
    check_bad("+44791112345678901234", None, PhoneFault::TooLong);
}
