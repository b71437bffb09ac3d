//! Settings files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| llm_bench::fuzzing::config::check(bytes));
