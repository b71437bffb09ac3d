//! What the configuration says is what happens.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, future::join_all};
use llm_core::{
    ChatRequest, Error, ErrorKind, Image, Message, Outcome, Part, Provider, ResponseFormat, Result,
    Retry, StreamEvent, Tool,
};
use llm_manager::{GenerateOptions, LlmManager, ProviderFactory, ProviderHabits, ProviderSetup};
use llm_testkit::fakes::{ScriptedProvider, Step};
use tokio::time::Instant;

use crate::support::{config, manager};

/// `one` before `two`, with more settings under `llm`.
fn two(llm: &str, models: &str) -> String {
    format!(
        "
llm:
  use_fastest: false
  model_roles: {{ primary: [one], reserve: [two] }}
{llm}
providers:
  lab: {{ kind: fake, models: [{models}] }}
"
    )
}

fn scripted<const N: usize>(models: [(&str, Vec<Step>); N]) -> Arc<ScriptedProvider> {
    let provider = ScriptedProvider::new("lab");
    for (model, steps) in models {
        provider.script(model, steps);
    }
    Arc::new(provider)
}

fn story(outcome: &Outcome) -> String {
    let attempts = outcome.attempts().iter();
    let each = attempts.map(|attempt| format!("{}:{}", attempt.model, attempt.outcome.as_str()));
    each.collect::<Vec<_>>().join(" ")
}

async fn ask(llm: &str, provider: &Arc<ScriptedProvider>) -> Result<Outcome> {
    manager(&two(llm, "one, two"), provider).generate("Hi").await
}

#[tokio::test(start_paused = true)]
async fn retry_attempts() {
    let provider = || {
        let shaky = vec![Step::error(ErrorKind::UpstreamServer), Step::answer("fine")];
        scripted([("one", shaky), ("two", vec![Step::answer("fine")])])
    };
    let outcome = ask("  retry_attempts: 1", &provider()).await.unwrap();
    assert_eq!(story(&outcome), "one:upstream_server one:ok");
    let outcome = ask("  retry_attempts: 0", &provider()).await.unwrap();
    assert_eq!(story(&outcome), "one:upstream_server two:ok");
}

#[tokio::test(start_paused = true)]
async fn wait_inline() {
    let provider = || {
        let busy = Error::new(ErrorKind::RateLimited, "scripted")
            .with_status(429)
            .with_retry(Retry::After(Duration::from_secs(2)));
        let busy = vec![Step::fail(busy), Step::answer("fine")];
        scripted([("one", busy), ("two", vec![Step::answer("fine")])])
    };
    let waited = ask("", &provider()).await.unwrap();
    assert_eq!(story(&waited), "one:rate_limited one:ok", "three seconds are the default");
    assert!(waited.elapsed() >= Duration::from_secs(2));
    let moved_on = ask("  retry: { wait_inline: 0 }", &provider()).await.unwrap();
    assert_eq!(story(&moved_on), "one:rate_limited two:ok");
    let moved_on = ask("  retry: { wait_inline: 1.5s }", &provider()).await.unwrap();
    assert_eq!(story(&moved_on), "one:rate_limited two:ok");
}

