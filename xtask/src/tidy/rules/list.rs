//! The list of all rules.

use super::super::tree::{Tree, Violation};
use super::{
    arrows, c_symbols, first_line, leftovers, length, links, machine_paths, mod_files, runtimes,
    stream_names, top_level, unsafe_code, versions,
};

type Rule = fn(&Tree) -> Vec<Violation>;

pub(in super::super) const ALL: [(&str, Rule); 13] = [
    ("top-level", top_level::check),
    ("arrows", arrows::check),
    ("runtimes", runtimes::check),
    ("stream-names", stream_names::check),
    ("unsafe", unsafe_code::check),
    ("c-symbols", c_symbols::check),
    ("first-line", first_line::check),
    ("links", links::check),
    ("leftovers", leftovers::check),
    ("versions", versions::check),
    ("mod-files", mod_files::check),
    ("length", length::check),
    ("machine-paths", machine_paths::check),
];
