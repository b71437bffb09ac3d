//! Row 82: what is kept on disk, for which no wire matters.

use std::fs;

use llm_manager::LlmManager;
use llm_strategies::{FaultEnd, faults};
use llm_testkit::simulator::{ModelScript, Simulator, SimulatorConfig};

use crate::support::config;

#[tokio::test(start_paused = true)]
async fn row_82_statistics_cannot_be_written() {
    assert!(matches!(faults()[81].end, FaultEnd::Handled(_)));
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be.
    let place = folder.path().join("taken");
    fs::write(&place, "not a folder").unwrap();
    let fine = ModelScript::new("acme/fine").with_answer("fine");
    let simulator = Simulator::start(SimulatorConfig::default().with_model(fine)).unwrap();
    let yaml = format!(
        "llm: {{ model_roles: {{ primary: [acme/fine] }} }}\n\
         providers:\n  openrouter: {{ base_url: \"{}\", api_key: sk-test-000 }}\n",
        simulator.base_url()
    );
    let builder = LlmManager::builder().config(config(&yaml)).state_dir(&place);
    let manager = builder.build().unwrap();
    assert_eq!(manager.generate("Hi").await.unwrap().text(), "fine");
    manager.save();
    assert_eq!(manager.generate("Hi").await.unwrap().text(), "fine");
    let counted: Vec<u64> = manager.stats().values().map(|known| known.success_count).collect();
    assert_eq!(counted, [2]);
    assert_eq!(fs::read_to_string(&place).unwrap(), "not a folder");
}
