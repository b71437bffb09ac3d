//! What is learned is kept: across processes, under a kill, in a broken or forbidden folder.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use llm_core::{ModelRef, Observation, Timestamp};
use llm_manager::LlmManager;
use llm_testkit::fakes::ScriptedProvider;
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
    Observation::Success { at, elapsed: Duration::from_secs(seconds), output_tokens: 20 }
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
