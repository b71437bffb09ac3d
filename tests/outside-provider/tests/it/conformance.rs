//! The suite every provider passes.

use std::time::Duration;

use llm_core::ErrorKind;
use llm_quill::{Quill, QuillConfig};
use llm_testkit::conformance::{self, Failure, Fixture};

use crate::server::{KEY, Server, TEXT};

#[tokio::test]
async fn quill_conforms() {
    let server = Server::start().await;
    let quill = Quill::new(QuillConfig::new(KEY).with_base_url(server.base_url())).unwrap();
    let fails = |engine: &str, kind| Failure::new(engine, [kind]);
    let fixture = Fixture::new("quill-small")
        .with_text(TEXT)
        .with_catalogue()
        .with_usage()
        .with_token_limit()
        .with_slow("slow")
        .with_sampling("quill-small")
        .without_tools("quill-small")
        .without_json("quill-small")
        .without_images("quill-small")
        .with_failure(fails("400-field_unknown", ErrorKind::UnsupportedParam))
        .with_failure(fails("400-turns_too_long", ErrorKind::ContextLength))
        .with_failure(fails("401-key_unknown", ErrorKind::UpstreamAuth))
        .with_failure(fails("402-purse_empty", ErrorKind::QuotaExhausted))
        .with_failure(fails("403-unwelcome", ErrorKind::ContentPolicy))
        .with_failure(fails("404-engine_unknown", ErrorKind::ModelNotFound))
        .with_limits(
            fails("429-slow_down", ErrorKind::RateLimited)
                .with_retry_after(Duration::from_millis(1_500)),
        )
        .with_failure(fails("500-a_name_of_next_year", ErrorKind::UpstreamServer))
        .with_failure(fails("503-engine_busy", ErrorKind::Overloaded))
        // Success by its status, an error by its body.
        .with_failure(fails("200-engine_busy", ErrorKind::Overloaded))
        .with_cut("cut")
        .with_error_inside("breaks")
        .with_hanging("hangs")
        .with_stalling("stalls")
        .with_secret(KEY);
    let report = conformance::run(&quill, &fixture, Some(&server)).await;
    println!("{}\n{report}", report.line("quill"));
    report.assert_passed();
}
