//! Fitting strangers' words into a segment.
//!
//! Where the title has a place in GSM-7, the text is one GSM-7 segment: 160 septets. A title that
//! needs UCS-2 leaves 70 units, of which the time takes up to 53. So there one segment is paid for
//! if the title, of which at least [`TITLE_MIN_UCS`] units stay, and the place fit, else the place
//! goes. A link, which is what one needs in that moment, takes half of it. Beside one the relative
//! time gives way, since the hour says the same, and then the place; only where a segment still
//! cannot hold time, link and title, a second one is paid for.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::pattern::Slot;
use super::words::{LeadsWith, Words};
use super::{Body, EventFacts};
use crate::limits;
use crate::segments::{self, Encoding, GSM_SINGLE, UCS_PART, UCS_SINGLE};

/// Septets of the title that stay before the place or the link is touched.
const TITLE_MIN_GSM: usize = 24;

/// UTF-16 units of the title that stay before the place or the link is touched: what one segment
/// holds besides the longest time.
const TITLE_MIN_UCS: usize = 16;

/// Units of a shortened place below which it says nothing more.
const PLACE_MIN: usize = 16;

/// Shows where something was left out; three dots are GSM-7, the ellipsis is not.
const CUT: &str = "...";

/// What a text says of an event's time, in which words.
pub(super) struct Told {
    /// The time, with what joins it to its neighbour.
    pub(super) when: String,
    /// Units to keep free for the relative time; without any, everything stands in one part.
    pub(super) relative_max: usize,
    /// Whether the time stands before the title, or after the relative time.
    pub(super) leads_with: LeadsWith,
    /// The reader's language.
    pub(super) words: &'static Words,
}

/// The text about an event: its title, the relative time and the time, then place and link.
pub(super) fn body(facts: &EventFacts, told: Told) -> Body {
    let words = told.words;
    let title = clean(&facts.title, limits::TITLE_CHARS_MAX, " ");
    let title = match title.trim_end_matches([':', ' ']) {
        "" => words.no_title.as_str(),
        title => title,
    };
    let (place, link) = place_and_link(facts, words);
    let place = place.as_deref();
    let fixed = Fixed::of(&told);
    let whole = Draft { title: title.into(), place: place.map(Cow::from), link, is_brief: false };
    let untitled = Cow::from(words.no_title.as_str());
    let draft = whole
        .fitted(&fixed)
        .or_else(|| Draft { title: untitled.clone(), ..whole.clone() }.fitted(&fixed))
        .unwrap_or(Draft { title: untitled, place: None, link: None, is_brief: false });
    draft.assemble(told)
}

/// What is said in any case, besides a title.
struct Fixed<'a> {
    when: &'a str,
    relative_max: usize,
    leads_with: LeadsWith,
    words: &'a Words,
}

impl<'a> Fixed<'a> {
    fn of(told: &'a Told) -> Self {
        let Told { ref when, relative_max, leads_with, words } = *told;
        Self { when, relative_max, leads_with, words }
    }

    /// The same without the relative time.
    fn brief(&self) -> Self {
        let when = unjoined(self.when, self.leads_with);
        Self { when, relative_max: 0, ..*self }
    }

    fn units(&self, encoding: Encoding) -> usize {
        let units = |text| segments::units(text, encoding);
        let after_title = after_title(self.words, self.leads_with, self.relative_max > 0);
        let ours = units(after_title) + units(&self.words.stop);
        // Every character of a relative time is one unit in either alphabet.
        self.relative_max + units(self.when) + ours
    }
}

/// What parts the title from the words after it, if there are any.
fn after_title(words: &Words, leads_with: LeadsWith, has_relative: bool) -> &str {
    let is_last = leads_with == LeadsWith::Time && !has_relative;
    if is_last { "" } else { &words.after_title }
}

/// The time without what joins it to the relative time: `at 2:00 PM`.
fn unjoined(when: &str, leads_with: LeadsWith) -> &str {
    match leads_with {
        LeadsWith::Title => when.trim_start_matches([',', '、', ' ']),
        LeadsWith::Time => when,
    }
}

