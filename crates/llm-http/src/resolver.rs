//! Who says where a host is, and for how long it is asked.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::timeout;

/// Finds the addresses of a host. Hosts that are addresses themselves are never looked up.
#[derive(Clone)]
pub struct Resolver(Arc<Find>);

type Find = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

impl Resolver {
    /// A resolver that asks `find` for a host's addresses, in the order they are to be tried.
    pub fn new<F, R>(find: F) -> Self
    where
        F: Fn(String) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        Self(Arc::new(move |host| find(host).boxed()))
    }
}

impl Default for Resolver {
    /// The system's own.
    fn default() -> Self {
        Self::new(|host| async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Resolver(..)")
    }
}

/// A resolver that is asked for less long than connecting may take, so that the error can say that
/// it was the name.
#[derive(Debug)]
pub(crate) struct Lookup {
    resolver: Resolver,
    limit: Duration,
}

impl Lookup {
    pub(crate) fn within(connect_timeout: Duration, resolver: Resolver) -> Self {
        Self { resolver, limit: connect_timeout.mul_f64(0.9) }
    }
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let found = timeout(self.limit, (self.resolver.0)(name.as_str().to_owned()));
        Box::pin(async move {
            // A time that is up becomes an I/O error of that kind.
            let addresses = found.await.map_err(io::Error::from)??;
            // The port of the call stands in for 0.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
