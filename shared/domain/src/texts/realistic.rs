//! How many segments the reminders of ordinary calendars take, measured over 10,000 events.

use jiff::SignedDuration;
use jiff::civil::date;

use super::*;
use crate::segments;
use crate::time::Zones;

const EVENTS: u64 = 10_000;

/// Numbers that look random and are the same in every run (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// Titles as people write them, with the dashes, quotes, emoji and names they paste.
fn title(language: Language, draw: &mut Draw) -> String {
    let what: &[&str] = match language {
        Language::En => &[
            "Standup",
            "1:1 – Ana",
            "Q4 planning & budget review",
            "Dentist",
            "Café with José",
            "🎉 Launch party",
            "Sprint retro — team “Blue”",
            "Interview: Senior Engineer (onsite)",
            "All-hands: what’s next for the product, the roadmap and the teams that build it",
        ],
        Language::De => &[
            "Jour fixe",
            "Übergabe Projekt „Möwe“",
            "Zahnarzt",
            "Müll rausbringen",
            "Abstimmung Vertrieb – Marketing",
            "Elternabend 3b",
            "Bürgeramt",
        ],
        Language::Es => &[
            "Reunión de equipo",
            "Dentista",
            "Comida con Íñigo",
            "Revisión del plan",
            "Presentación de los resultados del tercer trimestre al comité",
            "Entrega del informe",
            "Clase de inglés",
            "Llamada con Marta",
        ],
        Language::Fr => &[
            "Point d’équipe",
            "Dentiste",
            "Déjeuner avec Zoé",
            "Comité de pilotage",
            "Réunion de rentrée",
            "Contrôle technique de la voiture au garage de la rue des Châtaigniers",
            "Revue de sprint",
            "Entretien François",
        ],
        Language::Pt => &[
            "Reunião de equipe",
            "Dentista",
            "Almoço com João",
            "Planejamento semanal",
            "Apresentação",
            "Reunião de pais e professores da turma da manhã",
            "Revisar contrato",
            "Aula de violão",
        ],
        Language::Ja => &[
            "定例会議",
            "歯医者",
            "企画レビュー",
            "1on1 田中さん",
            "四半期計画の確認",
            "採用面接",
            "新製品の発売に向けた営業部と開発部の合同打ち合わせ（第3回）",
        ],
    };
    draw.pick(what).to_owned()
}

/// Where the links of meetings lead.
#[derive(Clone, Copy)]
enum Links {
    /// To a room that has a number or a short name, as those that calendars make have.
    Short,
    /// To one whose link carries a password, as Zoom's and Teams' do.
    Long,
}

fn event(language: Language, links: Links, draw: &mut Draw) -> EventFacts {
    let minutes = i64::try_from(draw.below(24 * 12)).unwrap() * 5;
    let start = date(2026, 11, 24).to_datetime(jiff::civil::Time::midnight());
    let start = crate::time::instant_of(start, &TimeZone::UTC) + SignedDuration::from_mins(minutes);
    let place = ["Room 4", "12 Main St, Springfield", "Zoom", "Hauptstr. 12, 10115 Berlin"];
    let link = match links {
        Links::Short => ["https://meet.google.com/abc-defg-hij", "https://zoom.us/j/98765432101"],
        Links::Long => [
            "https://us02web.zoom.us/j/98765432101?pwd=QUJDREVGR0hJSktMTU5PUFFSU1RVVg09",
            "https://teams.microsoft.com/meet/2345678901234?p=AbCdEfGhIjKlMnOpQr",
        ],
    };
    EventFacts {
        title: title(language, draw),
        start,
        end: start + SignedDuration::from_mins(30),
        all_day_on: None,
        location: (draw.below(2) == 0).then(|| draw.pick(&place).to_owned()),
        meeting_link: (draw.below(3) == 0).then(|| draw.pick(&link).to_owned()),
        first_of: None,
    }
}

/// The share of one-segment reminders, 15 minutes ahead of events at any time of the day. All of
/// them tell the hour and the link, if there is one.
fn share_of_one_segment(language: Language, links: Links, template: TemplateVersion) -> f64 {
    let mut draw = Draw(20_261_127);
    let locale = Locale { language, hours: HourCycle::H24 };
    let zones = Zones::bundled();
    let zone = zones.rules(&zones.parse("Europe/Berlin").unwrap()).unwrap();
    let ones = (0..EVENTS).filter(|_| {
        let facts = event(language, links, &mut draw);
        let now = facts.start - SignedDuration::from_mins(15);
        let day = crate::time::local_date(now, &zone);
        let text = write(&facts, &zone, locale.by(template), day).render(now, facts.start, locale);
        assert!(text.contains(&when(&facts, &zone, locale).time), "{text}");
        assert!(text.ends_with(facts.meeting_link.as_deref().unwrap_or_default()), "{text}");
        segments::count(&text).segments == 1
    });
    ones.count() as f64 / EVENTS as f64
}

/// By language and version of the templates.
fn shares(links: Links) -> Vec<(&'static str, u32, f64)> {
    let all = TemplateVersion::all()
        .flat_map(|version| Language::ALL.map(|language| (language, version)));
    let share = |(language, version): (Language, TemplateVersion)| {
        let share = share_of_one_segment(language, links, version);
        (language.tag(), version.number(), share)
    };
    all.map(share).collect()
}

#[test]
fn txt_05_nearly_all_reminders_of_ordinary_calendars_are_one_segment() {
    let shares = shares(Links::Short);
    println!("one segment, of {EVENTS} reminders each: {shares:?}");
    assert!(shares.iter().all(|(.., share)| *share >= 0.995), "{shares:?}");
}

#[test]
fn txt_05_a_second_segment_is_paid_for_links_that_leave_letters_no_room() {
    let shares = shares(Links::Long);
    println!("one segment, with long links, of {EVENTS} reminders each: {shares:?}");
    assert!(shares.iter().all(|(.., share)| *share >= 0.6), "{shares:?}");
}
