//! Names, roles and moments.

use std::{collections::BTreeMap, time::Duration};

use llm_core::{
    Billed, Candidate, ModelId, ModelRef, ModelRole, Observation, Preference, ProviderId, Timestamp,
};

#[test]
fn a_model_is_addressed_as_provider_and_model() {
    let model = ModelRef::new("openrouter", "kwaipilot/kat-coder-pro:free");
    assert_eq!(model.to_string(), "openrouter:kwaipilot/kat-coder-pro:free");
    assert_eq!(
        serde_json::to_string(&model).unwrap(),
        r#"{"provider":"openrouter","model":"kwaipilot/kat-coder-pro:free"}"#
    );
}

#[test]
fn every_name_pads_in_tables() {
    let model = ModelRef::new("a", "b");
    assert_eq!(
        format!("{:<4}|{:<4}|{model:<5}|{:>9}|", model.provider, model.model, ModelRole::Primary),
        "a   |b   |a:b  |  primary|"
    );
}

#[test]
fn names_are_looked_up_as_text() {
    let known = BTreeMap::from([(ModelId::from("acme/swift-8b"), 1)]);
    assert_eq!(known.get("acme/swift-8b"), Some(&1));
    assert_eq!(ProviderId::from("openrouter".to_owned()), "openrouter");
    assert_eq!(format!("{:?}", ProviderId::from("a\"b")), "\"a\\\"b\"");
}

#[test]
fn roles_are_ordered_as_the_chain_is() {
    let names = ModelRole::ALL.map(ModelRole::as_str);
    assert_eq!(names, ["primary", "duplicate", "reserve", "fallback"]);
    assert!(ModelRole::ALL.is_sorted());
    for role in ModelRole::ALL {
        let json = serde_json::to_string(&role).unwrap();
        assert_eq!(json, format!("\"{role}\""));
        assert_eq!(serde_json::from_str::<ModelRole>(&json).unwrap(), role);
    }
}

#[test]
fn preferences_turn_with_the_order_of_the_answers() {
    let all = [
        Preference::SecondMuchBetter,
        Preference::SecondBetter,
        Preference::Tie,
        Preference::FirstBetter,
        Preference::FirstMuchBetter,
    ];
    assert_eq!(all.map(Preference::grade), [-2, -1, 0, 1, 2]);
    for preference in all {
        assert_eq!(preference.swapped().grade(), -preference.grade());
        assert_eq!(preference.swapped().swapped(), preference);
    }
}

#[test]
fn moments_never_wrap() {
    let moment = |seconds| Timestamp::from_unix(Duration::from_secs(seconds));
    assert_eq!(moment(5).since(moment(3)), Duration::from_secs(2));
    assert_eq!(moment(3).since(moment(5)), Duration::ZERO);
    assert_eq!(moment(3).plus(Duration::from_secs(2)), moment(5));
    assert_eq!(moment(3).plus(Duration::MAX).since_unix(), Duration::MAX);
    let failure = Observation::Failure { at: moment(3), blamed: true };
    assert_eq!(failure.at(), moment(3));
}

#[test]
fn billing_reads_as_yes_maybe_and_no() {
    let all = [Billed::No, Billed::Maybe, Billed::Yes];
    assert_eq!(all.map(Billed::as_str), ["no", "maybe", "yes"]);
    assert!(all.is_sorted());
}

#[test]
fn a_candidate_is_trusted_before_it_was_ever_called() {
    let candidate = Candidate::new(ModelRef::new("a", "b"), None);
    assert!(candidate.odds > 0.9 && candidate.forecast.is_none() && candidate.price.is_none());
}
