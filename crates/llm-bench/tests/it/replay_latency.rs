//! The replay of recorded latencies: its world, the rules it compares with, what it finds.

use std::{path::Path, sync::Arc, time::Duration};

use llm_bench::{
    pages,
    replay_latency::{
        figures::{Comparison, Report, compare},
        gates::gates,
        page::page,
        records::{Arrival, Endpoint, Pair, Records},
        run::{Policy, TIME_OUT, run},
        scenario::{Effect, Scenario},
        world::{Fate, World},
    },
};

const NAME: &str = "replay-latency";
const WRITE: &str = "run `cargo xtask replay latency --write`";

/// Endpoints whose calls all take the same: so many seconds until the first token and a token.
fn records(endpoints: &[(&str, f64, f64)]) -> Records {
    let endpoint = |(name, first_token, per_token): &(&str, f64, f64)| Endpoint {
        name: (*name).to_owned(),
        pairs: vec![Pair { first_token: *first_token, per_token: *per_token }],
    };
    let arrival = |number: u32| Arrival { at: f64::from(number) / 4.0, tokens: 50 + number % 101 };
    Records {
        endpoints: endpoints.iter().map(endpoint).collect(),
        arrivals: (0..2_000).map(arrival).collect(),
    }
}

fn three() -> Records {
    records(&[("steady", 0.5, 0.02), ("quick", 0.3, 0.01), ("slow", 2.0, 0.1)])
}

fn world(scenario: Scenario, seed: u64) -> Arc<World> {
    Arc::new(World::new(&three(), scenario, seed, 400))
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn requests_come_once_a_second_on_average_whatever_the_recorded_pace() {
    let world = world(Scenario::Stable, 3);
    let requests = world.requests();
    assert_eq!((requests.len(), requests[0].at), (400, Duration::ZERO));
    assert_eq!(requests[399].at, Duration::from_secs(399));
    assert!(requests.is_sorted_by_key(|request| request.at));
}

#[test]
fn an_undisturbed_call_takes_what_was_recorded_for_an_answer_of_its_length() {
    let world = world(Scenario::Stable, 0);
    let tokens = f64::from(world.requests()[7].tokens);
    let total = seconds(((0.3 + 0.01 * tokens) * 1e3).round() / 1e3);
    let fate = world.fate(7, 1, 0, Duration::ZERO);
    assert_eq!(fate, Fate::Answered { first_token: seconds(0.3), total });
}

#[test]
fn windows_lie_in_the_run_one_in_each_half_and_end() {
    for seed in 0..20 {
        let world = world(Scenario::Mix, seed);
        assert_eq!(world.windows().len(), 2 * 3 + 2 * 3);
        for (place, window) in world.windows().iter().enumerate() {
            let half = if place % 2 == 0 { 0..200 } else { 200..400 };
            assert!(half.contains(&window.from.as_secs()), "{window:?}");
            assert!(window.until <= Duration::from_secs(half.end), "{window:?}");
            match window.effect {
                Effect::Slower(factor) => assert!((3.0..=5.0).contains(&factor)),
                Effect::Failing(share) => assert!((0.5..=1.0).contains(&share)),
            }
            let before = world.state(window.endpoint, window.from);
            assert!(before.slower > 1.0 || before.failing > 0.0);
        }
    }
}

#[test]
fn an_endpoint_is_slow_within_its_window_only() {
    let world = world(Scenario::Recovery, 0);
    let best = world.best();
    assert_eq!(world.endpoints()[best].name, "quick");
    let is_slow =
        |endpoint, second| world.state(endpoint, Duration::from_secs(second)).slower > 4.9;
    assert_eq!([99, 100, 199, 200].map(|second| is_slow(best, second)), [false, true, true, false]);
    assert!(!is_slow(0, 150));
}

#[test]
fn whoever_asks_the_same_call_has_the_same_luck() {
    let records = three();
    let fates = |scenario, at| {
        let world = World::new(&records, scenario, 5, 400);
        (0..400).map(|request| world.fate(request, 2, 1, at)).collect::<Vec<_>>()
    };
    assert_eq!(fates(Scenario::Spike, seconds(1.0)), fates(Scenario::Spike, seconds(9.0)));
    let spikes = |seed| {
        let world = World::new(&records, Scenario::Spike, seed, 400);
        let stable = World::new(&records, Scenario::Stable, seed, 400);
        assert_eq!(world.requests(), stable.requests(), "the scenario changes no request");
        let differs = |request: &usize| {
            world.fate(*request, 2, 0, Duration::ZERO)
                != stable.fate(*request, 2, 0, Duration::ZERO)
        };
        (0..400).filter(differs).collect::<Vec<_>>()
    };
    let some = spikes(5);
    assert!((4..=25).contains(&some.len()), "{} of 400 are spikes", some.len());
    assert_ne!(some, spikes(6), "another seed is another run");
}

#[test]
fn mix_has_the_windows_of_drift_and_of_fault() {
    let windows = |scenario| world(scenario, 9).windows().to_vec();
    let both = [windows(Scenario::Drift), windows(Scenario::Fault)].concat();
    assert_eq!(windows(Scenario::Mix), both);
}

#[test]
fn the_oracle_knows_who_is_slow_and_who_fails() {
    let stable = world(Scenario::Stable, 0);
    assert_eq!(stable.oracle(Duration::ZERO), [1, 0, 2]);
    let recovering = world(Scenario::Recovery, 0);
    assert_eq!(recovering.oracle(Duration::from_secs(150)), [0, 1, 2]);
    // A call that fails at once costs little: a fast model is worth it, a slow one never.
    let failing = world(Scenario::Fault, 0);
    assert!((0..400).all(|second| failing.oracle(Duration::from_secs(second))[2] == 2));
}

#[test]
fn every_policy_answers_every_request_of_a_quiet_run_and_none_beats_the_oracle() {
    let world = world(Scenario::Stable, 1);
    let total = |policy| {
        let run = run(&world, policy, 1).unwrap();
        assert!(run.served.iter().all(|served| served.by.is_some()));
        assert_eq!(run.n_calls, 400);
        run.served.iter().map(|served| served.took).sum::<Duration>()
    };
    let oracle = total(Policy::Oracle);
    for policy in [Policy::LastTime, Policy::RunningMean, Policy::Ours] {
        assert!(total(policy) > oracle, "{policy:?}");
    }
}

#[test]
fn a_request_without_an_answer_counts_as_its_time_limit() {
    let hopeless = records(&[("stuck", 90.0, 0.0), ("slow", 70.0, 0.0)]);
    let world = Arc::new(World::new(&hopeless, Scenario::Stable, 0, 20));
    for policy in [Policy::Oracle, Policy::LastTime, Policy::RunningMean, Policy::Ours] {
        let run = run(&world, policy, 0).unwrap();
        assert!(run.served.iter().all(|served| served.by.is_none() && served.took == TIME_OUT));
    }
}

#[test]
fn what_was_recorded_is_read_without_failed_calls_and_its_absence_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Records::read(folder.path()).unwrap().is_none());
    let hosts = ["anyscale", "bedrock", "fireworks", "perplexity", "replicate", "together"];
    let calls = |host| format!("x,{host}_70b,0,100,0.5,2.5,1,\nx,{host}_70b,1,,,,0,429\n");
    let head = "source,endpoint,i,out_tokens,ttft_s,total_s,ok,error\n".to_owned();
    let latency = head + &hosts.map(calls).concat();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("latency_70b.csv", &latency);
    write("arrivals.csv", "t_s,in_tokens,out_tokens\n0.0,374,44\n4.315,396,109\n");
    let records = Records::read(folder.path()).unwrap().unwrap();
    assert!(records.endpoints.iter().map(|endpoint| &endpoint.name).eq(hosts.iter()));
    let pair = Pair { first_token: 0.5, per_token: 0.02 };
    assert!(records.endpoints.iter().all(|endpoint| endpoint.pairs == [pair]));
    assert_eq!(records.arrivals[1], Arrival { at: 4.315, tokens: 109 });
}

