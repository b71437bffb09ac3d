//! The figures of the design, to compare with: an earlier evaluation of the same verdicts that
//! shares no code with this one.

/// What the design found, in per cent and as it was printed; `None` where it says nothing.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) judge: &'static str,
    pub(super) style: &'static str,
    /// Whether a second judge was asked about what the first left open.
    pub(super) has_second: bool,
    pub(super) accuracy: &'static str,
    pub(super) decided: &'static str,
    pub(super) right_when_decided: &'static str,
    pub(super) picks_first: Option<&'static str>,
}

const fn expected(
    judge: &'static str,
    style: &'static str,
    [accuracy, decided, right_when_decided]: [&'static str; 3],
    picks_first: Option<&'static str>,
) -> Expected {
    let has_second = false;
    Expected { judge, style, has_second, accuracy, decided, right_when_decided, picks_first }
}

/// The judges whose verdicts are in the data.
pub(super) const EXPECTED: [Expected; 9] = [
    expected("GPT-4", "Vanilla", ["84.5", "92.8", "87.1"], Some("51.2")),
    expected("GPT-4", "Vanilla_NoRules", ["76.5", "91.2", "79.1"], None),
    expected("GPT-4", "CoT", ["81.3", "89.3", "85.0"], None),
    expected("GPT-4", "Metrics_Reference", ["87.2", "91.6", "90.6"], Some("52.5")),
    Expected {
        has_second: true,
        ..expected("GPT-4", "Metrics_Reference", ["88.7", "95.9", "90.3"], None)
    },
    expected("GPT-4", "Rating", ["83.9", "83.5", "90.6"], None),
    expected("PaLM2", "Metrics_Reference", ["75.1", "74.9", "83.4"], Some("49.6")),
    expected("ChatGPT", "Vanilla", ["40.0", "66", "35"], None),
    expected("ChatGPT", "Metrics_Reference", ["48.8", "56", "48"], None),
];
