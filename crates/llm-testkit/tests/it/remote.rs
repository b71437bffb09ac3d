//! The simulator as a program in another language drives it: lines in, lines out.

use std::{
    io::{BufRead, BufReader as BlockingReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use llm_testkit::{remote, simulator::SimulatorConfig};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex, split},
    net::TcpStream,
    time::timeout,
};

use crate::wire::{Got, SILENCE, chat, post, read, start, with};

/// A program's end of a conversation, in the same runtime as the simulator.
struct Program {
    lines: BufReader<DuplexStream>,
    port: u16,
}

impl Program {
    async fn ask(&mut self, command: Value) -> Value {
        self.say(&command.to_string()).await
    }

    async fn say(&mut self, line: &str) -> Value {
        self.lines.get_mut().write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.hear().await
    }

    async fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Scripts `acme/one` with these fields.
    async fn script(&mut self, fields: Value) {
        let command = with(json!({"command": "set_model", "id": "acme/one"}), &fields);
        assert_eq!(self.ask(command).await, json!({"model": "acme/one"}));
    }

    async fn send(&self, body: &Value) -> Got {
        self.send_until(body, |_| false).await
    }

    async fn send_until(&self, body: &Value, enough: impl Fn(&[u8]) -> bool) -> Got {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        socket.write_all(post(body).as_bytes()).await.unwrap();
        read(&mut socket, enough).await
    }
}

/// Runs `test` beside a simulator; the conversation ends with it.
async fn conversation(test: impl AsyncFnOnce(&mut Program)) {
    let simulator = start(SimulatorConfig::default());
    let (near, far) = duplex(1 << 20);
    let (input, output) = split(far);
    let served = remote::serve(&simulator, BufReader::new(input), output);
    let tested = async {
        let mut program = Program { lines: BufReader::new(near), port: simulator.port() };
        assert_eq!(program.hear().await, json!({"base_url": simulator.base_url()}));
        test(&mut program).await;
    };
    let (served, ()) = timeout(SILENCE, async { tokio::join!(served, tested) }).await.unwrap();
    served.unwrap();
}

fn message(got: &Got) -> Value {
    got.json()["choices"][0]["message"].clone()
}

