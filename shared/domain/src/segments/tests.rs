use proptest::prelude::*;

use super::*;

fn check_count(text: &str, encoding: Encoding, units: usize, segments: usize) {
    let found = count(text);
    let seen = (found.encoding, found.units, found.segments);
    assert_eq!(seen, (encoding, units, segments), "{text:?}");
}

fn check_spelling(text: &str, expected: &str) {
    assert_eq!(to_gsm(text), expected, "{text:?}");
    assert_eq!(to_gsm(expected), expected, "spelled twice: {text:?}");
}

#[test]
fn txt_05_gsm_parts_hold_160_or_153_septets() {
    check_count("", Encoding::Gsm7, 0, 1);
    check_count("a", Encoding::Gsm7, 1, 1);
    for (length, parts) in [(160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)] {
        check_count(&"a".repeat(length), Encoding::Gsm7, length, parts);
    }
}

#[test]
fn txt_05_extension_characters_count_two_and_are_never_split() {
    check_count("€[]{}", Encoding::Gsm7, 10, 1);
    check_count("^\\~|\u{c}", Encoding::Gsm7, 10, 1);
    check_count(&"€".repeat(80), Encoding::Gsm7, 160, 1);
    check_count(&"€".repeat(81), Encoding::Gsm7, 162, 2);
    // Each part of 153 holds 76 pairs only.
    check_count(&"€".repeat(152), Encoding::Gsm7, 304, 2);
    check_count(&"€".repeat(153), Encoding::Gsm7, 306, 3);
    check_count(&format!("{}€{}", "a".repeat(152), "a".repeat(152)), Encoding::Gsm7, 306, 3);
}

#[test]
fn txt_05_ucs_parts_hold_70_or_67_units() {
    for (length, parts) in [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)] {
        check_count(&"я".repeat(length), Encoding::Ucs2, length, parts);
    }
}

#[test]
fn txt_05_surrogate_pairs_and_graphemes_are_never_split() {
    check_count(&"😀".repeat(35), Encoding::Ucs2, 70, 1);
    // 33 pairs leave one unit of a part of 67 empty.
    check_count(&"😀".repeat(66), Encoding::Ucs2, 132, 2);
    check_count(&"😀".repeat(67), Encoding::Ucs2, 134, 3);
    let family = "👨‍👩‍👧‍👦";
    check_count(family, Encoding::Ucs2, 11, 1);
    // Six families of eleven units fill 66 of 67.
    check_count(&family.repeat(12), Encoding::Ucs2, 132, 2);
    check_count(&format!("я{}", family.repeat(12)), Encoding::Ucs2, 133, 2);
    check_count(&format!("яя{}", family.repeat(12)), Encoding::Ucs2, 134, 3);
}

#[test]
fn txt_05_a_joiner_holds_an_emoji_to_whatever_stands_before_it() {
    let coder = "\u{200d}👩\u{1f3fd}\u{200d}💻";
    check_count(&format!("ñ{coder}"), Encoding::Ucs2, 1, 1);
    check_count(&format!("я{coder}"), Encoding::Ucs2, 9, 1);
    check_count(&format!("я\u{200d}{coder}"), Encoding::Ucs2, 10, 1);
    check_count(coder, Encoding::Ucs2, 8, 1);
    // After an accent its skin tone begins another piece, after a flag the emoji does.
    check_count(&format!("e\u{301}{coder}"), Encoding::Ucs2, 1 + 5, 1);
    check_count(&format!("A{coder}").repeat(67), Encoding::Ucs2, 67, 1);
    let flag = format!("{}🇩🇪{coder}{}", "я".repeat(62), "я".repeat(60));
    check_count(&flag, Encoding::Ucs2, 134, 2);
    // A later emoji is not held: the calculator knows those of Unicode 10.
    check_count("ñ\u{200d}👍", Encoding::Ucs2, 3, 1);
}

#[test]
fn a_grapheme_larger_than_a_part_is_taken_apart() {
    let heap = format!("e{}", "\u{301}".repeat(200));
    check_count(&heap, Encoding::Ucs2, 201, 3);
}

#[test]
fn costly_characters_are_named_once_in_order() {
    let found = count("Łódź – „Łódź” ok");
    assert_eq!(found.encoding, Encoding::Ucs2);
    assert_eq!(found.costly, ['Ł', 'ó', 'ź', '–', '„', '”']);
    assert_eq!(count("plain").costly, []);
}

#[test]
fn an_en_dash_costs_segments_and_the_spelling_saves_them() {
    let text = format!("{} – {}", "a".repeat(66), "a".repeat(66));
    assert_eq!((count(&text).segments, count(&to_gsm(&text)).segments), (3, 1));
}

