//! `models list` and `models discover`.

use llm_testkit::simulator::ModelScript;

use crate::support::Upstream;

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
    let list = home.run(&["models", "list", "--json"]).ends(0).json();
    insta::assert_json_snapshot!(list[0], @r#"
    {
      "error_count": 0,
      "last_response_time": null,
      "model": "a/first",
      "provider": "openrouter",
      "reason": null,
      "role": "primary",
      "success_count": 0,
      "usable": true
    }
    "#);
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
