//! The one thing the sandbox reads from a webhook's answer: the texts it replies with.

/// The bodies of all `<Message>` verbs of a TwiML document, in order. Nothing else is carried out.
/// An answer that is not TwiML is itself the reply, as Twilio takes a `text/plain` answer.
pub(super) fn replies(answer: &str) -> Vec<String> {
    let answer = answer.trim();
    if answer.is_empty() {
        return Vec::new();
    }
    if !answer.starts_with('<') {
        return vec![answer.to_owned()];
    }
    let mut found = Vec::new();
    let mut rest = answer;
    while let Some((content, after)) = element(rest, "Message") {
        // `<Message>` holds its text either directly or in a `<Body>`.
        let body = element(content, "Body").map_or(content, |(body, _)| body);
        let body = unescape(body.trim());
        if !body.is_empty() {
            found.push(body);
        }
        rest = after;
    }
    found
}

/// The content of the first element of that name, and what follows it. TwiML nests no verb in
/// itself, so the first end tag is the right one.
fn element<'a>(document: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let mut from = 0;
    loop {
        let start = from + document[from..].find(&format!("<{name}"))?;
        let after_name = start + 1 + name.len();
        let tag_end = after_name + document[after_name..].find('>')?;
        let tag = &document[after_name..tag_end];
        from = tag_end + 1;
        if tag.ends_with('/') || !(tag.is_empty() || tag.starts_with(char::is_whitespace)) {
            continue;
        }
        let end_tag = format!("</{name}>");
        let end = from + document[from..].find(&end_tag)?;
        return Some((&document[from..end], &document[end + end_tag.len()..]));
    }
}

/// Resolves XML's five named entities and numbered ones; others stay as they are.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').unwrap_or(0);
        let letter = match rest.get(1..end).unwrap_or_default() {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            entity => numbered(entity),
        };
        let taken = if let Some(letter) = letter {
            plain.push(letter);
            end + 1
        } else {
            plain.push('&');
            1
        };
        rest = &rest[taken..];
    }
    plain.push_str(rest);
    plain
}

fn numbered(entity: &str) -> Option<char> {
    let digits = entity.strip_prefix('#')?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    number.ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answer: &str, expected: &[&str]) {
        assert_eq!(replies(answer), expected, "{answer}");
    }

    #[test]
    fn replies_are_read_from_twiml() {
        check("", &[]);
        check("<Response/>", &[]);
        check("<?xml version=\"1.0\"?><Response></Response>", &[]);
        check("<Response><Message>Hello</Message></Response>", &["Hello"]);
        check(
            "<Response><Message to=\"+1\"><Body>a &amp; b &#60;&#x3e;</Body></Message>\
             <Messages/><Message/><Message>second</Message></Response>",
            &["a & b <>", "second"],
        );
        check("<Response><Message>R&D &nope; &", &[]);
        check("<Response><Message>R&D &nope; &</Message>", &["R&D &nope; &"]);
        check("plain words", &["plain words"]);
    }
}
