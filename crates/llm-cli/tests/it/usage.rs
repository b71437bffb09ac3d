//! Wrong command lines: exit 2, and what would have been right.

use crate::support::{Home, Upstream};
use llm_testkit::simulator::Reply;

#[test]
fn what_is_not_an_option_is_refused() {
    let home = Home::new();
    home.run(&["ask", "--nonsense", "hi"]).ends(2).prints_nothing().says(&["--nonsense"]);
    home.run(&["test-models", "--baseline", "latest"]).ends(2).says(&["--baseline"]);
    home.run(&["asc", "hi"]).ends(2).says(&["ask"]);
    home.run(&[]).ends(2).says(&["Usage"]);
    home.run(&["ask"]).ends(2).says(&["PROMPT"]);
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let home = Home::new();
    home.run(&["ask", "--parallel", "--strategy", "single", "hi"]).ends(2).says(&["--strategy"]);
    home.run(&["ask", "--no-fallback", "hi"]).ends(2).says(&["--model"]);
    home.run(&["ask", "--batch", "hi"]).ends(2).says(&["--batch"]);
}

#[test]
fn values_out_of_range_are_refused() {
    let home = Home::new();
    home.run(&["ask", "--strategy", "singel", "hi"]).ends(2).says(&["single"]);
    home.run(&["ask", "--timeout", "0", "hi"]).ends(2).says(&["above 0"]);
    home.run(&["ask", "--timeout", "soon", "hi"]).ends(2).says(&["60s"]);
    home.run(&["ask", "--max-tokens", "0", "hi"]).ends(2).says(&["--max-tokens"]);
    home.run(&["test-models", "--repeats", "0"]).ends(2).says(&["1..=100"]);
    home.run(&["test-models", "--export", "pdf"]).ends(2).says(&["markdown"]);
    home.run(&["test-models", "--export", "json="]).ends(2).says(&["path"]);
    home.run(&["test-models", "--role", "boss"]).ends(2).says(&["primary"]);
}

#[test]
fn an_empty_prompt_is_refused_before_anything_is_read() {
    let home = Home::new();
    home.run(&["ask", ""]).ends(2).prints_nothing().says(&["the prompt is empty"]);
    home.run(&["ask", " \t\n "]).ends(2).says(&["the prompt is empty"]);
    home.run_with(&["ask", "-"], "\n").ends(2).says(&["the prompt is empty"]);
    home.run_with(&["ask", "-"], [0xff, 0xfe]).ends(2).says(&["UTF-8"]);
}

#[test]
fn an_unknown_model_is_refused_with_the_nearest_name() {
    let upstream = Upstream::failing(Reply::answer());
    let home = upstream.home("");
    home.write(
        "strict.yaml",
        format!(
            "llm: {{ model_roles: {{ primary: [acme/swift-8b] }} }}\nproviders:\n  openrouter:\n    \
             base_url: {}\n    api_key: sk-test-000\n    models: [acme/swift-8b, acme/sage-70b]\n",
            upstream.base_url()
        ),
    );
    let ask = ["ask", "--config", "strict.yaml", "--model", "acme/swift-8", "hi"];
    home.run(&ask).ends(2).prints_nothing().says(&["acme/swift-8b"]);
    let test = ["test-models", "--config", "strict.yaml", "acme/sage-7b"];
    home.run(&test).ends(2).prints_nothing().says(&["acme/sage-70b"]);
    let provider = ["test-models", "--config", "strict.yaml", "--provider", "openroter"];
    home.run(&provider).ends(2).says(&["openrouter"]);
    assert_eq!(upstream.called(), [""; 0]);
}

#[test]
fn help_and_version_are_results() {
    let home = Home::new();
    let help = home.run(&["--help"]).ends(0);
    assert!(help.stdout.contains("test-models") && help.stdout.contains("130 interrupted"));
    assert!(home.run(&["ask", "--help"]).ends(0).stdout.contains("--no-fastest"));
    assert!(home.run(&["--version"]).ends(0).stdout.starts_with("llm-manager "));
}
