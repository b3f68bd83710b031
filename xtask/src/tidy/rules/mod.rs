//! The rules, one file each.

mod arrows;
mod c_symbols;
mod first_line;
mod leftovers;
mod length;
mod links;
mod machine_paths;
mod mod_files;
mod runtimes;
mod stream_names;
mod top_level;
mod unsafe_code;
mod versions;

mod list;

pub(super) use list::ALL;
