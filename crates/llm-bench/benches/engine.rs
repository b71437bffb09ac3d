//! One call through the engine, with a provider that answers at once.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use llm_core::{ModelRef, ModelRole};
use llm_strategies::{CallOptions, Engine, EngineSettings, Single, Target};
use llm_testkit::fakes::EchoProvider;

fn engine(upstream_stream: bool) -> Engine {
    let provider = Arc::new(EchoProvider::new("acme"));
    let target = |name: &str, role| {
        let mut target = Target::new(ModelRef::new("acme", name), provider.clone(), Some(role));
        target.upstream_stream = upstream_stream;
        target
    };
    let targets = vec![
        target("swift-8b", ModelRole::Primary),
        target("sage-70b", ModelRole::Duplicate),
        target("owl-large", ModelRole::Reserve),
        target("owl-mini", ModelRole::Fallback),
    ];
    Engine::new(EngineSettings::default(), targets)
}

fn call(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| unreachable!("no runtime: {error}"));
    let mut group = criterion.benchmark_group("call through the engine");
    for (name, upstream_stream) in [("whole", false), ("streamed upstream", true)] {
        let engine = engine(upstream_stream);
        let (strategy, options) = (Single::fastest(), CallOptions::default());
        group.bench_function(name, |bencher| {
            bencher
                .to_async(&runtime)
                .iter(|| engine.generate(&strategy, llm_bench::request(), &options));
        });
    }
    group.finish();
}

criterion_group!(benches, call);
criterion_main!(benches);
