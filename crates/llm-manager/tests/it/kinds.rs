//! Which kinds of provider a build has, what each of them needs, and what is said of the others.

use llm_manager::{BuildError, LlmManager, config::Config};

use crate::support::config;

/// Every kind, the cargo feature that brings it, and whether this build has it.
const KINDS: [(&str, &str, bool); 5] = [
    ("openrouter", "openrouter", cfg!(feature = "openrouter")),
    ("openai", "openai", cfg!(feature = "openai")),
    ("openai_compatible", "openai", cfg!(feature = "openai")),
    ("anthropic", "anthropic", cfg!(feature = "anthropic")),
    ("ollama", "ollama", cfg!(feature = "ollama")),
];

/// A model of a provider of this kind, with or without a key.
fn settings(kind: &str, key: &str) -> Config {
    config(&format!(
        "
llm: {{ model_roles: {{ primary: [acme/swift-8b] }} }}
providers: {{ lab: {{ kind: {kind}, base_url: 'http://127.0.0.1:9/v1', {key} }} }}
"
    ))
}

fn built(config: Config) -> Result<LlmManager, BuildError> {
    LlmManager::builder().config(config).without_state().build()
}

#[test]
fn a_kind_is_there_with_its_feature_and_names_it_without() {
    for (kind, feature, is_on) in KINDS {
        match built(settings(kind, "api_key: sk-test-000")) {
            Ok(manager) => {
                assert!(is_on, "{kind}");
                assert_eq!(manager.models()[0].obstacle, None, "{kind}");
            }
            Err(error) => {
                assert!(!is_on, "{kind}: {error}");
                assert!(matches!(error, BuildError::FeatureOff { .. }), "{kind}: {error}");
                let shown = error.to_string();
                let remedy = format!("switch on the cargo feature `{feature}` of llm-manager");
                assert!(shown.contains("`lab`") && shown.contains(&remedy), "{shown}");
            }
        }
    }
}

#[test]
fn a_provider_that_is_switched_off_needs_no_feature() {
    for (kind, ..) in KINDS {
        let manager = built(settings(kind, "enabled: false")).unwrap();
        let obstacle = manager.models()[0].obstacle.as_ref().map(ToString::to_string);
        assert!(obstacle.is_some_and(|why| why.starts_with("disabled")), "{kind}");
    }
}

#[test]
fn without_a_key_the_models_of_hosted_providers_are_left_out_and_others_are_not() {
    for (kind, _, is_on) in KINDS {
        let Ok(manager) = built(settings(kind, "headers: {}")) else {
            assert!(!is_on, "{kind}");
            continue;
        };
        let needs_key = matches!(kind, "openrouter" | "openai" | "anthropic");
        let obstacle = manager.models()[0].obstacle.as_ref().map(ToString::to_string);
        let missing = obstacle.is_some_and(|obstacle| obstacle.starts_with("missing_key"));
        assert_eq!(missing, needs_key, "{kind}");
    }
}

#[test]
fn a_key_whose_variable_is_not_set_leaves_every_kind_out() {
    for (kind, _, is_on) in KINDS {
        let Ok(manager) = built(settings(kind, "api_key: '${LLM_TEST_UNSET}'")) else {
            assert!(!is_on, "{kind}");
            continue;
        };
        let obstacle = manager.models()[0].obstacle.as_ref().map(ToString::to_string);
        assert_eq!(obstacle.as_deref(), Some("missing_key: set LLM_TEST_UNSET"), "{kind}");
    }
}

#[cfg(feature = "ollama")]
#[test]
fn what_is_wrong_with_a_provider_is_said_once_with_its_name() {
    let yaml = "
llm: { model_roles: { primary: [a] } }
providers: { lab: { kind: ollama, base_url: 'http://127.0.0.1:9/api/chat' } }
";
    let error = built(config(yaml)).unwrap_err().to_string();
    assert!(error.starts_with("provider `lab`: base_url names a call"), "{error}");
}

#[test]
fn a_compatible_server_without_an_address_is_found_in_the_file() {
    let yaml = "
llm: { model_roles: { primary: [acme/swift-8b] } }
providers:
  gpu:
    kind: openai_compatible
";
    let error = Config::builder().text("test.yaml", yaml).load().unwrap_err();
    let shown = error.to_string();
    assert!(
        shown.contains("`providers.gpu` of kind `openai_compatible` has no `base_url`"),
        "{shown}"
    );
}

#[test]
fn a_doubled_version_is_a_warning_at_its_place() {
    let yaml = "
llm: { model_roles: { primary: [acme/swift-8b] } }
providers:
  gpu: { kind: openai_compatible, base_url: 'http://127.0.0.1:9/v1/v1' }
";
    let config = Config::builder().text("test.yaml", yaml).load().unwrap();
    let said: Vec<String> = config.diagnostics().iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("test.yaml:4:45: warning"), "{said:?}");
    assert!(said[0].contains("has a version twice"), "{said:?}");
}

/// A model that is read from the disk first takes minutes to begin, and that is no failure.
#[cfg(feature = "ollama")]
#[tokio::test(start_paused = true)]
async fn ollama_may_take_five_minutes_to_begin() {
    use std::time::Duration;

    use llm_core::ErrorKind;
    use tokio::{io::AsyncReadExt, net::TcpListener};

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let yaml = format!(
        "
llm: {{ timeout: 400s, retry_attempts: 0, model_roles: {{ primary: [a] }} }}
providers: {{ ollama: {{ base_url: 'http://{}', models: [a] }} }}
",
        listener.local_addr().unwrap()
    );
    let silent = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut ignored = [0; 1024];
        while connection.read(&mut ignored).await.is_ok_and(|length| length > 0) {}
        std::future::pending::<()>().await;
    };
    let manager = built(config(&yaml)).unwrap();
    let error = tokio::select! {
        outcome = manager.generate("Hello") => outcome.unwrap_err(),
        () = silent => unreachable!("it never ends"),
    };
    assert_eq!(error.kind(), ErrorKind::FirstTokenTimeout);
    let [attempt] = error.attempts() else { panic!("{error:?}") };
    assert_eq!(attempt.elapsed.as_secs(), Duration::from_secs(300).as_secs());
}
