//! Answers in gzip: the client gets the bytes as they came, whatever is in them.

use std::io::Write;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Act, Fault, Scene, compressed};
use crate::script::Script;
use crate::words::{EVENTS, good};

/// What the bomb is unpacked: 1 GiB, of about 1 MiB.
const BOMB_PIECES: usize = 1024;
const PIECE_BYTES: usize = 1 << 20;
/// Where the broken one breaks.
const SOUND_BYTES: usize = 30;

pub(super) const FAULTS: [Fault; 3] = [
    compressed("gzip good", |scene| Act::whole(answer(scene, &gzip(&good(scene.model, scene.stream).body)))),
    compressed("gzip broken", |scene| {
        let mut bytes = gzip(&good(scene.model, scene.stream).body);
        bytes.iter_mut().skip(SOUND_BYTES).for_each(|byte| *byte ^= 0x5a);
        Act::whole(answer(scene, &bytes)).or_over().unstated()
    }),
    compressed("gzip bomb", |scene| Act::whole(answer(scene, bomb())).or_over().unstated()),
];

fn answer(scene: &Scene<'_>, bytes: &[u8]) -> Script {
    let kind = if scene.stream { EVENTS } else { "application/json" };
    Script::whole("200 OK", &format!("Content-Type: {kind}\r\nContent-Encoding: gzip\r\n"), bytes)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // A vector takes everything.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Made once: it takes a while.
fn bomb() -> &'static [u8] {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| {
        let piece = vec![0; PIECE_BYTES];
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        for _ in 0..BOMB_PIECES {
            // A vector takes everything.
            let _ = encoder.write_all(&piece);
        }
        encoder.finish().unwrap_or_default()
    })
}
