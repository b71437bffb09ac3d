//! Seeds: what a call draws depends on the simulator's seed, the model and the call's number.

use fastrand::Rng;

/// The randomness of call `number` of `model`.
///
/// Calls that overlap cannot disturb each other's draws, so a run repeats whatever the order in
/// which sockets become ready.
pub(super) fn random(seed: u64, model: &str, number: u64) -> Rng {
    // FNV-1a: the standard library's hashes differ from release to release.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in model.bytes().chain(seed.to_le_bytes()).chain(number.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    Rng::with_seed(hash)
}

/// `count` words as one text, drawn.
pub(super) fn words(random: &mut Rng, count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let word = random.choice(WORDS).copied().unwrap_or("word");
        text.push_str(if number == 0 { "" } else { " " });
        text.push_str(word);
    }
    text.push('.');
    text
}

const WORDS: &[&str] = &[
    "river", "stone", "light", "garden", "paper", "signal", "winter", "engine", "bridge", "simple",
    "answer", "measure", "quiet", "number", "forest", "letter", "window", "steady", "copper",
    "orange", "harbour", "method", "pattern", "silver", "summer", "travel", "useful", "valley",
    "weather", "yellow", "the", "and", "of", "with", "over", "near",
];
