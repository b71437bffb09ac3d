//! `models list` and `models discover`.

use llm_testkit::simulator::{Dialect, ModelScript, Reply, ToolMode};
use serde_json::json;

use crate::support::{Home, Upstream, home_at};

fn upstream() -> Upstream {
    Upstream::new([
        ModelScript::new("a/first").with_window(Some(8_000), None),
        ModelScript::new("b/second:free").with_price("0", "0").with_window(Some(64_000), None),
        ModelScript::new("c/large").with_window(Some(200_000), None),
    ])
}

#[test]
fn list_shows_the_chain() {
    let upstream = upstream();
    let home = upstream.home("");
    insta::assert_snapshot!(home.run(&["models", "list"]).ends(0).stdout, @r"
    ROLE     MODEL                LAST  GOOD  BAD  STATE
    primary  openrouter:a/first   -     0     0    ready
    reserve  openrouter:b/second  -     0     0    ready
    ");
    let mut list = home.run(&["models", "list", "--json"]).ends(0).json();
    let facts = list[0]["facts"].take();
    insta::assert_json_snapshot!(list[0], @r#"
    {
      "catalogue_learned_at": null,
      "contradictions": [],
      "error_count": 0,
      "facts": null,
      "last_response_time": null,
      "model": "a/first",
      "provider": "openrouter",
      "reason": null,
      "role": "primary",
      "success_count": 0,
      "usable": true
    }
    "#);
    assert_eq!(facts["tools"], json!({ "value": null, "source": "unknown" }));
    assert_eq!(upstream.called(), [""; 0]);
}

#[test]
fn discover_prints_settings_to_paste() {
    let upstream = upstream();
    let home = upstream.home("");
    let free = home.run(&["models", "discover", "--free-only"]).ends(0);
    insta::assert_snapshot!(free.stdout, @r#"
    providers:
      openrouter:
        models:
        - name: b/second:free
          context_window: 64000
          price: { input: "0", output: "0" }
          capabilities: [tools, json_object, json_schema, stop]
    "#);
    let large = ["models", "discover", "--min-context", "64000", "--provider", "openrouter"];
    let large = home.run(&large).ends(0).stdout;
    assert!(large.contains("c/large") && !large.contains("a/first"), "{large}");
    let settings = format!("llm: {{ model_roles: {{ primary: [c/large] }} }}\n{large}");
    home.write("pasted.yaml", settings);
    home.run(&["config", "check", "--config", "pasted.yaml"]).ends(0);
    home.run(&["models", "discover", "--provider", "nobody"]).ends(2).says(&["openrouter"]);
    let json = home.run(&["models", "discover", "--json"]).ends(0).json();
    assert_eq!(json["openrouter"].as_array().unwrap().len(), 3);
}

/// A primary that calls no tools, about which the settings say something else, and a reserve.
fn facts_home(upstream: &Upstream) -> Home {
    let home = upstream.home("");
    home.write(
        "config/llm_settings.yaml",
        format!(
            "llm: {{ model_roles: {{ primary: [a/first], reserve: [b/second] }} }}
providers:
  openrouter:
    base_url: {}
    api_key: ${{OPENROUTER_API_KEY}}
    models:
    - {{ name: a/first, context_window: 9000, price: {{ input: 1, output: 2 }} }}
    - {{ name: b/second, context_window: 500, capabilities: [tools] }}
",
            upstream.base_url()
        ),
    );
    home
}

fn facts_upstream() -> Upstream {
    Upstream::new([
        ModelScript::new("a/first")
            .with_window(Some(8_000), Some(2_000))
            .with_price("0.0000015", "-1")
            .with_tools(ToolMode::Unsupported)
            .with_input_modalities(["text", "image"]),
        ModelScript::new("c/other"),
    ])
}

#[test]
fn list_tells_who_says_what_before_and_after_a_catalogue_is_read() {
    let upstream = facts_upstream();
    let home = facts_home(&upstream);
    let before = home.run(&["models", "list"]).ends(0);
    insta::assert_snapshot!(before.stdout, @r#"
    ROLE     MODEL                LAST  GOOD  BAD  STATE
    primary  openrouter:a/first   -     0     0    ready
    reserve  openrouter:b/second  -     0     0    ready

    MODEL                WINDOW  OUTPUT  TOOLS  IMAGES  JSON  REASONS  $/1M IN/OUT
    openrouter:a/first   9000 s  -       -      -       -     -        1/2 s
    openrouter:b/second  500 s   -       yes s  no s    no s  no s     -
    c: the catalogue says so, s: the settings do, -: unknown
    "#);
    before.says(&["no catalogue known for openrouter: run ", " models discover"]);
    home.run(&["models", "discover"]).ends(0);
    let after = home.run(&["models", "list"]).ends(0);
    insta::assert_snapshot!(after.stdout, @r#"
    ROLE     MODEL                LAST  GOOD  BAD  STATE
    primary  openrouter:a/first   -     0     0    ready
    reserve  openrouter:b/second  -     0     0    ready

    MODEL                WINDOW  OUTPUT  TOOLS  IMAGES  JSON      REASONS  $/1M IN/OUT
    openrouter:a/first   8000 c  2000 c  no c   yes c   schema c  no c     1.5 c/2 s
    openrouter:b/second  500 s   -       yes s  no s    no s      no s     -
    c: the catalogue says so, s: the settings do, -: unknown
    without effect: `providers.openrouter.models[0].context_window` says 9000, the catalogue 8000
    without effect: `providers.openrouter.models[0].price.input` says 1, the catalogue 1.5
    "#);
    assert!(after.stdout.lines().all(|line| line.chars().count() <= 100), "{}", after.stdout);
    after.says(&["`providers.openrouter.models[0].context_window` says 9000"]);
}

#[test]
fn list_in_json_tells_each_fact_with_its_source() {
    let upstream = facts_upstream();
    let home = facts_home(&upstream);
    home.run(&["models", "discover"]).ends(0);
    let mut list = home.run(&["models", "list", "--json"]).ends(0).json();
    let learned = list[0]["catalogue_learned_at"].take();
    assert!(learned.as_str().unwrap().ends_with('Z'), "{learned}");
    insta::assert_json_snapshot!(list[0], @r#"
    {
      "catalogue_learned_at": null,
      "contradictions": [
        {
          "catalogue": "8000",
          "config": "9000",
          "setting": "providers.openrouter.models[0].context_window"
        },
        {
          "catalogue": "1.5",
          "config": "1",
          "setting": "providers.openrouter.models[0].price.input"
        }
      ],
      "error_count": 0,
      "facts": {
        "context_window": {
          "source": "catalogue",
          "value": 8000
        },
        "images": {
          "source": "catalogue",
          "value": true
        },
        "input_price": {
          "source": "catalogue",
          "value": 1.5
        },
        "json_object": {
          "source": "catalogue",
          "value": true
        },
        "json_schema": {
          "source": "catalogue",
          "value": true
        },
        "max_output_tokens": {
          "source": "catalogue",
          "value": 2000
        },
        "output_price": {
          "source": "config",
          "value": 2.0
        },
        "reasoning": {
          "source": "catalogue",
          "value": false
        },
        "stop": {
          "source": "catalogue",
          "value": true
        },
        "streaming": {
          "source": "catalogue",
          "value": true
        },
        "tools": {
          "source": "catalogue",
          "value": false
        }
      },
      "last_response_time": null,
      "model": "a/first",
      "provider": "openrouter",
      "reason": null,
      "role": "primary",
      "success_count": 0,
      "usable": true
    }
    "#);
}

#[test]
fn a_test_run_teaches_the_catalogue_too() {
    let upstream = facts_upstream();
    let home = facts_home(&upstream);
    home.run(&["test-models", "--profile", "smoke", "--fail-on", "none"]).ends(0);
    let list = home.run(&["models", "list", "--json"]).ends(0).json();
    let expected = json!({ "value": 8000, "source": "catalogue" });
    assert_eq!(list[0]["facts"]["context_window"], expected);
    let moved = ("LLM__PROVIDERS__OPENROUTER__BASE_URL", "http://127.0.0.1:9/api/v1");
    let list = home.set(moved.0, moved.1).run(&["models", "list", "--json"]).ends(0).json();
    let expected = json!({ "value": 9000, "source": "config" });
    assert_eq!(list[0]["facts"]["context_window"], expected, "another address");
}

#[test]
fn what_is_discovered_can_be_pasted_whatever_the_ids_are() {
    let ids = ["true", "1e3", "a: b", "llama3.2:1b", "- x", "null", "q\"uote", "#hash", "é/ñ"];
    let scripts = ids.map(|id| ModelScript::new(id).with_price("-1", "-1").with_window(None, None));
    let upstream = Upstream::new(scripts);
    let home = upstream.home("");
    let found = home.run(&["models", "discover"]).ends(0).stdout;
    home.write(
        "pasted.yaml",
        format!("llm: {{ model_roles: {{ primary: [llama3.2:1b] }} }}\n{found}"),
    );
    home.run(&["config", "check", "--config", "pasted.yaml"]).ends(0);
    let list = home.run(&["models", "list", "--json", "--config", "pasted.yaml"]).ends(0).json();
    let mut pasted: Vec<&str> =
        list.as_array().unwrap().iter().map(|model| model["model"].as_str().unwrap()).collect();
    pasted.sort_unstable();
    let mut ids = ids;
    ids.sort_unstable();
    assert_eq!(pasted, ids);
    assert_eq!(list[0]["facts"]["tools"], json!({ "value": true, "source": "config" }));
    // What is unknown is neither free nor large, and an empty list would stand for any model.
    for (option, untold) in [(&["--free-only"][..], "price"), (&["--min-context", "1"], "window")] {
        let none = home.run(&[&["models", "discover"], option].concat()).ends(0);
        assert_eq!(none.stdout, "");
        let n = ids.len();
        let why = format!("note: none of the {n} models of openrouter fits; {n} tell no {untold}");
        assert!(none.stderr.contains(&why), "{}", none.stderr);
    }
}

#[test]
fn a_catalogue_that_cannot_be_read_spoils_no_other() {
    let upstream = upstream();
    let home = upstream.home("");
    home.write(
        "config/llm_settings.yaml",
        format!(
            "llm: {{ model_roles: {{ primary: [a/first] }}, default_provider: mine }}
providers:
  gone: {{ kind: openrouter, base_url: \"http://127.0.0.1:9/api/v1\", api_key: sk-test-000 }}
  mine: {{ kind: openrouter, base_url: \"{}\", api_key: sk-test-000 }}
",
            upstream.base_url()
        ),
    );
    let found = home.run(&["models", "discover", "--free-only"]).ends(100).says(&["gone"]);
    assert!(found.stdout.starts_with("providers:\n  mine:\n"), "{}", found.stdout);
    home.run(&["models", "discover", "--provider", "gone"]).ends(100);
    home.run(&["models", "list"]).ends(0).says(&["no catalogue known for gone: run "]);
}

#[test]
fn nothing_that_was_read_is_nothing_to_paste() {
    let home = home_at("http://127.0.0.1:1/v1", "");
    home.run(&["models", "discover"]).ends(100).says(&["connect_refused"]).prints_nothing();
    let json = home.run(&["models", "discover", "--json"]).ends(100).json();
    assert_eq!(json, json!({}));
}

#[test]
fn a_model_that_does_not_exist_is_answered_with_the_nearest_names() {
    let upstream = Upstream::new([
        ModelScript::new("a/frist").with_reply(Reply::status(404)),
        ModelScript::new("b/second").with_reply(Reply::status(404)),
    ]);
    let home = upstream.home("  model_roles: { primary: [a/first] }\n");
    let asked = home.run(&["ask", "Hi"]).ends(100).says(&["  help: did you mean `a/frist`?"]);
    assert_eq!(asked.stderr.matches("help:").count(), 1);
    let json =
        home.run(&["ask", "--json", "Hi"]).ends(100).says(&["did you mean `a/frist`?"]).json();
    assert!(!json["error"]["message"].as_str().unwrap().contains('\n'));
    let list = home.run(&["models", "list"]).ends(0);
    assert!(!list.stderr.contains("no catalogue known"), "it was read once: {}", list.stderr);
}

#[test]
fn every_kind_of_provider_is_discovered_by_its_name_and_unknown_is_neither_free_nor_large() {
    let servers = Dialect::ALL.map(|dialect| {
        let model = ModelScript::new("maker:1b").with_window(Some(64_000), Some(4_000));
        (dialect, Upstream::speaking(dialect, [model.with_price("0", "0")]))
    });
    let mut settings = "llm: { model_roles: { primary: [maker:1b] } }\nproviders:\n".to_owned();
    for (dialect, upstream) in &servers {
        let base_url = upstream.base_url();
        let line = format!(
            "  my-{dialect}: {{ kind: {dialect}, api_key: sk-test-000, base_url: {base_url} }}\n"
        );
        settings.push_str(&line);
    }
    let home = Home::with_settings(&settings);
    let discover =
        |options: &[&str]| home.run(&[&["models", "discover"], options].concat()).ends(0).stdout;
    let all = discover(&[]);
    insta::assert_snapshot!(all, @r#"
    providers:
      my-openrouter:
        models:
        - name: maker:1b
          context_window: 64000
          price: { input: "0", output: "0" }
          capabilities: [tools, json_object, json_schema, stop]
      my-openai:
        models:
        - name: maker:1b
      my-anthropic:
        models:
        - name: maker:1b
          context_window: 64000
      my-ollama:
        models:
        - name: maker:1b
          context_window: 64000
          capabilities: [tools, json_object, json_schema, stop]
    "#);
    insta::assert_snapshot!(discover(&["--free-only"]), @r#"
    providers:
      my-openrouter:
        models:
        - name: maker:1b
          context_window: 64000
          price: { input: "0", output: "0" }
          capabilities: [tools, json_object, json_schema, stop]
    "#);
    insta::assert_snapshot!(discover(&["--min-context", "64000"]), @r#"
    providers:
      my-openrouter:
        models:
        - name: maker:1b
          context_window: 64000
          price: { input: "0", output: "0" }
          capabilities: [tools, json_object, json_schema, stop]
      my-anthropic:
        models:
        - name: maker:1b
          context_window: 64000
      my-ollama:
        models:
        - name: maker:1b
          context_window: 64000
          capabilities: [tools, json_object, json_schema, stop]
    "#);
    assert_eq!(discover(&["--min-context", "64001", "--provider", "my-ollama"]), "");
    home.write("config/llm_settings.local.yaml", all);
    home.run(&["config", "check"]).ends(0);
    let list = home.run(&["models", "list"]).ends(0).stdout;
    insta::assert_snapshot!(list.split_once("\n\n").unwrap().1, @r#"
    MODEL                   WINDOW   OUTPUT  TOOLS  IMAGES  JSON      REASONS  $/1M IN/OUT
    my-openrouter:maker:1b  64000 c  4000 c  yes c  no c    schema c  no c     free c
    my-anthropic:maker:1b   64000 c  4000 c  -      -       -         -        -
    my-ollama:maker:1b      64000 c  -       yes c  no c    schema c  no c     -
    c: the catalogue says so, s: the settings do, -: unknown
    "#);
}
