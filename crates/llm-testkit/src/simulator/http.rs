//! HTTP/1.1 by hand: requests read, heads and chunks written.

use std::fmt::Write as _;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::schedule::{Framing, Head};

const MOST_HEADERS: usize = 128;
const LARGEST_HEAD: usize = 64 * 1024;
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// A request, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) keep_alive: bool,
    pub(super) chunks_understood: bool,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Why no request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRequest {
    /// The client closed the connection.
    Closed,
    /// It sent something that is refused with this status.
    Refused(u16),
    /// It was not read to the end, as asked.
    Half,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads one request. What follows it stays in `buffer`. With `half`, only half of its body.
pub(super) async fn read_request(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    buffer: &mut Vec<u8>,
    half: bool,
) -> Result<Request, NoRequest> {
    let (mut request, head) = loop {
        if let Some(parsed) = parse_head(buffer)? {
            break parsed;
        }
        if buffer.len() > LARGEST_HEAD {
            return Err(NoRequest::Refused(431));
        }
        fill(stream, buffer).await?;
    };
    let length = body_length(&request)?;
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        let go_on = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
        go_on.map_err(|_| NoRequest::Closed)?;
    }
    let end = head + if half { length / 2 } else { length };
    while buffer.len() < end {
        fill(stream, buffer).await?;
    }
    if half {
        return Err(NoRequest::Half);
    }
    let rest = buffer.split_off(end);
    request.body = std::mem::replace(buffer, rest).split_off(head);
    Ok(request)
}

/// The head at the start of `buffer` and its length, once it is whole.
fn parse_head(buffer: &[u8]) -> Result<Option<(Request, usize)>, NoRequest> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(NoRequest::Refused(431)),
        Err(_) => return Err(NoRequest::Refused(400)),
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).trim().to_owned();
    let headers: Vec<_> = parsed
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
        .collect();
    let current = parsed.version == Some(1);
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        keep_alive: current,
        chunks_understood: current,
        headers,
        body: Vec::new(),
    };
    let close = request.header("connection").is_some_and(|value| value.contains("close"));
    Ok(Some((Request { keep_alive: current && !close, ..request }, length)))
}

/// A body of unknown length is refused: no client of a JSON API needs one.
fn body_length(request: &Request) -> Result<usize, NoRequest> {
    if request.header("transfer-encoding").is_some() {
        return Err(NoRequest::Refused(411));
    }
    let Some(length) = request.header("content-length") else { return Ok(0) };
    match length.parse() {
        Ok(length) if length <= LARGEST_BODY => Ok(length),
        Ok(_) => Err(NoRequest::Refused(413)),
        Err(_) => Err(NoRequest::Refused(400)),
    }
}

async fn fill(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> Result<(), NoRequest> {
    match stream.read_buf(buffer).await {
        Ok(0) | Err(_) => Err(NoRequest::Closed),
        Ok(_) => Ok(()),
    }
}

/// Status line and headers.
pub(super) fn head(head: &Head, framing: Framing, keep_alive: bool) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {} {}\r\n", head.status, reason(head.status));
    for (name, value) in &head.headers {
        line(&mut text, name, value);
    }
    match framing {
        Framing::Length(length) if head.status != 204 && head.status != 304 => {
            line(&mut text, "content-length", &length.to_string());
        }
        Framing::Length(_) => {}
        Framing::Chunked => line(&mut text, "transfer-encoding", "chunked"),
        Framing::Close => line(&mut text, "connection", "close"),
    }
    if !keep_alive && framing != Framing::Close {
        line(&mut text, "connection", "close");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// `bytes` as one chunk of a chunked body.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// Writing into a `String` cannot fail.
fn line(text: &mut String, name: &str, value: &str) {
    let _ = write!(text, "{name}: {value}\r\n");
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        // A reason may be empty, its space may not.
        _ => "",
    }
}