/// What is said besides the time.
#[derive(Clone)]
struct Draft<'a> {
    title: Cow<'a, str>,
    place: Option<Cow<'a, str>>,
    link: Option<&'a str>,
    /// Whether it goes without the relative time.
    is_brief: bool,
}

impl<'a> Draft<'a> {
    fn fitted(&self, fixed: &Fixed<'_>) -> Option<Self> {
        let without_place = Draft { place: None, ..self.clone() };
        if !fixed.words.is_gsm || !segments::is_gsm(&self.title) {
            return self.fitted_ucs(fixed, &without_place);
        }
        let gsm = Room::new(GSM_SINGLE, fixed, Encoding::Gsm7);
        if self.place.as_deref().is_none_or(segments::is_gsm) {
            return self.fitted_gsm(&gsm, &without_place);
        }
        // Only the place needs UCS-2: it may, where that costs nothing.
        let ucs = Room::new(UCS_SINGLE, fixed, Encoding::Ucs2);
        if ucs.rest(self).is_some_and(|left| ucs.units(&self.title) <= left) {
            return Some(self.clone());
        }
        without_place.fitted_gsm(&gsm, &without_place)
    }

    fn fitted_gsm(&self, room: &Room, without_place: &Self) -> Option<Self> {
        let without_link = Draft { link: None, ..self.clone() };
        room.fit(self)
            .or_else(|| room.fit_shortening_place(self))
            .or_else(|| room.fit(without_place))
            // The link alone is too long: then the place may stay.
            .or_else(|| room.fit(&without_link))
            .or_else(|| room.fit_shortening_place(&without_link))
            .or_else(|| room.fit(&Draft { link: None, ..without_place.clone() }))
    }

    fn fitted_ucs(&self, fixed: &Fixed<'_>, without_place: &Self) -> Option<Self> {
        let one = Room::new(UCS_SINGLE, fixed, Encoding::Ucs2);
        // What cannot be split may leave units empty at the end of the first part.
        let place = self.place.as_deref().unwrap_or_default();
        let piece = segments::largest_piece(&self.title).max(segments::largest_piece(place));
        let total = 2 * UCS_PART - piece.saturating_sub(1);
        let two = Room::new(total, fixed, Encoding::Ucs2);
        let without_link = Draft { link: None, ..self.clone() };
        let bare = Draft { link: None, ..without_place.clone() };
        let brief = fixed.brief();
        let briefly = |total: usize, draft: &Self| {
            let room = Room::new(total, &brief, Encoding::Ucs2);
            room.fit(draft).map(|draft| Draft { is_brief: true, ..draft })
        };
        let linked = || {
            briefly(UCS_SINGLE, self)
                .or_else(|| one.fit(without_place))
                .or_else(|| briefly(UCS_SINGLE, without_place))
                .or_else(|| two.fit(self))
                .or_else(|| two.fit_shortening_place(self))
                .or_else(|| two.fit(without_place))
                .or_else(|| briefly(total, without_place))
        };
        one.fit(self)
            .or_else(|| self.link.and_then(|_| linked()))
            .or_else(|| one.fit(&without_link))
            .or_else(|| one.fit(&bare))
            // Where a long time leaves nothing to the title, the title is worth a second segment.
            .or_else(|| two.fit(&bare))
    }

    fn assemble(&self, told: Told) -> Body {
        let Told { when, relative_max, leads_with, words } = told;
        let has_relative = relative_max > 0 && !self.is_brief;
        let when = if self.is_brief { unjoined(&when, leads_with).to_owned() } else { when };
        let (mut before, mut after) = match leads_with {
            LeadsWith::Title => (String::with_capacity(self.title.len() + AROUND), when),
            LeadsWith::Time => (when, String::with_capacity(AROUND)),
        };
        before.push_str(&self.title);
        before.push_str(after_title(words, leads_with, has_relative));
        let ends_in_title = after.is_empty() && !has_relative;
        if !(ends_in_title && is_stopped(&self.title)) {
            after.push_str(&words.stop);
        }
        if let Some(place) = &self.place {
            after.push(' ');
            after.push_str(place);
            if !is_stopped(place) {
                after.push_str(&words.stop);
            }
        }
        if let Some(link) = self.link {
            // Nothing follows, so that phones do not take a full stop for a part of it.
            after.push(' ');
            after.push_str(link);
        }
        if !has_relative {
            before.push_str(&after);
            after.clear();
        }
        Body { before, after }
    }
}

