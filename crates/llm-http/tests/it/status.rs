//! The status table, whole.

use std::fmt::Write as _;

use llm_http::status_kind;

/// Every status from 100 to 999, neighbours of the same kind together.
fn table() -> String {
    let mut table = String::new();
    let mut first = 100;
    for status in 100..=999 {
        if status == 999 || status_kind(status + 1) != status_kind(status) {
            writeln!(table, "{first}-{status} {}", status_kind(status)).unwrap();
            first = status + 1;
        }
    }
    table
}

#[test]
fn b22_every_status_has_its_kind() {
    insta::assert_snapshot!(table(), @"
    100-199 unexpected
    200-299 empty_response
    300-399 unexpected_redirect
    400-400 invalid_request
    401-401 upstream_auth
    402-402 quota_exhausted
    403-403 upstream_forbidden
    404-404 upstream_misconfigured
    405-406 protocol_violation
    407-407 unexpected
    408-408 upstream_timeout
    409-409 conflict
    410-411 protocol_violation
    412-412 unexpected
    413-413 payload_too_large
    414-414 unexpected
    415-415 protocol_violation
    416-420 unexpected
    421-421 misdirected
    422-422 unprocessable
    423-424 unexpected
    425-425 misdirected
    426-428 unexpected
    429-429 rate_limited
    430-499 unexpected
    500-500 upstream_server
    501-501 unexpected
    502-502 bad_gateway
    503-503 overloaded
    504-504 upstream_timeout
    505-519 unexpected
    520-523 edge_error
    524-524 edge_timeout
    525-527 edge_error
    528-528 unexpected
    529-529 overloaded
    530-999 unexpected
    ");
}

#[test]
fn b25_statuses_out_of_range_are_unexpected() {
    for status in [0, 99, 1000, u16::MAX] {
        assert_eq!(status_kind(status).as_str(), "unexpected");
    }
}
