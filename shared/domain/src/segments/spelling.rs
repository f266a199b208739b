//! Spelling a text with the characters of GSM-7, without changing what it says.

use super::is_gsm;

/// Spells a text so that it fits GSM-7, where that is possible without changing its meaning.
///
/// Typographic quotes, dashes, dots, spaces, bullets, arrows, fractions and full-width letters
/// become their plain equals, accents written apart are joined to their letter, and emoji are
/// dropped. Letters are never exchanged for others: where a letter outside GSM-7 remains, UCS-2 is
/// paid for anyway, so the text stays as it was written, emoji and all. So does a text of nothing
/// but emoji. Control characters, bidirectional controls, tags and other invisible characters,
/// which strangers could use to deceive, are removed in every case.
pub fn to_gsm(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'_' | b'a'..=b'~')) {
        return text.to_owned();
    }
    let plain = Plain::of(text);
    if is_gsm(&plain) && !plain.trim().is_empty() { plain } else { visible(text) }
}

/// What becomes of a character.
enum Spelling {
    Keep,
    As(&'static str),
    /// As another single character.
    Char(char),
    /// As this, but apart from a digit before it: "1½" is not eleven halves.
    Fraction(&'static str),
    /// Dropped where the rest is GSM-7, and the spaces around it tidied.
    Emoji,
    /// Shapes its neighbours in some scripts and in emoji; dropped where the rest is GSM-7.
    Joiner,
    /// Removed in every case.
    Drop,
}

/// The text without what nobody is meant to see.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match always(c) {
            Some(Spelling::Drop) => {}
            Some(Spelling::Char(plain)) => out.push(plain),
            _ if c == '\r' && text[at + 1..].starts_with('\n') => {}
            _ => out.push(c),
        }
    }
    out
}

/// A text in plain spelling while it is written, whether GSM-7 then holds it or not.
struct Plain {
    out: String,
    is_after_emoji: bool,
}

impl Plain {
    fn of(text: &str) -> String {
        let mut plain = Self { out: String::with_capacity(text.len()), is_after_emoji: false };
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            if let Some(joined) = next.and_then(|mark| joined(c, mark)) {
                chars.next();
                plain.push(joined);
            } else {
                plain.spell(c, next);
            }
        }
        if plain.is_after_emoji {
            plain.out.truncate(plain.out.trim_end_matches(' ').len());
        }
        plain.out
    }

    fn spell(&mut self, c: char, next: Option<char>) {
        match always(c).unwrap_or_else(|| spelling(c)) {
            // A dot in the middle is a dash where it stands alone, else part of a word ("l·l").
            Spelling::Keep if c == '·' && self.is_apart() && next.is_none_or(|c| c == ' ') => {
                self.push('-');
            }
            Spelling::Keep if c == '\r' && next == Some('\n') => {}
            Spelling::Keep => self.push(c),
            Spelling::Char(plain) => self.push(plain),
            Spelling::As(plain) => plain.chars().for_each(|c| self.push(c)),
            Spelling::Fraction(plain) => {
                if self.out.ends_with(|c: char| c.is_ascii_digit()) {
                    self.push(' ');
                }
                plain.chars().for_each(|c| self.push(c));
            }
            Spelling::Emoji => self.is_after_emoji = true,
            Spelling::Joiner | Spelling::Drop => {}
        }
    }

    /// Whether the text so far ends in a space or is empty.
    fn is_apart(&self) -> bool {
        self.out.is_empty() || self.out.ends_with(' ')
    }

    /// Adds a character, and tidies the spaces around an emoji that was dropped before it.
    fn push(&mut self, c: char) {
        if std::mem::take(&mut self.is_after_emoji) {
            if c == ' ' && self.is_apart() {
                // Still behind the emoji: the next space is one too many as well.
                self.is_after_emoji = true;
                return;
            }
            if c.is_alphanumeric() && self.out.ends_with(char::is_alphanumeric) {
                self.out.push(' ');
            }
        }
        self.out.push(c);
    }
}

/// What is done in every case, also where the text stays in UCS-2.
fn always(c: char) -> Option<Spelling> {
    Some(match c {
        '\t' | '\u{b}' => Spelling::Char(' '),
        // Next line, line separator, paragraph separator.
        '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Spelling::Char('\n'),
        '\n' | '\r' => return None,
        c if c.is_control() => Spelling::Drop,
        // Bidirectional marks, embeddings, overrides, isolates; deprecated format characters.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => Spelling::Drop,
        '\u{2066}'..='\u{206f}' => Spelling::Drop,
        // Soft hyphen, grapheme joiner, zero-width spaces, word joiner, invisible operators.
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => {
            Spelling::Drop
        }
        // Hangul fillers that look like nothing; interlinear and object marks.
        '\u{3164}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffc}' => Spelling::Drop,
        '\u{e0000}'..='\u{e007f}' => Spelling::Drop,
        _ => return None,
    })
}

