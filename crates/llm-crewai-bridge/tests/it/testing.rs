//! Tests of the models.

use llm_core::ErrorKind;
use llm_crewai_bridge::{FaultKind, Tests};
use llm_testkit::fakes::Step;

use crate::support::{read, service};

#[tokio::test(start_paused = true)]
async fn a_run_says_who_works_and_writes_a_report() {
    let (service, _) = service([Step::error(ErrorKind::Overloaded)]);
    let tests = Tests::new(r#"{ "profile": "smoke" }"#).unwrap();
    assert!(tests.working_models().is_empty());
    let report = read(&tests.run(&service).await.unwrap());
    assert_eq!(report["models"].as_array().unwrap().len(), 2);
    assert_eq!(tests.working_models(), ["acme/two"]);
    assert_eq!(tests.fastest_models().len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let path = tests.export_markdown(folder.path().join("new/report.md")).unwrap();
    assert!(std::fs::read_to_string(path).unwrap().contains("acme/one"));
}

#[test]
fn a_report_without_a_run_is_a_mistake() {
    let tests = Tests::new("{}").unwrap();
    let fault = tests.export_markdown("report.md".into()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Usage);
}

#[tokio::test(start_paused = true)]
async fn options_that_are_none_are_mistakes() {
    let (service, provider) = service([]);
    for options in [r#"{ "profile": "thorough" }"#, r#"{ "promt": "Hi" }"#, "5"] {
        assert_eq!(Tests::new(options).unwrap_err().kind, FaultKind::Usage, "{options}");
    }
    for options in [r#"{ "timeout": 0 }"#, r#"{ "models": ["acme/onne"] }"#] {
        let run = Tests::new(options).unwrap();
        assert_eq!(run.run(&service).await.unwrap_err().kind, FaultKind::Usage, "{options}");
    }
    assert!(provider.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_closed_manager_is_not_tested() {
    let (service, provider) = service([Step::answer("one")]);
    service.close();
    let run = Tests::new("{}").unwrap();
    assert_eq!(run.run(&service).await.unwrap_err().kind, FaultKind::Closed);
    assert!(provider.calls().is_empty());
}
