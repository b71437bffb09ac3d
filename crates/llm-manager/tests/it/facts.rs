//! What is known of models: where it comes from, how it is kept, and what follows.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use llm_core::{
    ChatRequest, ErrorKind, ExclusionReason, Image, Message, ModelInfo, ModelRef, Part, Price,
    ResponseFormat, Tool,
};
use llm_manager::{FactSource, GenerateOptions, LlmManager};
use llm_testkit::fakes::{ScriptedProvider, Step};
use rust_decimal::Decimal;
use serde_json::json;
use tempfile::TempDir;

use crate::support::builder;

/// Set in a process that this file starts: the folder it writes to.
const FOLDER: &str = "LLM_TEST_STATE_FOLDER";

const TWO: &str = "
llm: { model_roles: { primary: [small], fallback: [large] } }
providers:
  lab:
    kind: fake
    models:
    - { name: small, context_window: 9000, price: { input: 1, output: 2 } }
    - large
";

fn info(id: &str, change: impl FnOnce(&mut ModelInfo)) -> ModelInfo {
    let mut info = ModelInfo::new(id);
    change(&mut info);
    info
}

/// The first can do nothing, and of the second nothing is said but what it costs.
fn provider() -> Arc<ScriptedProvider> {
    let small = info("small", |info| {
        let can = &mut info.capabilities;
        can.context_window = Some(100);
        (can.tools, can.images) = (Some(false), Some(false));
        (can.json_object, can.json_schema) = (Some(false), Some(false));
        let mut price = Price::default();
        price.input = Some(Decimal::new(1, 6));
        info.price = Some(price);
    });
    let large = info("large", |info| {
        info.price = Some(Price::per_token(Decimal::ZERO, Decimal::ZERO));
    });
    let provider = ScriptedProvider::new("lab")
        .with_model("small", [Step::answer("small")])
        .with_model("large", [Step::answer("large")])
        .with_catalogue([small, large]);
    Arc::new(provider)
}

fn lab() -> llm_core::ProviderId {
    "lab".into()
}

fn open(folder: &Path, yaml: &str) -> LlmManager {
    builder(yaml, &provider()).state_dir(folder).build().unwrap()
}

fn small() -> ModelRef {
    ModelRef::new("lab", "small")
}

fn demanding() -> [(ChatRequest, ExclusionReason); 4] {
    let tool = Tool::new("look", json!({ "type": "object" }));
    let image = Part::Image(Image::url("https://images.invalid/cat.png"));
    let schema = ResponseFormat::JsonSchema {
        name: "answer".into(),
        schema: Arc::new(json!({ "type": "object" })),
        strict: true,
    };
    [
        (ChatRequest::from("Hi").with_tools([tool]), ExclusionReason::Tools),
        (ChatRequest::new([Message::user_parts([image])]), ExclusionReason::Images),
        (ChatRequest::from("Hi").with_response_format(schema), ExclusionReason::JsonMode),
        (
            ChatRequest::from("x".repeat(800).as_str()),
            ExclusionReason::ContextWindow { needed: 200, window: 100 },
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn learned_facts_leave_models_out_of_the_next_plan() {
    let manager = builder(TWO, &provider()).without_state().build().unwrap();
    for (request, _) in demanding().into_iter().take(2) {
        let outcome = manager.generate(request).await.unwrap();
        assert_eq!((outcome.text().as_str(), outcome.history.excluded.len()), ("small", 0));
    }
    manager.catalogue(&lab()).await.unwrap();
    for (request, reason) in demanding() {
        let Err(error) = manager
            .generate_response(
                request,
                &GenerateOptions::default().with_model("small").without_fallback(),
            )
            .await
        else {
            panic!("{reason}: it was asked");
        };
        assert!(error.attempts().is_empty(), "{reason}: {error}");
        assert_eq!(error.excluded()[0].reason, reason);
    }
}

#[tokio::test(start_paused = true)]
async fn every_fact_tells_who_says_it() {
    let manager = builder(TWO, &provider()).without_state().build().unwrap();
    let facts = manager.facts(&small());
    assert_eq!(
        (facts.context_window.value, facts.context_window.source),
        (Some(9000), FactSource::Config)
    );
    assert_eq!((facts.tools.value, facts.tools.source), (None, FactSource::Unknown));
    assert_eq!(manager.catalogue_learned(&lab()), None);

    manager.catalogue(&lab()).await.unwrap();
    let facts = manager.facts(&small());
    assert_eq!(
        (facts.context_window.value, facts.context_window.source),
        (Some(100), FactSource::Catalogue)
    );
    assert_eq!(facts.input_price.source, FactSource::Catalogue);
    assert_eq!(facts.output_price.source, FactSource::Config);
    let dead = &facts.contradictions;
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0].setting, "providers.lab.models[0].context_window");
    assert_eq!((dead[0].config.as_str(), dead[0].catalogue.as_str()), ("9000", "100"));
    assert_eq!(manager.catalogue_learned(&lab()), Some(manager.now()));
    let target = manager.target(&small()).unwrap();
    assert_eq!(target.capabilities, facts.capabilities());
    assert_eq!(target.price, facts.price());
}

#[tokio::test(start_paused = true)]
async fn making_a_manager_and_asking_it_reads_no_catalogue() {
    let folder = TempDir::new().unwrap();
    let manager = open(folder.path(), TWO);
    manager.generate("Hi").await.unwrap();
    assert_eq!(manager.catalogue_learned(&lab()), None);
    drop(manager);
    assert!(!folder.path().join("catalogue.json").exists());
}

#[tokio::test(start_paused = true)]
async fn the_next_manager_knows_the_catalogue() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path(), TWO);
    first.catalogue(&lab()).await.unwrap();
    let known = first.facts(&small());
    drop(first);
    let second = open(folder.path(), TWO);
    assert_eq!(second.facts(&small()), known);
    assert_eq!(second.target(&small()).unwrap().price, known.price());
    assert!(second.catalogue_learned(&lab()).is_some());
}

