//! Profiles: the systems that somebody's command line speaks to, each with its address and token,
//! in a file of their own:
//!
//! ```toml
//! [staging]
//! url = "https://staging.example.org"
//! token_file = "staging.token"
//! ```

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::document::{self, Problem, Section, Value};
use super::secret::{Secret, Whereabouts};
use super::{BadConfig, Variables, http_url};

/// The variable that names the profile.
pub const PROFILE_VARIABLE: &str = "BEFOREHAND_PROFILE";

/// The variable that names the file with the profiles.
pub const PROFILES_VARIABLE: &str = "BEFOREHAND_PROFILES";

/// Where a profile's token stands. No variable holds it: one that is set for one system would be
/// sent to another.
const TOKEN: Whereabouts =
    Whereabouts { key: "token", file_key: "token_file", variable: "", is_required: false };

/// A system that the command line speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its address.
    pub url: String,
    /// What opens it.
    pub token: Option<Secret>,
}

/// Where the profiles are: in the file that the variable names, or among what the person's
/// programs are configured with.
fn profiles_file(variables: &Variables<'_>) -> PathBuf {
    let named = |name| variables(name).filter(|value| !value.trim().is_empty()).map(PathBuf::from);
    if let Some(file) = named(PROFILES_VARIABLE) {
        return file;
    }
    let folder = named("XDG_CONFIG_HOME")
        .or_else(|| named("HOME").map(|home| home.join(".config")))
        .or_else(|| named("APPDATA"))
        .unwrap_or_default();
    folder.join("beforehand").join("profiles.toml")
}

/// Reads a profile.
///
/// # Errors
/// [`BadConfig`] if there is no such file or profile, or something in it is wrong.
pub fn read_profile(name: &str, variables: &Variables<'_>) -> Result<Profile, BadConfig> {
    let path = profiles_file(variables);
    let text = super::read(&path)
        .map_err(|source| BadConfig::Unreadable { path: path.clone(), source })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let read = parse(&text, name, folder);
    read.map_err(|problems| BadConfig::Invalid { path, problems })
}

fn parse(text: &str, name: &str, folder: &Path) -> Result<Profile, Vec<Problem>> {
    let root = document::parse_toml(text)?;
    let Value::Table(profiles) = &root.value else { return Err(Vec::new()) };
    let Some(profile) = profiles.get(name) else {
        let known: Vec<_> = profiles.keys().map(String::as_str).collect();
        let what = match document::nearest(name, &known) {
            Some(near) => format!("is no profile here; did you mean `{near}`?"),
            None => format!("is no profile here; there are: {}", known.join(", ")),
        };
        return Err(vec![Problem { line: None, key: name.to_owned(), what }]);
    };
    let problems = RefCell::default();
    let table = Section::new(name, Some(profile), &problems);
    let url = table.parsed("url", |url| http_url(url).map(|_| url.to_owned()));
    if table.is_present() && !table.has("url") {
        table.problem("url", "is missing; the address of the system");
    }
    let token = TOKEN.read(&table, folder, &|_| None);
    table.finish();
    match (url, problems.into_inner()) {
        (Some(url), problems) if problems.is_empty() => Ok(Profile { url, token }),
        (_, problems) => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_an_address_and_what_opens_it() {
        let text =
            "[prod]\nurl = 'https://reminders.test'\ntoken = 'hush'\n[bare]\nurl = 'http://a'";
        let read = |name: &str| parse(text, name, Path::new("/nowhere"));
        let prod = read("prod").unwrap();
        assert_eq!(prod.url, "https://reminders.test");
        assert_eq!(prod.token.as_ref().map(Secret::reveal), Some("hush"));
        assert!(!format!("{prod:?}").contains("hush"));
        assert_eq!(read("bare").unwrap().token, None);
        let check = |text: &str, words: &str| {
            let refused = parse(text, "prod", Path::new("/nowhere")).unwrap_err();
            let told: Vec<_> = refused.iter().map(ToString::to_string).collect();
            assert!(told.join("\n").contains(words), "{text}: {told:?}");
        };
        check("[prd]\nurl = 'http://a'", "did you mean `prd`?");
        check("", "is no profile here");
        check("[prod]\ntoken = 'x'", "`prod.url` is missing");
        check("[prod]\nurl = 'reminders.test'", "`prod.url` is no address");
        check("[prod]\nurl = 'http://a'\ntokn = 'x'", "did you mean `prod.token`?");
        check("[prod]\nurl = 'http://a'\ntoken_file = 'x'", "cannot be read");
        check("prod = 1", "must be a table");
    }

    #[test]
    fn profiles_are_where_the_person_keeps_such_things() {
        let check = |set: &[(&str, &str)], expected: &str| {
            let variables = |name: &str| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(profiles_file(&variables), Path::new(expected), "{set:?}");
        };
        check(&[("HOME", "/home/ada")], "/home/ada/.config/beforehand/profiles.toml");
        check(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c")], "/c/beforehand/profiles.toml");
        check(&[("HOME", "/h"), ("BEFOREHAND_PROFILES", "/p.toml")], "/p.toml");
    }
}
