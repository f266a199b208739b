//! The program: streams, terminal, environment and time, handed to the command line.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use beforehand::cli::{Surroundings, run_in};
use beforehand::output::Screen;

fn main() -> ExitCode {
    let (stdout, mut stderr) = (io::stdout(), io::stderr());
    let screen = Screen::of(stdout.is_terminal(), stderr.is_terminal(), &variable);
    // On a terminal lines appear as they are written; programs get them by the block.
    let mut answers: Box<dyn Write> =
        if screen.is_terminal { Box::new(stdout) } else { Box::new(BufWriter::new(stdout)) };
    #[expect(clippy::disallowed_methods, reason = "the one place where a command learns the time")]
    let now = jiff::Timestamp::now();
    let code = run_in(
        std::env::args_os(),
        Surroundings {
            stdin: &mut io::stdin().lock(),
            stdout: &mut answers,
            // Not locked: what `up` logs goes there too, from other threads.
            stderr: &mut stderr,
            now,
            screen,
            variables: &variable,
            transport: None,
        },
    );
    ExitCode::from(code)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
