//! The pieces of a text that are never split over two parts of an SMS.
//!
//! Twilio's calculator keeps graphemes whole, but by the rules of Unicode 10. Newer rules join
//! more: conjunct consonants of Indic scripts, skin tones and joined emoji that came later. They
//! join less where a joiner stands before an emoji, but after none: those of Unicode 10 hold that
//! together, whatever stands before. To count what is billed, the graphemes of today are joined
//! where those of Unicode 10 go on, and cut where they end.

use std::iter::Peekable;

use unicode_segmentation::{Graphemes, UnicodeSegmentation};

use super::{UCS_PART, septets};

const JOINER: char = '\u{200d}';

/// The lengths of the pieces of a text, in UTF-16 units. A grapheme that no part can hold (a
/// letter under a heap of accents) is cut into its characters.
pub(super) fn sizes(text: &str) -> impl Iterator<Item = usize> {
    let joined = Joined { text, graphemes: text.graphemes(true).peekable() };
    joined.flat_map(|grapheme| {
        let is_whole = grapheme.chars().map(char::len_utf16).sum::<usize>() <= UCS_PART;
        Pieces { rest: grapheme, is_whole }
    })
}

/// The graphemes of a text, held together where a joiner stands before an emoji.
struct Joined<'a> {
    text: &'a str,
    graphemes: Peekable<Graphemes<'a>>,
}

impl<'a> Iterator for Joined<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut last = self.graphemes.next()?;
        let mut bytes = last.len();
        while last.ends_with(JOINER) {
            let Some(next) = self.graphemes.next_if(|next| next.starts_with(joins)) else { break };
            bytes += next.len();
            last = next;
        }
        let (whole, rest) = self.text.split_at_checked(bytes)?;
        self.text = rest;
        Some(whole)
    }
}

struct Pieces<'a> {
    rest: &'a str,
    is_whole: bool,
}

impl Iterator for Pieces<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let mut chars = self.rest.chars();
        let first = chars.next()?;
        let (mut units, mut bytes) = (first.len_utf16(), first.len_utf8());
        let mut seen = Seen::begin(first);
        for c in chars {
            if !self.is_whole || seen.ends_before(c) {
                break;
            }
            units += c.len_utf16();
            bytes += c.len_utf8();
            seen.add(c);
        }
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        // The calculator counts such a piece (a keycap, a letter with its accent apart) as if it
        // were its first character alone.
        Some(if septets(first).is_some() { 1 } else { units })
    }
}

/// What of a piece was read, as far as it decides where the piece ends.
struct Seen {
    chars: usize,
    last: char,
    before_last: Option<char>,
    /// Regional indicators at its beginning, two of which make a flag.
    regional: usize,
    has_extender: bool,
}

impl Seen {
    fn begin(first: char) -> Self {
        Self {
            chars: 1,
            last: first,
            before_last: None,
            regional: usize::from(is_regional(first)),
            has_extender: is_extender(first),
        }
    }

    fn add(&mut self, c: char) {
        if self.regional == self.chars && is_regional(c) {
            self.regional += 1;
        }
        self.chars += 1;
        self.before_last = Some(self.last);
        self.last = c;
        self.has_extender |= is_extender(c);
    }

    /// Whether the piece ends before `c`, although the grapheme goes on.
    fn ends_before(&self, c: char) -> bool {
        match c {
            // The calculator takes one character more to a flag, whatever follows.
            _ if self.regional == 2 && self.chars > 2 => true,
            '\n' => self.last == '\r',
            '\u{1f3fb}'..='\u{1f3ff}' => !self.takes_skin_tone(),
            _ if is_consonant(c) => !matches!(self.last, '\u{d4e}'),
            '\u{203c}'..='\u{20cf}' | '\u{2100}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}' => {
                self.last == JOINER && !joins(c)
            }
            _ => false,
        }
    }

