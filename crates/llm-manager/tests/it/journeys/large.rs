//! A large prompt: what more attempts of it cost.

use std::{
    env, fs,
    process::{Command, Stdio},
};

use llm_testkit::simulator::{ModelScript, Reply};

use super::{manager_at, story, upstream};

/// Set in the process that this file starts: the address of the upstream.
const ADDRESS: &str = "LLM_TEST_UPSTREAM";
const PROMPT_BYTES: usize = 16 << 20;
/// What two more attempts may add to the most memory that one needed.
const MOST_KIB: u64 = 20 << 10;

/// What is printed where the system does not say how much memory was used.
const SKIPPED: &str = "skipped: the system does not say how much memory was used";

/// The most memory this process ever had, in KiB; `None` where the system does not say.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Limits that a slow machine keeps too: nothing here is about time.
const PATIENT: &str = "  timeout: 1800\n  timeouts: { first_token: 900 }";

/// Asks once where the first attempt answers, then where the third does.
async fn ask(base_url: &str) {
    let prompt = || "sixteen bytes!! ".repeat(PROMPT_BYTES / 16);
    let once = manager_at(base_url, "a/fine", PATIENT);
    assert_eq!(once.generate(prompt()).await.unwrap().attempts().len(), 1);
    let Some(before) = peak_kib() else {
        println!("{SKIPPED}");
        return;
    };
    let often = manager_at(base_url, "a/moved, a/fine", PATIENT);
    let outcome = often.generate(prompt()).await.unwrap();
    assert_eq!(story(&outcome), "a/moved:misdirected a/moved:misdirected a/fine:ok");
    let more = peak_kib().unwrap() - before;
    println!("one attempt needed {before} KiB, three need {more} KiB more");
    assert!(more < MOST_KIB, "{more} KiB more than {before} KiB");
}

#[tokio::test]
async fn f12_more_attempts_need_no_more_memory() {
    // Another process, so that memory of the upstream and of other tests is not counted.
    if let Some(base_url) = env::var_os(ADDRESS) {
        return ask(&base_url.to_string_lossy()).await;
    }
    // Status 421 is tried again at once.
    let moved = ModelScript::new("a/moved").with_reply(Reply::status(421));
    let models = [moved, ModelScript::new("a/fine")];
    let simulator = upstream(models.map(|model| model.with_window(None, None)));
    let address = simulator.base_url();
    let client = move || {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "journeys::large::f12_more_attempts_need_no_more_memory"])
            .arg("--nocapture")
            .env(ADDRESS, address)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .unwrap()
    };
    let ran = tokio::task::spawn_blocking(client).await.unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    if said.contains(SKIPPED) {
        println!("{SKIPPED}");
        return;
    }
    assert_eq!(simulator.calls().len(), 4, "{said}");
}
