//! The kind of error a status means where nothing else is known.

use llm_core::ErrorKind;

/// The kind of error a status means, going by the status alone.
///
/// A body that says more wins over it. A success has a kind too: that of an answer without the
/// body that was asked for.
pub const fn status_kind(status: u16) -> ErrorKind {
    match status {
        200..=299 => ErrorKind::EmptyResponse,
        300..=399 => ErrorKind::UnexpectedRedirect,
        400 => ErrorKind::InvalidRequest,
        401 => ErrorKind::UpstreamAuth,
        402 => ErrorKind::QuotaExhausted,
        403 => ErrorKind::UpstreamForbidden,
        404 => ErrorKind::UpstreamMisconfigured,
        405 | 406 | 410 | 411 | 415 => ErrorKind::ProtocolViolation,
        408 | 504 => ErrorKind::UpstreamTimeout,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::PayloadTooLarge,
        421 | 425 => ErrorKind::Misdirected,
        422 => ErrorKind::Unprocessable,
        429 => ErrorKind::RateLimited,
        500 => ErrorKind::UpstreamServer,
        502 => ErrorKind::BadGateway,
        503 | 529 => ErrorKind::Overloaded,
        520..=523 | 525..=527 => ErrorKind::EdgeError,
        524 => ErrorKind::EdgeTimeout,
        _ => ErrorKind::Unexpected,
    }
}
