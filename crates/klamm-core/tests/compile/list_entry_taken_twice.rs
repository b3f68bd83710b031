//! No two exclusive references lead to one entry of a list.

use klamm_core::{PartitionOffset, TopicPartition, TopicPartitionList};

fn main() {
    let mut list = TopicPartitionList::new();
    list.add(PartitionOffset::unset(TopicPartition::new("orders", 0)));
    let first = list.get_mut("orders", 0).unwrap();
    let second = list.get_mut("orders", 0).unwrap();
    std::mem::swap(first, second);

    let shared = &list;
    shared.iter().next().unwrap().error = None;
}
