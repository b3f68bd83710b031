//! No method of ours has the name of an operator of streams: whoever has those in scope would call one for the other.

use super::super::tree::{Tree, Violation};

/// Where what users chain on a stream or a pipeline is written.
const ROOMS: [&str; 2] = ["crates/klamm-combinators/src/", "crates/klamm-stream/src/"];

/// The methods of `StreamExt` and `TryStreamExt` of futures 0.3, and of `StreamExt` of tokio-stream 0.1.
const TAKEN: &str = "all and_then any boxed boxed_local buffer_unordered buffered by_ref catch_unwind chain chunks \
    chunks_timeout collect compat concat count cycle enumerate err_into filter filter_map flat_map flat_map_unordered \
    flatten flatten_unordered fold for_each for_each_concurrent forward fuse inspect inspect_err inspect_ok \
    into_async_read into_future into_stream left_stream map map_err map_ok map_while merge next or_else peekable \
    poll_next_unpin ready_chunks right_stream scan select_next_some skip skip_while split take take_until take_while \
    then throttle timeout timeout_repeating try_all try_any try_buffer_unordered try_buffered try_chunks try_collect \
    try_concat try_filter try_filter_map try_flatten try_flatten_unordered try_fold try_for_each \
    try_for_each_concurrent try_next try_poll_next_unpin try_ready_chunks try_skip_while try_take_while unzip zip";

/// What may be called like an operator, each with its reason.
const EXCEPTED: [(&str, &str, &str); 1] =
    [("crates/klamm-stream/src/consumer/handle.rs", "into_stream", "a consumer is no stream")];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let rooms =
        tree.with_extension(".rs").filter(|(path, _)| ROOMS.iter().any(|room| path.starts_with(room)));
    rooms
        .flat_map(|(path, text)| public_methods(text).map(move |(line, name)| (path, line, name)))
        .filter(|(_, _, name)| TAKEN.split_whitespace().any(|taken| taken == *name))
        .filter(|(path, _, name)| !EXCEPTED.iter().any(|(file, method, _)| file == path && method == name))
        .map(|(path, line, name)| {
            Violation::new(path, line, format!("`{name}` is an operator of futures or tokio-stream"))
        })
        .collect()
}

/// The public methods, and those of public traits, with their lines. Relies on rustfmt: what begins in the first column
/// ends there.
fn public_methods(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_trait = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if !line.starts_with([' ', '}']) && !line.is_empty() {
            in_trait = line.starts_with("pub trait ");
        }
        let words = line.trim_start().split([' ', '(', '<']);
        let is_public = line.starts_with("    pub ") || in_trait;
        let mut words = words.skip_while(|word| ["pub", "const", "async"].contains(word));
        let name = (words.next() == Some("fn")).then(|| words.next()).flatten();
        name.filter(|_| is_public).map(|name| (index + 1, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_method_with_the_name_of_an_operator_is_named() {
        let text = "//! A room.\nimpl Records {\n    pub fn by_key(self) {}\n    pub fn buffered(self) {}\n    \
                    fn take(self) {}\n    pub(crate) fn skip(self) {}\n    pub async fn for_each<H>(self, h: H) {}\n}\n\n\
                    pub trait RecordsExt {\n    fn records(&self);\n    fn chunks(&self);\n}\ntrait Inner {\n    fn map();\n}\n";
        assert_eq!(lines("crates/klamm-combinators/src/records.rs", text), [4, 7, 12]);
        assert!(
            lines("crates/klamm-core/src/message/headers.rs", text).is_empty(),
            "iterators have these names too"
        );
    }

    #[test]
    fn a_consumer_may_turn_into_a_stream() {
        let text = "impl Consumer {\n    pub fn into_stream(self) {}\n    pub fn next(&self) {}\n}\n";
        assert_eq!(lines("crates/klamm-stream/src/consumer/handle.rs", text), [3]);
    }

    #[test]
    fn the_names_are_in_order_and_none_is_there_twice() {
        assert!(TAKEN.split_whitespace().collect::<Vec<_>>().is_sorted_by(|a, b| a < b));
    }
}
