//! Wall time of the area `ownership`, by criterion.

mod timing;

fn main() {
    timing::main(&benches::ownership::AREA);
}
