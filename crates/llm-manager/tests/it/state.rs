//! What is learned is kept: across processes, under a kill, in a broken or forbidden folder.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use futures_util::StreamExt;
use llm_core::{ModelRef, Observation, Timestamp};
use llm_manager::{GenerateOptions, LlmManager};
use llm_testkit::fakes::{ScriptedProvider, Step};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{FOUR, builder};

/// Set in a process that this file starts: the folder it writes to.
const FOLDER: &str = "LLM_TEST_STATE_FOLDER";

fn open(folder: &Path) -> LlmManager {
    let provider = Arc::new(ScriptedProvider::new("lab"));
    builder(FOUR, &provider).state_dir(folder).build().unwrap()
}

fn swift() -> ModelRef {
    ModelRef::new("lab", "acme/swift")
}

fn success(seconds: u64) -> Observation {
    let at = Timestamp::from_unix(Duration::from_secs(1_700_000_000));
    Observation::Success {
        at,
        elapsed: Duration::from_secs(seconds),
        first_token: None,
        output_tokens: 20,
    }
}

fn successes(folder: &Path) -> u64 {
    open(folder).stats()[&swift()].success_count
}

/// Starts this test binary again, with only `test` in it, as the process that writes.
fn start(test: &str, folder: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn the_next_manager_knows_what_the_last_one_learned() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path());
    first.record(&swift(), &success(1));
    first.record(&ModelRef::new("lab", "acme/sage"), &success(9));
    drop(first);
    let second = open(folder.path());
    assert_eq!(second.fastest_model(), Some(swift()));
    assert_eq!(second.stats()[&swift()].last_response_time, Some(Duration::from_secs(1)));
}

#[test]
fn save_writes_at_once() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path());
    first.record(&swift(), &success(1));
    first.save();
    assert_eq!(successes(folder.path()), 1);
    drop(first);
    assert_eq!(successes(folder.path()), 1, "nothing is written twice");
}

