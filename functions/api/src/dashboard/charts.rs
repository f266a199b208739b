//! Charts, as SVG. Their colours are those of the light page; the style sheet finds them by their
//! value and gives others in the dark.

use std::error::Error;
use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// What is drawn in front of the paper, from faint to strong.
pub(super) const INKS: [RGBColor; 3] =
    [RGBColor(0xd5, 0xcf, 0xbf), RGBColor(0x7f, 0xb3, 0xa3), RGBColor(0x17, 0x59, 0x4a)];

/// Words and numbers.
const SOFT: RGBColor = RGBColor(0x5a, 0x63, 0x5d);

/// Lines behind everything.
const LINE: RGBColor = RGBColor(0xdc, 0xd7, 0xca);

/// Width and height in units of the picture; the page scales it.
const SIZE: (u32, u32) = (560, 210);

/// Lines across.
const STEPS: u32 = 4;

/// Something that has a value at each place along the bottom.
pub(super) struct Row {
    /// Which of [`INKS`].
    pub(super) ink: usize,
    /// Its values; none leaves a gap.
    pub(super) values: Vec<Option<f64>>,
}

/// What stands along the edges.
pub(super) struct Axes<'a> {
    /// A word for each place along the bottom.
    pub(super) places: &'a [String],
    /// One word in so many is written.
    pub(super) every: usize,
    /// The values at the foot and at the top, if the picture is not to choose them.
    pub(super) span: Option<(f64, f64)>,
    /// Writes a value.
    pub(super) write: fn(f64) -> String,
}

/// Bars that stand in front of each other: a later row hides the foot of the one before.
pub(super) fn bars(axes: &Axes<'_>, rows: &[Row]) -> String {
    drawn(|svg| draw(svg, axes, rows, true))
}

/// Lines from place to place.
pub(super) fn lines(axes: &Axes<'_>, rows: &[Row]) -> String {
    drawn(|svg| draw(svg, axes, rows, false))
}

/// Whatever cannot be drawn is left out: the numbers stand in a table as well.
fn drawn(draw: impl FnOnce(&mut String) -> Result<(), Box<dyn Error>>) -> String {
    let mut svg = String::new();
    match draw(&mut svg) {
        Ok(()) => svg.replace(" opacity=\"1\"", "").replace(" fill-opacity=\"1\"", ""),
        Err(failed) => {
            tracing::warn!("Could not draw a chart: {failed}");
            String::new()
        }
    }
}

fn draw(
    svg: &mut String,
    axes: &Axes<'_>,
    rows: &[Row],
    is_bars: bool,
) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let count = axes.places.len();
    let (foot, top) = axes.span.unwrap_or_else(|| (0.0, nice(highest(rows))));
    let marked = (0..count).step_by(axes.every.max(1)).map(real).collect::<Vec<_>>();
    let across = Marked { along: (-0.5..real(count) - 0.5).into(), at: marked };
    let step = (top - foot) / f64::from(STEPS);
    let steps = (0..=STEPS).map(|n| foot + step * f64::from(n));
    let up = Marked { along: (foot..top).into(), at: steps.collect() };
    let mut chart = ChartBuilder::on(&area)
        .margin(6)
        .margin_right(14)
        .x_label_area_size(26)
        .y_label_area_size(58)
        .build_cartesian_2d(across, up)?;
    let words = ("sans-serif", 14).into_font().color(&SOFT);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(LINE)
        .light_line_style(TRANSPARENT)
        .axis_style(LINE)
        .label_style(words)
        .x_label_formatter(&|at| place(axes.places, *at))
        .y_label_formatter(&|value| (axes.write)(*value))
        .draw()?;
    for row in rows {
        let ink = INKS.get(row.ink).copied().unwrap_or(SOFT);
        let known = row.values.iter().enumerate();
        if is_bars {
            let known = known.filter_map(|(at, value)| value.map(|value| (real(at), value)));
            let known = known.filter(|(_, value)| *value > 0.0);
            chart.draw_series(known.map(|(at, value)| {
                Rectangle::new([(at - 0.38, foot), (at + 0.38, value.min(top))], ink.filled())
            }))?;
        } else {
            for run in runs(&row.values) {
                let run: Vec<_> = run.into_iter().map(|(at, v)| (at, v.min(top))).collect();
                if let [only] = run[..] {
                    chart.draw_series([Circle::new(only, 2, ink.filled())])?;
                } else {
                    chart.draw_series(LineSeries::new(run, ink.stroke_width(2)))?;
                }
            }
        }
    }
    area.present()?;
    Ok(())
}

/// An axis with marks where we want them.
struct Marked {
    along: RangedCoordf64,
    at: Vec<f64>,
}

impl Ranged for Marked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.along.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.at.clone()
    }

    fn range(&self) -> Range<f64> {
        self.along.range()
    }
}

/// The runs of values without a gap.
fn runs(values: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (at, value) in values.iter().enumerate() {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((real(at), *value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn place(places: &[String], at: f64) -> String {
    let nearest = places.iter().enumerate().find(|(place, _)| (real(*place) - at).abs() < 0.01);
    nearest.map(|(_, word)| word.clone()).unwrap_or_default()
}

fn highest(rows: &[Row]) -> f64 {
    rows.iter().flat_map(|row| &row.values).flatten().copied().fold(0.0, f64::max)
}

/// The next number above a value whose quarters are whole.
fn nice(value: f64) -> f64 {
    let mut unit = 1.0;
    loop {
        let tops = [1.2, 2.0, 4.0, 6.0, 8.0, 10.0].map(|top| top * unit);
        let is_nice = |top: &f64| *top >= value && (*top / f64::from(STEPS)).fract() == 0.0;
        if let Some(top) = tops.into_iter().find(is_nice) {
            return top;
        }
        unit *= 10.0;
    }
}

#[expect(clippy::cast_precision_loss, reason = "places along the bottom are few")]
fn real(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(places: &[String]) -> Axes<'_> {
        Axes { places, every: 2, span: None, write: |value| format!("{value:.0}") }
    }

    #[test]
    fn a_bar_stands_for_each_value_that_is_not_zero() {
        let places: Vec<_> = (0..5).map(|n| n.to_string()).collect();
        let row = Row { ink: 2, values: vec![Some(3.0), Some(0.0), None, Some(7.0), Some(1.0)] };
        let svg = bars(&axes(&places), &[row]);
        assert_eq!(svg.matches("fill=\"#17594A\"").count(), 3, "{svg}");
        assert!(svg.starts_with("<svg ") && svg.lines().any(|line| line == "8"), "{svg}");
        assert!(!svg.contains("style="), "the policy of the page forbids it");
    }

    #[test]
    fn a_line_has_gaps_where_nothing_is_known() {
        let places: Vec<_> = (0..5).map(|n| n.to_string()).collect();
        let values = vec![Some(3.0), Some(4.0), None, Some(7.0), None];
        let svg = lines(&axes(&places), &[Row { ink: 1, values }]);
        let inked =
            |tag: &str| svg.lines().filter(|l| l.starts_with(tag) && l.contains("#7FB3A3")).count();
        assert_eq!((inked("<polyline"), inked("<circle")), (1, 1), "{svg}");
    }

    #[test]
    fn of_nothing_there_is_a_chart_without_values() {
        let places = vec!["now".to_owned()];
        assert!(bars(&axes(&places), &[]).contains("<svg"));
        assert_eq!(
            [0.0, 3.0, 5.0, 9.0, 41.0, 1_700.0].map(nice),
            [4.0, 4.0, 8.0, 12.0, 60.0, 2_000.0]
        );
    }
}
