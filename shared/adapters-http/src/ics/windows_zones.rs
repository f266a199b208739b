//! What Windows calls the zones.
//!
//! The table of names is `supplemental/windowsZones` of the Unicode CLDR, version 48.2, as
//! package `cldr-core` carries it: the zone of territory 001 for each name. Copyright Unicode,
//! Inc.; Unicode License v3 (SPDX `Unicode-3.0`). The five names that only older versions of
//! Windows write follow it. The display names are those that Windows shows in English in its list
//! of zones, which Outlook and Exchange write into calendars as TZID.

/// The IANA name for what Windows or Outlook calls a zone: a name like `Pacific Standard Time`, or
/// a display name like `(UTC-08:00) Pacific Time (US & Canada)`.
pub(super) fn iana_name(given: &str) -> Option<&'static str> {
    let given = given.trim();
    by_name(given).or_else(|| {
        let shown = without_offset(given);
        let (name, _) = DISPLAY_NAMES.iter().find(|(_, s)| s.eq_ignore_ascii_case(shown))?;
        by_name(name)
    })
}

fn by_name(given: &str) -> Option<&'static str> {
    let same = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(given);
    NAMES.iter().chain(OLD_NAMES).find(same).map(|(_, iana)| *iana)
}

/// Takes off `(UTC-08:00)` or `(GMT-08.00)`; the offset is that of winter and tells nothing.
fn without_offset(given: &str) -> &str {
    let is_offset = |start: &str| matches!(start.get(..4), Some("(UTC" | "(GMT"));
    match given.split_once(')') {
        Some((start, rest)) if is_offset(start) => rest.trim(),
        _ => given,
    }
}

