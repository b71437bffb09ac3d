//! The recorded data: how fast endpoints were, and when people asked for how much.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, de::DeserializeOwned};

/// The endpoints replayed, in the order in which the chain names them, and as the data does.
const ENDPOINTS: [&str; 6] =
    ["anyscale", "bedrock", "fireworks", "perplexity", "replicate", "together"];
const LATENCY: &str = "latency_70b.csv";
const ARRIVALS: &str = "arrivals.csv";

/// What was recorded.
#[derive(Clone, Debug)]
pub struct Records {
    /// The endpoints, in chain order.
    pub endpoints: Vec<Endpoint>,
    /// When people asked, in order of time.
    pub arrivals: Vec<Arrival>,
}

/// An endpoint and its answered calls.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// How fast each call was.
    pub pairs: Vec<Pair>,
}

/// How fast one call was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Seconds until the first token.
    pub first_token: f64,
    /// Seconds a token took from then on.
    pub per_token: f64,
}

/// A request that somebody made.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Arrival {
    /// When, in seconds.
    #[serde(rename = "t_s")]
    pub at: f64,
    /// Tokens of the answer.
    #[serde(rename = "out_tokens")]
    pub tokens: u32,
}

#[derive(Debug, Deserialize)]
struct Call {
    endpoint: String,
    ok: u8,
    out_tokens: Option<f64>,
    ttft_s: Option<f64>,
    total_s: Option<f64>,
}

impl Records {
    /// Reads the data from a folder; `None` where it is not there.
    ///
    /// # Errors
    ///
    /// When it is there but not as expected.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let (latency, arrivals) = (folder.join(LATENCY), folder.join(ARRIVALS));
        if !latency.is_file() || !arrivals.is_file() {
            return Ok(None);
        }
        let calls: Vec<Call> = rows(&latency)?;
        let endpoints = ENDPOINTS.iter().map(|name| endpoint(name, &calls)).collect();
        let records = Self { endpoints, arrivals: rows(&arrivals)? };
        for Endpoint { name, pairs } in &records.endpoints {
            ensure!(!pairs.is_empty(), "{LATENCY} has no answered call of {name}");
        }
        Ok(Some(records))
    }
}

fn endpoint(name: &str, calls: &[Call]) -> Endpoint {
    let own = calls.iter().filter(|call| call.ok == 1 && call.endpoint == format!("{name}_70b"));
    Endpoint { name: name.to_owned(), pairs: own.filter_map(pair).collect() }
}

fn pair(call: &Call) -> Option<Pair> {
    let (first_token, total, tokens) = (call.ttft_s?, call.total_s?, call.out_tokens?);
    (tokens > 0.0).then(|| Pair { first_token, per_token: (total - first_token) / tokens })
}

fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let read = || csv::Reader::from_path(path)?.into_deserialize().collect::<csv::Result<_>>();
    read().with_context(|| format!("cannot read {}", path.display()))
}