#[test]
fn encodings_are_named_as_twilio_names_them() {
    assert_eq!(serde_name(Encoding::Gsm7), "GSM-7");
    assert_eq!(serde_name(Encoding::Ucs2), "UCS-2");
}

fn serde_name(encoding: Encoding) -> String {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    for name in ["GSM-7", "UCS-2"] {
        let from: StrDeserializer<'_, Error> = name.into_deserializer();
        if Encoding::deserialize(from) == Ok(encoding) {
            return name.to_owned();
        }
    }
    String::new()
}

#[test]
fn txt_05_typography_becomes_plain() {
    check_spelling("“Q4” – ‘Plan’…", "\"Q4\" - 'Plan'...");
    check_spelling("«Réunion» — l’équipe", "\"Réunion\" - l'équipe");
    check_spelling("10\u{a0}am\u{202f}to\u{2009}11\u{3000}am", "10 am to 11 am");
    check_spelling("a\u{2011}b • c → d ← e ≤ f × g", "a-b - c -> d <- e <= f x g");
    check_spelling("1:1 · Ann", "1:1 - Ann");
    check_spelling("Rock `n` roll", "Rock 'n' roll");
    check_spelling("1½ hours, ½ price", "1 1/2 hours, 1/2 price");
    check_spelling("ＯＫ！ ｆｕｌｌ", "OK! full");
    check_spelling("𝗧𝗲𝗮𝗺 𝘭𝘶𝘯𝘤𝘩 𝟮𝟬𝟮𝟲", "Team lunch 2026");
    check_spelling("Acme™ oﬃce №5", "Acme(TM) office No.5");
}

#[test]
fn txt_05_emoji_are_dropped_where_the_rest_is_gsm() {
    check_spelling("🎉 Party", "Party");
    check_spelling("Party 🎉", "Party");
    check_spelling("Party!🎉 time", "Party! time");
    check_spelling("Team 🎉 lunch", "Team lunch");
    check_spelling("Team 🎉🎉 🍕 lunch!", "Team lunch!");
    check_spelling("Team🎉lunch", "Team lunch");
    check_spelling("Great🎉!", "Great!");
    check_spelling("👨‍👩‍👧‍👦 Family ❤️ day", "Family day");
    check_spelling("🇩🇪 Demo 👍🏽", "Demo");
    check_spelling("1️⃣ Standup", "1 Standup");
    check_spelling("Café 🥐 Übung", "Café Übung");
}

#[test]
fn txt_05_emoji_stay_where_nothing_else_or_ucs_remains() {
    check_spelling("🦷", "🦷");
    check_spelling("🎉 🎉", "🎉 🎉");
    check_spelling("Встреча 🎉", "Встреча 🎉");
    check_spelling("会议🎉", "会议🎉");
}

#[test]
fn txt_05_letters_are_never_exchanged() {
    for text in [
        "Łódź",
        "Dvořák – koncert",
        "François",
        "Ελλάδα",
        "Встреча…",
        "会议。",
        "שלום",
        "مرحبا",
        "می\u{200c}خواهم",
        "क्षत्रिय",
        "ไทย",
        "ê",
        "e\u{302}",
        "l·l",
        "Ș",
        "20 °C",
        "x²",
    ] {
        check_spelling(text, text);
    }
}

#[test]
fn txt_05_gsm_letters_stay_and_parted_accents_are_joined() {
    check_spelling("Ä Å Æ É Ñ Ö Ø Ü ß à è é ì ò ù Ç", "Ä Å Æ É Ñ Ö Ø Ü ß à è é ì ò ù Ç");
    check_spelling("Cafe\u{301} Mu\u{308}ller", "Café Müller");
    check_spelling("Δ Σ Ω €5 [x] {y}", "Δ Σ Ω €5 [x] {y}");
}

#[test]
fn invisible_characters_are_removed_in_every_case() {
    check_spelling("a\u{200b}b\u{2060}c\u{feff}d\u{ad}e", "abcde");
    check_spelling("\u{202e}txet\u{202c} \u{2066}x\u{2069}\u{200f}", "txet x");
    check_spelling("\u{202e}שלום\u{202c}\u{200f}", "שלום");
    check_spelling("🏴\u{e0067}\u{e0062}\u{e007f}", "🏴");
    check_spelling("a\u{0}b\u{7}c\u{1b}[31m\u{7f}\u{9b}", "abc[31m");
    check_spelling("я\u{0}\u{7}\u{85}я", "я\nя");
    check_spelling("a\tb\r\nc\u{2028}d", "a b\nc\nd");
    check_spelling("я\tя\r\nя", "я я\nя");
    check_spelling("\u{200b}\u{202e}", "");
}

