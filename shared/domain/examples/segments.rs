//! Counts texts, one JSON string a line, as `encoding segments`: our side of `tests/segments`.

use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut input = io::BufReader::new(io::stdin().lock());
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let text: String = serde_json::from_str(&line)?;
        let count = domain::segments::count(&text);
        let encoding = match count.encoding {
            domain::segments::Encoding::Gsm7 => "GSM-7",
            domain::segments::Encoding::Ucs2 => "UCS-2",
        };
        writeln!(out, "{encoding} {}", count.segments)?;
        // Whoever asks waits for a batch, which ends where no more input has come yet.
        if input.buffer().is_empty() {
            out.flush()?;
        }
        line.clear();
    }
    out.flush()
}
