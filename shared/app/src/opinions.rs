//! What people think of their texts, and what those they liked least have in common.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{ReminderId, UserId};
use domain::reminder::{Reminder, TextSource};
use domain::statistics::Share;
use domain::time::{ahead, back, utc_date};
use domain::user::User;
use jiff::{SignedDuration, Timestamp};

use crate::ports::{Reminders, StoreError, Users};

/// Users read at a time.
const PAGE: usize = 200;

/// Low-rated texts that are told one by one; the rest is counted.
const TOLD_MAX: usize = 200;

/// What looking at opinions needs.
#[derive(Clone)]
pub struct OpinionPorts {
    /// Whose.
    pub users: Arc<dyn Users>,
    /// Their reminders, which hold the ratings.
    pub reminders: Arc<dyn Reminders>,
}

/// A low rating, without a word of the event's or of the person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LowRating {
    /// Whose.
    pub user: UserId,
    /// Of which reminder.
    pub reminder: ReminderId,
    /// One to five.
    pub stars: u8,
    /// When.
    pub at: Timestamp,
    /// What is known of the text.
    pub traits: Vec<Trait>,
}

/// Something that a text has in common with others: of which kind, and which.
pub type Trait = (&'static str, String);

/// How texts with something in common were rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What they have in common; several things, or one.
    pub traits: Vec<Trait>,
    /// Those rated low, of those rated.
    pub low: Share,
}

/// What people think.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opinions {
    /// Those rated low, of all that were rated.
    pub low: Share,
    /// By one thing that texts have in common, the most of low ratings first.
    pub patterns: Vec<Pattern>,
    /// By all of them together, the same way; only those with a low rating.
    pub groups: Vec<Pattern>,
    /// The low ratings, the latest first; at most 200.
    pub texts: Vec<LowRating>,
}

/// The ratings of the last `days`, those with fewer than `below` stars counting as low.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn opinions(
    ports: &OpinionPorts,
    below: u8,
    days: u32,
    now: Timestamp,
) -> Result<Opinions, StoreError> {
    let since = back(now, SignedDuration::from_hours(24 * i64::from(days)));
    // A text is rated within a day, and dates differ by a day at most.
    let two_days = SignedDuration::from_hours(48);
    let (from, to) = (utc_date(back(since, two_days)), utc_date(ahead(now, two_days)));
    let mut found = Found::default();
    let mut after: Option<UserId> = None;
    loop {
        let page = ports.users.users(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(found.told()) };
        after = Some(last.id.clone());
        for user in &page {
            let rows = ports.reminders.reminders_between(&user.id, from, to).await?;
            rows.iter().for_each(|row| found.add(user, row, below, since));
        }
    }
}

#[derive(Default)]
struct Found {
    all: Share,
    by_trait: BTreeMap<Vec<Trait>, Share>,
    by_all: BTreeMap<Vec<Trait>, Share>,
    texts: Vec<LowRating>,
}

impl Found {
    fn add(&mut self, user: &User, row: &Reminder, below: u8, since: Timestamp) {
        let Some(rating) = row.rating.as_ref().filter(|rating| rating.at >= since) else { return };
        let traits = traits(user, row);
        let is_low = rating.stars < below;
        let count = |share: &mut Share| {
            share.of += 1;
            share.hits += u64::from(is_low);
        };
        count(&mut self.all);
        for one in &traits {
            count(self.by_trait.entry(vec![one.clone()]).or_default());
        }
        count(self.by_all.entry(traits.clone()).or_default());
        if is_low {
            let (user, reminder) = (user.id.clone(), row.id);
            let (stars, at) = (rating.stars, rating.at);
            self.texts.push(LowRating { user, reminder, stars, at, traits });
        }
    }

    fn told(mut self) -> Opinions {
        self.texts.sort_by_key(|text| Reverse((text.at, text.reminder)));
        self.texts.truncate(TOLD_MAX);
        let mut groups = sorted(self.by_all);
        groups.retain(|pattern| pattern.low.hits > 0);
        Opinions { low: self.all, patterns: sorted(self.by_trait), groups, texts: self.texts }
    }
}

/// The most low ratings first; of equally many those with the higher share.
fn sorted(patterns: BTreeMap<Vec<Trait>, Share>) -> Vec<Pattern> {
    let pattern = |(traits, low)| Pattern { traits, low };
    let mut patterns: Vec<_> = patterns.into_iter().map(pattern).collect();
    patterns.sort_by(|a, b| {
        b.low.hits.cmp(&a.low.hits).then(a.low.of.cmp(&b.low.of)).then(a.traits.cmp(&b.traits))
    });
    patterns
}

/// What is known of a text that others may share.
fn traits(user: &User, row: &Reminder) -> Vec<Trait> {
    let (source, prompt) = match &row.source {
        TextSource::Template { id } => ("template", id.clone()),
        TextSource::Model { call, .. } => ("model", call.prompt_version.clone()),
        TextSource::Fallback { call, .. } => ("fallback", call.prompt_version.clone()),
    };
    let lead = row.lead.map_or_else(|| "none".to_owned(), |lead| lead.minutes().to_string());
    let kind = match (row.facts.all_day_on.is_some(), &row.facts.location) {
        (true, _) => "all_day",
        (false, Some(_)) => "meeting_with_place",
        (false, None) => "meeting",
    };
    let arms = row.trial.arms.iter();
    let arms = arms.map(|in_arm| ("arm", format!("{}/{}", in_arm.experiment, in_arm.arm)));
    let plain = [
        ("source", source.to_owned()),
        ("words", prompt),
        ("language", format!("{:?}", user.locale.language).to_lowercase()),
        ("kind", kind.to_owned()),
        ("lead_minutes", lead),
    ];
    plain.into_iter().chain(arms).collect()
}
