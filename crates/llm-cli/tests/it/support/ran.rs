//! What a run of the program left behind.

use std::{
    process::{Child, Command, Output},
    sync::mpsc,
    thread,
};

use serde_json::Value;

use super::HANG;

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ran = Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        ran
    }

    /// Asserts how the program ended.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\nout: {}\nerr: {}", self.stdout, self.stderr);
        self
    }

    /// Asserts that every one of `words` is on the standard error.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in:\n{}", self.stderr);
        }
        self
    }

    /// Asserts that nothing is on the standard output.
    #[track_caller]
    pub(crate) fn prints_nothing(self) -> Self {
        assert_eq!(self.stdout, "");
        self
    }

    /// The one JSON object that the standard output is.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|error| panic!("{error}\nout: {}\nerr: {}", self.stdout, self.stderr))
    }
}

/// A running program. It is ended when the test ends.
pub(crate) struct Lasting(Option<Child>);

/// Sees to it that `child` does not outlive the test.
pub(crate) fn lasting(child: Child) -> Lasting {
    Lasting(Some(child))
}

impl Lasting {
    pub(crate) fn child(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&mut self) {
        let id = self.child().id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> Ran {
        let child = self.0.take().unwrap();
        let id = child.id().to_string();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = receiver.recv_timeout(HANG) else {
            let _gone_already = Command::new("kill").args(["-KILL", &id]).status();
            panic!("it does not end");
        };
        Ran::new(&output.unwrap())
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _gone_already = child.kill();
            let _status = child.wait();
        }
    }
}

/// `value` with every time in it replaced: what is left is the same in every run.
pub(crate) fn redacted(mut value: Value) -> Value {
    redact(&mut value);
    value
}

fn redact(value: &mut Value) {
    let times = ["response_time", "ttft", "started_ms", "elapsed_ms", "cost_usd"];
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, field) in fields {
                if times.contains(&name.as_str()) && field.is_number() {
                    *field = Value::from("[number]");
                } else {
                    redact(field);
                }
            }
        }
        _ => {}
    }
}