#[tokio::test(start_paused = true)]
async fn the_first_calls_get_their_replies_and_the_others_the_models_answer() {
    conversation(async |program| {
        program
            .script(json!({
                "answer": "done", "replies": [
                    {"status": 429, "retry_after": 2}, {"status": 503, "message": "try later"},
                    {"text": "first things first"},
                ],
            }))
            .await;
        let got = program.send(&chat(false)).await;
        assert_eq!((got.status(), got.header("retry-after").as_deref()), (429, Some("2")));
        let got = program.send(&chat(false)).await;
        assert_eq!(got.json()["error"]["message"], "try later");
        assert_eq!(message(&program.send(&chat(false)).await)["content"], "first things first");
        assert_eq!(program.send(&chat(true)).await.streamed_text(), "done");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_calls_tools_as_it_is_told_whole_and_streamed() {
    conversation(async |program| {
        let calls = json!({
            "text": "Let me add.", "usage": {"prompt_tokens": 100, "completion_tokens": 20},
            "tool_calls": [
                {"name": "adder", "arguments": {"a": 2, "b": 3}, "id": "call_first"},
                {"name": "adder", "arguments": "{\"a\": "},
            ],
        });
        program.script(json!({ "reply": calls })).await;
        let got = program.send(&chat(false)).await;
        assert_eq!(got.json()["choices"][0]["finish_reason"], "tool_calls");
        assert_eq!(got.json()["usage"]["total_tokens"], 120);
        assert_eq!(message(&got)["content"], "Let me add.");
        let [first, second] = [0, 1].map(|index| message(&got)["tool_calls"][index].clone());
        assert_eq!(first["id"], "call_first");
        assert_eq!(first["function"], json!({"name": "adder", "arguments": "{\"a\":2,\"b\":3}"}));
        assert_eq!(second["function"]["arguments"], "{\"a\": ");
        assert_ne!(second["id"], first["id"]);

        let got = program.send(&chat(true)).await;
        assert_eq!(got.streamed_text(), "Let me add.");
        let deltas: Vec<_> = got
            .events()
            .iter()
            .filter_map(|event| event.pointer("/choices/0/delta/tool_calls/0").cloned())
            .collect();
        let arguments = |index: u64| {
            let mine = deltas.iter().filter(|delta| delta["index"] == index);
            mine.filter_map(|delta| delta["function"]["arguments"].as_str()).collect::<String>()
        };
        assert_eq!(arguments(0), "{\"a\":2,\"b\":3}");
        assert_eq!(arguments(1), "{\"a\": ");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_told_can_break_off() {
    conversation(async |program| {
        program.script(json!({"reply": {"text": "one two three four", "cut_after": 2}})).await;
        assert_eq!(program.send(&chat(true)).await.streamed_text(), "one two ");
        program.script(json!({"reply": {"text": "one two", "finish": "length"}})).await;
        let got = program.send(&chat(false)).await;
        assert_eq!(got.json()["choices"][0]["finish_reason"], "length");
        assert_eq!(message(&got)["content"], "one two");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_log_says_how_each_call_ended_and_what_it_used() {
    conversation(async |program| {
        program
            .script(json!({
                "latency_ms": 700, "answer": "one two", "replies": [{"status": 503}, {"hang": true}],
            }))
            .await;
        program.send(&chat(false)).await;
        let left = timeout(Duration::from_secs(4), program.send(&chat(false))).await;
        assert!(left.is_err(), "a call that hangs gets no answer");
        program.send(&chat(true)).await;
        let reached = program.ask(json!({"command": "wait_for_ended", "count": 3})).await;
        assert_eq!(reached, json!({"reached": true, "calls": 3, "ended": 3}));

        let log = program.ask(json!({"command": "calls"})).await;
        let calls = log["calls"].as_array().unwrap();
        let outcomes: Vec<_> = calls.iter().map(|call| call["outcome"].clone()).collect();
        assert_eq!(outcomes, ["failed", "client_left", "answered"]);
        assert_eq!((&calls[0]["status"], &calls[0]["usage"]), (&json!(503), &Value::Null));
        assert_eq!(calls[1]["left_after_ms"], 4_000);
        assert_eq!(calls[2]["path"], "/api/v1/chat/completions");
        assert_eq!(calls[2]["body"], chat(true));
        assert_eq!(calls[2]["headers"]["content-type"], "application/json");
        assert_eq!(calls[2]["usage"]["completion_tokens"], 2);
        assert_eq!(
            calls[2]["ended_ms"].as_u64().unwrap() - calls[2]["started_ms"].as_u64().unwrap(),
            700
        );
        assert!(!log.to_string().contains("sk-test-000"), "the key stays out of the log");

        let later = program.ask(json!({"command": "calls", "since": 2})).await;
        assert_eq!(later, json!({"calls": [calls[2]], "total": 3}));
        assert_eq!(program.ask(json!({"command": "connections"})).await["connections"], 3);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn usage_is_summed_over_what_clients_were_told() {
    conversation(async |program| {
        let usage = |prompt: u32| {
            let usage = json!({"prompt_tokens": prompt, "completion_tokens": 5});
            json!({"text": "Yes.", "usage": usage})
        };
        program
            .script(json!({
                "price": {"prompt": "0.5", "completion": "2"},
                "replies": [usage(10), usage(20), {"cut_after": 1}, {"status": 500}],
            }))
            .await;
        let other =
            json!({"command": "set_model", "id": "acme/two", "price": {"prompt": "-1", "completion": "0"}});
        program.ask(other).await;
        for _ in 0..4 {
            program.send(&chat(false)).await;
        }
        program.send(&with(chat(false), &json!({"model": "acme/two"}))).await;
        let used = program.ask(json!({"command": "usage"})).await;
        assert_eq!(
            used["models"]["acme/one"],
            json!({
                "calls": 2, "prompt_tokens": 30, "completion_tokens": 10, "reasoning_tokens": 0,
                "cost": 35.0,
            })
        );
        assert_eq!(used["total"]["calls"], 3);
        assert_eq!(used["total"]["cost"], Value::Null, "one cost is unknown, so the sum is");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_with_its_limit() {
    conversation(async |program| {
        let wait = json!({"command": "wait_for_calls", "count": 1, "timeout_ms": 50});
        assert_eq!(program.ask(wait).await, json!({"reached": false, "calls": 0, "ended": 0}));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_understood_is_named_and_changes_nothing() {
    conversation(async |program| {
        program.script(json!({"answer": "as before"})).await;
        let model = |fields: Value| {
            with(json!({"command": "set_model", "id": "acme/one"}), &fields).to_string()
        };
        let reply = |fields: Value| model(json!({ "reply": fields }));
        let cases = [
            ("{\"command\": ".to_owned(), "EOF"),
            ("\u{fffd} \u{0}".to_owned(), "expected value"),
            ("[1, 2]".to_owned(), "invalid"),
            (json!({"command": "dance"}).to_string(), "`dance`"),
            (json!({"command": "usage", "model": "x"}).to_string(), "`model`"),
            (json!({"command": "calls", "from": 1}).to_string(), "`from`"),
            (json!({"command": "wait_for_calls"}).to_string(), "`count`"),
            (json!({"command": "set_model"}).to_string(), "`id`"),
            (model(json!({"id": ""})), "`id`"),
            (model(json!({"anwser": "x"})), "`anwser`"),
            (model(json!({"answer": "x", "echo": true})), "`echo`"),
            (model(json!({"tools": "sometimes"})), "`sometimes`"),
            (model(json!({"price": {"prompt": 1, "completion": 2}})), "expected a string"),
            (reply(json!({})), "nothing of what happens"),
            (reply(json!({"explode": true})), "`explode`"),
            (reply(json!({"hang": false})), "`hang`"),
            (reply(json!({"hang": true, "status": 503})), "`hang` and `status`"),
            (reply(json!({"status": "many"})), "`status`"),
            (reply(json!({"status": 503, "text": "x"})), "`text`"),
            (reply(json!({"hang": true, "retry_after": 1})), "`retry_after`"),
            (reply(json!({"tool_calls": [{"name": "x", "args": {}}]})), "`args`"),
        ];
        for (line, named) in cases {
            let answer = program.say(&line).await;
            let error = answer["error"].as_str().unwrap_or_else(|| panic!("{line}: {answer}"));
            assert!(error.contains(named), "{line}: {error}");
        }
        assert_eq!(message(&program.send(&chat(false)).await)["content"], "as before");
    })
    .await;
}

/// The program itself, as a child.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BlockingReader<ChildStdout>,
}

impl Process {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulated-upstream"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BlockingReader::new(output) }
    }

    fn ask(&mut self, line: &[u8]) -> Value {
        self.input.write_all(line).unwrap();
        self.input.write_all(b"\n").unwrap();
        self.hear()
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

#[tokio::test]
async fn the_program_serves_until_its_input_ends() {
    let mut process = Process::start();
    let address = process.hear()["base_url"].as_str().unwrap().to_owned();
    assert!(process.ask(b"\xff\xfe")["error"].is_string(), "bytes that are no text are refused");
    let scripted =
        process.ask(br#"{"command": "set_model", "id": "acme/one", "answer": "Hello."}"#);
    assert_eq!(scripted["model"], "acme/one");

    let authority = address.strip_prefix("http://").unwrap().strip_suffix("/api/v1").unwrap();
    let mut socket = TcpStream::connect(authority).await.unwrap();
    socket.write_all(post(&chat(false)).as_bytes()).await.unwrap();
    assert_eq!(message(&read(&mut socket, |_| false).await)["content"], "Hello.");
    assert_eq!(process.ask(br#"{"command": "usage"}"#)["total"]["calls"], 1);

    let Process { mut child, input, .. } = process;
    drop(input);
    assert!(child.wait().unwrap().success());
}
