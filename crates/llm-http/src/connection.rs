//! What every provider over HTTP is told about its connection.

use std::time::Duration;

use llm_core::{Error, ErrorKind, Execution, ProviderId, Result};
use secrecy::{ExposeSecret, SecretString};

use crate::{resolver::Resolver, settings::ClientSettings};

/// Where a provider is and how it is reached. Values of headers never show in its `Debug` form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// The provider's name in errors and reports.
    pub id: ProviderId,
    /// The address of the API.
    pub base_url: String,
    /// How long connecting may take; `None` leaves it to the client.
    pub connect_timeout: Option<Duration>,
    /// Who says where hosts are; `None` leaves it to the system.
    pub resolver: Option<Resolver>,
    /// Headers sent with every call.
    pub headers: Vec<(String, SecretString)>,
}

impl Connection {
    /// A provider of this name at this address.
    pub fn new(id: impl Into<ProviderId>, base_url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            base_url: base_url.into(),
            connect_timeout: None,
            resolver: None,
            headers: Vec::new(),
        }
    }

    /// The client's settings that follow.
    pub fn client_settings(&self) -> ClientSettings {
        let mut settings = ClientSettings::default();
        if let Some(connect_timeout) = self.connect_timeout {
            settings = settings.with_connect_timeout(connect_timeout);
        }
        if let Some(resolver) = &self.resolver {
            settings = settings.with_resolver(resolver.clone());
        }
        let headers = self.headers.iter().cloned();
        headers.fold(settings, |settings, (name, value)| settings.with_header(name, value))
    }
}

/// Makes sure that a header can carry a key; `owner` is whose key it is, for people.
///
/// # Errors
///
/// [`ErrorKind::UpstreamAuth`] for a blank key and one with a character no key has.
pub fn check_key(api_key: &SecretString, owner: &str) -> Result<()> {
    let key = api_key.expose_secret();
    let message = if key.trim().is_empty() {
        format!("api_key is empty: set {owner}'s key")
    } else if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    } else {
        "api_key holds a character no key has, such as a space or a line break".to_owned()
    };
    Err(Error::new(ErrorKind::UpstreamAuth, message).with_execution(Execution::NotSent))
}

/// The methods by which a provider's configuration changes its `connection`, for use inside its
/// `impl`. They are the same for all, and whoever uses one provider needs no other crate for them.
#[macro_export]
macro_rules! connection_methods {
    () => {
        /// Names the provider in errors and reports.
        #[must_use]
        pub fn with_id(mut self, id: impl Into<$crate::__private::ProviderId>) -> Self {
            self.connection.id = id.into();
            self
        }

        /// Sets the address. A slash at its end is fine.
        #[must_use]
        pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
            self.connection.base_url = base_url.into();
            self
        }

        /// Limits how long connecting may take.
        #[must_use]
        pub fn with_connect_timeout(mut self, connect_timeout: ::std::time::Duration) -> Self {
            self.connection.connect_timeout = Some(connect_timeout);
            self
        }

        /// Asks `find` for the addresses of hosts, instead of the system.
        #[must_use]
        pub fn with_resolver<F, R>(mut self, find: F) -> Self
        where
            F: Fn(String) -> R + Send + Sync + 'static,
            R: Future<Output = ::std::io::Result<Vec<::std::net::IpAddr>>> + Send + 'static,
        {
            self.connection.resolver = Some($crate::Resolver::new(find));
            self
        }

        /// Adds a header to every call.
        #[must_use]
        pub fn with_header(
            mut self,
            name: impl Into<String>,
            value: impl Into<$crate::__private::SecretString>,
        ) -> Self {
            self.connection.headers.push((name.into(), value.into()));
            self
        }
    };
}