#[tokio::test(start_paused = true)]
async fn when_all_unavailable() {
    let dead = || {
        let dead = || vec![Step::error(ErrorKind::TlsInvalid)];
        scripted([("one", dead()), ("two", dead())])
    };
    let provider = dead();
    let tries = manager(&two("", "one, two"), &provider);
    tries.generate("Hi").await.unwrap_err();
    let error = tries.generate("Hi").await.unwrap_err();
    assert_eq!((error.attempts().len(), provider.calls().len()), (2, 4));

    let provider = dead();
    let fails = manager(&two("  when_all_unavailable: fail", "one, two"), &provider);
    fails.generate("Hi").await.unwrap_err();
    let error = fails.generate("Hi").await.unwrap_err();
    assert_eq!((error.attempts().len(), provider.calls().len()), (0, 2));
    assert!(matches!(error.retry(), Some(Retry::After(_))), "{error:?}");
    for model in ["one: cooling_down", "two: cooling_down"] {
        assert!(error.message().contains(model), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn fallback_on_refusal() {
    let refused = vec![Step::error(ErrorKind::ContentPolicy)];
    let provider = scripted([("one", refused), ("two", vec![Step::answer("fine")])]);
    let error = ask("", &provider).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::ContentPolicy, 1));
    let outcome = ask("  fallback_on_refusal: true", &provider).await.unwrap();
    assert_eq!(story(&outcome), "one:content_policy two:ok");
}

#[tokio::test(start_paused = true)]
async fn hedging() {
    let usual = || Step::answer("one").after(Duration::from_secs(1));
    let ask_slow = async |llm: &str| {
        let slow = Step::answer("late").after(Duration::from_secs(9));
        let steps = std::iter::repeat_with(usual).take(100).chain([slow]).collect();
        let provider = scripted([("one", steps), ("two", vec![Step::answer("two")])]);
        let manager = manager(&two(llm, "one, two"), &provider);
        for _ in 0..100 {
            manager.generate("Hi").await.unwrap();
        }
        story(&manager.generate("Hi").await.unwrap())
    };
    assert_eq!(ask_slow("").await, "one:ok");
    assert_eq!(ask_slow("  hedging: { enabled: true }").await, "one:cancelled two:ok");
}

#[tokio::test(start_paused = true)]
async fn soft_failures_by_role() {
    let provider = || {
        let empty = || vec![Step::answer(""), Step::answer("")];
        scripted([("one", empty()), ("two", empty())])
    };
    let told = async |soft_failures: &str| {
        let llm = format!("  soft_failures: {soft_failures}");
        match ask(&llm, &provider()).await {
            Ok(outcome) => story(&outcome),
            Err(error) => format!("{} {}", error.attempts().len(), error.kind()),
        }
    };
    assert_eq!(told("{}").await, "3 empty_content", "the last one is asked again");
    assert_eq!(told("{ all: { empty_content: fail } }").await, "1 empty_content");
    assert_eq!(told("{ all: { empty_content: fallback } }").await, "2 empty_content");
    let accepted = "{ all: { empty_content: fallback }, reserve: { empty_content: accept } }";
    assert_eq!(told(accepted).await, "one:empty_content two:ok");
    let retried = "{ primary: { empty_content: retry }, reserve: { empty_content: accept } }";
    assert_eq!(told(retried).await, "one:empty_content one:empty_content two:ok");
}

#[tokio::test(start_paused = true)]
async fn the_commit_point_of_a_stream() {
    let check = async |streaming: &str, expected: &str| {
        let cut = Step::text(["a", "b", "c"]).gap(Duration::from_secs(1)).then_cut();
        let provider = scripted([("one", vec![cut]), ("two", vec![Step::answer("whole")])]);
        let llm = format!("  retry_attempts: 0\n  streaming: {streaming}");
        let manager = manager(&two(&llm, "one, two"), &provider);
        let mut stream = manager.stream("Hi", &GenerateOptions::default()).unwrap();
        let mut seen = String::new();
        while let Some(event) = stream.next().await {
            match event {
                Ok(StreamEvent::Text(text)) => seen.push_str(&text),
                Ok(_) => {}
                Err(error) => {
                    assert!(error.history().unwrap().partial);
                    seen.push('!');
                }
            }
        }
        assert_eq!(seen, expected, "{streaming}");
    };
    check("{ commit: first_token }", "abc!").await;
    check("{ commit: complete }", "whole").await;
    check("{ commit: window, window: { tokens: 3, time: 9s } }", "abc!").await;
    check("{ commit: window, window: { tokens: 4, time: 9s } }", "whole").await;
    check("{ commit: window, window: { tokens: 4, time: 1.5s } }", "abc!").await;
    check("{ commit: window }", "abc!").await;
}

#[tokio::test(start_paused = true)]
async fn limits_of_a_model_before_those_of_its_provider_before_those_of_all() {
    let check = async |llm: &str, provider: &str, model: &str, seconds: u64| {
        let fake = scripted([("one", vec![Step::hang()]), ("two", vec![Step::answer("fine")])]);
        let yaml = format!(
            "
llm:
  use_fastest: false
  retry_attempts: 0
  timeout: 300
  timeouts: {{ {llm} }}
  model_roles: {{ primary: [one], reserve: [two] }}
providers:
  lab:
    kind: fake
    timeouts: {{ {provider} }}
    models: [{{ name: one, timeouts: {{ {model} }} }}, two]
"
        );
        let outcome = manager(&yaml, &fake).generate("Hi").await.unwrap();
        assert_eq!(story(&outcome), "one:first_token_timeout two:ok");
        assert_eq!(outcome.attempts()[0].elapsed.as_secs(), seconds);
    };
    check("", "", "", 20).await;
    check("first_token: 11", "", "", 11).await;
    check("first_token: 11", "first_token: 12", "", 12).await;
    check("first_token: 11", "first_token: 12", "first_token: 13", 13).await;
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_the_configuration_and_of_a_call() {
    let provider = scripted([("one", vec![Step::hang()]), ("two", vec![Step::hang()])]);
    let manager = manager(&two("  timeout: 6s", "one, two"), &provider);
    let started = Instant::now();
    let error = manager.generate("Hi").await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed().as_secs()), (ErrorKind::Deadline, 6));
    let started = Instant::now();
    let options = GenerateOptions::default().with_timeout(Duration::from_secs(2));
    manager.generate_response("Hi", &options).await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 2);
    let options = GenerateOptions::default().with_timeout(Duration::MAX);
    provider.script("one", [Step::answer("fine")]);
    manager.generate_response("Hi", &options).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_model_cannot_do_is_a_reason_to_leave_it_out() {
    let check = async |model: &str, request: ChatRequest, reason: &str| {
        let fine = || vec![Step::answer("{}")];
        let provider = scripted([("one", fine()), ("two", fine())]);
        let yaml = two("", &format!("{{ name: one, {model} }}, two"));
        let outcome = manager(&yaml, &provider).generate(request).await.unwrap();
        assert_eq!(outcome.model(), &"two");
        let left = &outcome.history.excluded[0];
        assert_eq!((left.model.as_str(), left.reason.to_string().as_str()), ("one", reason));
    };
    let plain = ChatRequest::from("Hi");
    let look = Tool::new("look", serde_json::json!({}));
    check("capabilities: []", plain.clone().with_tools([look]), "tools: the model calls no tools")
        .await;
    let picture = Part::Image(Image::url("https://example.org/cat.png"));
    let picture = ChatRequest::new([Message::user_parts([picture])]);
    check("capabilities: [tools]", picture, "images: the model takes no images").await;
    let json = plain.with_response_format(ResponseFormat::JsonObject);
    check("capabilities: [images]", json, "json_mode: the model has no JSON mode").await;
    let long = ChatRequest::from("word ".repeat(4_000));
    let small = "context_window: needs about 5000 tokens, has 4096";
    check("context_window: 4096", long, small).await;
}

