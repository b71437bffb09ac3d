//! Rows 1 to 8: nothing was sent, or the connection broke.

use std::io;

use llm_testkit::simulator::Reply;

use super::{everywhere::settle, row::Row, upstreams};
use crate::{certificates::trusted, dialects::Lookup};

#[tokio::test(start_paused = true)]
async fn row_01_connection_refused() {
    let (refused, _kept) = upstreams::refused();
    Row::new(1, "`connect_refused` | ModelUnavailable | 2 times, 100ms | the next | hard, rests up to 20 s | no | `connect_refused`, worth trying later")
        .when(None, refused)
        .await;
    settle(1);
}

#[tokio::test(start_paused = true)]
async fn row_02_name_unknown() {
    Row::new(2, "`dns` | ModelUnavailable | once, 100ms | the next | hard, rests up to 20 s | no | `dns`, worth trying later")
        .when(None, upstreams::unresolved(Lookup::Fails(io::ErrorKind::NotFound)))
        .await;
    settle(2);
}

#[tokio::test(start_paused = true)]
async fn row_03_name_lookup_takes_too_long() {
    Row::new(3, "`dns_timeout` | Timeout | once, 100ms | the next | hard, rests up to 20 s | no | `dns_timeout`, worth trying later")
        .when(None, upstreams::unresolved(Lookup::NeverEnds))
        .await;
    settle(3);
}

#[tokio::test(start_paused = true)]
async fn row_04_certificate_invalid() {
    let (self_signed, _kept) = upstreams::self_signed().await;
    Row::new(4, "`tls_invalid` | ModelUnavailable | no | the next | hard, rests up to 20 s | no | `tls_invalid`, final")
        .when(None, self_signed)
        .await;
    settle(4);
}

#[tokio::test(start_paused = true)]
async fn row_05_handshake_cut() {
    let (cut, _kept) = upstreams::handshake_cut().await;
    Row::new(5, "`tls_handshake` | ModelUnavailable | 2 times, 100ms | the next | hard, rests up to 20 s | no | `tls_handshake`, worth trying later")
        .when(None, cut)
        .await;
    settle(5);
}

#[tokio::test(start_paused = true)]
async fn row_06_connecting_takes_too_long() {
    let (full, _kept) = upstreams::full_backlog().await;
    Row::new(6, "`connect_timeout` | Timeout | once, 100ms | the next | hard, rests up to 20 s | no | `connect_timeout`, worth trying later")
        .when(None, full)
        .await;
    settle(6);
}

/// Only HTTP/2 can say that it has not looked at a request, and HTTP/2 needs a certificate that is
/// trusted.
#[tokio::test(start_paused = true)]
async fn row_07_connection_gone_before_anything_was_read() {
    const NAME: &str = "fault_rows::transport::row_07_connection_gone_before_anything_was_read";
    let Some(folder) = trusted(NAME) else { return };
    let (refusing, _kept) = upstreams::refusing_streams(&folder).await;
    Row::new(7, "`stale_connection` | ModelUnavailable | 2 times, at once | the next | – | no | `stale_connection`, worth trying later")
        .when(None, refusing)
        .await;
    settle(7);
}

#[tokio::test(start_paused = true)]
async fn row_08_connection_broken_after_the_request_was_written() {
    let row = Row::new(
        8,
        "`reset_after_send` | ModelUnavailable | once, 500ms | the next | soft | maybe | `reset_after_send`, worth trying later",
    );
    for reply in [Reply::close(), Reply::reset()] {
        row.when(None, reply).await;
    }
    settle(8);
}