    /// Whether the piece ends in what a skin tone is of. Once there is an extender in it, the
    /// calculator looks right before the last one only.
    fn takes_skin_tone(&self) -> bool {
        if !self.has_extender {
            return takes_skin_tone(self.last);
        }
        is_extender(self.last) && self.before_last.is_some_and(takes_skin_tone)
    }
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Unicode 10's `Extend`, as far as emoji and skin tones come near it: accents, viramas, variation
/// selectors, keycaps, tags.
fn is_extender(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}' | '\u{94d}' | '\u{9cd}' | '\u{a4d}' | '\u{acd}' | '\u{b4d}'
            | '\u{bcd}' | '\u{c4d}' | '\u{ccd}' | '\u{d4d}' | '\u{200c}'
            | '\u{20d0}'..='\u{20f0}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Consonants of the scripts whose conjuncts Unicode 15.1 began to join (its rule GB9c).
fn is_consonant(c: char) -> bool {
    matches!(
        c,
        '\u{915}'..='\u{939}' | '\u{958}'..='\u{95f}' | '\u{978}'..='\u{97f}'
            | '\u{995}'..='\u{9b9}' | '\u{9dc}'..='\u{9df}' | '\u{9f0}'..='\u{9f1}'
            | '\u{a95}'..='\u{ab9}' | '\u{af9}'
            | '\u{b15}'..='\u{b39}' | '\u{b5c}'..='\u{b5f}' | '\u{b71}'
            | '\u{c15}'..='\u{c39}' | '\u{c58}'..='\u{c5a}'
            | '\u{d15}'..='\u{d3a}'
    )
}

/// Unicode 10's `E_Base` and `E_Base_GAZ`.
fn takes_skin_tone(c: char) -> bool {
    matches!(
        c,
        '\u{261d}' | '\u{26f9}' | '\u{270a}'..='\u{270d}' | '\u{1f385}'
            | '\u{1f3c2}'..='\u{1f3c4}' | '\u{1f3c7}' | '\u{1f3ca}'..='\u{1f3cc}'
            | '\u{1f442}'..='\u{1f443}' | '\u{1f446}'..='\u{1f450}' | '\u{1f466}'..='\u{1f469}'
            | '\u{1f46e}' | '\u{1f470}'..='\u{1f478}' | '\u{1f47c}' | '\u{1f481}'..='\u{1f483}'
            | '\u{1f485}'..='\u{1f487}' | '\u{1f4aa}' | '\u{1f574}'..='\u{1f575}' | '\u{1f57a}'
            | '\u{1f590}' | '\u{1f595}'..='\u{1f596}' | '\u{1f645}'..='\u{1f647}'
            | '\u{1f64b}'..='\u{1f64f}' | '\u{1f6a3}' | '\u{1f6b4}'..='\u{1f6b6}' | '\u{1f6c0}'
            | '\u{1f6cc}' | '\u{1f918}'..='\u{1f91c}' | '\u{1f91e}'..='\u{1f91f}' | '\u{1f926}'
            | '\u{1f930}'..='\u{1f939}' | '\u{1f93d}'..='\u{1f93e}' | '\u{1f9d1}'..='\u{1f9dd}'
    )
}

/// Unicode 10's `Glue_After_Zwj` and `E_Base_GAZ`.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{2640}' | '\u{2642}' | '\u{2695}'..='\u{2696}' | '\u{2708}' | '\u{2764}'
            | '\u{1f308}' | '\u{1f33e}' | '\u{1f373}' | '\u{1f393}' | '\u{1f3a4}' | '\u{1f3a8}'
            | '\u{1f3eb}' | '\u{1f3ed}' | '\u{1f466}'..='\u{1f469}' | '\u{1f48b}'
            | '\u{1f4bb}'..='\u{1f4bc}' | '\u{1f527}' | '\u{1f52c}' | '\u{1f5e8}' | '\u{1f680}'
            | '\u{1f692}'
    )
}
