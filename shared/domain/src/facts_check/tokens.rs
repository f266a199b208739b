//! A text taken apart into words, numbers and signs.

/// One part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Letters, in small letters. In scripts without spaces, a single character.
    Word(&'a str),
    /// ASCII digits.
    Digits(&'a str),
    /// Any other visible character.
    Sign(char),
    /// The place for the relative time.
    Left,
    /// A space or several.
    Space,
}

impl Token<'_> {
    /// Whether it is a word or a number, which is what titles are compared by.
    pub(super) fn is_spoken(&self) -> bool {
        matches!(self, Self::Word(_) | Self::Digits(_))
    }
}

/// What a text holds in place of the relative time.
pub(super) const LEFT: &str = "{left}";

/// Takes a text in small letters apart.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(text.len() / 3 + 4);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = next(rest, first);
        if !(token == Token::Space && out.last() == Some(&Token::Space)) {
            out.push(token);
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

fn next(rest: &str, first: char) -> (Token<'_>, usize) {
    let run = |is_in: &dyn Fn(char) -> bool| {
        let end = rest.find(|c| !is_in(c)).unwrap_or(rest.len());
        (rest.get(..end).unwrap_or_default(), end)
    };
    if rest.starts_with(LEFT) {
        return (Token::Left, LEFT.len());
    }
    if first.is_whitespace() {
        return (Token::Space, first.len_utf8());
    }
    if first.is_ascii_digit() {
        let (digits, end) = run(&|c| c.is_ascii_digit());
        return (Token::Digits(digits), end);
    }
    if is_unspaced(first) {
        let end = first.len_utf8();
        return (Token::Word(rest.get(..end).unwrap_or_default()), end);
    }
    if is_letter(first) {
        let (word, end) = run(&|c| is_letter(c) && !is_unspaced(c));
        return (Token::Word(word), end);
    }
    (Token::Sign(first), first.len_utf8())
}

/// Letters with the marks that belong to them; digits of other scripts are no letters.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}' | '\u{93c}' | '\u{94d}')
}

/// Characters of scripts that are written without spaces.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{e7f}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}'
            | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3134f}'
    )
}
