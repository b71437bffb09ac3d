//! The tests of `llm-bench`.

mod corpus;
