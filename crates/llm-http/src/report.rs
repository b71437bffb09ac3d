//! The error a body holds, in any of the shapes providers give it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::word::Word;

/// What a provider says went wrong. Every field is optional, because each is missing somewhere.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report<'a> {
    /// What happened, in the provider's words.
    pub message: Option<Cow<'a, str>>,
    /// The code: a status or a word.
    pub code: Option<Cow<'a, str>>,
    /// The field of the request that is to blame: `param`, or the place a check of it names.
    pub param: Option<Cow<'a, str>>,
    /// The class of error: `type`, or `status` where that is a word.
    pub class: Option<Cow<'a, str>>,
    /// `error_type`, a stable vocabulary where it exists.
    pub error_type: Option<Cow<'a, str>>,
    /// The status the error stands for, where it is not in `code`.
    pub http_status: Option<u16>,
    /// `metadata`, whose shape is the provider's own.
    pub metadata: Option<&'a RawValue>,
    /// `availability`, whose shape is the provider's own.
    pub availability: Option<&'a RawValue>,
    /// `details`, whose shape is the provider's own.
    pub details: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    message: Word<'a>,
    #[serde(borrow)]
    code: Word<'a>,
    #[serde(borrow)]
    param: Word<'a>,
    #[serde(borrow)]
    r#type: Word<'a>,
    #[serde(borrow)]
    status: Word<'a>,
    #[serde(borrow)]
    error_type: Word<'a>,
    #[serde(borrow)]
    http_status: Word<'a>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    availability: Option<&'a RawValue>,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

/// What a check of the request found wrong, and where.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail<'a> {
    #[serde(borrow)]
    msg: Word<'a>,
    #[serde(borrow)]
    loc: Vec<Word<'a>>,
}

impl<'a> Report<'a> {
    /// Reads the value of an `error` field: an object or a text. `None` for what means that
    /// nothing went wrong, such as `null`.
    pub fn of(error: &'a RawValue) -> Option<Self> {
        let text = error.get();
        match text.bytes().next()? {
            b'{' => Some(Self::from(serde_json::from_str::<Wire<'_>>(text).unwrap_or_default())),
            b'"' => {
                let message = serde_json::from_str::<Word<'_>>(text).ok()?.into_text()?;
                Some(Self { message: Some(message), ..Self::default() })
            }
            b'n' | b'f' => None,
            _ => Some(Self::default()),
        }
    }

    /// Finds the error of a body that is one: under `error`, under `detail`, at its top, or in the
    /// first element of a list. `None` if the body is no JSON or says nothing.
    pub fn find(body: &'a str) -> Option<Self> {
        if body.starts_with('[') {
            let list: Vec<&'a RawValue> = serde_json::from_str(body).ok()?;
            let first = list.first()?.get();
            return if first.starts_with('{') { Self::find(first) } else { None };
        }
        let outer: Body<'a> = serde_json::from_str(body).ok()?;
        if let Some(error) = outer.error {
            return Self::of(error);
        }
        if let Some(detail) = outer.detail {
            return Self::of_detail(detail);
        }
        // Some put the whole detail where the message belongs.
        if let Some(message) = outer.message.filter(|raw| raw.get().starts_with('{')) {
            return Self::find(message.get());
        }
        let report = Self::from(serde_json::from_str::<Wire<'a>>(body).ok()?);
        (report.message.is_some() || report.code.is_some()).then_some(report)
    }

    /// Reads the value of a `detail` field: a list of what a check found wrong, or an error.
    fn of_detail(detail: &'a RawValue) -> Option<Self> {
        let list: Option<Vec<Detail<'a>>> = serde_json::from_str(detail.get()).ok();
        let Some(first) = list.and_then(|list| list.into_iter().next()) else {
            return Self::of(detail);
        };
        let place: Vec<_> = first.loc.iter().filter_map(Word::as_deref).collect();
        let place = place.strip_prefix(&["body"]).unwrap_or(&place).join(".");
        Some(Self {
            message: first.msg.into_text(),
            param: (!place.is_empty()).then_some(Cow::Owned(place)),
            ..Self::default()
        })
    }

    /// The HTTP status the error stands for, if it names one.
    pub fn status(&self) -> Option<u16> {
        let code = || self.code.as_deref()?.parse().ok();
        self.http_status.or_else(code).filter(|status| (400..1000).contains(status))
    }

    /// The words that name the error, the most telling first.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        [&self.error_type, &self.code, &self.class].into_iter().filter_map(Option::as_deref)
    }
}

impl<'a> From<Wire<'a>> for Report<'a> {
    fn from(wire: Wire<'a>) -> Self {
        Self {
            message: wire.message.into_text(),
            code: wire.code.into_text(),
            param: wire.param.into_text(),
            class: wire.r#type.into_text().or_else(|| wire.status.into_text()),
            error_type: wire.error_type.into_text(),
            http_status: wire.http_status.as_deref().and_then(|status| status.parse().ok()),
            metadata: wire.metadata,
            availability: wire.availability,
            details: wire.details,
        }
    }
}
