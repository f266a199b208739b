//! What opens people's calendars is stored sealed: encrypted and bound to its place.
//!
//! XChaCha20-Poly1305 with a synthetic nonce (the keyed hash of place and content), so that no
//! dice are needed and a nonce is used twice only for the very same content in the same place.
//! Keys have names: a new one seals from now on, the former ones open what was sealed before, and
//! every look at a calendar seals anew what an old key sealed. So keys change without a pause.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;

/// Something sealed: the name of the key, and what it sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From how it is stored.
    pub fn from_store(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(•••)")
    }
}

/// Why a seal does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// No key of that name is configured.
    #[error("sealed with a key that is not configured: give the former key as well")]
    UnknownKey,
    /// Not sealed by that key for this place, or changed since.
    #[error("the seal is broken")]
    Broken,
}

/// Seals and opens.
#[derive(Clone)]
pub struct Seals {
    current: Arc<SealKey>,
    former: Arc<[SealKey]>,
}

struct SealKey {
    name: String,
    cipher: XChaCha20Poly1305,
    nonces: Hmac<Sha256>,
    marks: Hmac<Sha256>,
}

impl Seals {
    /// With a secret that seals, and former ones that still open.
    pub fn new(current: &[u8], former: &[&[u8]]) -> Self {
        Self {
            current: Arc::new(SealKey::new(current)),
            former: former.iter().map(|secret| SealKey::new(secret)).collect(),
        }
    }

    /// Seals a content for a place. The same twice is the same.
    ///
    /// # Errors
    /// [`BadSeal::Broken`] if the content is longer than the cipher takes, which is 256 GiB.
    pub fn seal(&self, place: &[&str], content: &str) -> Result<Sealed, BadSeal> {
        let (key, place) = (&*self.current, joined(place));
        let nonce = key.nonce(&place, content);
        let payload = Payload { msg: content.as_bytes(), aad: &place };
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), payload);
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed.map_err(|_| BadSeal::Broken)?);
        Ok(Sealed(format!("{}.{}", key.name, STANDARD_NO_PAD.encode(bytes))))
    }

    /// Opens what was sealed for a place.
    ///
    /// # Errors
    /// [`BadSeal`].
    pub fn open(&self, place: &[&str], sealed: &Sealed) -> Result<String, BadSeal> {
        let (name, bytes) = sealed.0.split_once('.').ok_or(BadSeal::Broken)?;
        let mut keys = std::iter::once(&*self.current).chain(self.former.iter());
        let key = keys.find(|key| key.name == name).ok_or(BadSeal::UnknownKey)?;
        let bytes = STANDARD_NO_PAD.decode(bytes).map_err(|_| BadSeal::Broken)?;
        let (nonce, body) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(BadSeal::Broken)?;
        let place = joined(place);
        let payload = Payload { msg: body, aad: &place };
        let content = key.cipher.decrypt(&XNonce::from(*nonce), payload);
        String::from_utf8(content.map_err(|_| BadSeal::Broken)?).map_err(|_| BadSeal::Broken)
    }

    /// A mark that only we can make, for a content in a place: a secret for others to show again.
    pub fn mark(&self, place: &[&str], content: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.current.marked(place, content).finalize().into_bytes())
    }

    /// Whether a mark is ours, by a key that seals now or did. Takes as long for any that is not.
    pub fn is_marked(&self, place: &[&str], content: &str, mark: &str) -> bool {
        let Ok(mark) = URL_SAFE_NO_PAD.decode(mark) else { return false };
        let mut keys = std::iter::once(&*self.current).chain(self.former.iter());
        keys.any(|key| key.marked(place, content).verify_slice(&mark).is_ok())
    }

    /// Whether something was sealed by the key that seals now.
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.0.split_once('.').is_some_and(|(name, _)| name == self.current.name)
    }
}

impl SealKey {
    fn new(secret: &[u8]) -> Self {
        let cipher = XChaCha20Poly1305::new(&Key::from(derived(secret, b"seal calendars 1")));
        let nonces = mac(&derived(secret, b"nonces of seals 1"));
        let marks = mac(&derived(secret, b"marks 1"));
        let name = derived(secret, b"name of a seal key 1");
        let name = name.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self { name, cipher, nonces, marks }
    }

