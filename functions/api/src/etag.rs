//! Names of settings as they are, so that nobody overwrites what they have not seen (RFC 9110,
//! 13.1.1).

use app::ports::PhoneKeys;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::user::User;
use sha2::{Digest, Sha256};

use crate::body::user::SettingsView;

/// The name of a user's settings. It is that of all that can be set, and of nothing else: plans
/// and calendars come and go without it.
pub(crate) fn of(user: &User, phones: &PhoneKeys) -> HeaderValue {
    // What is shown of the number is the same for many; its keyed hash tells nobody the number.
    let shown = serde_json::to_vec(&SettingsView::from(user)).unwrap_or_default();
    let mut hash = Sha256::new_with_prefix(shown);
    hash.update(phones.key(&user.phone).as_str());
    let digits =
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
    HeaderValue::from_str(&format!("\"{digits}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether `If-Match` of a request allows what is named `tag`; it does where there is none.
pub(crate) fn matches(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let mut asked = headers.get_all(header::IF_MATCH).iter().peekable();
    asked.peek().is_none() || asked.any(|asked| names(asked, tag))
}

/// Whether one `If-Match` names a tag. A weak one (`W/"..."`) never does.
fn names(asked: &HeaderValue, tag: &HeaderValue) -> bool {
    let asked = asked.to_str().unwrap_or_default();
    // Ours hold no comma, so a list can be taken apart at each.
    asked.split(',').map(str::trim).any(|one| one == "*" || one.as_bytes() == tag.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_tag_matches() {
        let tag = HeaderValue::from_static("\"a1\"");
        let check = |asked: &[&'static str], expected: bool| {
            let mut headers = HeaderMap::new();
            for asked in asked {
                headers.append(header::IF_MATCH, HeaderValue::from_static(asked));
            }
            assert_eq!(matches(&headers, &tag), expected, "{asked:?}");
        };
        check(&[], true);
        check(&["*"], true);
        check(&["\"a1\""], true);
        check(&["\"b2\", \"a1\""], true);
        check(&["\"b2\"", "\"a1\""], true);
        check(&["\"b2\""], false);
        check(&["W/\"a1\""], false);
        check(&["a1"], false);
        check(&[""], false);
    }
}
