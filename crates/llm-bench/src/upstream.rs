//! An upstream that costs next to nothing: every request gets the same bytes.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
};

/// What a program of this crate is called with to become the upstream.
const ROLE: &str = "upstream";

/// The upstream in a process of its own: this program, started with another role. Ends when
/// dropped, and with this process in any case: it watches its stdin.
#[derive(Debug)]
pub struct Upstream {
    child: Child,
    base_url: String,
}

impl Upstream {
    /// Starts the running program again, as the upstream.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or does not say where it listens.
    pub fn start() -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(ROLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut base_url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut base_url)?;
        }
        base_url.truncate(base_url.trim_end().len());
        Ok(Self { child, base_url })
    }

    /// Its address, with the path of the API.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _status = self.child.wait();
    }
}

/// Becomes the upstream if the program was told to: prints where it listens and serves until its
/// stdin ends. Returns whether it did.
///
/// # Errors
///
/// When it cannot listen.
pub fn serve(role: Option<&str>) -> io::Result<bool> {
    if role != Some(ROLE) {
        return Ok(false);
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    writeln!(io::stdout(), "http://{address}/api/v1")?;
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || answer(connection));
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(true)
}

/// Answers every request on a connection.
fn answer(mut connection: TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let response = response();
    let mut received = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let length = connection.read(&mut chunk)?;
        if length == 0 {
            return Ok(());
        }
        received.extend_from_slice(chunk.get(..length).unwrap_or_default());
        if is_whole(&received) {
            received.clear();
            connection.write_all(&response)?;
        }
    }
}

/// Whether the bytes are a whole request: both clients send its length.
fn is_whole(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    body.len() >= length.unwrap_or(0_usize)
}

/// An answer of two paragraphs, as OpenRouter sends it.
fn response() -> Vec<u8> {
    let paragraph = "The borrow checker proves that no reference outlives what it points to, and \
                     that nobody changes a value while somebody else looks at it. ";
    let body = serde_json::json!({
        "id": "gen-1700000000-AbCdEfGhIjKl",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": crate::MODEL,
        "provider": "Acme",
        "system_fingerprint": null,
        "choices": [{
            "index": 0,
            "finish_reason": "stop",
            "native_finish_reason": "stop",
            "logprobs": null,
            "message": { "role": "assistant", "content": paragraph.repeat(12), "refusal": null },
        }],
        "usage": {
            "prompt_tokens": 48, "completion_tokens": 312, "total_tokens": 360,
            "cost": 0.000_072, "is_byok": false,
            "prompt_tokens_details": { "cached_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0 },
        },
    })
    .to_string();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