#[tokio::test(start_paused = true)]
async fn another_address_has_another_catalogue() {
    let folder = TempDir::new().unwrap();
    let at =
        |address: &str| TWO.replace("kind: fake", &format!("kind: fake\n    base_url: {address}"));
    let first = open(folder.path(), &at("https://one.invalid/v1"));
    first.catalogue(&lab()).await.unwrap();
    drop(first);
    let learned = |address: &str| open(folder.path(), &at(address)).catalogue_learned(&lab());
    assert!(learned("https://two.invalid/v1").is_none());
    assert!(learned("https://one.invalid/v1/").is_some());
    let kept = fs::read_to_string(folder.path().join("catalogue.json")).unwrap();
    assert!(!kept.contains("one.invalid"), "{kept}");
}

#[test]
fn two_processes_keep_both_catalogues() {
    const PROVIDERS: &str = "
llm: { model_roles: { primary: [small] } }
providers: { lab: { kind: fake }, other: { kind: fake } }
";
    let read = |folder: &Path, name: &str| {
        let manager = open(folder, PROVIDERS);
        for _ in 0..50 {
            manager.learn_catalogue(&name.into(), &[ModelInfo::new(name)]);
            manager.save();
        }
    };
    if let Some(folder) = env::var_os(FOLDER) {
        return read(Path::new(&folder), "other");
    }
    let folder = TempDir::new().unwrap();
    let test = "facts::two_processes_keep_both_catalogues";
    let mut second = Command::new(env::current_exe().unwrap())
        .args(["--exact", test])
        .env(FOLDER, folder.path())
        // Its own account of tests would stand in the middle of this one's.
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    read(folder.path(), "lab");
    assert!(second.wait().unwrap().success());
    let manager = open(folder.path(), PROVIDERS);
    assert!(manager.catalogue_learned(&lab()).is_some());
    assert!(manager.catalogue_learned(&"other".into()).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_broken_catalogue_file_is_set_aside() {
    for content in ["", "{", "[]", "{\"version\": 2, \"catalogues\": []}"] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("catalogue.json"), content).unwrap();
        let manager = open(folder.path(), TWO);
        assert_eq!(manager.catalogue_learned(&lab()), None);
        let kept = fs::read_to_string(folder.path().join("catalogue.json.broken-1")).unwrap();
        assert_eq!(kept, content);
        manager.catalogue(&lab()).await.unwrap();
        drop(manager);
        assert!(open(folder.path(), TWO).catalogue_learned(&lab()).is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_catalogue_that_cannot_be_read_leaves_what_was_known() {
    use llm_testkit::fakes::FailProvider;

    #[derive(Debug)]
    struct Failing;
    impl llm_manager::ProviderFactory for Failing {
        fn habits(&self) -> llm_manager::ProviderHabits {
            llm_manager::ProviderHabits::default().without_key()
        }
        fn build(
            &self,
            _: llm_manager::ProviderSetup,
        ) -> llm_core::Result<Arc<dyn llm_core::Provider>> {
            Ok(Arc::new(FailProvider::new("lab", ErrorKind::UpstreamServer)))
        }
    }
    let folder = TempDir::new().unwrap();
    open(folder.path(), TWO).catalogue(&lab()).await.unwrap();
    let manager = LlmManager::builder()
        .config(crate::support::config(TWO))
        .provider_kind("fake", Arc::new(Failing))
        .state_dir(folder.path())
        .build()
        .unwrap();
    manager.catalogue(&lab()).await.unwrap_err();
    assert_eq!(manager.facts(&small()).context_window.value, Some(100));
}

#[tokio::test(start_paused = true)]
async fn a_model_nobody_configured_has_the_facts_of_the_catalogue() {
    let any = "
llm: { model_roles: { primary: [large] } }
providers: { lab: { kind: fake } }
";
    let manager = builder(any, &provider()).without_state().build().unwrap();
    manager.catalogue(&lab()).await.unwrap();
    let (request, reason) = demanding()[0].clone();
    let options = GenerateOptions::default().with_model("small");
    let outcome = manager.generate_response(request, &options).await.unwrap();
    assert_eq!(outcome.text(), "large");
    assert_eq!(outcome.history.excluded[0].reason, reason);
}

#[tokio::test(start_paused = true)]
async fn the_nearest_names_are_those_the_provider_lists() {
    let yaml = "
llm: { model_roles: { primary: [smal], fallback: [\"lab:x\"] }, default_provider: lab }
providers: { lab: { kind: fake }, other: { kind: fake } }
";
    let manager = builder(yaml, &provider()).without_state().build().unwrap();
    let near =
        |provider: &str, model: &str| manager.nearest_models(&ModelRef::new(provider, model));
    assert!(near("lab", "smal").is_empty(), "no catalogue was read");
    manager.catalogue(&lab()).await.unwrap();
    manager.learn_catalogue(&"other".into(), &[ModelInfo::new("small")]);
    assert_eq!(near("lab", "smal"), ["small"]);
    assert_eq!(near("other", "smal"), ["other:small"], "a name that leads there");
    assert!(near("lab", "small").is_empty(), "it is listed");
    assert!(near("nobody", "small").is_empty());
}
