//! The versions of our templates, and how a text is written for somebody.

use serde::{Deserialize, Serialize};

use super::{Language, Locale, words};

/// A version of the templates: in which words and order an event is told. Every version exists in
/// every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TemplateVersion(u32);

impl TemplateVersion {
    /// The first, which everybody has until another is usual.
    pub const FIRST: Self = Self(1);

    /// The version of this number, whether or not there is one.
    pub const fn of(number: u32) -> Self {
        Self(number)
    }

    /// Its number, from 1 on.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Every version that there is, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        words::words(Language::En).templates.iter().map(|template| template.version)
    }

    /// Whether there is such a version. A later release may have had more.
    pub fn exists(self) -> bool {
        Self::all().any(|known| known == self)
    }

    /// The version of the template of this name, such as `reminder.v2.en.1`. Names did not say it
    /// before there was a second.
    pub fn of_id(id: &str) -> Self {
        let part = id.split('.').nth(1).and_then(|part| part.strip_prefix('v'));
        part.and_then(|number| number.parse().ok()).map_or(Self::FIRST, Self)
    }
}

impl Default for TemplateVersion {
    fn default() -> Self {
        Self::FIRST
    }
}

/// How a text is written for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Style {
    /// The language they read, and their clock.
    pub locale: Locale,
    /// By which version of the templates.
    pub template: TemplateVersion,
}

impl Locale {
    /// As a version of the templates writes for them.
    pub fn by(self, template: TemplateVersion) -> Style {
        Style { locale: self, template }
    }
}
