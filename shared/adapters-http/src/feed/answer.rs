//! What a calendar's server answered, and what that means.

use std::io::Read as _;

use app::ports::{PullError, Pulled};
use bytes::Bytes;
use domain::limits;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, ETAG, LAST_MODIFIED, RETRY_AFTER};
use http::{HeaderMap, HeaderName, Response};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::cursor::FeedCursor;
use super::reach::Refusal;

/// Bytes of a header that are kept and sent back.
const HEADER_BYTES_MAX: usize = 512;

/// Reads an answer that is no redirect.
pub(super) fn read(
    response: Response<Bytes>,
    cursor: &FeedCursor,
    now: Timestamp,
) -> Result<Pulled, PullError> {
    let (parts, body) = response.into_parts();
    let status = parts.status.as_u16();
    let after = retry_after(&parts.headers, now);
    match status {
        200 => {}
        304 => return Ok(Pulled::Unchanged(cursor.write())),
        401 | 403 | 407 if after.is_none() => {
            return Err(needs_person(&format!(
                "the calendar's server refuses us ({status}): it is no longer shared, or its \
                 address changed; connect it anew"
            )));
        }
        404 | 410 => {
            return Err(needs_person(&format!(
                "there is no calendar at the address any more ({status}); connect it anew"
            )));
        }
        _ => {
            let what = format!("the calendar's server answers {status}");
            return Err(PullError::Later { what, after });
        }
    }
    let bytes = unpacked(&parts.headers, body)?;
    let hash = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let next = FeedCursor {
        etag: kept(&parts.headers, &ETAG),
        modified: kept(&parts.headers, &LAST_MODIFIED),
        hash,
    };
    if next.hash == cursor.hash {
        return Ok(Pulled::Unchanged(next.write()));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // Old programs write other encodings; their letters beyond ASCII are lost, the rest holds.
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    if !is_whole(&text) {
        return Err(later("what is at the address is not a whole calendar"));
    }
    Ok(Pulled::Document { text, cursor: next.write() })
}

/// Whether a text is an iCalendar document from its beginning to its end.
fn is_whole(text: &str) -> bool {
    let text = text.trim_start_matches('\u{FEFF}').trim();
    let first = text.split(['\r', '\n']).next().unwrap_or_default();
    let last = text.rsplit(['\r', '\n']).next().unwrap_or_default();
    first.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR")
        && last.trim().eq_ignore_ascii_case("END:VCALENDAR")
}

/// The document, unpacked as far as it may be long: a small answer can hold a huge one.
fn unpacked(headers: &HeaderMap, body: Bytes) -> Result<Vec<u8>, PullError> {
    let encoding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some(b"" | b"identity") => Ok(body.into()),
        Some(b"gzip" | b"x-gzip") => {
            let mut bytes = Vec::new();
            let max = limits::CALENDAR_BYTES_MAX as u64;
            let read = MultiGzDecoder::new(&body[..]).take(max + 1).read_to_end(&mut bytes);
            if read.is_err() {
                return Err(later("the calendar is packed and cannot be unpacked"));
            }
            if bytes.len() > limits::CALENDAR_BYTES_MAX {
                return Err(later("the calendar is too large"));
            }
            Ok(bytes)
        }
        Some(_) => Err(later("the calendar is packed in a way that we did not ask for")),
    }
}

/// A header that is short enough to be kept.
fn kept(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= HEADER_BYTES_MAX && !value.is_empty()).then(|| value.to_owned())
}

/// How long the server asks to be left alone: in seconds, or until an instant.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    Some(until.duration_since(now).max(SignedDuration::ZERO))
}

pub(crate) fn needs_person(what: &str) -> PullError {
    PullError::NeedsPerson { what: what.to_owned() }
}

pub(crate) fn later(what: &str) -> PullError {
    PullError::Later { what: what.to_owned(), after: None }
}

pub(super) fn refused(refusal: Refusal) -> PullError {
    needs_person(&refusal.to_string())
}

pub(super) fn bad_address() -> PullError {
    needs_person("the address cannot be asked for: connect it anew")
}
