//! `segments`: what a text costs.

use std::io::BufRead as _;

use domain::segments::{self, Encoding, GSM_PART, GSM_SINGLE, Segments, UCS_PART, UCS_SINGLE};

use super::args::SegmentsArgs;
use super::input;
use super::{Ended, Exit, Session};

pub(super) fn run(session: &mut Session<'_>, args: &SegmentsArgs) -> Ended {
    let Some(text) = args.text.as_deref().filter(|_| !args.stdin) else {
        return answer_lines(session);
    };
    let counted = segments::count(text);
    if session.out.is_json() {
        session.out.json(&counted)?;
    } else {
        session.out.line(&words(text, &counted))?;
    }
    Ok(Exit::Ok)
}

/// One line of JSON for each line of input, whatever it holds.
fn answer_lines(session: &mut Session<'_>) -> Ended {
    let mut exit = Exit::Ok;
    let mut line = Vec::new();
    loop {
        line.clear();
        if session.stdin.read_until(b'\n', &mut line).map_err(input::stdin_failure)? == 0 {
            return Ok(exit);
        }
        match serde_json::from_slice::<String>(&line) {
            Ok(text) => session.out.json_line(&segments::count(&text))?,
            Err(_) => {
                let error = "write a JSON string, like \"See you at 10\"";
                session.out.json_line(&serde_json::json!({ "error": error }))?;
                exit = Exit::BadInput;
            }
        }
    }
}

fn words(text: &str, counted: &Segments) -> String {
    let (name, unit, single, part) = match counted.encoding {
        Encoding::Gsm7 => ("GSM-7", "septets", GSM_SINGLE, GSM_PART),
        Encoding::Ucs2 => ("UCS-2", "units", UCS_SINGLE, UCS_PART),
    };
    let room = if counted.segments == 1 { single } else { part * counted.segments };
    let mut words =
        format!("{} in {name}: {} of {room} {unit}", number(counted.segments), counted.units);
    if counted.costly.is_empty() {
        return words;
    }
    let costly = counted.costly.iter().map(|c| format!("{c} (U+{:04X})", u32::from(*c)));
    words += &format!("\nmade costly by {}", costly.collect::<Vec<_>>().join(", "));
    let respelled = segments::to_gsm(text);
    let cheaper = segments::count(&respelled);
    if cheaper.segments < counted.segments {
        words += &format!("\n{} if spelled: {respelled}", number(cheaper.segments));
    }
    words
}

fn number(segments: usize) -> String {
    if segments == 1 { "1 segment".to_owned() } else { format!("{segments} segments") }
}
