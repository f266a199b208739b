//! From bytes to logical lines: encodings, line ends, folding (RFC 5545, 3.1).

use std::borrow::Cow;

use super::limits;
use super::oddity::Oddities;

/// One logical line: what remains after unfolding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawLine<'a> {
    /// Where it begins in the file, counted from 1.
    pub(super) number: usize,
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether it was longer than [`limits::LINE_BYTES_MAX`].
    pub(super) was_cut: bool,
}

/// Takes off a byte order mark, turns UTF-16 into UTF-8 and cuts what is too long.
pub(super) fn normalise<'a>(bytes: &'a [u8], oddities: &mut Oddities) -> Cow<'a, [u8]> {
    let bytes = if bytes.len() > limits::CALENDAR_BYTES_MAX {
        let kept = &bytes[..limits::CALENDAR_BYTES_MAX];
        let kept = kept.iter().rposition(|b| *b == b'\n').map_or(kept, |end| &kept[..=end]);
        let mebibytes = limits::CALENDAR_BYTES_MAX / 1024 / 1024;
        oddities.add(1, format!("the file is larger than {mebibytes} MiB; the rest is not read"));
        kept
    } else {
        bytes
    };
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Cow::Borrowed(rest);
    }
    let (body, is_little) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (rest, true),
        [0xFE, 0xFF, rest @ ..] => (rest, false),
        [b'B' | b'b', 0, ..] => (bytes, true),
        [0, b'B' | b'b', ..] => (bytes, false),
        _ => return Cow::Borrowed(bytes),
    };
    oddities.add(1, "the file is written in UTF-16; RFC 5545 wants UTF-8");
    let pair = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let text: String = char::decode_utf16(body.chunks_exact(2).map(pair))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Cow::Owned(text.into_bytes())
}

/// Splits a file into logical lines. Ends of lines are CRLF, LF or a lone CR.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, number: 0 }
    }

    /// The next line of the file as it stands there, without its end.
    fn physical(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let rest = self.rest;
        let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
            self.rest = &[];
            return Some(rest);
        };
        // Some exporters end lines with CR CR LF, because they wrote CRLF to a "text" file.
        let returns = rest[end..].iter().take_while(|b| **b == b'\r').count();
        let after = match rest.get(end + returns) {
            Some(b'\n') => end + returns + 1,
            _ => end + 1,
        };
        self.rest = &rest[after..];
        Some(&rest[..end])
    }
}

impl<'a> Lines<'a> {
    /// What continues the line before, if the next line does. Blank lines between the two are
    /// passed over: some programs double all ends of lines.
    fn continuation(&mut self) -> Option<&'a [u8]> {
        let is_blank = |rest: &[u8]| matches!(rest.first(), Some(b'\n' | b'\r'));
        let before = (self.rest, self.number);
        while is_blank(self.rest) {
            self.physical();
        }
        if let Some(b' ' | b'\t') = self.rest.first() {
            return self.physical()?.get(1..);
        }
        (self.rest, self.number) = before;
        None
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = RawLine<'a>;

    fn next(&mut self) -> Option<RawLine<'a>> {
        let mut bytes = Cow::Borrowed(self.physical()?);
        let number = self.number;
        let mut was_cut = bytes.len() > limits::LINE_BYTES_MAX;
        // Bytes, not characters: exporters fold inside of UTF-8 sequences.
        while let Some(more) = self.continuation() {
            if bytes.len() + more.len() <= limits::LINE_BYTES_MAX {
                bytes.to_mut().extend_from_slice(more);
            } else {
                was_cut = true;
            }
        }
        Some(RawLine { number, bytes, was_cut })
    }
}

/// The text of a line, and whether it was UTF-8. If not, it was taken
/// for Windows-1252, the superset of Latin-1 that old exporters write.
pub(super) fn decode(bytes: Cow<'_, [u8]>) -> (bool, Cow<'_, str>) {
    let decoded = match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => return (true, Cow::Borrowed(text)),
            Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        },
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => return (true, Cow::Owned(text)),
            Err(error) => error.as_bytes().iter().map(|byte| windows_1252(*byte)).collect(),
        },
    };
    (false, Cow::Owned(decoded))
}

fn windows_1252(byte: u8) -> char {
    // The 32 places where Windows-1252 differs from Latin-1; five of them are not assigned.
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: &[(usize, &str)]) {
        let lines: Vec<_> = Lines::new(input)
            .map(|line| (line.number, decode(line.bytes).1.into_owned()))
            .collect();
        let expected: Vec<_> = expected.iter().map(|(n, s)| (*n, (*s).to_owned())).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn line_ends_of_every_kind_are_read_and_counted() {
        check(b"A:1\r\nB:2\r\n", &[(1, "A:1"), (2, "B:2")]);
        check(b"A:1\nB:2", &[(1, "A:1"), (2, "B:2")]);
        check(b"A:1\rB:2\r", &[(1, "A:1"), (2, "B:2")]);
        check(b"A:1\r\r\nB:2\r\r\n", &[(1, "A:1"), (2, "B:2")]);
        check(b"A:1\n\n\nB:2\n", &[(1, "A:1"), (2, ""), (3, ""), (4, "B:2")]);
        check(b"", &[]);
    }

    #[test]
    fn folded_lines_are_joined_and_keep_the_number_of_their_first_line() {
        check(b"A:one\r\n  two\r\n\tthree\r\nB:2\r\n", &[(1, "A:one twothree"), (4, "B:2")]);
        check(b"A:1\r 2\rB:2", &[(1, "A:12"), (3, "B:2")]);
        check(b" A:1\n", &[(1, " A:1")]);
        check(b"A:1\n\n 2\n\n\nB:3\n", &[(1, "A:12"), (4, ""), (5, ""), (6, "B:3")]);
    }

    #[test]
    fn a_fold_inside_of_a_utf_8_sequence_is_healed() {
        check(b"A:caf\xC3\r\n \xA9\r\n", &[(1, "A:café")]);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_taken_for_windows_1252() {
        let (was_utf8, text) = decode(Cow::Borrowed(b"caf\xE9 \x96 5 \x80"));
        assert_eq!((was_utf8, &*text), (false, "café – 5 €"));
    }

    #[test]
    fn byte_order_marks_and_utf_16_are_understood() {
        let mut oddities = Oddities::default();
        assert_eq!(&*normalise(b"\xEF\xBB\xBFBEGIN", &mut oddities), b"BEGIN");
        assert!(oddities.finish().is_empty());
        for encode in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            for mark in ["", "\u{FEFF}"] {
                let text = format!("{mark}BEGIN:é😀");
                let bytes: Vec<u8> = text.encode_utf16().flat_map(encode).collect();
                let mut oddities = Oddities::default();
                let read = normalise(&bytes, &mut oddities).into_owned();
                assert_eq!(String::from_utf8(read).unwrap(), "BEGIN:é😀");
                assert_eq!(oddities.finish().len(), 1);
            }
        }
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut input = b"A:".to_vec();
        for _ in 0..40 {
            input.extend(vec![b'x'; 50_000]);
            input.extend(b"\r\n ");
        }
        let lines: Vec<_> = Lines::new(&input).collect();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].was_cut && lines[0].bytes.len() <= limits::LINE_BYTES_MAX);
    }
}
