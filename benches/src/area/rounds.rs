//! The rounds of one case, in which the clients take turns.

use anyhow::{Context, Result};

use super::{Area, Case, Client, Row};
use crate::measure::Sample;

/// Sets a case up and has every client do it, `rounds` times in turns, so that a slow phase of the machine meets all.
pub(super) fn measure<C: Case, S>(
    area: &Area<C, S>,
    case: &C,
    clients: &[&Client<S>],
    rounds: usize,
) -> Result<Vec<Row>> {
    let name = case.name();
    let scene = (area.set_up)(case).with_context(|| format!("cannot set up {name}"))?;
    let clients = clients.iter().filter(|client| client.does(name)).collect::<Vec<_>>();
    let mut samples = vec![Vec::with_capacity(rounds); clients.len()];
    for round in 1..=rounds {
        eprintln!("{} {name}: round {round} of {rounds}", area.name);
        for (client, samples) in clients.iter().zip(&mut samples) {
            let sample = client.measure(&scene, case.work(), |work| {
                let sample = Sample::take(work);
                (sample.work, sample)
            });
            samples.push(sample.with_context(|| format!("{name} by {}", client.name))?);
        }
    }
    Ok(clients.iter().zip(&samples).map(|(client, samples)| Row::new(name, client.name, samples)).collect())
}
