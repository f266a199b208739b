//! Where numbers belong, beside what the numbering plans say.

use phonenumber::metadata::DATABASE;

use super::*;

fn number(e164: &str) -> PhoneNumber {
    PhoneNumber::try_from(e164.to_owned()).unwrap()
}

/// What the numbering plans say of a number of North America.
fn by_plan(e164: &str) -> Option<String> {
    let parsed = phonenumber::parse(None, e164).unwrap();
    Some(parsed.country().id()?.as_ref().to_owned())
}

/// The country that numbers of a plan count as: territories that share a code and its mobile
/// numbers are the larger country here, and numbers of no place belong to none.
fn counted_as(plan: &str) -> Option<&str> {
    Some(match plan {
        "001" => return None,
        "AX" => "FI",
        "BL" | "MF" => "GP",
        "CC" | "CX" => "AU",
        "EH" => "MA",
        "SJ" => "NO",
        "VA" => "IT",
        own => own,
    })
}

#[test]
fn the_numbering_plans_agree_on_examples_of_every_country() {
    let mut seen = BTreeSet::new();
    for plan in DATABASE.iter() {
        let kinds = plan.descriptors();
        let examples = [kinds.mobile(), kinds.fixed_line()].into_iter().flatten();
        for example in examples.filter_map(|kind| kind.example()) {
            let e164 = format!("+{}{example}", plan.country_code());
            let ours = country_of(&number(&e164));
            assert_eq!(ours, counted_as(plan.id()), "an example of {}", plan.id());
            seen.extend(ours);
        }
    }
    let all: BTreeSet<_> = beginnings().map(|(country, _)| country).collect();
    assert!(seen.len() > 200, "the plans were read");
    assert_eq!(all, seen, "each country was compared");
}

#[test]
fn the_numbering_plans_agree_on_every_area_code_of_north_america() {
    let mut compared = 0;
    for area in 200..1000 {
        let e164 = format!("+1{area}5550123");
        let is_in_use = phonenumber::parse(None, &e164).unwrap().is_valid();
        // Those for no place, such as 800, stand for the country that most of them are dialled in.
        let is_of_no_place = by_plan(&e164).as_deref().is_none_or(|country| country == "001");
        if is_in_use && !is_of_no_place {
            assert_eq!(country_of(&number(&e164)).map(str::to_owned), by_plan(&e164), "{area}");
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared} area codes are in use");
}

#[test]
fn only_numbers_of_countries_that_are_named_are_read() {
    let countries: Countries = "us, CA".parse().unwrap();
    for taken in ["+12025550123", "(202) 555-0123", "+16135550123"] {
        assert!(countries.read(taken, Some("US")).is_ok(), "{taken}");
    }
    for elsewhere in ["+18765551234", "+4915123456789", "+882161234567"] {
        let bad = countries.read(elsewhere, Some("US")).unwrap_err();
        assert!(matches!(bad.fault, PhoneFault::ElsewhereThanTexted(_)), "{elsewhere}: {bad}");
        assert!(Countries::ALL.read(elsewhere, None).is_ok(), "{elsewhere}");
    }
    let bad = countries.read("+4915123456789", None).unwrap_err();
    let told = "phone number +49•••89 belongs to DE, where this system texts nobody; give a number \
                of another country, or have its operator add this one to the countries it texts";
    assert_eq!(bad.to_string(), told);
    // What is no number at all is told as that.
    assert_eq!(countries.read("", None).unwrap_err().fault, PhoneFault::Empty);
}

#[test]
fn lists_of_countries_are_read_and_nonsense_is_told() {
    let parse = str::parse::<Countries>;
    assert_eq!(parse("all"), Ok(Countries::ALL));
    assert_eq!(parse("US, All"), Ok(Countries::ALL));
    assert_eq!(parse(" de ,US,"), parse("US,DE"));
    assert_eq!(parse(" , "), Err(BadCountries::Empty));
    for bad in ["XX", "USA", "Germany", "US;CA"] {
        assert_eq!(parse(bad), Err(BadCountries::Unknown(bad.to_owned())));
    }
}
