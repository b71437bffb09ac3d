//! What a body is, by its first bytes.

/// What a body looks like, whatever its headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyKind {
    /// Nothing but space.
    Empty,
    /// An object or a list, whole or not.
    Json,
    /// A page, of a proxy, a portal or an edge.
    Html,
    /// Anything else.
    Text,
}

/// Looks at a body's first bytes. They are for deciding only: a body whose kind is not
/// [`Json`](BodyKind::Json) may hold anything and never belongs into an error.
///
/// ```
/// use llm_http::{BodyKind, body_kind};
///
/// assert_eq!(body_kind(b" {\"id\": 1}"), BodyKind::Json);
/// assert_eq!(body_kind(b"<html>"), BodyKind::Html);
/// assert_eq!(body_kind(b"\r\n"), BodyKind::Empty);
/// ```
pub fn body_kind(body: &[u8]) -> BodyKind {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    match body.first() {
        None => BodyKind::Empty,
        Some(b'{' | b'[') => BodyKind::Json,
        Some(b'<') => BodyKind::Html,
        Some(_) => BodyKind::Text,
    }
}
