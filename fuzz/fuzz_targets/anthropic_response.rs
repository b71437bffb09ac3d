//! Anthropic's answers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| llm_bench::fuzzing::anthropic_response::check(bytes));
