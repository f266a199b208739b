//! Figures.

use std::collections::BTreeMap;

use app::figures::{Rebuilt, Series};
use domain::figures::{Dimension, Figures};
use domain::sketch::Spread;
use domain::user::User;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which figures of everybody.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricsAsked {
    /// The first UTC date; today if none is given.
    #[param(format = Date)]
    pub(crate) from: Option<String>,
    /// The last UTC date; the first if none is given.
    #[param(format = Date)]
    pub(crate) to: Option<String>,
    /// Of which reminders: `all` (the default), `country:US`, `source:template`, `source:model`,
    /// `source:fallback`, `stage:beta`, `arm:<experiment>/<variant>`.
    pub(crate) dimension: Option<String>,
    /// With `hour`, by UTC hours in place of dates.
    pub(crate) by: Option<String>,
}

/// Which figures of a user.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserMetricsAsked {
    /// How many local days back from today, with today; 7 if it is not said.
    #[param(minimum = 1, maximum = 92)]
    pub(crate) days: Option<u32>,
}

/// Where to go on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RebuildAsked {
    /// The last user of the step before.
    pub(crate) after: Option<String>,
}

/// The figures of everybody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricsView {
    /// Of which reminders.
    dimension: String,
    /// The first UTC date.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The last UTC date.
    #[schema(value_type = String, format = Date)]
    to: Date,
    /// All together.
    total: FiguresView,
    /// By UTC dates, those on which something happened; or by hours.
    days: Vec<DayView>,
    /// By UTC hours, those in which something happened, where it was asked for.
    hours: Vec<HourView>,
}

impl MetricsView {
    pub(crate) fn of_days(
        dimension: &Dimension,
        (from, to): (Date, Date),
        of: Series<Date>,
    ) -> Self {
        let (dimension, total) = (dimension.to_string(), (&of.all).into());
        Self { dimension, from, to, total, days: DayView::all(&of), hours: Vec::new() }
    }

    pub(crate) fn of_hours(
        dimension: &Dimension,
        (from, to): (Date, Date),
        of: &Series<Timestamp>,
    ) -> Self {
        let (dimension, total) = (dimension.to_string(), (&of.all).into());
        let hour =
            |(at, figures): &(Timestamp, Figures)| HourView { at: *at, figures: figures.into() };
        let hours = of.parts.iter().map(hour).collect();
        Self { dimension, from, to, total, days: Vec::new(), hours }
    }
}

/// The figures of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserMetricsView {
    /// Whose.
    user: String,
    /// The zone whose dates these are.
    zone: String,
    /// The first local date.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The last local date.
    #[schema(value_type = String, format = Date)]
    to: Date,
    /// All together.
    total: FiguresView,
    /// By local dates, those on which something happened.
    days: Vec<DayView>,
}

impl UserMetricsView {
    pub(crate) fn of(user: &User, (from, to): (Date, Date), of: &Series<Date>) -> Self {
        Self {
            user: user.id.as_str().to_owned(),
            zone: user.zone.as_str().to_owned(),
            from,
            to,
            total: (&of.all).into(),
            days: DayView::all(of),
        }
    }
}

/// A day's figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayView {
    /// The date.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// Its figures.
    #[serde(flatten)]
    figures: FiguresView,
}

impl DayView {
    fn all(series: &Series<Date>) -> Vec<Self> {
        let day = |(date, figures): &(Date, Figures)| Self { date: *date, figures: figures.into() };
        series.parts.iter().map(day).collect()
    }
}

/// An hour's figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HourView {
    /// When the hour begins.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Its figures.
    #[serde(flatten)]
    figures: FiguresView,
}

