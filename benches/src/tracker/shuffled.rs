//! Orders in which messages are settled, the same in each run.

/// How many orders there are before one comes again: an odd number, so that it meets other places of a ring then.
const ORDERS: usize = 31;

/// Returns the numbers below `count` in so many random orders.
pub(super) fn shuffled(count: usize) -> Vec<Vec<u16>> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = |limit: usize| {
        // xorshift64: any spread will do.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap_or(0)
    };
    let numbers = 0..u16::try_from(count).unwrap_or(u16::MAX);
    let orders = (0..ORDERS).map(|_| {
        let mut order = numbers.clone().collect::<Vec<_>>();
        for index in (1..order.len()).rev() {
            order.swap(index, below(index + 1));
        }
        order
    });
    orders.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_has_every_number_once_and_is_another() {
        let orders = shuffled(100);
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.iter().copied().eq(0..100) && *order != sorted);
        }
        assert!(orders.windows(2).all(|two| two[0] != two[1]));
    }
}
