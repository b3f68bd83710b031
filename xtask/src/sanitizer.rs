//! Cargo under nightly's `AddressSanitizer`: Rust and librdkafka alike, leaks included.
//!
//! rustc links the sanitizer's runtime, and the prebuilt standard library will do. What the C compiler adds with
//! `-fsanitize=address` calls the same runtime: GCC and LLVM both speak version 8 of its interface, and the linker refuses any
//! other.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

const RUSTC: &str = "-Zsanitizer=address -Cforce-frame-pointers=yes";
const CC: &str = "-fsanitize=address -fno-omit-frame-pointer";
/// Keeps librdkafka from starting threads that the sanitizer does not know; the file there says more.
const HEADERS: &str = "xtask/asan/include";
/// Leaks of librdkafka's own; the file there says which.
const KNOWN_LEAKS: &str = "xtask/asan/known-leaks";
/// Leaks are reported at the end of a process; what is handed to `strlen` and its kin is checked to its NUL.
pub(crate) const OPTIONS: &str = "detect_leaks=1:strict_string_checks=1";

#[derive(Debug)]
pub(crate) struct Sanitizer {
    host: String,
}

impl Sanitizer {
    /// Looks for the nightly toolchain.
    ///
    /// # Errors
    ///
    /// There is none, or its sanitizer does not know this machine.
    pub(crate) fn find() -> Result<Self> {
        let mut rustup = Command::new("rustup");
        rustup.args(["run", "nightly", "rustc", "--version", "--verbose"]);
        let output = rustup.output().context("no rustup")?;
        if !output.status.success() {
            bail!("no nightly toolchain (rustup toolchain install nightly --profile minimal)");
        }
        let host = host(&String::from_utf8_lossy(&output.stdout)).context("nightly does not say its host")?;
        if !host.ends_with("-linux-gnu") {
            bail!("leaks are found on Linux only");
        }
        Ok(Self { host })
    }

    /// A cargo command in the root, with artefacts in a folder of their own under `target`, and more flags for rustc.
    ///
    /// That it names the platform keeps the sanitizer out of build scripts and macros.
    pub(crate) fn cargo(&self, subcommand: &str, folder: &str, rustflags: &str) -> Command {
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", "cargo", subcommand, "--target", &self.host]);
        command.current_dir(workspace::root());
        command.env("CARGO_TARGET_DIR", workspace::root().join("target").join(folder));
        command.env("RUSTFLAGS", and("RUSTFLAGS", &format!("{RUSTC} {rustflags}")));
        command.env("RUSTDOCFLAGS", and("RUSTDOCFLAGS", RUSTC));
        let headers = workspace::root().join(HEADERS);
        command.env("CFLAGS", and("CFLAGS", &format!("{CC} -I{}", headers.display())));
        command.env("LDFLAGS", and("LDFLAGS", CC));
        command.env("ASAN_OPTIONS", OPTIONS);
        let known = workspace::root().join(KNOWN_LEAKS);
        command.env("LSAN_OPTIONS", format!("print_suppressions=0:suppressions={}", known.display()));
        command
    }

    /// The platform that is built for.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

/// What the environment has of these flags, and ours.
fn and(variable: &str, flags: &str) -> String {
    let given = std::env::var(variable).unwrap_or_default();
    format!("{given} {}", flags.trim()).trim().to_owned()
}

/// The platform that `rustc --version --verbose` was built for.
fn host(version: &str) -> Option<String> {
    version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_from_the_long_version() {
        let version =
            "rustc 1.97.0-nightly (e50aa6fba 2026-05-19)\nbinary: rustc\nhost: aarch64-unknown-linux-gnu\n";
        assert_eq!(host(version).as_deref(), Some("aarch64-unknown-linux-gnu"));
        assert_eq!(host("rustc 1.97.0-nightly\n"), None);
    }
}
