//! One provider's API: its connections, its wire format, and the calls made of both.

use std::time::SystemTime;

use bytes::Bytes;
use llm_core::{ChatResponse, ModelId, ProviderId, ResponseStream, Result};

use crate::{
    call::Call,
    client::HttpClient,
    codec::{Codec, Framing},
    endpoint::Endpoint,
    exchange::Exchange,
    failure::Clock,
    settings::ClientSettings,
};

/// The API of one provider. A clone shares the connections.
///
/// Every method makes one call. Errors name the provider and the model.
#[derive(Clone, Debug)]
pub struct Api<C> {
    provider: ProviderId,
    client: HttpClient,
    codec: C,
    clock: Clock,
}

impl<C: Codec> Api<C> {
    /// Sets up a client. Connects nowhere.
    ///
    /// # Errors
    ///
    /// Settings no call can be made with.
    pub fn new(provider: &ProviderId, settings: &ClientSettings, codec: C) -> Result<Self> {
        let client = HttpClient::new(settings).map_err(|error| error.with_provider(provider))?;
        #[expect(
            clippy::disallowed_methods,
            reason = "rate limits end at a time of the wall clock"
        )]
        let clock: Clock = SystemTime::now;
        Ok(Self { provider: provider.clone(), client, codec, clock })
    }

    /// The provider's name.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// Makes a call that is no conversation, and reads its answer.
    pub async fn call<T>(&self, call: Call, decode: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
        let exchange = self.exchange(None);
        let response = self.client.send(call).await;
        let response = response.map_err(|error| exchange.place(error))?;
        exchange.read(response, decode).await
    }

    /// Posts the body of a conversation and reads a whole answer.
    pub async fn answer(
        &self,
        endpoint: &Endpoint,
        model: &ModelId,
        body: Result<Bytes>,
    ) -> Result<ChatResponse> {
        let exchange = self.exchange(Some(model));
        let sent = async { self.client.send(Call::post_json(endpoint, body?)).await };
        let response = sent.await.map_err(|error| exchange.place(error))?;
        exchange.answer(response).await
    }

    /// Posts the body of a conversation and reads the answer as it comes.
    pub async fn stream(
        &self,
        endpoint: &Endpoint,
        model: &ModelId,
        body: Result<Bytes>,
    ) -> Result<ResponseStream> {
        let exchange = self.exchange(Some(model));
        let sent = async {
            let call = Call::post_json(endpoint, body?);
            let call = match C::FRAMING {
                Framing::Events => call.accepting_events(),
                Framing::Lines => call.accepting_lines(),
            };
            self.client.send(call).await
        };
        let response = sent.await.map_err(|error| exchange.place(error))?;
        exchange.stream(response).await
    }

    fn exchange(&self, model: Option<&ModelId>) -> Exchange<C> {
        Exchange::new(&self.provider, model, self.codec.clone(), self.clock)
    }
}
