//! Where calls go: an address, read and checked once.

use std::{fmt, net::IpAddr};

use llm_core::Result;
use reqwest::Url;

use crate::settings::unusable;

/// An address that calls go to; make it once and keep it.
///
/// It is public by contract: a secret goes into a header, never into it. Its `Debug` form does
/// not show it all the same, nor does any error.
///
/// ```
/// use llm_http::Endpoint;
///
/// let api = Endpoint::new("https://example.com/v1/")?;
/// let chat = api.join("chat/completions");
/// assert!(Endpoint::new("example.com").is_err());
/// # Ok::<(), llm_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Endpoint {
    pub(crate) url: Url,
    /// Whether the address is that of this machine itself.
    pub(crate) is_local: bool,
}

impl Endpoint {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// [`UpstreamMisconfigured`](llm_core::ErrorKind::UpstreamMisconfigured) for what is no
    /// address, does not begin with `http://` or `https://`, or holds a user name or password.
    pub fn new(text: &str) -> Result<Self> {
        let url = Url::parse(text)
            .map_err(|_| unusable("base_url is not an address, write it like https://host/path"))?;
        // A third slash would be read over, and the first part of the path taken for the host.
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if !is_web || text.contains(":///") {
            return Err(unusable("base_url must begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(unusable("base_url holds a user name or password, use api_key or headers"));
        }
        let is_local = is_this_machine(&url);
        Ok(Self { url, is_local })
    }

    /// The address of `path` below this one, with this one's query. A slash at the end of this
    /// one is fine.
    #[must_use]
    pub fn join(&self, path: &str) -> Self {
        let mut joined = self.clone();
        joined.url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        joined
    }

    /// This address with one more field in its query.
    #[must_use]
    pub fn with_query(&self, name: &str, value: &str) -> Self {
        let mut asking = self.clone();
        asking.url.query_pairs_mut().append_pair(name, value);
        asking
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Endpoint").finish_non_exhaustive()
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match address {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}
