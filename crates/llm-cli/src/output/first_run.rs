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

/// What a person without a key reads. `command` is what they typed, up to its subcommand.
pub(crate) fn nothing_to_call(missing: &[MissingKey], command: &str) -> String {
    let Some(first) = missing.first() else {
        return format!(
            "error: no model can be called: every provider or model is switched off\n\n\
             Try one of these:\n  {command} --sandbox    simulated models, free\n  \
             set `enabled: true` in the settings file, then run this command again"
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
    let sandbox = format!("{command} --sandbox");
    let export = format!("export {}=...", blank(&first.variable));
    let width = sandbox.chars().count().max(export.chars().count()) + 4;
    let _infallible = write!(
        text,
        "\n\nTry one of these:\n  {sandbox:width$}the same against simulated models, free\
         \n  {export:width$}then run this command again"
    );
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
        insta::assert_snapshot!(nothing_to_call(&missing, "llm-manager test-models"), @r"
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
