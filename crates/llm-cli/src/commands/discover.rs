//! `models discover`: what the providers have on offer, ready to paste.

use std::fmt::Write;

use llm_core::{Capabilities, ModelInfo, ProviderId};
use serde_json::json;

use super::facts::of_million;
use crate::{
    arguments::Discover,
    exit::Exit,
    failure::Failure,
    output::{self, ResultStream, blank},
    session::Session,
};

/// Prints the catalogues of the configured providers.
pub(super) async fn discover(
    options: &Discover,
    as_json: bool,
    session: &Session,
) -> Result<Exit, Failure> {
    let mut found = Vec::new();
    let mut failed = false;
    for provider in providers(options, session)? {
        match session.manager.catalogue(&provider).await {
            Ok(mut models) => {
                if let Some(note) = nothing_fits(&provider, &models, options) {
                    output::say(&note);
                }
                models.retain(|model| fits(model, options));
                models.sort_by(|one, other| one.id.cmp(&other.id));
                found.push((provider, models));
            }
            Err(error) => {
                failed = true;
                output::say(&format!("error: {}", blank(&error.to_string())));
            }
        }
    }
    let mut output = ResultStream::standard();
    if as_json {
        let object: serde_json::Map<_, _> =
            found.iter().map(|(provider, models)| (provider.to_string(), json!(models))).collect();
        output.json(&object)?;
    } else {
        // An empty list in the settings would stand for any model.
        found.retain(|(_, models)| !models.is_empty());
        if !found.is_empty() {
            output.foreign(&yaml(&found))?;
        }
    }
    Ok(if failed { Exit::NoAnswer } else { Exit::Done })
}

/// The providers to ask: those that can be called.
fn providers(options: &Discover, session: &Session) -> Result<Vec<ProviderId>, Failure> {
    if let Some(name) = &options.provider {
        session.knows_provider(name)?;
    }
    let is_chosen =
        |id: &ProviderId| options.provider.as_deref().is_none_or(|name| name == id.as_str());
    let providers = session.manager.providers().into_iter();
    let usable: Vec<ProviderId> = providers
        .filter(|(id, obstacle)| is_chosen(id) && obstacle.is_none())
        .map(|(id, _)| id)
        .collect();
    if usable.is_empty() {
        return Err(Failure::nothing_to_call(session.nobody_to_ask()));
    }
    Ok(usable)
}

fn fits(model: &ModelInfo, options: &Discover) -> bool {
    let free = || model.price.is_some_and(|price| price.is_free());
    let holds = |least| model.capabilities.context_window.is_some_and(|window| window >= least);
    (!options.free_only || free()) && options.min_context.is_none_or(holds)
}

/// Why nothing of a catalogue is printed: what is not told does not fit.
fn nothing_fits(provider: &ProviderId, models: &[ModelInfo], options: &Discover) -> Option<String> {
    if models.iter().any(|model| fits(model, options)) {
        return None;
    }
    let untold = |of: &dyn Fn(&ModelInfo) -> bool| models.iter().filter(|model| of(model)).count();
    let prices = untold(&|model| model.price.is_none());
    let windows = untold(&|model| model.capabilities.context_window.is_none());
    let mut note = format!("note: none of the {} models of {provider} fits", models.len());
    if options.free_only && prices > 0 {
        let _infallible = write!(note, "; {prices} tell no price");
    }
    if options.min_context.is_some() && windows > 0 {
        let _infallible = write!(note, "; {windows} tell no window");
    }
    Some(note)
}

/// The models as the settings file lists them.
fn yaml(found: &[(ProviderId, Vec<ModelInfo>)]) -> String {
    let mut text = "providers:\n".to_owned();
    for (provider, models) in found {
        let _infallible = writeln!(text, "  {}:", scalar(provider.as_str()));
        text.push_str("    models:\n");
        for model in models {
            let _infallible = write!(text, "    - name: {}", scalar(model.id.as_str()));
            if let Some(window) = model.capabilities.context_window {
                let _infallible = write!(text, "\n      context_window: {window}");
            }
            let price = model.price.unwrap_or_default();
            let prices: Vec<String> = [("input", price.input), ("output", price.output)]
                .into_iter()
                .filter_map(|(name, token)| Some(format!("{name}: \"{}\"", of_million(token?))))
                .collect();
            if !prices.is_empty() {
                let _infallible = write!(text, "\n      price: {{ {} }}", prices.join(", "));
            }
            text.push_str(&abilities(&model.capabilities));
            text.push('\n');
        }
    }
    text
}

/// What the model can do. A list of capabilities is complete in the settings, so there is one only
/// where the catalogue says everything.
fn abilities(can: &Capabilities) -> String {
    let all = [
        ("tools", can.tools),
        ("images", can.images),
        ("json_object", can.json_object),
        ("json_schema", can.json_schema),
        ("reasoning", can.reasoning),
        ("stop", can.stop),
    ];
    if all.iter().all(|(_, said)| said.is_some()) {
        let names = all.iter().filter(|(_, said)| *said == Some(true)).map(|(name, _)| *name);
        format!("\n      capabilities: [{}]", names.collect::<Vec<_>>().join(", "))
    } else {
        let reasoning = can.reasoning.map(|reasons| format!("\n      reasoning: {reasons}"));
        reasoning.unwrap_or_default()
    }
}

/// A name as YAML: plain where that is safe, else quoted.
fn scalar(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:".contains(letter);
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let words = ["true", "false", "null", "yes", "no", "on", "off"];
    let is_word = words.contains(&name.to_ascii_lowercase().as_str());
    if starts && !is_word && !name.ends_with(':') && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        json!(name).to_string()
    }
}
