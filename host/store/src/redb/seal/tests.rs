//! A sealed row comes back, or is known to be damaged.

use super::*;

const TABLE: &str = "pets";

#[test]
fn a_sealed_row_comes_back() {
    for value in [b"".as_slice(), b"cat", &[0; 5000]] {
        let row = unseal(TABLE, b"key", &seal(TABLE, b"key", Revision(7), value));
        assert_eq!(row, Some(Row { revision: Revision(7), value: value.to_vec() }));
    }
}

#[test]
fn any_flipped_bit_and_any_cut_is_found() {
    let sealed = seal(TABLE, b"key", Revision(7), b"a cat that sleeps");
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(unseal(TABLE, b"key", &flipped), None, "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert_eq!(unseal(TABLE, b"key", &sealed[..length]), None, "cut to {length} bytes");
    }
}

#[test]
fn a_row_does_not_pass_for_another_ones() {
    let sealed = seal(TABLE, b"key", Revision(7), b"cat");
    assert_eq!(unseal(TABLE, b"keys", &sealed), None);
    assert_eq!(unseal("pet", b"skey", &sealed), None);
}

/// Files that were written before stay readable, however the checksum is made.
#[test]
fn the_checksum_is_of_all_parts_one_after_the_other() {
    for key in [b"key".to_vec(), vec![7; 500]] {
        let of = |part: &[u8]| [&(part.len() as u64).to_be_bytes(), part].concat();
        let all = [of(TABLE.as_bytes()), of(&key), 7_u64.to_be_bytes().to_vec(), b"cat".to_vec()].concat();
        assert_eq!(seal(TABLE, &key, Revision(7), b"cat")[..4], crc32fast::hash(&all).to_be_bytes());
    }
}
