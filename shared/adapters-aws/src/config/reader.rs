//! Reading variables, and gathering what is wrong with them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::money::parse_usd;
use url::Url;

use super::{BadConfig, Config, PREFIX};

/// How alike an unknown variable and a known one must be for the one to be meant by the other.
const ALIKE: f64 = 0.8;

/// Our variables without their prefix, and the faults found so far.
pub(super) struct Reader {
    variables: BTreeMap<String, String>,
    faults: RefCell<Vec<(String, String)>>,
}

impl Reader {
    pub(super) fn new(variables: BTreeMap<String, String>) -> Self {
        Self { variables, faults: RefCell::default() }
    }

    /// Whether a variable has a value. One that is empty has none: templates leave out what has no
    /// value by giving it an empty one.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.variables.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn fault(&self, key: &str, what: &str) {
        let mut faults = self.faults.borrow_mut();
        faults.push((key.to_owned(), format!("{PREFIX}{key} {what}")));
    }

    /// A variable that must be there. None if it is not, or is wrong, which is noted.
    pub(super) fn required<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        if !self.has(key) {
            self.fault(key, "is missing");
        }
        self.optional(key, parse)
    }

    /// A variable that may be there. None if it is not, or is wrong, which is noted.
    pub(super) fn optional<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(self.value(key)?).map_err(|what| self.fault(key, &what)).ok()
    }

    /// Notes every variable that nobody knows, with the one that is probably meant.
    pub(super) fn refuse_unknown(&self, known: &[&str]) {
        for key in self.variables.keys().filter(|key| !known.contains(&key.as_str())) {
            let likeness = |name: &&&str| strsim::jaro_winkler(key, name);
            let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            match nearest.filter(|name| likeness(name) >= ALIKE) {
                Some(name) => self.fault(key, &format!("is not known; {PREFIX}{name} is")),
                None => self.fault(key, "is not known; remove it"),
            }
        }
    }

    /// The configuration, if nothing is wrong with it.
    pub(super) fn finish(self, config: Option<Config>) -> Result<Config, BadConfig> {
        let mut faults = self.faults.into_inner();
        faults.sort();
        let faults: Vec<_> = faults.into_iter().map(|(_, fault)| fault).collect();
        // Whatever is missing was noted as a fault.
        config.filter(|_| faults.is_empty()).ok_or(BadConfig { faults })
    }
}

pub(super) fn text(given: &str) -> Result<String, String> {
    Ok(given.to_owned())
}

/// What DynamoDB takes in names, with room for the tables' own.
pub(super) fn table_prefix(given: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if given.len() <= 128 && given.bytes().all(fits) {
        Ok(given.to_owned())
    } else {
        Err("must be up to 128 letters, digits and `-`, `_` or `.`".to_owned())
    }
}

/// An address that paths can be put behind, without a slash at its end.
pub(super) fn web_address(given: &str) -> Result<String, String> {
    let bad = "must be an http or https address without query, fragment and password";
    let url = Url::parse(given).map_err(|_| bad.to_owned())?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    let is_open = url.username().is_empty() && url.password().is_none();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain && is_open {
        Ok(given.trim_end_matches('/').to_owned())
    } else {
        Err(bad.to_owned())
    }
}

pub(super) fn sid(prefix: &str, given: &str) -> Result<String, String> {
    let digits = given.strip_prefix(prefix).unwrap_or_default();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(given.to_owned())
    } else {
        Err(format!("must be {prefix} and 32 hexadecimal digits"))
    }
}

/// A switch that opens something.
pub(super) fn is_allowed(given: &str) -> Result<bool, String> {
    match given {
        "allow" => Ok(true),
        "refuse" => Ok(false),
        _ => Err("must be `allow` or `refuse`".to_owned()),
    }
}

/// A switch that is on or off.
pub(super) fn is_on(given: &str) -> Result<bool, String> {
    match given {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be `on` or `off`".to_owned()),
    }
}

pub(super) fn country(given: &str) -> Result<String, String> {
    let code = given.to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err("must be a country's two letters, like US or DE".to_owned())
    }
}

/// An amount of US dollars, in millionths.
pub(super) fn usd(given: &str) -> Result<u64, String> {
    parse_usd(given).ok_or_else(|| "must be an amount in US dollars, like 0.02".to_owned())
}
