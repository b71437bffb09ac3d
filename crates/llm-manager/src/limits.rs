//! Which time limit holds: the model's, else the provider's, else that of all, else that of its
//! kind, else the default.

use std::time::Duration;

use llm_strategies::Timeouts;

use crate::{
    config::{Config, ModelSettings, ProviderSettings, Seconds, TimeoutSettings},
    registry::ProviderHabits,
};

/// How long a connection may take, where nothing is configured.
const CONNECT: Duration = Duration::from_secs(5);

/// The limits of a model's attempts.
pub(crate) fn of_model(
    config: &Config,
    provider: &ProviderSettings,
    model: &ModelSettings,
    habits: ProviderHabits,
) -> Timeouts {
    let chosen = |read: fn(&TimeoutSettings) -> Option<Seconds>, default| {
        let own = read(&model.timeouts).map(|limit| limit.0);
        own.unwrap_or_else(|| of_provider(config, provider, read, default))
    };
    let mut timeouts = Timeouts::default();
    timeouts.first_token =
        chosen(|limits| limits.first_token, habits.first_token.unwrap_or(timeouts.first_token));
    timeouts.idle = chosen(|limits| limits.idle, timeouts.idle);
    timeouts.progress = chosen(|limits| limits.progress, timeouts.progress);
    timeouts
}

/// How long a connection to a provider may take.
pub(crate) fn connect(config: &Config, provider: &ProviderSettings) -> Duration {
    of_provider(config, provider, |limits| limits.connect, CONNECT)
}

fn of_provider(
    config: &Config,
    provider: &ProviderSettings,
    read: fn(&TimeoutSettings) -> Option<Seconds>,
    default: Duration,
) -> Duration {
    let everywhere = &config.settings().llm.timeouts;
    read(&provider.timeouts).or_else(|| read(everywhere)).map_or(default, |limit| limit.0)
}
