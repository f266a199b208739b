//! Figures as people read them: on the dashboard, in summaries.

use crate::statistics::Share;

/// Stands where there is nothing to tell: never 0 %, never 100 %.
pub const NONE: &str = "no data";

/// A count in groups of three, with narrow blanks between them: `12 345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push('\u{202f}');
        }
        told.push(digit);
    }
    told
}

/// A share: `97.3 %`.
pub fn share(share: Share) -> String {
    share.rate().map_or_else(|| NONE.to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}

/// A duration: `840 ms`, `12.4 s`, `3 min 5 s`, `2 h 10 min`.
pub fn millis(ms: u64) -> String {
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// An amount of millionths of a US dollar.
pub fn dollars(micros: u64) -> String {
    match micros {
        0 => "0 USD".to_owned(),
        1..1_000_000 => format!("0.{:04} USD", micros / 100),
        _ => format!("{}.{:02} USD", count(micros / 1_000_000), micros % 1_000_000 / 10_000),
    }
}

/// A sum over some days, as the mean of one: `98.4`, `120`; of no days there is none.
pub fn mean(sum: u64, days: u64) -> String {
    let Some(tenths) = (sum * 10 + days / 2).checked_div(days) else { return NONE.to_owned() };
    match tenths % 10 {
        0 => count(tenths / 10),
        rest => format!("{}.{rest}", count(tenths / 10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(share(Share::new(0, 0)), NONE);
        assert_eq!(share(Share::new(973, 1_000)), "97.3 %");
        let told = [840, 12_400, 185_000, 7_800_000].map(millis);
        assert_eq!(told, ["840 ms", "12.4 s", "3 min 5 s", "2 h 10 min"]);
        let told = [0, 12_300, 1_250_000].map(dollars);
        assert_eq!(told, ["0 USD", "0.0123 USD", "1.25 USD"]);
        let told = [(0, 0), (0, 7), (700, 7), (689, 7), (4, 7)].map(|(sum, days)| mean(sum, days));
        assert_eq!(told, [NONE, "0", "100", "98.4", "0.6"]);
    }
}
