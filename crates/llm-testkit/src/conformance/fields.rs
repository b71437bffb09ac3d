//! The check of what not every provider can say: it is sent, or refused, never lost.

use llm_core::{ChatRequest, ErrorKind, ModelId, Provider, Sampling};

use super::{
    asking::{Way, ask, ensure},
    fixture::Fixture,
    upstream::Upstream,
};

/// Each wish about sampling reaches the upstream, or the call fails with a kind that says why.
pub(super) async fn sampling(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
    upstream: &dyn Upstream,
) -> Result<(), String> {
    for (field, mark, sampling) in wishes() {
        for way in Way::BOTH {
            let request = ChatRequest::from("Say hello.").with_sampling(sampling.clone());
            let asked = ask(provider, model, request, way, fixture.patience).await?;
            let name = way.name();
            if let Err(error) = asked.result {
                let clear = [ErrorKind::UnsupportedParam, ErrorKind::InvalidRequest];
                ensure(clear.contains(&error.kind()), || {
                    format!("{name}: {field} is refused as {}", error.kind())
                })?;
                continue;
            }
            let Some(sent) = upstream.last_request(model) else {
                return Err("the upstream does not tell what it was asked".to_owned());
            };
            ensure(sent.contains(mark), || format!("{name}: {field} was lost without an error"))?;
        }
    }
    Ok(())
}

/// A field, the mark it leaves in a request, and the wish itself.
fn wishes() -> Vec<(&'static str, &'static str, Sampling)> {
    let none = Sampling::default;
    vec![
        ("temperature", "0.53125", Sampling { temperature: Some(0.531_25), ..none() }),
        ("top_p", "0.40625", Sampling { top_p: Some(0.406_25), ..none() }),
        ("top_k", "4861", Sampling { top_k: Some(4_861), ..none() }),
        ("frequency_penalty", "0.28125", Sampling { frequency_penalty: Some(0.281_25), ..none() }),
        ("presence_penalty", "0.34375", Sampling { presence_penalty: Some(0.343_75), ..none() }),
        ("stop", "zzz", Sampling { stop: ["zzz".to_owned()].into(), ..none() }),
        ("seed", "48619", Sampling { seed: Some(48_619), ..none() }),
    ]
}
