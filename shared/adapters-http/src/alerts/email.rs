//! E-mail, by SMTP.

use std::fmt;
use std::time::{Duration, SystemTime};

use app::ports::{AlertChannel, AlertNotice, ChannelError};
use async_trait::async_trait;
use domain::alerts::digest::Digest;
use domain::alerts::{Channel, NoticeKind};
use jiff::Timestamp;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{digest_mail, name, panel_address};

/// How long a command to the server may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where alerts are mailed to.
#[derive(Clone)]
pub struct EmailSettings {
    /// The server with user and password: `smtps://user:password@mail.example.org`, or
    /// `smtp://...?tls=required` where TLS begins on demand. It is a secret.
    pub smtp_url: String,
    /// Who it comes from.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
}

impl fmt::Debug for EmailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailSettings").field("to", &self.to.len()).finish_non_exhaustive()
    }
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum BadEmail {
    /// The server's address is none.
    #[error(
        "the mail server's address must be like smtps://user:password@host or smtp://host:port"
    )]
    Server,
    /// An address of a person is none.
    #[error("{0} must be an e-mail address like ops@example.org or Ops <ops@example.org>")]
    Mailbox(&'static str),
    /// There is nobody to write to.
    #[error("there is no address to mail alerts to")]
    Nobody,
}

/// Sends mail through one server.
pub struct SmtpEmail {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl SmtpEmail {
    /// A client of the server in `settings`. It connects when there is something to say.
    ///
    /// # Errors
    /// [`BadEmail`].
    pub fn new(settings: &EmailSettings) -> Result<Self, BadEmail> {
        // Errors of the library may repeat the address, which holds a password.
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.smtp_url.trim())
            .map_err(|_| BadEmail::Server)?;
        let mailbox =
            |text: &String, what| text.trim().parse().map_err(|_| BadEmail::Mailbox(what));
        let to = settings.to.iter().map(|to| mailbox(to, "each recipient of alerts"));
        let to = to.collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(BadEmail::Nobody);
        }
        let from = mailbox(&settings.from, "the sender of alerts")?;
        Ok(Self { server: server.timeout(Some(TIMEOUT)).build(), from, to })
    }

    /// The mail for a notice.
    pub(super) fn mail(&self, notice: &AlertNotice) -> Result<Message, lettre::error::Error> {
        let happened = match notice.kind {
            NoticeKind::Triggered => notice.severity.name(),
            kind => kind.name(),
        };
        let mut mail = Message::builder()
            .from(self.from.clone())
            .date(dated(notice.at))
            .message_id(Some(self.message_id(notice, notice.kind)))
            .subject(format!("[{}] {happened}: {}", notice.deployment, name(notice)));
        if notice.kind != NoticeKind::Triggered {
            mail = mail.in_reply_to(self.message_id(notice, NoticeKind::Triggered));
        }
        for to in &self.to {
            mail = mail.to(to.clone());
        }
        mail.header(ContentType::TEXT_PLAIN).body(words(notice))
    }

    /// The mail for the summary of a day: text, and HTML with a chart.
    ///
    /// # Errors
    /// The library's, if it cannot be put together.
    pub fn summary(&self, digest: &Digest) -> Result<Message, lettre::error::Error> {
        let key = Self::plain(&format!("{}.summary.{}", digest.deployment, digest.on));
        let first = digest.attention.first().map_or("nothing needs attention", String::as_str);
        let mut mail = Message::builder()
            .from(self.from.clone())
            .date(dated(digest.at))
            .message_id(Some(format!("<{key}@{}>", self.from.email.domain())))
            .subject(format!("[{}] {}: {first}", digest.deployment, digest.on));
        for to in &self.to {
            mail = mail.to(to.clone());
        }
        mail.multipart(digest_mail::body(digest))
    }

    async fn send(&self, mail: Message) -> Result<(), ChannelError> {
        let sent = self.server.send(mail).await;
        sent.map(|_| ()).map_err(|error| {
            // Only the kind: what servers say may repeat addresses of people.
            if error.is_permanent() {
                ChannelError::Permanent("the mail server refused it for good".into())
            } else {
                ChannelError::Transient("the mail server did not take it".into())
            }
        })
    }

    /// The same for the same notice, so that what comes twice is known.
    fn message_id(&self, notice: &AlertNotice, kind: NoticeKind) -> String {
        let key = Self::plain(&notice.dedup_key);
        format!("<{key}.{}@{}>", kind.name(), self.from.email.domain())
    }

    /// A key as part of an id.
    fn plain(key: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '.' };
        key.chars().map(plain).collect()
    }
}

fn dated(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0))
}

fn words(notice: &AlertNotice) -> String {
    let mut lines = vec![
        format!("{}.", notice.headline),
        String::new(),
        format!("Alert:      {}", name(notice)),
        format!("Measured:   {}", notice.value),
        format!("Since:      {}", notice.opened_at),
        format!("Deployment: {}", notice.deployment),
    ];
    if let Some(by) = &notice.acknowledged_by {
        lines.push(format!("Looked after by {by}"));
    }
    if notice.kind == NoticeKind::Resolved {
        lines.push(format!("Resolved:   {}", notice.at));
    }
    lines.extend([String::new(), format!("What to do: {}", notice.runbook)]);
    lines.extend(panel_address(notice).map(|panel| format!("Dashboard:  {panel}")));
    lines.push(String::new());
    lines.join("\n")
}

#[async_trait]
impl AlertChannel for SmtpEmail {
    fn channel(&self) -> Channel {
        Channel::Email
    }

    async fn tell(&self, notice: &AlertNotice) -> Result<(), ChannelError> {
        let mail = self.mail(notice).map_err(|bad| ChannelError::Permanent(bad.into()))?;
        self.send(mail).await
    }

    async fn summarise(&self, digest: &Digest) -> Result<(), ChannelError> {
        let mail = self.summary(digest).map_err(|bad| ChannelError::Permanent(bad.into()))?;
        self.send(mail).await
    }
}
