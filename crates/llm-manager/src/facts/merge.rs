//! The catalogue first, then the configuration, and where the two contradict.

use llm_core::ModelInfo;
use rust_decimal::Decimal;

use super::fact::{Contradiction, Fact, ModelFacts};
use crate::config::ModelSettings;

/// What `listed`, a model's entry in the catalogue, and `settings` say. The settings of
/// contradictions are named below the model.
pub(super) fn merge(listed: Option<&ModelInfo>, settings: &ModelSettings) -> ModelFacts {
    let said = listed.map(|info| info.capabilities.clone()).unwrap_or_default();
    let price = listed.and_then(|info| info.price).unwrap_or_default();
    let config = settings.capabilities();
    let mut merger = Merger::default();
    let reasoning = if settings.reasoning.is_some() { "reasoning" } else { "capabilities" };
    // `streaming` and the longest answer are no settings: what is set is what to ask for.
    ModelFacts {
        context_window: merger.number("context_window", said.context_window, config.context_window),
        max_output_tokens: Fact::new(said.max_output_tokens, config.max_output_tokens),
        tools: merger.ability("capabilities", "tools", said.tools, config.tools),
        images: merger.ability("capabilities", "images", said.images, config.images),
        json_object: merger.ability(
            "capabilities",
            "json_object",
            said.json_object,
            config.json_object,
        ),
        json_schema: merger.ability(
            "capabilities",
            "json_schema",
            said.json_schema,
            config.json_schema,
        ),
        reasoning: merger.ability(reasoning, "reasoning", said.reasoning, config.reasoning),
        stop: merger.ability("capabilities", "stop", said.stop, config.stop),
        streaming: Fact::new(said.streaming, config.streaming),
        input_price: merger.price("price.input", price.input, settings.input_price()),
        output_price: merger.price("price.output", price.output, settings.output_price()),
        request_price: Fact::new(price.request, None),
        contradictions: merger.0,
    }
}

/// Notes where the two contradict.
#[derive(Default)]
struct Merger(Vec<Contradiction>);

impl Merger {
    fn number(&mut self, setting: &str, catalogue: Option<u64>, config: Option<u64>) -> Fact<u64> {
        self.fact(setting, catalogue, config, u64::to_string)
    }

    fn ability(
        &mut self,
        setting: &str,
        name: &str,
        catalogue: Option<bool>,
        config: Option<bool>,
    ) -> Fact<bool> {
        self.fact(setting, catalogue, config, |can| {
            if *can { name.to_owned() } else { format!("no {name}") }
        })
    }

    /// Prices of a token, shown as settings write them: for a million.
    fn price(
        &mut self,
        setting: &str,
        catalogue: Option<Decimal>,
        config: Option<Decimal>,
    ) -> Fact<Decimal> {
        self.fact(setting, catalogue, config, |token| {
            let million = token.checked_mul(Decimal::from(1_000_000)).unwrap_or(*token);
            million.normalize().to_string()
        })
    }

    fn fact<T: PartialEq>(
        &mut self,
        setting: &str,
        catalogue: Option<T>,
        config: Option<T>,
        show: impl Fn(&T) -> String,
    ) -> Fact<T> {
        if let (Some(catalogue), Some(config)) = (&catalogue, &config)
            && catalogue != config
        {
            self.0.push(Contradiction {
                setting: setting.to_owned(),
                config: show(config),
                catalogue: show(catalogue),
            });
        }
        Fact::new(catalogue, config)
    }
}

#[cfg(test)]
mod tests {
    use llm_core::{Capabilities, Price};

    use super::*;
    use crate::facts::FactSource;

    fn settings(yaml: &str) -> ModelSettings {
        serde_json::from_value(serde_saphyr::from_str(yaml).unwrap()).unwrap()
    }

    fn listed(facts: impl FnOnce(&mut Capabilities, &mut Price)) -> ModelInfo {
        let mut info = ModelInfo::new("a");
        let mut price = Price::default();
        facts(&mut info.capabilities, &mut price);
        info.price = Some(price);
        info
    }

    #[test]
    fn the_catalogue_counts_then_the_settings_else_nothing_is_known() {
        let listed = listed(|can, price| {
            can.context_window = Some(8_000);
            price.input = Some(Decimal::new(1, 6));
        });
        let settings =
            settings("{ name: a, context_window: 9000, price: { input: '1', output: '2' } }");
        let facts = merge(Some(&listed), &settings);
        assert_eq!(facts.context_window, Fact::new(Some(8_000), None));
        assert_eq!(facts.input_price.source, FactSource::Catalogue);
        assert_eq!(facts.output_price, Fact::new(None, Some(Decimal::new(2, 6))));
        assert_eq!(facts.tools, Fact::default());
        let contradiction = &facts.contradictions[0];
        let said = (&*contradiction.setting, &*contradiction.config, &*contradiction.catalogue);
        assert_eq!(said, ("context_window", "9000", "8000"));
        assert_eq!(facts.contradictions.len(), 1, "the same price is no contradiction");
    }

    #[test]
    fn a_list_of_capabilities_contradicts_by_what_it_leaves_out() {
        let listed = listed(|can, _| {
            can.tools = Some(true);
            can.images = Some(true);
            can.reasoning = Some(false);
        });
        let settings = settings("{ name: a, capabilities: [images], reasoning: true }");
        let facts = merge(Some(&listed), &settings);
        assert_eq!((facts.tools.value, facts.images.value), (Some(true), Some(true)));
        assert_eq!(facts.json_object, Fact::new(None, Some(false)));
        let said: Vec<_> = facts
            .contradictions
            .iter()
            .map(|said| [said.setting.as_str(), &said.config, &said.catalogue])
            .collect();
        assert_eq!(
            said,
            [["capabilities", "no tools", "tools"], ["reasoning", "reasoning", "no reasoning"]]
        );
    }

    #[test]
    fn nothing_known_is_no_price() {
        let facts = merge(None, &ModelSettings::new("a"));
        assert!(facts.is_empty());
        assert_eq!(facts.price(), None);
    }
}