/// What happened to reminders. A rate is null where there is nothing to take it of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FiguresView {
    /// Reminders, whatever became of them.
    planned: u64,
    /// Those that wait.
    scheduled: u64,
    /// Those of which the provider took or refused a text.
    sent: u64,
    /// Those whose text is on its way.
    under_way: u64,
    /// Those whose text reached the phone.
    delivered: u64,
    /// Those whose text the carrier could not deliver.
    undelivered: u64,
    /// Those that were not sent, for good.
    failed: u64,
    /// Those without a final receipt within a day.
    unconfirmed: u64,
    /// Those that were perhaps sent.
    unknown: u64,
    /// Those withdrawn.
    cancelled: u64,
    /// The same, by the reason.
    cancelled_by: BTreeMap<String, u64>,
    /// Those not sent because their time passed or a rule forbade it.
    skipped: u64,
    /// The same, by the reason.
    skipped_by: BTreeMap<String, u64>,
    /// Those planned after their instant had passed.
    late: u64,
    /// Those that quiet hours put off.
    deferred: u64,
    /// Those that their readers said they have seen.
    acknowledged: u64,
    /// How often readers put reminders off.
    snoozed: u64,
    /// Those beyond the daily limit.
    daily_limit: u64,
    /// Texts that the provider took.
    texts: u64,
    /// Attempts that the provider saw.
    attempts: u64,
    /// Segments of the texts.
    segments: u64,
    /// What the texts cost by the configured prices, in millionths of a US dollar. Claims of
    /// earlier releases noted no price.
    texts_cost_microdollars: u64,
    /// Attempts that failed with an error code of the provider, by the code; those that are not
    /// known are together under `other`.
    error_codes: BTreeMap<String, u64>,
    /// Numbers that opted out; only among the figures of everybody.
    opted_out: u64,
    /// Users who were texted, each once a UTC day; only there.
    users_texted: u64,
    /// Users who had a reminder beyond the daily limit, each once a UTC day; only there.
    users_limited: u64,
    /// What models did.
    model: ModelView,
    /// Delivered, as a share of those sent, without those unconfirmed.
    delivery_rate: Option<f64>,
    /// Put off by quiet hours, as a share of all.
    deferral_rate: Option<f64>,
    /// Beyond the daily limit, as a share of all.
    daily_limit_rate: Option<f64>,
    /// Opted out, as a share of the users who were texted, each counted once a UTC day.
    opt_out_rate: Option<f64>,
    /// Users who had one beyond the daily limit, as a share of the same.
    users_limited_rate: Option<f64>,
    /// From the claim to the receipt of delivery.
    delivery_ms: Option<SpreadView>,
    /// From the planned instant to the claim.
    lateness_ms: Option<SpreadView>,
    /// What models took.
    generation_ms: Option<SpreadView>,
}

impl From<&Figures> for FiguresView {
    fn from(figures: &Figures) -> Self {
        let of = figures.clone();
        Self {
            delivery_rate: of.delivery().rate(),
            deferral_rate: of.deferral().rate(),
            opt_out_rate: of.opt_outs().rate(),
            users_limited_rate: of.users_limiting().rate(),
            daily_limit_rate: of.limiting().rate(),
            delivery_ms: of.delivery_time().map(SpreadView::from),
            lateness_ms: of.lateness().map(SpreadView::from),
            generation_ms: of.generation_time().map(SpreadView::from),
            model: ModelView {
                success_rate: of.model_success().rate(),
                calls: of.model.calls,
                used: of.model.used,
                refused: of.model.refused,
                refused_by: of.model.refused_by,
                cost_microdollars: of.model.cost_microdollars,
                input_tokens: of.model.input_tokens,
                output_tokens: of.model.output_tokens,
            },
            planned: of.planned,
            scheduled: of.scheduled,
            sent: of.sent,
            under_way: of.under_way,
            delivered: of.delivered,
            undelivered: of.undelivered,
            failed: of.failed,
            unconfirmed: of.unconfirmed,
            unknown: of.unknown,
            cancelled: of.cancelled,
            cancelled_by: of.cancelled_by,
            skipped: of.skipped,
            skipped_by: of.skipped_by,
            late: of.late,
            deferred: of.deferred,
            acknowledged: of.acknowledged,
            snoozed: of.snoozed,
            daily_limit: of.daily_limit,
            texts: of.texts,
            attempts: of.attempts,
            segments: of.segments,
            texts_cost_microdollars: of.texts_cost_microdollars,
            error_codes: of.error_codes,
            opted_out: of.opted_out,
            users_texted: of.users_texted,
            users_limited: of.users_limited,
        }
    }
}

/// What models did. A call whose text was replaced later is not among it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelView {
    /// Reminders for whose text a model was asked.
    calls: u64,
    /// Those whose text is the model's.
    used: u64,
    /// Those whose text is a template's all the same.
    refused: u64,
    /// The same, by the reason.
    refused_by: BTreeMap<String, u64>,
    /// Used, as a share of the calls.
    success_rate: Option<f64>,
    /// What the calls cost, in millionths of a US dollar.
    cost_microdollars: u64,
    /// Tokens that were read.
    input_tokens: u64,
    /// Tokens that were written.
    output_tokens: u64,
}

/// How durations spread, in milliseconds; quantiles to within 2 %.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpreadView {
    /// How many there are.
    count: u64,
    /// Their mean.
    mean: u64,
    /// The median.
    p50: u64,
    /// What 95 in a hundred do not exceed.
    p95: u64,
    /// What 99 in a hundred do not exceed.
    p99: u64,
}

impl From<Spread> for SpreadView {
    fn from(Spread { count, mean, p50, p95, p99 }: Spread) -> Self {
        Self { count, mean, p50, p95, p99 }
    }
}

/// What a step of counting anew did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RebuiltView {
    /// Reminders that were counted, or counted anew.
    counted: u64,
    /// Users whose reminders cannot be read by this release.
    unreadable: u64,
    /// What to go on after; null after the last user.
    next: Option<String>,
}

impl From<Rebuilt> for RebuiltView {
    fn from(rebuilt: Rebuilt) -> Self {
        let next = rebuilt.until.map(|user| user.as_str().to_owned());
        Self { counted: rebuilt.counted, unreadable: rebuilt.unreadable, next }
    }
}
