//! What the fixture needs from the machine: Java and, once, Maven.

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, anyhow, bail};

use super::install;

/// The oldest Java that Kafka 4 brokers run on.
const OLDEST: u32 = 17;

/// Says in one sentence what is missing to start a cluster.
pub(crate) fn prerequisites() -> Result<()> {
    let version = match Command::new(java()).arg("-version").output() {
        Ok(output) => parse_version(&String::from_utf8_lossy(&output.stderr)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!(
                "`java` is missing: install Java {OLDEST} or newer (Debian: apt-get install default-jdk-headless)"
            )
        }
        Err(error) => return Err(anyhow!(error).context("cannot run java")),
    };
    match version {
        Some(version) if version < OLDEST => bail!(
            "this is Java {version}: install Java {OLDEST} or newer (Debian: apt-get install default-jdk-headless)"
        ),
        None => bail!("`java -version` names no version: install Java {OLDEST} or newer"),
        Some(_) => {}
    }
    if !install::is_done() && !runs("mvn") {
        bail!("`mvn` is missing, which fetches Kafka: install Maven (Debian: apt-get install maven)");
    }
    Ok(())
}

/// The `java` to run: that of `JAVA_HOME` if there is one, as Kafka's own scripts and Maven do.
pub(super) fn java() -> PathBuf {
    let home = env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    home.filter(|java| java.exists()).unwrap_or_else(|| "java".into())
}

fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The feature release in `openjdk version "17.0.15" …`, `"21-ea"` or, before Java 9, `"1.8.0_292"`.
fn parse_version(text: &str) -> Option<u32> {
    let quoted = text.lines().find(|line| line.contains(" version \""))?.split('"').nth(1)?;
    let mut numbers = quoted.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    match numbers.next()?.ok()? {
        1 => numbers.next()?.ok(),
        version => Some(version),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn java_versions_of_all_ages_are_read() {
        assert_eq!(parse_version("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime"), Some(17));
        assert_eq!(parse_version("Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njava version \"21-ea\""), Some(21));
        assert_eq!(parse_version("java version \"1.8.0_292\""), Some(8));
        assert_eq!(parse_version("no such thing"), None);
    }
}
