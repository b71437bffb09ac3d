//! The list of models.

use llm_core::{Error, ErrorKind, ModelInfo, Result};
use llm_http::Word;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Word<'a>,
}

/// Reads the answer of `GET /models`. A model that cannot be read is left out.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<ModelInfo>> {
    let unreadable = |message| Error::new(ErrorKind::MalformedResponse, message);
    let body: Body<'_> = serde_json::from_slice(body)
        .map_err(|_| unreadable("the list of models is not the JSON expected"))?;
    let models: Vec<_> = body.data.iter().filter_map(|raw| model(raw)).collect();
    if models.is_empty() && !body.data.is_empty() {
        return Err(unreadable("no model of the list can be read"));
    }
    Ok(models)
}

fn model(raw: &RawValue) -> Option<ModelInfo> {
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    Some(ModelInfo::new(wire.id.as_deref()?))
}