    fn marked(&self, place: &[&str], content: &str) -> Hmac<Sha256> {
        let (mut mac, place) = (self.marks.clone(), joined(place));
        mac.update(&(place.len() as u64).to_be_bytes());
        mac.update(&place);
        mac.update(content.as_bytes());
        mac
    }

    fn nonce(&self, place: &[u8], content: &str) -> [u8; NONCE_BYTES] {
        let mut mac = self.nonces.clone();
        mac.update(&(place.len() as u64).to_be_bytes());
        mac.update(place);
        mac.update(content.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&digest[..NONCE_BYTES]);
        nonce
    }
}

/// A key for one purpose. Secrets are long and random, so one step of a keyed hash will do.
pub(crate) fn derived(secret: &[u8], purpose: &[u8]) -> [u8; 32] {
    let mut mac = mac(secret);
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
pub(crate) fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// Names of a place hold no control characters, so a zero between them keeps them apart.
fn joined(place: &[&str]) -> Vec<u8> {
    place.join("\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: [&str; 2] = ["ada", "work"];

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let seals = Seals::new(b"a secret of tests", &[]);
        let sealed = seals.seal(&PLACE, "https://a.example/hush").unwrap();
        assert!(!sealed.as_str().contains("hush") && !format!("{sealed:?}").contains("hush"));
        assert_eq!(seals.open(&PLACE, &sealed).as_deref(), Ok("https://a.example/hush"));
        assert_eq!(seals.seal(&PLACE, "https://a.example/hush").as_ref(), Ok(&sealed));
        assert_ne!(seals.seal(&["bob", "work"], "https://a.example/hush").as_ref(), Ok(&sealed));
        assert_eq!(seals.open(&["ada", "home"], &sealed), Err(BadSeal::Broken));
        let other = Seals::new(b"another secret", &[]);
        assert_eq!(other.open(&PLACE, &sealed), Err(BadSeal::UnknownKey));
    }

    #[test]
    fn a_changed_letter_breaks_the_seal() {
        let seals = Seals::new(b"a secret of tests", &[]);
        let sealed = seals.seal(&PLACE, "hush").unwrap();
        let start = sealed.as_str().find('.').unwrap() + 1;
        for index in start..sealed.as_str().len() {
            let mut text = sealed.as_str().as_bytes().to_vec();
            text[index] = if text[index] == b'A' { b'B' } else { b'A' };
            let text = String::from_utf8(text).unwrap();
            let is_same = text == sealed.as_str();
            let opened = seals.open(&PLACE, &Sealed::from_store(text));
            assert!(is_same || opened == Err(BadSeal::Broken), "{index}: {opened:?}");
        }
        assert_eq!(seals.open(&PLACE, &Sealed::from_store(String::new())), Err(BadSeal::Broken));
    }

    #[test]
    fn a_mark_is_good_for_its_content_in_its_place_only() {
        let before = Seals::new(b"the first secret", &[]);
        let mark = before.mark(&PLACE, "hush");
        assert_eq!(mark.len(), 43);
        assert!(before.is_marked(&PLACE, "hush", &mark));
        for (place, content, mark) in
            [(["ada", "home"], "hush", &*mark), (PLACE, "hush!", &mark), (PLACE, "hush", "")]
        {
            assert!(!before.is_marked(&place, content, mark), "{place:?} {content}");
        }
        let after = Seals::new(b"the second secret", &[b"the first secret"]);
        assert!(after.is_marked(&PLACE, "hush", &mark));
        assert!(!Seals::new(b"the second secret", &[]).is_marked(&PLACE, "hush", &mark));
    }

    #[test]
    fn a_former_key_still_opens() {
        let before = Seals::new(b"the first secret", &[]);
        let sealed = before.seal(&PLACE, "hush").unwrap();
        let after = Seals::new(b"the second secret", &[b"the first secret"]);
        assert_eq!(after.open(&PLACE, &sealed).as_deref(), Ok("hush"));
        assert!(before.is_current(&sealed) && !after.is_current(&sealed));
        assert!(after.is_current(&after.seal(&PLACE, "hush").unwrap()));
    }
}
