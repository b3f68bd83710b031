//! Wall time of the area `dequeue`, by criterion.

mod timing;

fn main() {
    timing::main(&benches::dequeue::AREA);
}
