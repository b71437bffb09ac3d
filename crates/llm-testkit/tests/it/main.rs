//! The test kit, tested.

// The lints tell test code from the rest by this mark, helpers of tests included.
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod fakes;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod simulator_answers;
#[cfg(test)]
mod simulator_faults;
#[cfg(test)]
mod simulator_life;
#[cfg(test)]
mod simulator_words;
#[cfg(test)]
mod wire;
