//! Every kind of failure has a verdict and an advice.

use std::{fmt::Write, sync::Arc};

use llm_core::{Error, ErrorKind, ModelRole};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{CallVerdict, Profile, verdict};

use crate::support::{options, runner, target};

#[tokio::test(start_paused = true)]
async fn every_kind_has_its_row() {
    let mut table = String::new();
    for kind in ErrorKind::ALL {
        let step = Step::fail(Error::new(*kind, "scripted"));
        let provider = Arc::new(ScriptedProvider::new("mock").with_model("acme/one", [step]));
        let mut target = target(&provider, "acme/one", ModelRole::Primary);
        target.place = Some("llm_settings.yaml:14".to_owned());
        let report = runner(vec![target], options(Profile::Smoke)).test_all_models().await;
        let call = &report.models[0].calls[0];
        assert_eq!(call.error_type.as_deref(), Some(kind.as_str()));
        assert_eq!(call.verdict, verdict(*kind));
        assert_ne!(call.verdict, CallVerdict::Ok);
        let hint = call.hint.as_deref().unwrap();
        assert!(!hint.is_empty());
        let _ = writeln!(table, "{:22} {:8} {hint}", kind.as_str(), call.verdict.as_str());
    }
    insta::assert_snapshot!(table);
}
