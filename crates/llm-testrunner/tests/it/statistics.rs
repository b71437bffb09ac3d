//! What a sample carries, and what it does not.

use llm_testrunner::{percentile, separable, wilson};

#[test]
fn wilson_intervals_are_those_of_the_table() {
    let cases = [
        (1, 1, (21, 100)),
        (3, 3, (44, 100)),
        (5, 5, (57, 100)),
        (4, 5, (38, 96)),
        (10, 10, (72, 100)),
        (30, 30, (89, 100)),
        (9, 10, (60, 98)),
        (8, 10, (49, 94)),
    ];
    for (good, sent, expect) in cases {
        let ends = wilson(good, sent).unwrap();
        let percent = |part: f64| format!("{:.0}", part * 100.0).parse::<i32>().unwrap();
        assert_eq!((percent(ends.low), percent(ends.high)), expect, "{good}/{sent}");
    }
    assert_eq!(wilson(0, 0), None);
}

#[test]
fn a_percentile_needs_a_sample_that_carries_it() {
    let sample = |n: u32| (1..=n).map(f64::from).collect::<Vec<_>>();
    for (percent, least) in [(50, 3), (90, 10), (95, 20), (99, 100)] {
        assert_eq!(percentile(&sample(least - 1), percent), None, "p{percent}");
        assert!(percentile(&sample(least), percent).is_some(), "p{percent}");
    }
    assert_eq!(percentile(&[5.0, 1.0, 3.0], 50), Some(3.0));
    assert_eq!(percentile(&sample(11), 90), Some(10.0));
}

#[test]
fn samples_are_told_apart_only_when_there_are_enough_of_them() {
    let (fast, slow) = ([1.0, 1.1, 1.2, 1.3, 1.4], [2.0, 2.1, 2.2, 2.3, 2.4]);
    assert!(!separable(&fast[..3], &slow[..3]), "three a side: p is at least 0.1");
    assert!(separable(&fast[..4], &slow[..4]), "four a side: p is 0.029");
    assert!(separable(&fast, &slow));
    assert!(!separable(&fast, &[1.05, 1.15, 1.25, 1.35, 1.45]));
    assert!(!separable(&fast, &fast));
    assert!(separable(&[1.0; 5], &[2.0; 5]), "equal figures within a side");
    assert!(!separable(&[1.0; 5], &[1.0; 5]));
    assert!(!separable(&[], &fast));
}

#[test]
fn large_samples_are_told_apart_too() {
    let fast: Vec<f64> = (0..100).map(|n| 1.0 + f64::from(n % 10) / 10.0).collect();
    let slow: Vec<f64> = fast.iter().map(|time| time + 0.3).collect();
    assert!(separable(&fast, &slow));
    assert!(!separable(&fast, &fast));
}
