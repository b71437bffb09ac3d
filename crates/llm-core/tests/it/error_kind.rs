//! The kinds: their names, labels, and what each says about trying again and about money.

use std::collections::BTreeSet;

use llm_core::{Billed, ErrorKind, Execution};

/// `RateLimited` as `rate_limited`.
fn snake_case(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[test]
fn names_are_the_variants_in_snake_case_wherever_they_are_printed() {
    for kind in ErrorKind::ALL {
        assert_eq!(kind.as_str(), snake_case(&format!("{kind:?}")));
        assert_eq!(kind.to_string(), kind.as_str());
        let json = serde_json::to_string(kind).unwrap();
        assert_eq!(json, format!("\"{kind}\""));
        assert_eq!(serde_json::from_str::<ErrorKind>(&json).unwrap(), *kind);
    }
    let names: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), ErrorKind::ALL.len());
}

#[test]
fn a_name_of_another_version_is_an_error_and_no_panic() {
    assert!(serde_json::from_str::<ErrorKind>("\"solar_flare\"").is_err());
}

#[test]
fn names_pad_in_tables() {
    assert_eq!(
        format!("{:<6}|{:>10}", ErrorKind::Dns, ErrorKind::Dns.label()),
        "dns   |ModelUnavailable"
    );
}

#[test]
fn how_far_a_provider_got_says_whether_it_bills() {
    let billed = |execution: Execution| execution.billed();
    assert_eq!(billed(Execution::NotSent), Billed::No);
    assert_eq!(billed(Execution::Rejected), Billed::No);
    assert_eq!(billed(Execution::Maybe), Billed::Maybe);
    assert_eq!(billed(Execution::Executed), Billed::Yes);
}

/// The fault table as one picture: a change of a row shows as a change of a line.
#[test]
fn what_each_kind_means() {
    let row = |kind: &ErrorKind| {
        let transient = if kind.is_transient() { "transient" } else { "-" };
        let execution = format!("{:?}", kind.execution());
        format!("{kind:<22} {:<16} {execution:<8} {transient}", kind.label()).trim_end().to_owned()
    };
    let table: Vec<_> = ErrorKind::ALL.iter().map(row).collect();
    insta::assert_snapshot!(table.join("\n"), @"
    connect_refused        ModelUnavailable NotSent  transient
    dns                    ModelUnavailable NotSent  transient
    dns_timeout            Timeout          NotSent  transient
    tls_invalid            ModelUnavailable NotSent  -
    tls_handshake          ModelUnavailable NotSent  transient
    connect_timeout        Timeout          NotSent  transient
    stale_connection       ModelUnavailable NotSent  transient
    reset_after_send       ModelUnavailable Maybe    transient
    first_token_timeout    Timeout          Maybe    transient
    idle_timeout           Timeout          Executed transient
    no_progress            Timeout          Maybe    transient
    deadline               Timeout          Maybe    -
    cancelled              ApiError         Maybe    -
    invalid_request        ApiError         Rejected -
    context_length         ApiError         Rejected -
    unsupported_param      ApiError         Rejected -
    model_not_found        ModelUnavailable Rejected -
    content_policy         ApiError         Rejected -
    region_blocked         ApiError         Rejected -
    upstream_auth          ApiError         Rejected -
    quota_exhausted        ApiError         Rejected -
    in_flight_budget       RateLimit        Rejected transient
    upstream_forbidden     ApiError         Rejected -
    upstream_misconfigured ApiError         Rejected -
    protocol_violation     ApiError         Rejected -
    upstream_timeout       Timeout          Maybe    transient
    conflict               ApiError         Rejected transient
    payload_too_large      ApiError         Rejected -
    unprocessable          ApiError         Rejected -
    misdirected            ApiError         NotSent  transient
    rate_limited           RateLimit        Rejected transient
    upstream_server        ApiError         Maybe    transient
    bad_gateway            ModelUnavailable Maybe    transient
    overloaded             ModelUnavailable Rejected transient
    edge_error             ModelUnavailable Maybe    transient
    edge_timeout           Timeout          Maybe    transient
    unexpected             ApiError         Maybe    -
    unexpected_redirect    ApiError         Rejected -
    empty_response         ApiError         Maybe    transient
    upstream_mid_error     ApiError         Executed transient
    empty_choices          ApiError         Maybe    transient
    empty_content          ApiError         Executed transient
    malformed_response     ApiError         Maybe    transient
    truncated_response     ModelUnavailable Executed transient
    not_json               ApiError         Maybe    transient
    stream_cut             ModelUnavailable Maybe    transient
    invalid_json           ApiError         Executed transient
    invalid_tool_arguments ApiError         Executed transient
    response_too_large     ApiError         Executed -
    runaway_stream         ApiError         Executed -
    circuit_open           ModelUnavailable NotSent  transient
    saturated              ModelUnavailable NotSent  transient
    no_usable_model        ModelUnavailable NotSent  -
    internal               ApiError         Maybe    -
    ");
}
