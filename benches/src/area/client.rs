//! One way to do an area's job.

use std::ops::Add;

use anyhow::{Result, ensure};

use crate::measure::Work;

/// Measures the work that it is given, by running it once. Work may be given in portions.
pub type Meter<'m> = dyn FnMut(&mut dyn FnMut() -> Work) + 'm;

/// One way to do an area's job, on a scene that was set up for its case.
#[derive(Clone, Copy, Debug)]
pub struct Client<S> {
    /// Its name in tables and on command lines.
    pub name: &'static str,
    /// The cases it cannot do: those whose name ends like this.
    pub lacks: Option<&'static str>,
    /// Gets ready for the job, hands it to the meter, and cleans up.
    pub run: fn(&S, &mut Meter<'_>) -> Result<()>,
}

impl<S> Client<S> {
    /// Tells whether it can do a case.
    pub fn does(&self, case: &str) -> bool {
        !self.lacks.is_some_and(|ending| case.ends_with(ending))
    }

    /// Runs the client, has `measure` measure its work, and checks that all of it was done, once. The results of portions are
    /// added.
    ///
    /// # Errors
    ///
    /// What the client could not do, or has done other than `expected`.
    pub fn measure<T: Add<Output = T>>(
        &self,
        scene: &S,
        expected: Work,
        mut measure: impl FnMut(&mut dyn FnMut() -> Work) -> (Work, T),
    ) -> Result<T> {
        let mut measured = None;
        (self.run)(scene, &mut |work| {
            let (work, result) = measure(work);
            measured = Some(match measured.take() {
                Some((before, so_far)) => (before + work, so_far + result),
                None => (work, result),
            });
        })?;
        let Some((work, result)) = measured else {
            anyhow::bail!("{} had nothing measured", self.name);
        };
        ensure!(work == expected, "{} has done {work:?} instead of {expected:?}", self.name);
        Ok(result)
    }
}
