//! The answers of OpenAI and of servers compatible with it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| llm_bench::fuzzing::openai_response::check(bytes));