/// What is done where the whole text then fits GSM-7. It follows the map of Twilio's smart
/// encoding, but leaves out what changes the meaning there: letters under a combining accent,
/// which it tears apart, and angle quotes, which it takes for comparisons.
fn spelling(c: char) -> Spelling {
    match c {
        // Spaces that do not break, or of other widths; the blank of braille.
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{2800}'
        | '\u{3000}' => Spelling::Char(' '),
        '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            Spelling::Joiner
        }
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '‶' | '❝' | '❞' | '〝' | '〞' | 'ʺ' | 'ˮ' => {
            Spelling::Char('"')
        }
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '‵' | '❛' | '❜' | '´' | '`' | 'ʹ' | 'ʻ' | 'ʼ'
        | 'ʽ' | 'ˈ' | 'ˊ' | 'ˋ' => Spelling::Char('\''),
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '⁃' | '•' | '‣' | '∙' | '⎼' | '⎽' | '─' | '━'
        | '﹘' | '﹣' => Spelling::Char('-'),
        '‗' => Spelling::Char('_'),
        '…' | '⋯' => Spelling::As("..."),
        '‥' => Spelling::As(".."),
        '‼' => Spelling::As("!!"),
        '⁇' => Spelling::As("??"),
        '⁈' => Spelling::As("?!"),
        '⁉' => Spelling::As("!?"),
        '⁄' | '∕' | '÷' | '⧸' => Spelling::Char('/'),
        '⧵' | '⧹' | '﹨' => Spelling::Char('\\'),
        '│' | '┃' | '∣' | '⏐' | '¦' => Spelling::Char('|'),
        '×' | '✕' => Spelling::Char('x'),
        '∼' | '˜' => Spelling::Char('~'),
        'ˆ' => Spelling::Char('^'),
        '∗' | '⁎' | '✱' | '✲' | '✳' | '★' | '☆' | '⭐' => Spelling::Char('*'),
        '♯' => Spelling::Char('#'),
        '→' | '⟶' | '➔' | '➜' | '➝' | '➞' | '➡' | '⇒' => Spelling::As("->"),
        '←' | '⟵' | '⬅' | '⇐' => Spelling::As("<-"),
        '↔' | '⟷' | '⇔' => Spelling::As("<->"),
        '≤' => Spelling::As("<="),
        '≥' => Spelling::As(">="),
        '≠' => Spelling::As("!="),
        '±' => Spelling::As("+/-"),
        '½' => Spelling::Fraction("1/2"),
        '¼' => Spelling::Fraction("1/4"),
        '¾' => Spelling::Fraction("3/4"),
        '⅓' => Spelling::Fraction("1/3"),
        '⅔' => Spelling::Fraction("2/3"),
        '⅛' => Spelling::Fraction("1/8"),
        '№' => Spelling::As("No."),
        '™' => Spelling::As("(TM)"),
        '®' => Spelling::As("(R)"),
        '©' => Spelling::As("(c)"),
        '、' | '﹐' | '､' => Spelling::Char(','),
        '。' | '｡' | '﹒' => Spelling::Char('.'),
        'ﬀ' => Spelling::As("ff"),
        'ﬁ' => Spelling::As("fi"),
        'ﬂ' => Spelling::As("fl"),
        'ﬃ' => Spelling::As("ffi"),
        'ﬄ' => Spelling::As("ffl"),
        c => styled(c).map_or_else(|| pictograph(c), Spelling::Char),
    }
}

/// Full-width and mathematical styles of ASCII characters, which only look different.
fn styled(c: char) -> Option<char> {
    let ascii = |base: u8, offset: u32| Some(char::from(base + u8::try_from(offset).ok()?));
    let code = u32::from(c);
    match code {
        // The full-width grave accent would become one, which GSM-7 does not have.
        0xff40 => Some('\''),
        0xff01..=0xff5e => ascii(b'!', code - 0xff01),
        // Thirteen alphabets (bold, italic, script...) of 52 letters each.
        0x1d400..=0x1d6a3 => match (code - 0x1d400) % 52 {
            upper @ 0..=25 => ascii(b'A', upper),
            lower => ascii(b'a', lower - 26),
        },
        0x1d7ce..=0x1d7ff => ascii(b'0', (code - 0x1d7ce) % 10),
        _ => None,
    }
}

/// Emoji and the symbols that people use like them.
fn pictograph(c: char) -> Spelling {
    match c {
        // Enclosing keycap: "1" in a box stays "1".
        '\u{20e3}' => Spelling::Emoji,
        // Pictographs, flags, skin tones.
        '\u{1f000}'..='\u{1faff}' => Spelling::Emoji,
        // Technical signs with pictures (watch, keyboard, media buttons).
        '\u{2300}'..='\u{23ff}' => Spelling::Emoji,
        // Boxes and shapes, weather, zodiac, chess, ticks, crosses, dingbats.
        '\u{2580}'..='\u{27bf}' => Spelling::Emoji,
        // Further arrows, stars and squares.
        '\u{2190}'..='\u{21ff}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' => {
            Spelling::Emoji
        }
        'ℹ' | 'Ⓜ' | '〰' | '〽' | '㊗' | '㊙' => Spelling::Emoji,
        _ => Spelling::Keep,
    }
}

/// The letter of GSM-7 that a plain letter and an accent written after it make (Unicode's
/// canonical composition). Files from some systems spell "é" so.
fn joined(letter: char, mark: char) -> Option<char> {
    Some(match (letter, mark) {
        ('a', '\u{300}') => 'à',
        ('e', '\u{300}') => 'è',
        ('i', '\u{300}') => 'ì',
        ('o', '\u{300}') => 'ò',
        ('u', '\u{300}') => 'ù',
        ('E', '\u{301}') => 'É',
        ('e', '\u{301}') => 'é',
        ('N', '\u{303}') => 'Ñ',
        ('n', '\u{303}') => 'ñ',
        ('A', '\u{308}') => 'Ä',
        ('O', '\u{308}') => 'Ö',
        ('U', '\u{308}') => 'Ü',
        ('a', '\u{308}') => 'ä',
        ('o', '\u{308}') => 'ö',
        ('u', '\u{308}') => 'ü',
        ('A', '\u{30a}') => 'Å',
        ('a', '\u{30a}') => 'å',
        ('C', '\u{327}') => 'Ç',
        _ => return None,
    })
}
