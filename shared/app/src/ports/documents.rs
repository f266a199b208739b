//! Documents: what is read as a whole and changed by few.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A versioned document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Rises by one with every change; the first is 1.
    pub version: u64,
    /// What it says.
    pub body: Body,
}

impl Document {
    /// With what it says as JSON.
    pub fn new(version: u64, text: String) -> Self {
        Self { version, body: Body::from(text) }
    }
}

/// The body of a document: JSON, in a stored form of `app::records`. Clones share it, together with
/// the value that was read from it: a store that keeps documents in memory has them read once, and
/// not by everybody who looks.
#[derive(Clone)]
pub struct Body(Arc<Kept>);

struct Kept {
    text: String,
    value: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Body {
    /// The JSON.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The value that `read` makes of the JSON, at the first call. Whoever asks for something else
    /// than was read first has it read each time.
    ///
    /// # Errors
    /// Those of `read`; the next call reads again.
    pub fn value<T: Any + Send + Sync, E>(
        &self,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let kept = self.0.value.get().and_then(|kept| Arc::clone(kept).downcast().ok());
        if let Some(value) = kept {
            return Ok(value);
        }
        let value = Arc::new(read(self.as_str())?);
        // Whoever reads it at the same time reads the same.
        let _ = self.0.value.set(value.clone());
        Ok(value)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(Arc::new(Kept { text, value: OnceLock::new() }))
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Body {}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_body_are_read_once_and_other_values_each_time() {
        let body = Body::from("7".to_owned());
        assert_eq!(body.value(|_| Err::<u32, _>("cut off")), Err("cut off"));
        let number = |text: &str| text.parse::<u32>();
        assert_eq!(body.clone().value(number).as_deref(), Ok(&7));
        let unread = |_: &str| Err::<u32, _>("it was read before");
        assert_eq!(body.value(unread).as_deref(), Ok(&7));
        let text = |text: &str| Ok::<_, ()>(format!("{text}!"));
        assert_eq!(body.value(text).as_deref().map(String::as_str), Ok("7!"));
        assert_eq!(body, Body::from("7".to_owned()));
        assert_ne!(body, Body::from("8".to_owned()));
    }
}