#[test]
fn k04_two_processes_add_up_exactly() {
    const UPDATES: u64 = 10_000;
    if let Some(folder) = env::var_os(FOLDER) {
        let manager = open(Path::new(&folder));
        for update in 0..UPDATES {
            manager.record(&swift(), &success(1));
            if update % 500 == 0 {
                manager.save();
            }
        }
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut writers =
        [0, 1].map(|_| start("state::k04_two_processes_add_up_exactly", folder.path()));
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    assert_eq!(successes(folder.path()), 2 * UPDATES);
}

#[test]
fn k01_a_kill_at_any_moment_leaves_a_file_that_loads() {
    const KILLS: u32 = 200;
    if let Some(folder) = env::var_os(FOLDER) {
        let manager = open(Path::new(&folder));
        loop {
            manager.record(&swift(), &success(1));
            manager.save();
            println!("saved");
        }
    }
    let folder = TempDir::new().unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    let mut least = 0;
    for _ in 0..KILLS {
        let test = "state::k01_a_kill_at_any_moment_leaves_a_file_that_loads";
        let mut writer = start(test, folder.path());
        let saved = BufReader::new(writer.stdout.take().unwrap()).lines();
        let saved = saved.map_while(Result::ok).filter(|line| line.ends_with("saved"));
        // Somewhere in the write after that many.
        let seen = saved.take(random.usize(1..6)).count();
        for _ in 0..random.u32(..40_000) {
            std::hint::spin_loop();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        least += seen as u64;
        assert!(successes(folder.path()) >= least, "what was saved is there");
    }
    let broken = fs::read_dir(folder.path()).unwrap().flatten();
    let broken: Vec<_> = broken
        .map(|entry| entry.file_name())
        .filter(|name| name.to_string_lossy().contains("broken"))
        .collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn k02_a_broken_file_is_set_aside_and_nothing_is_lost() {
    let whole = {
        let folder = TempDir::new().unwrap();
        let manager = open(folder.path());
        manager.record(&swift(), &success(1));
        drop(manager);
        fs::read(folder.path().join("statistics.json")).unwrap()
    };
    let flipped = {
        let mut flipped = whole.clone();
        flipped[0] ^= 0x20;
        flipped
    };
    let future =
        String::from_utf8(whole.clone()).unwrap().replace("\"version\": 1", "\"version\": 2");
    let broken = [Vec::new(), whole[..whole.len() / 2].to_vec(), flipped, future.into_bytes()];
    for content in broken {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("statistics.json"), &content).unwrap();
        assert_eq!(successes(folder.path()), 0);
        let kept = fs::read(folder.path().join("statistics.json.broken-1")).unwrap();
        assert_eq!(kept, content);
        let manager = open(folder.path());
        manager.record(&swift(), &success(1));
        drop(manager);
        assert_eq!(successes(folder.path()), 1, "a new file is written");
    }
}

#[test]
fn k03_a_folder_that_cannot_be_written_stops_nothing() {
    let folder = TempDir::new().unwrap();
    // A file where the folder should be: refused also to the superuser.
    let place = folder.path().join("taken");
    fs::write(&place, "not a folder").unwrap();
    let manager = open(&place);
    manager.record(&swift(), &success(1));
    manager.save();
    assert_eq!(manager.stats()[&swift()].success_count, 1, "kept in memory");

    fs::remove_file(&place).unwrap();
    manager.save();
    assert_eq!(successes(&place), 1, "written as soon as it can be");
}

#[test]
fn without_state_nothing_is_read_or_written() {
    let folder = TempDir::new().unwrap();
    let provider = Arc::new(ScriptedProvider::new("lab"));
    let manager =
        builder(FOUR, &provider).state_dir(folder.path()).without_state().build().unwrap();
    manager.record(&swift(), &success(1));
    manager.save();
    drop(manager);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_outlives_its_manager_is_kept_too() {
    let folder = TempDir::new().unwrap();
    let provider = Arc::new(ScriptedProvider::new("lab"));
    provider.script("acme/swift", [Step::answer("fine")]);
    let manager = builder(FOUR, &provider).state_dir(folder.path()).build().unwrap();
    let options = GenerateOptions::default().with_model("acme/swift");
    let stream = manager.stream("Hi", &options).unwrap();
    drop(manager);
    assert!(stream.count().await > 0);
    assert_eq!(successes(folder.path()), 1);
}

#[test]
fn two_managers_in_one_process_add_up_exactly() {
    let folder = TempDir::new().unwrap();
    let managers = [open(folder.path()), open(folder.path())];
    thread::scope(|scope| {
        for manager in managers {
            scope.spawn(move || {
                for update in 0..2_000 {
                    manager.record(&swift(), &success(1));
                    if update % 100 == 0 {
                        manager.save();
                    }
                }
            });
        }
    });
    assert_eq!(successes(folder.path()), 4_000);
}

#[test]
fn whatever_stands_where_the_file_should_be_stops_nothing() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("statistics.json");
    fs::create_dir(&place).unwrap();
    let manager = open(folder.path());
    manager.record(&swift(), &success(1));
    manager.save();
    assert_eq!(manager.stats()[&swift()].success_count, 1, "kept in memory");
    fs::remove_dir(&place).unwrap();
    drop(manager);
    assert_eq!(successes(folder.path()), 1);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_files_place_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("statistics.json");
    assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
    let manager = open(folder.path());
    manager.record(&swift(), &success(1));
    assert_eq!(manager.stats()[&swift()].success_count, 1, "kept in memory");
}

#[test]
fn k07_figures_that_cannot_be_true_decide_nothing() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path());
    first.record(&swift(), &success(9));
    first.record(&ModelRef::new("lab", "acme/sage"), &success(1));
    drop(first);
    let place = folder.path().join("statistics.json");
    let mut content: Value = serde_json::from_slice(&fs::read(&place).unwrap()).unwrap();
    let known = &mut content["models"]["lab"]["acme/swift"];
    known["latency"]["log_ratio"] = json!(-1e300);
    known["odds"]["successes"] = json!(-2.0);
    known["error_count"] = json!(u64::MAX);
    fs::write(&place, content.to_string()).unwrap();

    let second = open(folder.path());
    assert_eq!(second.fastest_model(), Some(ModelRef::new("lab", "acme/sage")));
    second.record(&swift(), &success(9));
    second.record(&swift(), &Observation::Failure { at: second.now(), blamed: true });
    drop(second);
    let third = open(folder.path());
    let stats = third.stats();
    assert_eq!(stats[&swift()].error_count, u64::MAX);
    let estimate = stats[&swift()].latency.unwrap();
    assert!(estimate.log_ratio > 0.0, "{estimate:?}");
}
