//! Decoding a stream of a thousand tokens: the framing alone, and down to events.

use std::{collections::VecDeque, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use llm_http::{Frame, SseParser};

const TOKENS: usize = 1_000;
/// What one read of a socket brings.
const READ: usize = 4 * 1024;

fn stream() -> Vec<u8> {
    let mut text = String::from(": OPENROUTER PROCESSING\n\n");
    for token in 0..TOKENS {
        let chunk = serde_json::json!({
            "id": "gen-1700000000-AbCdEfGhIjKl", "object": "chat.completion.chunk",
            "created": 1_700_000_000, "model": llm_bench::MODEL, "provider": "Acme",
            "choices": [{
                "index": 0, "finish_reason": null, "native_finish_reason": null,
                "delta": { "role": "assistant", "content": format!(" token{token}") },
            }],
        });
        text.extend(["data: ", &chunk.to_string(), "\n\n"]);
    }
    text.push_str("data: [DONE]\n\n");
    text.into_bytes()
}

fn decode(stream: &[u8]) -> usize {
    let mut parser = SseParser::new();
    let (mut events, mut count) = (VecDeque::new(), 0);
    for read in stream.chunks(READ) {
        // A stream this well formed breaks no limit.
        let _within_limits = parser.push(read, &mut events);
        count += events.drain(..).filter(|event| matches!(event, Frame::Data(_))).count();
    }
    count
}

fn framing(criterion: &mut Criterion) {
    let stream = stream();
    let mut group = criterion.benchmark_group("SSE decoding");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("framing of 1,000 chunks", |bencher| {
        bencher.iter(|| decode(black_box(&stream)));
    });
    group.finish();
}

criterion_group!(benches, framing);
criterion_main!(benches);