#[tokio::test(start_paused = true)]
async fn a_prompt_larger_than_every_window_is_an_error_that_says_so() {
    let provider = scripted([]);
    let models = "{ name: one, context_window: 4096 }, { name: two, context_window: 1000 }";
    let manager = manager(&two("", models), &provider);
    let error = manager.generate("word ".repeat(4_000)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "context_length: the prompt is larger than the window of every model: shorten it, or \
         configure a model with a larger one; \
         one: context_window: needs about 5000 tokens, has 4096; \
         two: context_window: needs about 5000 tokens, has 1000"
    );
    assert!(provider.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn best_of_two_of_one_is_an_ordinary_request() {
    let yaml = "
llm: { model_roles: { primary: [one] } }
providers: { lab: { kind: fake, models: [one] } }
";
    let provider = scripted([("one", vec![Step::answer("fine")])]);
    let options = GenerateOptions::default().with_use_parallel(true);
    let outcome = manager(yaml, &provider).generate_response("Hi", &options).await.unwrap();
    assert_eq!(outcome.history.strategy, "best_of_two");
    assert_eq!((story(&outcome).as_str(), &outcome.history.judgement), ("one:ok", &None));
}

#[tokio::test(start_paused = true)]
async fn a_judge_that_competes_judges_as_told() {
    let provider = scripted([
        ("one", vec![Step::answer("I am one"), Step::answer("[[A>>B]]")]),
        ("two", vec![Step::answer("I am two")]),
    ]);
    let llm = "  strategy: best_of_two\n  parallel: { models: [one, two], evaluator_model: one }";
    let outcome = ask(llm, &provider).await.unwrap();
    let judgement = outcome.history.judgement.unwrap();
    assert_eq!(judgement.judge.unwrap().model, "one");
    assert_eq!(judgement.attempts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_share_one_manager() {
    let random = |seed| {
        let mut random = fastrand::Rng::with_seed(seed);
        let step = move || match random.u8(0..5) {
            0 => Step::error(ErrorKind::UpstreamServer).after(Duration::from_millis(200)),
            1 => Step::text(["half"]).then_cut(),
            _ => Step::answer("fine").after(Duration::from_millis(700)),
        };
        std::iter::repeat_with(step).take(2_500).collect::<Vec<_>>()
    };
    let fine = || vec![Step::answer("fine").after(Duration::from_secs(1))];
    let names = ["acme/swift", "acme/sage", "boreal/owl", "tiny/mouse"];
    let provider = scripted([]);
    provider.script(names[0], random(1));
    provider.script(names[1], random(2));
    provider.script(names[2], fine());
    provider.script(names[3], fine());
    let manager = manager(crate::support::FOUR, &provider);
    let callers = (0..1_000_u32).map(|number| {
        let manager = manager.clone();
        async move {
            let options = GenerateOptions::default().with_use_parallel(number % 3 == 0);
            if number % 2 == 0 {
                let outcome = manager.generate_response("Hi", &options).await.unwrap();
                let judged = outcome.history.judgement.map_or(0, |judged| judged.attempts.len());
                return outcome.history.attempts.len() + judged;
            }
            let mut stream = manager.stream("Hi", &options).unwrap();
            while stream.next().await.is_some() {}
            drop(stream);
            0
        }
    });
    let told: usize = join_all(callers).await.into_iter().sum();
    assert!(told >= 500, "{told}");
    assert_eq!(provider.running(), 0);
    let stats = manager.stats();
    let counted: u64 = stats.values().map(|known| known.success_count + known.error_count).sum();
    assert_eq!(counted, u64::try_from(provider.calls().len()).unwrap(), "each call once");
}

/// Counts the clients it makes.
#[derive(Debug)]
struct Counting(AtomicUsize, Arc<ScriptedProvider>);

impl ProviderFactory for Counting {
    fn habits(&self) -> ProviderHabits {
        ProviderHabits::default().without_key()
    }

    fn build(&self, _: ProviderSetup) -> Result<Arc<dyn Provider>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::clone(&self.1) as Arc<dyn Provider>)
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_has_one_client_whatever_models_are_named() {
    let fine = || vec![Step::answer("fine")];
    let provider = scripted([("one", fine()), ("new/a", fine()), ("new/b", fine())]);
    let factory = Arc::new(Counting(AtomicUsize::new(0), provider));
    let yaml = "
llm: { model_roles: { primary: [one] } }
providers: { lab: { kind: fake } }
";
    let manager = LlmManager::builder()
        .config(config(yaml))
        .provider_kind("fake", Arc::clone(&factory) as Arc<dyn ProviderFactory>)
        .without_state()
        .build()
        .unwrap();
    for model in ["one", "new/a", "new/b", "new/a"] {
        let options = GenerateOptions::default().with_model(model);
        manager.generate_response("Hi", &options).await.unwrap();
    }
    assert_eq!(factory.0.load(Ordering::Relaxed), 1);
}
