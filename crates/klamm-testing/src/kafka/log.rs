//! A partition's log on its brokers' disks.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Seek, SeekFrom, Write},
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use super::KafkaCluster;

/// The environment variable that names the cluster's folder.
const FOLDER: &str = "KLAMM_KAFKA_DIR";
/// What stands before each batch: its first offset and its length.
const PREFIX: usize = 12;
/// Where a batch of version 2 has the distance of its last offset from its first.
const LAST_OFFSET_DELTA: usize = 23;
/// Where the records begin.
const RECORDS: usize = 61;

impl KafkaCluster {
    /// Flips bits of the batch that holds `offset`, in the log of every replica, and returns the batch's offsets.
    ///
    /// Brokers send what is in the file, unchecked, so a consumer sees this at once. Only the records are changed, not
    /// the batch's header. A broker that is killed and started again looks for damage in the end of a log, and cuts it
    /// off.
    ///
    /// # Errors
    ///
    /// If the brokers' files are not on this machine, and if there is no such batch.
    pub fn corrupt_batch(&self, topic: &str, partition: i32, offset: i64) -> io::Result<RangeInclusive<i64>> {
        let cluster = std::env::var_os(FOLDER).map(PathBuf::from);
        let cluster = cluster.ok_or_else(|| io::Error::other(format!("{FOLDER} does not name a folder")))?;
        let mut corrupted = None;
        for broker in self.brokers()? {
            let log = cluster.join(format!("broker-{broker}/data/{topic}-{partition}"));
            for segment in segments(&log)? {
                corrupted = corrupt(&segment, offset)?.or(corrupted);
            }
        }
        corrupted
            .ok_or_else(|| io::Error::other(format!("no log has a batch with {topic}[{partition}]@{offset}")))
    }
}

/// The files of a log; none where the broker is no replica.
fn segments(log: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "log")).collect())
}

/// Flips the bits of the last byte of the batch with this offset, if the file has it.
fn corrupt(segment: &Path, offset: i64) -> io::Result<Option<RangeInclusive<i64>>> {
    let bytes = fs::read(segment)?;
    let Some((range, end)) = find(&bytes, offset) else { return Ok(None) };
    let last = end - 1;
    let mut file = File::options().write(true).open(segment)?;
    file.seek(SeekFrom::Start(u64::try_from(last).unwrap_or(u64::MAX)))?;
    file.write_all(&[!bytes[last]])?;
    Ok(Some(range))
}

/// The offsets of the batch that holds `offset`, and where it ends.
fn find(bytes: &[u8], offset: i64) -> Option<(RangeInclusive<i64>, usize)> {
    let mut at = 0;
    while let Some(batch) = bytes.get(at..).filter(|rest| rest.len() > RECORDS) {
        let first = i64::from_be_bytes(*batch.first_chunk()?);
        let length = usize::try_from(i32::from_be_bytes(*batch[8..].first_chunk()?)).ok()?;
        let last = first + i64::from(i32::from_be_bytes(*batch[LAST_OFFSET_DELTA..].first_chunk()?));
        let end = at + PREFIX + length;
        if (first..=last).contains(&offset) {
            return (end <= bytes.len()).then_some((first..=last, end));
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A batch of `count` offsets with `length` bytes of records.
    fn batch(first: i64, count: i32, length: usize) -> Vec<u8> {
        let mut batch = vec![0; RECORDS + length];
        batch[..8].copy_from_slice(&first.to_be_bytes());
        batch[8..PREFIX].copy_from_slice(&i32::try_from(RECORDS - PREFIX + length).unwrap().to_be_bytes());
        batch[LAST_OFFSET_DELTA..][..4].copy_from_slice(&(count - 1).to_be_bytes());
        batch
    }

    #[test]
    fn a_batch_is_found_by_any_of_its_offsets() {
        let bytes = [batch(10, 5, 100), batch(15, 1, 20), batch(16, 4, 30)].concat();
        assert_eq!(find(&bytes, 10), Some((10..=14, 161)));
        assert_eq!(find(&bytes, 14), Some((10..=14, 161)));
        assert_eq!(find(&bytes, 15), Some((15..=15, 242)));
        assert_eq!(find(&bytes, 19), Some((16..=19, 333)));
        assert_eq!(find(&bytes, 9), None);
        assert_eq!(find(&bytes, 20), None);
        assert_eq!(find(&bytes[..bytes.len() - 1], 19), None, "it is not written to its end");
    }
}