proptest! {
    #[test]
    fn spelling_twice_changes_nothing_more(text in "\\PC{0,60}") {
        let once = to_gsm(&text);
        prop_assert_eq!(to_gsm(&once), once);
    }

    #[test]
    fn spelling_never_costs_more_than_words_need(text in "[a-zA-Zé –—…“”‘’🎉☕→•\u{200b}]{0,200}") {
        prop_assert!(count(&to_gsm(&text)).segments <= count(&text).segments.max(
            count(&to_gsm(&text)).units.div_ceil(GSM_PART)
        ));
    }

    #[test]
    fn segments_hold_all_units(text in "[a€я😀\u{301} ]{0,400}") {
        let found = count(&text);
        let (single, part) = match found.encoding {
            Encoding::Gsm7 => (GSM_SINGLE, GSM_PART),
            Encoding::Ucs2 => (UCS_SINGLE, UCS_PART),
        };
        prop_assert_eq!(found.segments == 1, found.units <= single);
        prop_assert!(found.segments >= found.units.div_ceil(part.max(found.units.min(single))));
    }
}

#[test]
fn txt_05_gsm_7_has_127_characters_and_ten_that_take_two() {
    let taking = |count| {
        let takes = |c: &char| septets(*c) == Some(count);
        ('\0'..=char::MAX).filter(takes).collect::<Vec<_>>()
    };
    assert_eq!(taking(1).len(), 127, "the alphabet has 128 places, one of them for the escape");
    assert_eq!(taking(2).len(), 10);
    assert_eq!(taking(3), []);
    assert_eq!(septets('`'), None);
}

/// As they were when `tests/segments/run` found that Twilio's calculator says the same of a million
/// texts.
#[test]
fn txt_05_pieces_and_spellings_stay_what_the_calculator_agrees_with() {
    let parts = [
        "a",
        "e\u{301}",
        "\u{e9}",
        "1\u{fe0f}\u{20e3}",
        "\u{2764}\u{fe0f}",
        "\u{200d}",
        "\r",
        "\n",
        "\u{1f1e9}",
        "\u{1f1e9}\u{1f1ea}",
        "\u{1f44d}",
        "\u{1f3fd}",
        "\u{1f468}",
        "\u{1f469}",
        "\u{1f9b0}",
        "\u{2640}",
        "\u{915}\u{94d}",
        "\u{937}",
        "\u{d4e}",
        "\u{d15}",
        "\u{c95}",
        "\u{1f3f4}\u{e0067}\u{e007f}",
        "\u{1f30d}",
        "\u{20ac}",
        "\u{4f1a}",
    ];
    let mut lines = Vec::new();
    for first in parts {
        for second in parts {
            for third in ["", "\u{1f3fd}", "\u{200d}\u{1f469}"] {
                let text = format!("{first}{second}{third}");
                let sizes: Vec<_> = pieces::sizes(&text).collect();
                lines.push(format!("{} {sizes:?}", text.escape_unicode()));
            }
        }
    }
    insta::assert_snapshot!("pieces", lines.join("\n"));
    let spelt = |c: char| {
        let text = format!("x{c}y");
        let plain = to_gsm(&text);
        (plain != text).then(|| format!("{} {plain:?}", c.escape_unicode()))
    };
    let mut spelt: Vec<_> =
        ('\0'..'\u{3100}').chain('\u{fe00}'..='\u{ffff}').filter_map(spelt).collect();
    for letter in ('A'..='Z').chain('a'..='z') {
        for mark in ('\u{300}'..='\u{30c}').chain(['\u{327}', '\u{328}']) {
            let plain = to_gsm(&format!("{letter}{mark}"));
            spelt.extend((!plain.contains(mark)).then(|| format!("{letter}{mark} {plain}")));
        }
    }
    insta::assert_snapshot!("spellings", spelt.join("\n"));
}

#[test]
fn every_style_of_a_letter_and_a_digit_is_that_letter_and_digit() {
    check_spelling("𝐀𝐙𝐚𝐳 𝒜𝒵 𝔸𝕐𝕒𝕫 𝖠𝖹𝖺𝗓 𝟎𝟗𝟘𝟡𝟶𝟿", "AZaz AZ AYaz AZaz 090909");
    check_spelling("ＡＺａｚ０９！～", "AZaz09!~");
}

#[test]
fn an_emoji_between_words_leaves_one_space_and_none_at_an_end() {
    check_spelling("🎉 Party", "Party");
    check_spelling("Party 🎉 time", "Party time");
    check_spelling("Party🎉time", "Party time");
    check_spelling("Party 🎉", "Party");
    check_spelling("Party!🎉 time", "Party! time");
}
