//! Types of single values: durations, dollars, secrets.

use std::{borrow::Cow, fmt, time::Duration};

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A length of time: seconds as a number, or text such as `200s`, `3m`, `1.5s`, `250ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub Duration);

/// An amount of US dollars, written as a number or as text; exact either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dollars(pub Decimal);

impl Dollars {
    /// For one token, where this is for a million.
    pub(crate) fn of_token(self) -> Option<Decimal> {
        self.0.checked_div(Decimal::from(1_000_000))
    }
}

/// A secret. It is neither printed nor serialized.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

/// Why a text is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadDuration {
    /// It is something else.
    NotADuration,
    /// It is negative, not finite or beyond all clocks.
    OutOfRange,
}

impl Seconds {
    /// That many whole seconds.
    pub const fn new(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Reads the text of a setting.
    pub(crate) fn parse(text: &str) -> Result<Self, BadDuration> {
        let text = text.trim();
        let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
        let (number, unit) = units
            .iter()
            .find_map(|(name, seconds)| Some((text.strip_suffix(name)?, *seconds)))
            .unwrap_or((text, 1.0));
        if is_not_finite(number) {
            return Err(BadDuration::OutOfRange);
        }
        let number: f64 = number.trim().parse().map_err(|_| BadDuration::NotADuration)?;
        Duration::try_from_secs_f64(number * unit).map(Self).map_err(|_| BadDuration::OutOfRange)
    }
}

/// Whether the text is what YAML calls infinite or not a number.
pub(crate) fn is_not_finite(text: &str) -> bool {
    [".nan", ".inf", "-.inf", "+.inf"].contains(&text.to_ascii_lowercase().as_str())
}

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.subsec_nanos() == 0 {
            serializer.serialize_u64(self.0.as_secs())
        } else {
            serializer.serialize_f64(self.0.as_secs_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds).map(Self).map_err(D::Error::custom)
    }
}

impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "pattern": r"^\s*[0-9.]+\s*(ms|s|m|h)?\s*$|^\$\{",
            "x-type": "duration",
            "minimum": 0.001,
            "maximum": 3600,
        })
    }
}

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

impl JsonSchema for Dollars {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Dollars".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "pattern": r"^[0-9]+(\.[0-9]+)?$|^\$\{",
            "x-type": "decimal",
            "minimum": 0,
        })
    }
}

impl Secret {
    /// The secret, to be handed on as one.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.expose_secret().is_empty()
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "secret" })
    }
}
