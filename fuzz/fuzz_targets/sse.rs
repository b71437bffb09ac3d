//! Event streams.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| llm_bench::fuzzing::sse::check(bytes));
