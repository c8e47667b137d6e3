//! What an address is: public, private, or one where a cloud hands out its keys. It must not know who may reach it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a request may go, and where an address lies. Each includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Zone {
    Public,
    /// Private, loopback, link-local, and whatever else is not the public network.
    Private,
    /// Where a cloud answers its machines, with credentials among other things.
    Metadata,
}

/// First address and length of prefix of what is not public, by the registries of special addresses.
const PRIVATE_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

const METADATA_V4: [[u8; 4]; 6] = [
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [169, 254, 170, 23],
    [100, 100, 100, 200],
    [168, 63, 129, 16],
    [192, 0, 0, 192],
];

const METADATA_V6: [[u16; 8]; 3] = [
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23],
    [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
];

const METADATA_NAMES: [&str; 7] = [
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "metadata.tencentyun.com",
    "instance-data",
    "instance-data.ec2.internal",
];

impl Zone {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => v6(address),
        }
    }

    /// Of a name that says by itself where it leads.
    pub(crate) fn of_name(name: &str) -> Self {
        if METADATA_NAMES.contains(&name) { Self::Metadata } else { Self::Public }
    }
}

fn v4(address: Ipv4Addr) -> Zone {
    let within = |(first, length): &([u8; 4], u8)| {
        (address.to_bits() ^ u32::from_be_bytes(*first)).leading_zeros() >= u32::from(*length)
    };
    match METADATA_V4.contains(&address.octets()) {
        true => Zone::Metadata,
        false if PRIVATE_V4.iter().any(within) => Zone::Private,
        false => Zone::Public,
    }
}

/// The worst of the address itself and of each IPv4 address that it stands for.
fn v6(address: Ipv6Addr) -> Zone {
    if METADATA_V6.contains(&address.segments()) {
        return Zone::Metadata;
    }
    let inner = embedded(address);
    let own = if is_public(address, inner.is_some()) { Zone::Public } else { Zone::Private };
    inner.into_iter().flatten().map(v4).fold(own, Zone::max)
}

/// The IPv4 addresses that packets to this one may reach; none if it stands for none.
fn embedded(address: Ipv6Addr) -> Option<[Ipv4Addr; 2]> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    let (last, one) = (join(g, h), |inner: Ipv4Addr| Some([inner; 2]));
    match (a, b, c, d, e, f) {
        // Compatible, mapped, translated.
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0, 0, 0, 0, 0xffff, 0) => one(last),
        // NAT64.
        (0x64, 0xff9b, 0, 0, 0, 0) => one(last),
        // 6to4.
        (0x2002, ..) => one(join(b, c)),
        // Teredo: its server, and its client turned over.
        (0x2001, 0, ..) => Some([join(c, d), join(!g, !h)]),
        // ISATAP.
        (.., 0 | 0x200, 0x5efe) => one(last),
        _ => None,
    }
}

/// Only 2000::/3 was ever given out; without what is set apart in it. Other prefixes are as good as what they embed.
fn is_public(address: Ipv6Addr, embeds: bool) -> bool {
    let [a, b, c, ..] = address.segments();
    match (a, b) {
        (0, _) | (0x64, 0xff9b) => embeds,
        (0x2001, 0xdb8) => false,
        (0x2001, 2) => c != 0,
        // ORCHID, twice.
        (0x2001, 0x10..=0x2f) => false,
        (0x3fff, 0..=0xfff) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;
