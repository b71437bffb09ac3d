//! `models discover`: what the providers have on offer, ready to paste.

use std::{collections::BTreeSet, fmt::Write};

use llm_core::{ExclusionReason, ModelInfo, ProviderId};
use rust_decimal::Decimal;
use serde_json::json;

use crate::{
    arguments::Discover,
    exit::Exit,
    failure::Failure,
    output::{self, ResultStream, blank},
    session::Session,
};

/// Catalogues price a token, settings a million.
const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

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
        output.foreign(&yaml(&found))?;
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
    let models = session.manager.models();
    let unusable = |reason: &Option<ExclusionReason>| {
        matches!(reason, Some(ExclusionReason::MissingKey(_) | ExclusionReason::Disabled))
    };
    let usable: BTreeSet<ProviderId> = models
        .iter()
        .filter(|standing| is_chosen(&standing.model.provider) && !unusable(&standing.obstacle))
        .map(|standing| standing.model.provider.clone())
        .collect();
    if usable.is_empty() {
        return Err(Failure::nothing_to_call(session.nobody("models discover")));
    }
    Ok(usable.into_iter().collect())
}

fn fits(model: &ModelInfo, options: &Discover) -> bool {
    let free = || model.price.is_some_and(|price| price.is_free());
    let holds = |least| model.capabilities.context_window.is_some_and(|window| window >= least);
    (!options.free_only || free()) && options.min_context.is_none_or(holds)
}

/// The models as the settings file lists them.
fn yaml(found: &[(ProviderId, Vec<ModelInfo>)]) -> String {
    let mut text = "providers:\n".to_owned();
    for (provider, models) in found {
        let _infallible = writeln!(text, "  {}:", scalar(provider.as_str()));
        text.push_str(if models.is_empty() { "    models: []\n" } else { "    models:\n" });
        for model in models {
            let _infallible = write!(text, "    - name: {}", scalar(model.id.as_str()));
            if let Some(window) = model.capabilities.context_window {
                let _infallible = write!(text, "\n      context_window: {window}");
            }
            let price = model.price.and_then(|price| Some((price.input?, price.output?)));
            if let Some((input, output)) = price {
                let million = |token: Decimal| token.checked_mul(MILLION).unwrap_or(token);
                let (input, output) = (million(input).normalize(), million(output).normalize());
                let _infallible =
                    write!(text, "\n      price: {{ input: \"{input}\", output: \"{output}\" }}");
            }
            text.push('\n');
        }
    }
    text
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
