//! Where reports are written, and what is said when they cannot be.

use std::fs;

use llm_testrunner::{ExportError, LlmTestRunner, Report};
use tempfile::tempdir;

use crate::{example, support::clock};

#[tokio::test(start_paused = true)]
async fn a_run_has_its_own_folder() {
    let report = example::smoke().await;
    let dir = tempdir().unwrap();
    let files = report.write(dir.path().join("deep/reports")).unwrap();
    assert_eq!(files.folder, dir.path().join("deep/reports").join(&report.run_id));
    assert_eq!(report.run_id, "20260101-120000-000-0007");
    assert_eq!(fs::read_to_string(&files.markdown).unwrap(), report.render_markdown());
    let read: Report = serde_json::from_str(&fs::read_to_string(&files.json).unwrap()).unwrap();
    assert_eq!(read, report);
    let names = fs::read_dir(&files.folder).unwrap().count();
    assert_eq!(names, 2, "nothing is left beside");
    report.write(dir.path().join("deep/reports")).unwrap();
}

#[tokio::test(start_paused = true)]
async fn o01_an_existing_file_is_replaced() {
    let report = example::smoke().await;
    let dir = tempdir().unwrap();
    let path = dir.path().join("report.md");
    fs::write(&path, "old").unwrap();
    assert_eq!(report.export_results_markdown(&path).unwrap(), path);
    assert_eq!(fs::read_to_string(&path).unwrap(), report.render_markdown());
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn o01_a_link_is_never_followed() {
    use std::os::unix::fs::symlink;

    let report = example::smoke().await;
    let dir = tempdir().unwrap();
    let precious = dir.path().join("precious");
    fs::write(&precious, "mine").unwrap();
    let path = dir.path().join("report.md");
    symlink(&precious, &path).unwrap();
    report.export_results_markdown(&path).unwrap();
    assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
    assert!(!fs::symlink_metadata(&path).unwrap().is_symlink(), "the link itself was replaced");

    let elsewhere = tempdir().unwrap();
    symlink(elsewhere.path(), dir.path().join(&report.run_id)).unwrap();
    assert!(matches!(report.write(dir.path()), Err(ExportError::Link(_))));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn o01_a_place_that_cannot_be_written_is_named_with_a_remedy() {
    let report = example::smoke().await;
    let dir = tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = report.write(&file).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot write {}", file.join(&report.run_id).display())),
        "{error}"
    );
    assert!(error.contains("report.dir"), "{error}");
    let error = report.export_results_markdown("../../x.md").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write ../../x.md: it contains `..`; name the place without it"
    );
    let error = report.export_results_markdown(dir.path().join("sub/..")).unwrap_err();
    assert!(matches!(error, ExportError::Climbs(_)));
}

#[tokio::test(start_paused = true)]
async fn a_runner_without_a_run_has_nothing_to_write() {
    let runner = LlmTestRunner::with_targets(Vec::new(), clock());
    let error = runner.export_results_markdown("x.md").unwrap_err();
    assert_eq!(error.to_string(), "there is no report: test the models first");
    assert!(runner.working_models().is_empty() && runner.fastest_models().is_empty());
}