/// Room for what stands around an ordinary title.
const AROUND: usize = 48;

/// Whether a sentence needs no stop of ours.
fn is_stopped(text: &str) -> bool {
    text.ends_with(['.', '!', '?', '…', '。'])
}

/// What a text may hold besides the time, in units of its alphabet.
struct Room {
    units: usize,
    encoding: Encoding,
    title_min: usize,
}

impl Room {
    fn new(total: usize, fixed: &Fixed<'_>, encoding: Encoding) -> Self {
        let title_min = match encoding {
            Encoding::Gsm7 => TITLE_MIN_GSM,
            Encoding::Ucs2 => TITLE_MIN_UCS,
        };
        Self { units: total.saturating_sub(fixed.units(encoding)), encoding, title_min }
    }

    fn units(&self, text: &str) -> usize {
        segments::units(text, self.encoding)
    }

    /// What place and link leave to the title.
    fn rest(&self, draft: &Draft<'_>) -> Option<usize> {
        // A space before each, a full stop after the place.
        let place = draft.place.as_deref().map_or(0, |place| self.units(place) + 2);
        let link = draft.link.map_or(0, |link| self.units(link) + 1);
        self.units.checked_sub(place + link)
    }

    /// The draft, with its title shortened if need be.
    fn fit<'a>(&self, draft: &Draft<'a>) -> Option<Draft<'a>> {
        let left = self.rest(draft)?;
        if self.units(&draft.title) <= left {
            return Some(draft.clone());
        }
        if left < self.title_min {
            return None;
        }
        let title = self.shortened(&draft.title, left)?;
        Some(Draft { title: title.into(), ..draft.clone() })
    }

    /// The draft with its place shortened to what is left beside the least of the title.
    fn fit_shortening_place<'a>(&self, draft: &Draft<'a>) -> Option<Draft<'a>> {
        let place = draft.place.as_deref()?;
        let left = self.rest(&Draft { place: None, ..draft.clone() })?;
        let title = self.units(&draft.title).min(self.title_min);
        let room = left.checked_sub(title + 2).filter(|room| *room >= PLACE_MIN)?;
        let place = self.shortened(place, room)?;
        self.fit(&Draft { place: Some(place.into()), ..draft.clone() })
    }

    /// The beginning of a text, cut after a grapheme and outside of links, with dots after it.
    fn shortened(&self, text: &str, room: usize) -> Option<String> {
        let mut left = room.checked_sub(CUT.len())?;
        let mut end = 0;
        // Every character of cleaned ASCII is a grapheme; finding them takes a while elsewhere.
        let graphemes: &mut dyn Iterator<Item = &str> = if text.is_ascii() {
            &mut text.split_inclusive(|_| true)
        } else {
            &mut text.graphemes(true)
        };
        for grapheme in graphemes {
            let Some(less) = left.checked_sub(self.units(grapheme)) else { break };
            left = less;
            end += grapheme.len();
        }
        let (kept, cut) = text.split_at_checked(end)?;
        let (head, word) = kept.rsplit_once(' ').unwrap_or(("", kept));
        let rest = cut.split(' ').next().unwrap_or_default();
        // Half a link leads nowhere, and a letter or two of a word say nothing.
        let is_stub = !rest.is_empty() && !head.is_empty() && word.chars().count() <= 2;
        let is_half = !rest.is_empty() && is_link(&format!("{word}{rest}"));
        let kept = if is_stub || is_half { head } else { kept };
        let kept = kept.trim_end_matches(SEPARATORS).trim_end_matches(['.', '&', '"', '\'']);
        let kept = kept.trim_end_matches(SEPARATORS);
        (!kept.is_empty()).then(|| format!("{kept}{CUT}"))
    }
}