#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("AUS Central Standard Time", "Australia/Darwin"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("Afghanistan Standard Time", "Asia/Kabul"),
    ("Alaskan Standard Time", "America/Anchorage"),
    ("Aleutian Standard Time", "America/Adak"),
    ("Altai Standard Time", "Asia/Barnaul"),
    ("Arab Standard Time", "Asia/Riyadh"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("Arabic Standard Time", "Asia/Baghdad"),
    ("Argentina Standard Time", "America/Buenos_Aires"),
    ("Astrakhan Standard Time", "Europe/Astrakhan"),
    ("Atlantic Standard Time", "America/Halifax"),
    ("Aus Central W. Standard Time", "Australia/Eucla"),
    ("Azerbaijan Standard Time", "Asia/Baku"),
    ("Azores Standard Time", "Atlantic/Azores"),
    ("Bahia Standard Time", "America/Bahia"),
    ("Bangladesh Standard Time", "Asia/Dhaka"),
    ("Belarus Standard Time", "Europe/Minsk"),
    ("Bougainville Standard Time", "Pacific/Bougainville"),
    ("Canada Central Standard Time", "America/Regina"),
    ("Cape Verde Standard Time", "Atlantic/Cape_Verde"),
    ("Caucasus Standard Time", "Asia/Yerevan"),
    ("Cen. Australia Standard Time", "Australia/Adelaide"),
    ("Central America Standard Time", "America/Guatemala"),
    ("Central Asia Standard Time", "Asia/Bishkek"),
    ("Central Brazilian Standard Time", "America/Cuiaba"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Central Pacific Standard Time", "Pacific/Guadalcanal"),
    ("Central Standard Time", "America/Chicago"),
    ("Central Standard Time (Mexico)", "America/Mexico_City"),
    ("Chatham Islands Standard Time", "Pacific/Chatham"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Cuba Standard Time", "America/Havana"),
    ("Dateline Standard Time", "Etc/GMT+12"),
    ("E. Africa Standard Time", "Africa/Nairobi"),
    ("E. Australia Standard Time", "Australia/Brisbane"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Easter Island Standard Time", "Pacific/Easter"),
    ("Eastern Standard Time", "America/New_York"),
    ("Eastern Standard Time (Mexico)", "America/Cancun"),
    ("Egypt Standard Time", "Africa/Cairo"),
    ("Ekaterinburg Standard Time", "Asia/Yekaterinburg"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("Fiji Standard Time", "Pacific/Fiji"),
    ("GMT Standard Time", "Europe/London"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Georgian Standard Time", "Asia/Tbilisi"),
    ("Greenland Standard Time", "America/Godthab"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("Haiti Standard Time", "America/Port-au-Prince"),
    ("Hawaiian Standard Time", "Pacific/Honolulu"),
    ("India Standard Time", "Asia/Calcutta"),
    ("Iran Standard Time", "Asia/Tehran"),
    ("Israel Standard Time", "Asia/Jerusalem"),
    ("Jordan Standard Time", "Asia/Amman"),
    ("Kaliningrad Standard Time", "Europe/Kaliningrad"),
    ("Korea Standard Time", "Asia/Seoul"),
    ("Libya Standard Time", "Africa/Tripoli"),
    ("Line Islands Standard Time", "Pacific/Kiritimati"),
    ("Lord Howe Standard Time", "Australia/Lord_Howe"),
    ("Magadan Standard Time", "Asia/Magadan"),
    ("Magallanes Standard Time", "America/Punta_Arenas"),
    ("Marquesas Standard Time", "Pacific/Marquesas"),
    ("Mauritius Standard Time", "Indian/Mauritius"),
    ("Middle East Standard Time", "Asia/Beirut"),
    ("Montevideo Standard Time", "America/Montevideo"),
    ("Morocco Standard Time", "Africa/Casablanca"),
    ("Mountain Standard Time", "America/Denver"),
    ("Mountain Standard Time (Mexico)", "America/Mazatlan"),
    ("Myanmar Standard Time", "Asia/Rangoon"),
    ("N. Central Asia Standard Time", "Asia/Novosibirsk"),
    ("Namibia Standard Time", "Africa/Windhoek"),
    ("Nepal Standard Time", "Asia/Katmandu"),
    ("New Zealand Standard Time", "Pacific/Auckland"),
    ("Newfoundland Standard Time", "America/St_Johns"),
    ("Norfolk Standard Time", "Pacific/Norfolk"),
    ("North Asia East Standard Time", "Asia/Irkutsk"),
    ("North Asia Standard Time", "Asia/Krasnoyarsk"),
    ("North Korea Standard Time", "Asia/Pyongyang"),
    ("Omsk Standard Time", "Asia/Omsk"),
    ("Pacific SA Standard Time", "America/Santiago"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Pacific Standard Time (Mexico)", "America/Tijuana"),
    ("Pakistan Standard Time", "Asia/Karachi"),
    ("Paraguay Standard Time", "America/Asuncion"),
    ("Qyzylorda Standard Time", "Asia/Qyzylorda"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Russia Time Zone 10", "Asia/Srednekolymsk"),
    ("Russia Time Zone 11", "Asia/Kamchatka"),
    ("Russia Time Zone 3", "Europe/Samara"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("SA Eastern Standard Time", "America/Cayenne"),
    ("SA Pacific Standard Time", "America/Bogota"),
    ("SA Western Standard Time", "America/La_Paz"),
    ("SE Asia Standard Time", "Asia/Bangkok"),
    ("Saint Pierre Standard Time", "America/Miquelon"),
    ("Sakhalin Standard Time", "Asia/Sakhalin"),
    ("Samoa Standard Time", "Pacific/Apia"),
    ("Sao Tome Standard Time", "Africa/Sao_Tome"),
    ("Saratov Standard Time", "Europe/Saratov"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("South Africa Standard Time", "Africa/Johannesburg"),
    ("South Sudan Standard Time", "Africa/Juba"),
    ("Sri Lanka Standard Time", "Asia/Colombo"),
    ("Sudan Standard Time", "Africa/Khartoum"),
    ("Syria Standard Time", "Asia/Damascus"),
    ("Taipei Standard Time", "Asia/Taipei"),
    ("Tasmania Standard Time", "Australia/Hobart"),
    ("Tocantins Standard Time", "America/Araguaina"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("Tomsk Standard Time", "Asia/Tomsk"),
    ("Tonga Standard Time", "Pacific/Tongatapu"),
    ("Transbaikal Standard Time", "Asia/Chita"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("Turks And Caicos Standard Time", "America/Grand_Turk"),
    ("US Eastern Standard Time", "America/Indianapolis"),
    ("US Mountain Standard Time", "America/Phoenix"),
    ("UTC", "Etc/UTC"),
    ("UTC+12", "Etc/GMT-12"),
    ("UTC+13", "Etc/GMT-13"),
    ("UTC-02", "Etc/GMT+2"),
    ("UTC-08", "Etc/GMT+8"),
    ("UTC-09", "Etc/GMT+9"),
    ("UTC-11", "Etc/GMT+11"),
    ("Ulaanbaatar Standard Time", "Asia/Ulaanbaatar"),
    ("Venezuela Standard Time", "America/Caracas"),
    ("Vladivostok Standard Time", "Asia/Vladivostok"),
    ("Volgograd Standard Time", "Europe/Volgograd"),
    ("W. Australia Standard Time", "Australia/Perth"),
    ("W. Central Africa Standard Time", "Africa/Lagos"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("W. Mongolia Standard Time", "Asia/Hovd"),
    ("West Asia Standard Time", "Asia/Tashkent"),
    ("West Bank Standard Time", "Asia/Hebron"),
    ("West Pacific Standard Time", "Pacific/Port_Moresby"),
    ("Yakutsk Standard Time", "Asia/Yakutsk"),
    ("Yukon Standard Time", "America/Whitehorse"),
];

/// Names of older versions of Windows, which the CLDR has dropped.
#[rustfmt::skip]
const OLD_NAMES: &[(&str, &str)] = &[
    ("Armenian Standard Time", "Asia/Yerevan"),
    ("Kamchatka Standard Time", "Asia/Kamchatka"),
    ("Mexico Standard Time", "America/Mexico_City"),
    ("Mexico Standard Time 2", "America/Mazatlan"),
    ("Mid-Atlantic Standard Time", "Etc/GMT+2"),
];

/// Name and what Windows shows for it; some have been shown differently over the years.
#[rustfmt::skip]
const DISPLAY_NAMES: &[(&str, &str)] = &[
    ("Dateline Standard Time", "International Date Line West"),
    ("UTC-11", "Coordinated Universal Time-11"),
    ("Aleutian Standard Time", "Aleutian Islands"),
    ("Hawaiian Standard Time", "Hawaii"),
    ("Marquesas Standard Time", "Marquesas Islands"),
    ("Alaskan Standard Time", "Alaska"),
    ("UTC-09", "Coordinated Universal Time-09"),
    ("Pacific Standard Time (Mexico)", "Baja California"),
    ("Pacific Standard Time (Mexico)", "Tijuana, Baja California"),
    ("UTC-08", "Coordinated Universal Time-08"),
    ("Pacific Standard Time", "Pacific Time (US & Canada)"),
    ("Pacific Standard Time", "Pacific Time (US & Canada); Tijuana"),
    ("US Mountain Standard Time", "Arizona"),
    ("Mountain Standard Time (Mexico)", "La Paz, Mazatlan"),
    ("Mountain Standard Time (Mexico)", "Chihuahua, La Paz, Mazatlan"),
    ("Mountain Standard Time", "Mountain Time (US & Canada)"),
    ("Yukon Standard Time", "Yukon"),
    ("Central America Standard Time", "Central America"),
    ("Central Standard Time", "Central Time (US & Canada)"),
    ("Easter Island Standard Time", "Easter Island"),
    ("Central Standard Time (Mexico)", "Guadalajara, Mexico City, Monterrey"),
    ("Central Standard Time (Mexico)", "Mexico City"),
    ("Canada Central Standard Time", "Saskatchewan"),
    ("SA Pacific Standard Time", "Bogota, Lima, Quito, Rio Branco"),
    ("SA Pacific Standard Time", "Bogota, Lima, Quito"),
    ("Eastern Standard Time (Mexico)", "Chetumal"),
    ("Eastern Standard Time", "Eastern Time (US & Canada)"),
    ("Haiti Standard Time", "Haiti"),
    ("Cuba Standard Time", "Havana"),
    ("US Eastern Standard Time", "Indiana (East)"),
    ("Turks And Caicos Standard Time", "Turks and Caicos"),
    ("Paraguay Standard Time", "Asuncion"),
    ("Atlantic Standard Time", "Atlantic Time (Canada)"),
    ("Venezuela Standard Time", "Caracas"),
    ("Central Brazilian Standard Time", "Cuiaba"),
    ("SA Western Standard Time", "Georgetown, La Paz, Manaus, San Juan"),
    ("Pacific SA Standard Time", "Santiago"),
    ("Newfoundland Standard Time", "Newfoundland"),
    ("Tocantins Standard Time", "Araguaina"),
    ("E. South America Standard Time", "Brasilia"),
    ("SA Eastern Standard Time", "Cayenne, Fortaleza"),
    ("Argentina Standard Time", "City of Buenos Aires"),
    ("Argentina Standard Time", "Buenos Aires"),
    ("Greenland Standard Time", "Greenland"),
    ("Montevideo Standard Time", "Montevideo"),
    ("Magallanes Standard Time", "Punta Arenas"),
    ("Saint Pierre Standard Time", "Saint Pierre and Miquelon"),
    ("Bahia Standard Time", "Salvador"),
    ("UTC-02", "Coordinated Universal Time-02"),
    ("UTC-02", "Mid-Atlantic - Old"),
    ("UTC-02", "Mid-Atlantic"),
    ("Azores Standard Time", "Azores"),
    ("Cape Verde Standard Time", "Cabo Verde Is."),
    ("Cape Verde Standard Time", "Cape Verde Is."),
    ("UTC", "Coordinated Universal Time"),
    ("GMT Standard Time", "Dublin, Edinburgh, Lisbon, London"),
    ("GMT Standard Time", "Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London"),
    ("Greenwich Standard Time", "Monrovia, Reykjavik"),
    ("Greenwich Standard Time", "Casablanca, Monrovia"),
    ("Sao Tome Standard Time", "Sao Tome"),
    ("Morocco Standard Time", "Casablanca"),
    ("W. Europe Standard Time", "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"),
    ("Central Europe Standard Time", "Belgrade, Bratislava, Budapest, Ljubljana, Prague"),
    ("Romance Standard Time", "Brussels, Copenhagen, Madrid, Paris"),
    ("Central European Standard Time", "Sarajevo, Skopje, Warsaw, Zagreb"),
    ("W. Central Africa Standard Time", "West Central Africa"),
    ("Jordan Standard Time", "Amman"),
    ("GTB Standard Time", "Athens, Bucharest"),
    ("GTB Standard Time", "Athens, Bucharest, Istanbul"),
    ("GTB Standard Time", "Athens, Istanbul, Minsk"),
    ("Middle East Standard Time", "Beirut"),
    ("Egypt Standard Time", "Cairo"),
    ("E. Europe Standard Time", "Chisinau"),
    ("Syria Standard Time", "Damascus"),
    ("West Bank Standard Time", "Gaza, Hebron"),
    ("South Africa Standard Time", "Harare, Pretoria"),
    ("FLE Standard Time", "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius"),
    ("FLE Standard Time", "Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius"),
    ("Israel Standard Time", "Jerusalem"),
    ("South Sudan Standard Time", "Juba"),
    ("Kaliningrad Standard Time", "Kaliningrad"),
    ("Sudan Standard Time", "Khartoum"),
    ("Libya Standard Time", "Tripoli"),
    ("Namibia Standard Time", "Windhoek"),
    ("Arabic Standard Time", "Baghdad"),
    ("Turkey Standard Time", "Istanbul"),
    ("Arab Standard Time", "Kuwait, Riyadh"),
    ("Belarus Standard Time", "Minsk"),
    ("Russian Standard Time", "Moscow, St. Petersburg"),
    ("Russian Standard Time", "Moscow, St. Petersburg, Volgograd"),
    ("E. Africa Standard Time", "Nairobi"),
    ("Volgograd Standard Time", "Volgograd"),
    ("Iran Standard Time", "Tehran"),
    ("Arabian Standard Time", "Abu Dhabi, Muscat"),
    ("Astrakhan Standard Time", "Astrakhan, Ulyanovsk"),
    ("Azerbaijan Standard Time", "Baku"),
    ("Russia Time Zone 3", "Izhevsk, Samara"),
    ("Mauritius Standard Time", "Port Louis"),
    ("Saratov Standard Time", "Saratov"),
    ("Georgian Standard Time", "Tbilisi"),
    ("Caucasus Standard Time", "Yerevan"),
    ("Afghanistan Standard Time", "Kabul"),
    ("West Asia Standard Time", "Ashgabat, Tashkent"),
    ("Ekaterinburg Standard Time", "Ekaterinburg"),
    ("Pakistan Standard Time", "Islamabad, Karachi"),
    ("Qyzylorda Standard Time", "Astana"),
    ("Qyzylorda Standard Time", "Qyzylorda"),
    ("India Standard Time", "Chennai, Kolkata, Mumbai, New Delhi"),
    ("Sri Lanka Standard Time", "Sri Jayawardenepura"),
    ("Nepal Standard Time", "Kathmandu"),
    ("Central Asia Standard Time", "Bishkek"),
    ("Bangladesh Standard Time", "Dhaka"),
    ("Omsk Standard Time", "Omsk"),
    ("Myanmar Standard Time", "Yangon (Rangoon)"),
    ("SE Asia Standard Time", "Bangkok, Hanoi, Jakarta"),
    ("Altai Standard Time", "Barnaul, Gorno-Altaysk"),
    ("W. Mongolia Standard Time", "Hovd"),
    ("North Asia Standard Time", "Krasnoyarsk"),
    ("N. Central Asia Standard Time", "Novosibirsk"),
    ("Tomsk Standard Time", "Tomsk"),
    ("China Standard Time", "Beijing, Chongqing, Hong Kong, Urumqi"),
    ("North Asia East Standard Time", "Irkutsk"),
    ("Singapore Standard Time", "Kuala Lumpur, Singapore"),
    ("W. Australia Standard Time", "Perth"),
    ("Taipei Standard Time", "Taipei"),
    ("Ulaanbaatar Standard Time", "Ulaanbaatar"),
    ("Aus Central W. Standard Time", "Eucla"),
    ("Transbaikal Standard Time", "Chita"),
    ("Tokyo Standard Time", "Osaka, Sapporo, Tokyo"),
    ("North Korea Standard Time", "Pyongyang"),
    ("Korea Standard Time", "Seoul"),
    ("Yakutsk Standard Time", "Yakutsk"),
    ("Cen. Australia Standard Time", "Adelaide"),
    ("AUS Central Standard Time", "Darwin"),
    ("E. Australia Standard Time", "Brisbane"),
    ("AUS Eastern Standard Time", "Canberra, Melbourne, Sydney"),
    ("West Pacific Standard Time", "Guam, Port Moresby"),
    ("Tasmania Standard Time", "Hobart"),
    ("Vladivostok Standard Time", "Vladivostok"),
    ("Lord Howe Standard Time", "Lord Howe Island"),
    ("Bougainville Standard Time", "Bougainville Island"),
    ("Russia Time Zone 10", "Chokurdakh"),
    ("Magadan Standard Time", "Magadan"),
    ("Norfolk Standard Time", "Norfolk Island"),
    ("Sakhalin Standard Time", "Sakhalin"),
    ("Central Pacific Standard Time", "Solomon Is., New Caledonia"),
    ("Russia Time Zone 11", "Anadyr, Petropavlovsk-Kamchatsky"),
    ("New Zealand Standard Time", "Auckland, Wellington"),
    ("UTC+12", "Coordinated Universal Time+12"),
    ("Fiji Standard Time", "Fiji"),
    ("Fiji Standard Time", "Fiji, Marshall Is."),
    ("Chatham Islands Standard Time", "Chatham Islands"),
    ("UTC+13", "Coordinated Universal Time+13"),
    ("Tonga Standard Time", "Nuku'alofa"),
    ("Samoa Standard Time", "Samoa"),
    ("Line Islands Standard Time", "Kiritimati Island"),
];

#[cfg(test)]
mod tests {
    use domain::time::Zones;

    use super::*;

    #[test]
    fn every_windows_name_leads_to_a_zone_of_the_database() {
        let zones = Zones::bundled();
        for (name, iana) in NAMES.iter().chain(OLD_NAMES) {
            assert!(zones.parse(iana).is_ok(), "{name}: {iana}");
        }
    }

    #[test]
    fn every_display_name_leads_to_a_name() {
        for (name, shown) in DISPLAY_NAMES {
            assert!(by_name(name).is_some(), "{name}");
            assert_eq!(iana_name(&format!("(UTC+01:00) {shown}")), by_name(name), "{shown}");
        }
    }

    #[test]
    fn names_are_found_as_outlook_writes_them() {
        let check = |given: &str, expected: Option<&str>| assert_eq!(iana_name(given), expected);
        check("Pacific Standard Time", Some("America/Los_Angeles"));
        check("w. europe standard time", Some("Europe/Berlin"));
        check("(UTC-08:00) Pacific Time (US & Canada)", Some("America/Los_Angeles"));
        check("(GMT-05.00) Eastern Time (US & Canada)", Some("America/New_York"));
        check("Eastern Time (US & Canada)", Some("America/New_York"));
        check("(UTC) Coordinated Universal Time", Some("Etc/UTC"));
        check("Customized Time Zone", None);
        check("(private) Hawaii", None);
        check("", None);
    }
}