#[test]
fn a_gate_is_missed_by_whoever_is_not_faster() {
    let missed = |scenario, change: fn(&mut Comparison)| {
        let mut found = compare(&three(), scenario, &[0], 100).unwrap();
        found.ours = found.last_time.clone();
        change(&mut found);
        let gates = gates(&[found], &[]);
        gates.into_iter().filter(|gate| !gate.met).map(|gate| gate.name).collect::<Vec<_>>()
    };
    let nobody_recovered = "recovery: runs in which the best model is found again";
    assert_eq!(missed(Scenario::Stable, |_| {}), [nobody_recovered], "as fast is enough");
    assert_eq!(missed(Scenario::Spike, |found| found.ours.over_oracle *= 0.9), [nobody_recovered]);
    assert_eq!(missed(Scenario::Spike, |_| {}).len(), 2);
    assert_eq!(missed(Scenario::Mix, |_| {}).len(), 4);
}

#[test]
fn a_run_can_be_repeated() {
    let again = || run(&world(Scenario::Mix, 2), Policy::Ours, 2).unwrap().served;
    assert_eq!(again(), again());
}

/// What was recorded, where it is at hand.
fn recorded() -> Option<Records> {
    let folder = std::env::var_os("LLM_REFERENCE_DATA");
    let folder = folder.map(|folder| Path::new(&folder).join("data"));
    let records = folder.and_then(|folder| Records::read(&folder).unwrap());
    if records.is_none() {
        println!("skipped: LLM_REFERENCE_DATA names no folder of recorded latencies");
    }
    records
}

#[test]
fn the_engine_is_faster_than_the_last_response_time_when_models_drift_and_fail() {
    let Some(records) = recorded() else { return };
    let found = compare(&records, Scenario::Mix, &[0, 1], 1_500).unwrap();
    let (ours, last_time) = (found.ours.over_oracle, found.last_time.over_oracle);
    assert!(1.0 < ours && ours < last_time, "{ours} against {last_time}");
}

#[test]
fn the_page_and_the_gates_are_what_the_kept_figures_say() {
    let report: Report = pages::figures(NAME).unwrap();
    assert!(pages::page(NAME).unwrap() == page(&report), "{WRITE}");
    assert_eq!(gates(&report.compared, &report.recovery), report.gates, "{WRITE}");
}

#[test]
fn a_run_made_again_gives_the_kept_figures() {
    let Some(records) = recorded() else { return };
    let Report { extent, compared, .. } = pages::figures(NAME).unwrap();
    let kept = compared.iter().find(|found| found.scenario == Scenario::Mix).unwrap();
    let found = compare(&records, kept.scenario, &extent.seeds[..1], extent.n_requests).unwrap();
    let each = |found: &Comparison| {
        let policies = [&found.last_time, &found.running_mean, &found.ours];
        policies.map(|figures| figures.each_over_oracle[0])
    };
    for (found, kept) in each(&found).into_iter().zip(each(kept)) {
        assert!((found - kept).abs() < 1e-9, "{found} where {kept} is kept: {WRITE}");
    }
}
