//! What to do when there is nothing to call.

use std::fmt::Write;

use super::blank;

/// A provider whose key is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MissingKey {
    /// The provider.
    pub(crate) provider: String,
    /// The variable that should hold the key.
    pub(crate) variable: String,
    /// Where a key can be had.
    pub(crate) page: Option<&'static str>,
}

/// What a person without a key reads. `simulated` is a command that needs none.
pub(crate) fn nothing_to_call(missing: &[MissingKey], simulated: Option<&str>) -> String {
    let Some(first) = missing.first() else {
        let sandbox = simulated.map(|command| format!("  {command}    simulated models, free\n"));
        return format!(
            "error: no model can be called: every provider or model is switched off\n\n\
             Try one of these:\n{}  \
             set `enabled: true` in the settings file, then run this command again",
            sandbox.unwrap_or_default()
        );
    };
    let provider = |missing: &MissingKey| missing.provider.chars().count();
    let variable = |missing: &MissingKey| missing.variable.chars().count();
    let providers = missing.iter().map(provider).chain([8]).max().unwrap_or(8);
    let variables = missing.iter().map(variable).chain([12]).max().unwrap_or(12);
    let mut text =
        "No API key found, so no hosted model was called. Nothing was spent.\n\n".to_owned();
    let head = format!("  {:providers$}   {:variables$}   state", "provider", "key variable");
    text.push_str(&head);
    for MissingKey { provider, variable, page } in missing {
        let (provider, variable) = (blank(provider), blank(variable));
        let _infallible =
            write!(text, "\n  {provider:providers$}   {variable:variables$}   not set");
        if let Some(page) = page {
            let _infallible = write!(text, "      get one: {page}");
        }
    }
    let export = format!("export {}=...", blank(&first.variable));
    let ways = simulated.map(|command| (command, "the same against simulated models, free"));
    let ways = ways.into_iter().chain([(&*export, "then run this command again")]);
    let width = ways.clone().map(|(way, _)| way.chars().count()).max().unwrap_or_default() + 4;
    text.push_str("\n\nTry one of these:");
    for (way, what) in ways {
        let _infallible = write!(text, "\n  {way:width$}{what}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_a_key_learns_which_and_where_to_get_it() {
        let missing = [
            MissingKey {
                provider: "openrouter".into(),
                variable: "OPENROUTER_API_KEY".into(),
                page: Some("https://openrouter.ai/keys"),
            },
            MissingKey { provider: "own".into(), variable: "OWN_KEY".into(), page: None },
        ];
        insta::assert_snapshot!(nothing_to_call(&missing, Some("llm-manager test-models --sandbox")), @r"
        No API key found, so no hosted model was called. Nothing was spent.

          provider     key variable         state
          openrouter   OPENROUTER_API_KEY   not set      get one: https://openrouter.ai/keys
          own          OWN_KEY              not set

        Try one of these:
          llm-manager test-models --sandbox    the same against simulated models, free
          export OPENROUTER_API_KEY=...        then run this command again
        ");
    }
}
