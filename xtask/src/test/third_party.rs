//! The server that is not ours, for as long as the tests run.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::npm;
use crate::workspace::Workspace;

/// The folder with its version, its answers and the script that starts it.
const FOLDER: &str = "fixtures/aimock";

/// A running server. Ends when dropped, and with this process in any case: it watches its stdin.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Installs the server where needed, starts it on a free port of 127.0.0.1 and waits until it
    /// listens. `Err(reason)` inside when this system has no node.
    ///
    /// # Errors
    ///
    /// When it cannot be installed or does not start; its log is named.
    pub(crate) fn start(workspace: &Workspace) -> Result<Result<Self, &'static str>> {
        let source = workspace.join(FOLDER);
        let installed = match npm::install(workspace, &source)? {
            Ok(folder) => folder,
            Err(reason) => return Ok(Err(reason)),
        };
        let log = installed.join("server.log");
        let stderr = File::create(&log).context("cannot write the server's log")?;
        let child = Command::new("node")
            .arg(source.join("serve.mjs"))
            .arg(&installed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .context("cannot start node")?;
        let mut server = Self { child, url: String::new() };
        let stdout = server.child.stdout.take().context("node has no stdout")?;
        BufReader::new(stdout).read_line(&mut server.url).context("cannot read from node")?;
        server.url.truncate(server.url.trim_end().len());
        if !server.url.starts_with("http://127.0.0.1:") {
            let complaint = fs::read_to_string(&log).unwrap_or_default();
            let line = complaint.lines().find(|line| line.contains("Error")).unwrap_or("no reason");
            bail!("it did not start: {line}; see {}", workspace.relative(&log));
        }
        Ok(Ok(server))
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left of it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
