//! What one request may change.

use std::time::Duration;

use crate::config::StrategyName;

/// What one request may change. What is not set follows the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// How models are chosen. Wins over [`use_parallel`](Self::use_parallel).
    pub strategy: Option<StrategyName>,
    /// Whether the fastest primary is asked first.
    pub use_fastest: Option<bool>,
    /// Whether two models answer at once: `true` is best of two, `false` is anything but.
    pub use_parallel: Option<bool>,
    /// The model to ask first: an id, `provider:id` or an alias.
    pub model: Option<String>,
    /// Whether other models may answer than the one named.
    pub fallback: bool,
    /// Models not to be asked for an answer: ids, `provider:id` or aliases. They may still judge.
    pub avoid: Vec<String>,
    /// Whether an answer that is not the JSON the request asks for is of no use, so that the next
    /// model is asked. A caller who checks answers itself switches it off.
    pub check_json: bool,
    /// The deadline of the whole request.
    pub timeout: Option<Duration>,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            strategy: None,
            use_fastest: None,
            use_parallel: None,
            model: None,
            fallback: true,
            avoid: Vec::new(),
            check_json: true,
            timeout: None,
        }
    }
}

impl GenerateOptions {
    /// Sets how models are chosen.
    #[must_use]
    pub fn with_strategy(mut self, strategy: StrategyName) -> Self {
        self.strategy = Some(strategy);
        self
    }

    /// Sets whether the fastest primary is asked first.
    #[must_use]
    pub fn with_use_fastest(mut self, use_fastest: bool) -> Self {
        self.use_fastest = Some(use_fastest);
        self
    }

    /// Sets whether two models answer at once.
    #[must_use]
    pub fn with_use_parallel(mut self, use_parallel: bool) -> Self {
        self.use_parallel = Some(use_parallel);
        self
    }

    /// Names the model to ask first.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Lets no other model answer than the one named, or than the first.
    #[must_use]
    pub fn without_fallback(mut self) -> Self {
        self.fallback = false;
        self
    }

    /// Names models not to be asked for an answer, beside those already named.
    ///
    /// They are left out as [`ExclusionReason::Avoided`](llm_core::ExclusionReason::Avoided),
    /// whatever the strategy; naming one of them as the model to ask is an error.
    #[must_use]
    pub fn with_avoid(mut self, models: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.avoid.extend(models.into_iter().map(Into::into));
        self
    }

    /// Leaves it to the caller whether an answer is the JSON that was asked for.
    #[must_use]
    pub fn without_json_check(mut self) -> Self {
        self.check_json = false;
        self
    }

    /// Sets the deadline of the whole request.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The strategy of a request under this configuration.
    ///
    /// A model that is named goes first and the chain follows: asking two at once would not be
    /// asking it first, so that takes an explicit word.
    pub(crate) fn strategy_under(&self, configured: StrategyName) -> StrategyName {
        if let Some(strategy) = self.strategy {
            return strategy;
        }
        match (self.use_parallel, configured) {
            (Some(true), _) => StrategyName::BestOfTwo,
            (Some(false), StrategyName::BestOfTwo) => StrategyName::Single,
            (None, StrategyName::BestOfTwo) if self.model.is_some() => StrategyName::Single,
            (_, configured) => configured,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_said_last_and_clearest_decides_the_strategy() {
        use StrategyName::{BestOfTwo, Fallback, Single};
        let options = GenerateOptions::default();
        let check = |options: &GenerateOptions, configured, expected| {
            assert_eq!(options.strategy_under(configured), expected, "{options:?}");
        };
        check(&options, Fallback, Fallback);
        check(&options.clone().with_use_parallel(true), Single, BestOfTwo);
        check(&options.clone().with_use_parallel(false), BestOfTwo, Single);
        check(&options.clone().with_use_parallel(false), Fallback, Fallback);
        check(&options.clone().with_use_parallel(true).with_strategy(Single), BestOfTwo, Single);
        check(&options.clone().with_model("a"), BestOfTwo, Single);
        check(&options.with_model("a").with_strategy(BestOfTwo), Single, BestOfTwo);
    }
}
