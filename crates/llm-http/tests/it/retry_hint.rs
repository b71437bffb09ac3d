//! Every form in which headers say when to try again.

use std::time::{Duration, SystemTime};

use llm_core::Retry;
use llm_http::retry_hint;

/// Sun, 06 Nov 1994 08:49:37 GMT.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
}

fn hint(headers: &[(&str, &str)]) -> Option<Retry> {
    let header =
        |name: &str| headers.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
    retry_hint(header, now())
}

fn after(millis: u64) -> Retry {
    Retry::After(Duration::from_millis(millis))
}

#[test]
fn b18_retry_after() {
    let cases = [
        ("2", Some(after(2_000))),
        (" 2 ", Some(after(2_000))),
        ("1.5", Some(after(1_500))),
        ("1e9", Some(after(1_000_000_000_000))),
        ("Sun, 06 Nov 1994 08:49:40 GMT", Some(after(3_000))),
        ("Sunday, 06-Nov-94 08:49:40 GMT", Some(after(3_000))),
        ("Sun Nov  6 08:49:40 1994", Some(after(3_000))),
        ("Sun, 06 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:30 GMT", None),
        ("0", None),
        ("-5", None),
        ("abc", None),
        ("", None),
        ("NaN", None),
        ("inf", None),
        ("1234567890123456789012345678901234567890", None),
        ("1e400", None),
    ];
    for (value, expected) in cases {
        assert_eq!(hint(&[("retry-after", value)]), expected, "{value:?}");
    }
}

#[test]
fn b19_milliseconds_win() {
    let both = [("retry-after", "30"), ("retry-after-ms", "700")];
    assert_eq!(hint(&both), Some(after(700)));
    for unreadable in ["0", "-1", "soon"] {
        let both = [("retry-after", "30"), ("retry-after-ms", unreadable)];
        assert_eq!(hint(&both), Some(after(30_000)), "{unreadable}");
    }
}

#[test]
fn b20_the_provider_says_whether() {
    assert_eq!(hint(&[("x-should-retry", "false"), ("retry-after", "2")]), Some(Retry::Never));
    assert_eq!(hint(&[("x-should-retry", "True"), ("retry-after", "2")]), Some(after(2_000)));
    assert_eq!(hint(&[("x-should-retry", "true")]), Some(Retry::Now));
    assert_eq!(hint(&[("x-should-retry", "perhaps")]), None);
    assert_eq!(hint(&[]), None);
}

#[tokio::test]
async fn b18_the_first_of_two_headers_counts() {
    use crate::server::{Server, send};

    let head = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nRetry-After: 9\r\n";
    let server = Server::answering(format!("{head}content-length: 0\r\n\r\n")).await;
    assert_eq!(send(&server).await.unwrap().retry_hint(now()), Some(after(2_000)));
}
