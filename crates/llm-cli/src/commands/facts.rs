//! What is known of models and from where, as a table and as JSON.

use llm_core::ModelRef;
use llm_manager::{Fact, FactSource, LlmManager, ModelFacts};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Value, json};

use crate::output::{blank, table};

/// Catalogues price a token, settings a million.
const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// The price of a million tokens, where this is that of one.
pub(super) fn of_million(token: Decimal) -> Decimal {
    token.checked_mul(MILLION).unwrap_or(token).normalize()
}

/// The facts of the models of which any are known, and the settings that count for nothing.
/// Empty when nothing is known.
pub(super) fn facts_table(manager: &LlmManager, models: &[ModelRef]) -> String {
    let known: Vec<(&ModelRef, ModelFacts)> = models
        .iter()
        .map(|model| (model, manager.facts(model)))
        .filter(|(_, facts)| !facts.is_empty())
        .collect();
    if known.is_empty() {
        return String::new();
    }
    let rows: Vec<[String; 8]> = known.iter().map(|(model, facts)| row(model, facts)).collect();
    let head = ["MODEL", "WINDOW", "OUTPUT", "TOOLS", "IMAGES", "JSON", "REASONS", "$/1M IN/OUT"];
    let mut text = table(head, &rows);
    text.push_str("c: the catalogue says so, s: the settings do, -: unknown\n");
    for said in known.iter().flat_map(|(_, facts)| &facts.contradictions) {
        let line = format!(
            "without effect: `{}` says {}, the catalogue {}",
            said.setting, said.config, said.catalogue
        );
        text.push_str(&blank(&line));
        text.push('\n');
    }
    text
}

fn row(model: &ModelRef, facts: &ModelFacts) -> [String; 8] {
    [
        model.to_string(),
        cell(facts.context_window, |tokens| tokens.to_string()),
        cell(facts.max_output_tokens, |tokens| tokens.to_string()),
        ability(facts.tools),
        ability(facts.images),
        form(facts),
        ability(facts.reasoning),
        price(facts),
    ]
}

fn cell<T: Copy>(fact: Fact<T>, show: impl Fn(T) -> String) -> String {
    let mark = match fact.source {
        FactSource::Catalogue => " c",
        FactSource::Config => " s",
        _ => "",
    };
    fact.value.map_or_else(|| "-".to_owned(), |value| format!("{}{mark}", show(value)))
}

fn ability(fact: Fact<bool>) -> String {
    cell(fact, |can| if can { "yes" } else { "no" }.to_owned())
}

/// The strictest form of JSON the model is known to keep to.
fn form(facts: &ModelFacts) -> String {
    let can = |fact: Fact<bool>| fact.value == Some(true);
    if can(facts.json_schema) {
        cell(facts.json_schema, |_| "schema".to_owned())
    } else if can(facts.json_object) {
        cell(facts.json_object, |_| "object".to_owned())
    } else if facts.json_schema.value.is_some() {
        ability(facts.json_object)
    } else {
        "-".to_owned()
    }
}

fn price(facts: &ModelFacts) -> String {
    let (input, output) = (facts.input_price, facts.output_price);
    let is_free = facts.price().is_some_and(|price| price.is_free());
    let show = |token| of_million(token).to_string();
    if is_free && input.source == output.source {
        cell(input, |_| "free".to_owned())
    } else if let (Some(of_input), true) = (input.value, input.source == output.source) {
        cell(output, |of_output| format!("{}/{}", show(of_input), show(of_output)))
    } else if input.value.is_none() && output.value.is_none() {
        "-".to_owned()
    } else {
        format!("{}/{}", cell(input, show), cell(output, show))
    }
}

/// Every fact with its source; prices are US dollars for a million tokens.
pub(super) fn facts_object(facts: &ModelFacts) -> Value {
    let million = |fact: Fact<Decimal>| {
        let value = fact.value.and_then(|token| of_million(token).to_f64());
        json!({ "value": value, "source": fact.source })
    };
    json!({
        "context_window": facts.context_window,
        "max_output_tokens": facts.max_output_tokens,
        "tools": facts.tools,
        "images": facts.images,
        "json_object": facts.json_object,
        "json_schema": facts.json_schema,
        "reasoning": facts.reasoning,
        "stop": facts.stop,
        "streaming": facts.streaming,
        "input_price": million(facts.input_price),
        "output_price": million(facts.output_price),
    })
}
