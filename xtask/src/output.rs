//! `print!`, `println!` and `eprintln!` of this program, in place of those that panic when nobody reads any more.
//!
//! Who takes the first line of a command (`cargo xtask status | head -1`) has what was asked: the command ends there, by
//! the code that a shell gives for it, as other programs do. What is only told beside it stops nothing.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// 128 and the number of SIGPIPE.
const NOBODY_READS: i32 = 141;

/// On standard output.
pub fn out(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(why) = out.write_fmt(text).and_then(|()| out.flush()) {
        if why.kind() == ErrorKind::BrokenPipe {
            std::process::exit(NOBODY_READS);
        }
        err(format_args!("error: the output cannot be written: {why}\n  help: free some space where it goes\n"));
        std::process::exit(1);
    }
}

/// On standard error.
pub fn err(text: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(text);
}

macro_rules! print {
    ($($what:tt)*) => { $crate::output::out(format_args!($($what)*)) };
}

macro_rules! println {
    () => { $crate::output::out(format_args!("\n")) };
    ($($what:tt)*) => { $crate::output::out(format_args!("{}\n", format_args!($($what)*))) };
}

macro_rules! eprintln {
    () => { $crate::output::err(format_args!("\n")) };
    ($($what:tt)*) => { $crate::output::err(format_args!("{}\n", format_args!($($what)*))) };
}
