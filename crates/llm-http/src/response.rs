//! An answer: its status, its headers, and its body under limits.

use std::{fmt, mem, time::SystemTime};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use llm_core::{Error, ErrorKind, Execution, Result, Retry};
use reqwest::{
    Response,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING},
};

use crate::{
    frame::Frame,
    frames::{Frames, Parser},
    lines::LineParser,
    retry_hint::retry_hint,
    sniff::{begins_object, sniff},
    sse::SseParser,
    transport,
};

/// The most bytes of a body that is read whole.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// An answer whose headers have arrived. Dropping it closes its connection.
pub struct HttpResponse {
    response: Response,
    /// What of the body was looked at and is still to be read.
    beginning: Bytes,
}

impl HttpResponse {
    /// Takes an answer, unless its headers leave open where it ends. Hidden: answers come from the
    /// client, and without one from fuzzing alone.
    #[doc(hidden)]
    pub fn accept(response: Response) -> Result<Self> {
        let headers = response.headers();
        if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
            let message = "the answer states its length in two ways";
            return Err(Error::new(ErrorKind::ProtocolViolation, message)
                .with_status(response.status().as_u16())
                .with_execution(Execution::Maybe));
        }
        Ok(Self { response, beginning: Bytes::new() })
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    /// The first header of this name whose value is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// All headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Whether the body is declared to be an event stream.
    pub fn is_event_stream(&self) -> bool {
        self.media_type().is_some_and(|media_type| media_type == "text/event-stream")
    }

    /// Whether the body is an event stream, going by its first bytes, and by what it is declared
    /// to be only where they leave it open. Waits for them; they are still there to be read.
    ///
    /// # Errors
    ///
    /// [`ResponseTooLarge`](ErrorKind::ResponseTooLarge) for 32 MiB of space, and
    /// [`StreamCut`](ErrorKind::StreamCut) or [`TruncatedResponse`](ErrorKind::TruncatedResponse),
    /// as declared, for a connection that broke.
    pub async fn holds_events(&mut self) -> Result<bool> {
        let declared = self.is_event_stream();
        self.begins(declared, |beginning| sniff(beginning, declared))
            .await
            .map(|told| told.unwrap_or(declared))
    }

    /// Whether the body is made of JSON objects, going by its first byte; of an empty one nothing
    /// is. Waits for it; it is still there to be read.
    ///
    /// # Errors
    ///
    /// Those of [`holds_events`](Self::holds_events), for a stream.
    pub async fn holds_objects(&mut self) -> Result<bool> {
        self.begins(true, begins_object).await.map(|told| told.unwrap_or(false))
    }

    /// Waits until the body's beginning tells something; `None` when it ends before. `streams` is
    /// whether a broken connection breaks a stream.
    async fn begins(
        &mut self,
        streams: bool,
        tell: impl Fn(&[u8]) -> Option<bool>,
    ) -> Result<Option<bool>> {
        let mut skipped = 0;
        loop {
            // Space before the beginning means nothing, however it is cut off from what follows,
            // and an endless one need not be kept.
            let space = self.beginning.len() - self.beginning.trim_ascii_start().len();
            skipped += space;
            if skipped > BODY_LIMIT {
                return Err(too_large());
            }
            self.beginning = self.beginning.split_off(space);
            if let Some(told) = tell(&self.beginning) {
                return Ok(Some(told));
            }
            let Some(chunk) = self.response.chunk().await.map_err(|error| {
                let cut = if streams { ErrorKind::StreamCut } else { ErrorKind::TruncatedResponse };
                transport::in_body(&error, cut)
            })?
            else {
                return Ok(None);
            };
            let kept = &self.beginning;
            self.beginning =
                if kept.is_empty() { chunk } else { [&**kept, &chunk].concat().into() };
        }
    }

    /// What the headers say about trying again; see [`retry_hint`].
    pub fn retry_hint(&self, now: SystemTime) -> Option<Retry> {
        retry_hint(|name| self.header(name), now)
    }

