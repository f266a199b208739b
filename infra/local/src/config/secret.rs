//! Values that must not be shown.

use std::fmt;
use std::fs;
use std::path::Path;

use super::Variables;
use super::document::Section;

/// A secret text. It is shown only to whoever asks for it by name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

/// Where a secret may stand: under a key, in a file that another key names, or in a variable.
pub(super) struct Whereabouts {
    /// The key of the secret itself.
    pub key: &'static str,
    /// The key of a file's name.
    pub file_key: &'static str,
    /// The variable, which wins.
    pub variable: &'static str,
    /// Whether there must be one.
    pub is_required: bool,
}

impl Whereabouts {
    /// The secret. None if there is none, or if something is wrong, which is noted.
    pub(super) fn read(
        &self,
        table: &Section<'_>,
        folder: &Path,
        variables: &Variables<'_>,
    ) -> Option<Secret> {
        let Self { key, file_key, variable, is_required } = *self;
        let written = table.text(key);
        let file = table.text(file_key);
        if !table.is_present() {
            return None;
        }
        let (has_key, has_file) = (table.has(key), table.has(file_key));
        if has_key && has_file {
            let what = format!("stands beside `{}`; keep one of them", table.path_of(key));
            table.problem(file_key, what);
            return None;
        }
        if let Some(secret) = variables(variable).filter(|secret| !secret.trim().is_empty()) {
            return Some(Secret::new(secret.trim()));
        }
        if let Some(file) = file {
            let path = folder.join(file);
            return match fs::read_to_string(&path) {
                Ok(secret) if secret.trim().is_empty() => {
                    table.problem(file_key, "names an empty file");
                    None
                }
                Ok(secret) => Some(Secret::new(secret.trim())),
                Err(error) => {
                    let what = format!("names {}, which cannot be read: {error}", path.display());
                    table.problem(file_key, what);
                    None
                }
            };
        }
        if is_required && !has_key && !has_file {
            table.problem(key, format!("is missing; or give `{file_key}`, or set {variable}"));
        }
        written.map(Secret::new)
    }
}