/// Whether an event has a link of its own that a text would name.
pub(super) fn has_link(facts: &EventFacts) -> bool {
    let link = facts.meeting_link.as_deref().or(facts.location.as_deref()).unwrap_or_default();
    usable_link(link).is_some_and(|link| facts.meeting_link.is_some() || is_link(link))
}

/// The place and the link of an event. A location that is itself a link is one, and a link is not
/// said twice.
fn place_and_link<'a>(
    facts: &'a EventFacts,
    words: &Words,
) -> (Option<Cow<'a, str>>, Option<&'a str>) {
    let link = facts.meeting_link.as_deref().and_then(usable_link);
    let Some(location) = facts.location.as_deref() else { return (None, link) };
    if let Some(other) = usable_link(location).filter(|location| is_link(location)) {
        return (None, link.or(Some(other)));
    }
    let place = clean(location, limits::PLACE_CHARS_MAX, ", ");
    let place = match link.filter(|link| place.contains(link)) {
        Some(link) => {
            let rest = place.replace(link, " ");
            let rest = rest.trim_matches(SEPARATORS);
            clean(rest, limits::PLACE_CHARS_MAX, ", ").into_owned().into()
        }
        None if link.is_none() && is_address(location, &place) => {
            let mut out = String::with_capacity(place.len() + 8);
            words.go_to.push(&mut out, |out, slot| {
                if slot == Slot::Place {
                    out.push_str(&place);
                }
            });
            out.into()
        }
        None => place,
    };
    (Some(place).filter(|place| !place.is_empty()), link)
}

/// Whether a place is somewhere to go to: an address, with a number and several parts or lines.
fn is_address(location: &str, place: &str) -> bool {
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let has_parts = place.contains(", ") || location.trim().contains('\n');
    has_parts && place.split([' ', ',']).any(is_number)
}

/// What stands between the parts of a location, and is left over when one goes.
const SEPARATORS: [char; 9] = [' ', ',', ';', ':', '-', '/', '|', '(', ')'];

/// A link as it can be sent: whole, and of characters that GSM-7 has.
fn usable_link(given: &str) -> Option<&str> {
    let link = given.trim();
    let is_usable = (1..=limits::PLACE_CHARS_MAX).contains(&link.len())
        && link.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'`');
    is_usable.then_some(link)
}

/// Whether a word is a link that phones make clickable.
fn is_link(word: &str) -> bool {
    let has_path = || word.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    word.contains("://") || word.starts_with("www.") || has_path()
}

/// Strangers' words on one line, spelled for GSM-7 where that is possible; of a longer text the
/// first `chars_max` characters. Line breaks become `line_break`.
fn clean<'a>(text: &'a str, chars_max: usize, line_break: &str) -> Cow<'a, str> {
    if is_clean(text) && text.len() <= chars_max {
        return Cow::Borrowed(text);
    }
    let spelled = segments::to_gsm(beginning(text, chars_max));
    let mut out = String::with_capacity(spelled.len());
    for line in spelled.split(['\n', '\r']) {
        for (at, word) in line.split_whitespace().enumerate() {
            match at {
                _ if out.is_empty() => {}
                0 if !out.ends_with([',', ';', '.', ':']) => out.push_str(line_break),
                _ => out.push(' '),
            }
            out.push_str(word);
        }
    }
    Cow::Owned(out)
}

/// Whether a text is ASCII that needs no cleaning, which is the ordinary case and has to be fast.
fn is_clean(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        let is_good = matches!(byte, b' '..=b'_' | b'a'..=b'~') && (byte != b' ' || before != b' ');
        if !is_good {
            return false;
        }
        before = byte;
    }
    before != b' '
}

/// The first `chars_max` characters, less a grapheme that would be cut.
fn beginning(text: &str, chars_max: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(chars_max) else { return text };
    let kept = text.get(..end).unwrap_or_default();
    let last = kept.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
    kept.get(..last).unwrap_or_default()
}