    /// Reads the whole body, up to 32 MiB.
    ///
    /// # Errors
    ///
    /// [`ResponseTooLarge`](ErrorKind::ResponseTooLarge) beyond that,
    /// [`TruncatedResponse`](ErrorKind::TruncatedResponse) when the body ends before its declared
    /// length, [`MalformedResponse`](ErrorKind::MalformedResponse) when it is packed or in another
    /// character set than UTF-8. A body without a declared length ends where the connection does:
    /// whether it is whole only its reader can tell.
    pub async fn read(mut self) -> Result<Bytes> {
        self.check_encoding()?;
        let declared = self.response.content_length().unwrap_or_default();
        if usize::try_from(declared).map_or(true, |declared| declared > BODY_LIMIT) {
            return Err(too_large());
        }
        // Most answers come in one piece, which need not be copied.
        let first = self.piece(BODY_LIMIT).await?.unwrap_or_default();
        let Some(second) = self.piece(BODY_LIMIT - first.len()).await? else {
            return Ok(first);
        };
        let mut body = BytesMut::from(&*first);
        body.extend_from_slice(&second);
        while let Some(piece) = self.piece(BODY_LIMIT - body.len()).await? {
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    /// The next piece of a body of which there may be no more than `room` bytes.
    async fn piece(&mut self, room: usize) -> Result<Option<Bytes>> {
        match self.chunk().await {
            Ok(Some(piece)) if piece.len() > room => Err(too_large()),
            Ok(piece) => Ok(piece),
            Err(error) => Err(transport::in_body(&error, ErrorKind::TruncatedResponse)),
        }
    }

    /// The next piece of the body, as it comes.
    pub(crate) async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        if self.beginning.is_empty() {
            return self.response.chunk().await;
        }
        Ok(Some(mem::take(&mut self.beginning)))
    }

    /// Reads the body as a stream of events, as the caller takes them.
    ///
    /// After an error the stream ends and the connection is closed; dropping the stream closes it
    /// as well. Errors are those of [`read`](Self::read), with
    /// [`StreamCut`](ErrorKind::StreamCut) for a connection that broke, and the limits of
    /// [`FrameLimits::default`](crate::FrameLimits).
    pub fn events(self) -> impl Stream<Item = Result<Frame>> + Send + 'static {
        self.frames(Parser::Events(SseParser::new()))
    }

    /// Reads the body as a stream of lines, otherwise like [`events`](Self::events).
    pub fn lines(self) -> impl Stream<Item = Result<Frame>> + Send + 'static {
        self.frames(Parser::Lines(LineParser::new()))
    }

    fn frames(self, parser: Parser) -> impl Stream<Item = Result<Frame>> + Send + 'static {
        let unreadable = self.check_encoding().err();
        Frames::new(self, unreadable, parser).into_stream()
    }

    fn media_type(&self) -> Option<String> {
        let value = self.header(CONTENT_TYPE.as_str())?;
        let media_type = value.split(';').next().unwrap_or_default();
        Some(media_type.trim().to_ascii_lowercase())
    }

    /// Refuses a body that would have to be unpacked or transcoded: neither was asked for.
    fn check_encoding(&self) -> Result<()> {
        let packed = self.response.headers().get_all(CONTENT_ENCODING).iter().any(|value| {
            let value = value.as_bytes().trim_ascii();
            !value.is_empty() && !value.eq_ignore_ascii_case(b"identity")
        });
        if packed {
            return Err(malformed("the answer is packed, which was not asked for"));
        }
        if self.header(CONTENT_TYPE.as_str()).is_some_and(is_wide) {
            return Err(malformed("the answer is not in UTF-8"));
        }
        Ok(())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpResponse")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// Whether a content type names a character set whose letters are wider than a byte. All others
/// in use agree with UTF-8 on what JSON is made of.
fn is_wide(content_type: &str) -> bool {
    content_type.to_ascii_lowercase().split(';').skip(1).any(|parameter| {
        parameter.trim().strip_prefix("charset=").is_some_and(|charset| {
            let charset = charset.trim_matches('"');
            ["utf-16", "utf-32", "utf16", "utf32", "ucs-"]
                .iter()
                .any(|wide| charset.starts_with(wide))
        })
    })
}

fn malformed(message: &str) -> Error {
    Error::new(ErrorKind::MalformedResponse, message)
}

fn too_large() -> Error {
    Error::new(ErrorKind::ResponseTooLarge, "the answer exceeds 32 MiB")
}
