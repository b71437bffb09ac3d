//! Addresses, numbers and folders beyond their limits.

use super::{LEAST, builder, codes, refused};

#[test]
fn m06_addresses_that_give_a_key_away_are_refused_and_not_repeated() {
    let addresses = [
        "http://api.example.com/v1",
        "file:///etc/passwd",
        "https://me:hunter2@api.example.com/v1",
        "https://169.254.169.254/v1",
        "https://[fe80::1]/v1",
        "https://2852039166/v1",
    ];
    for address in addresses {
        let text =
            LEAST.replace("openrouter: {", &format!("openrouter: {{base_url: '{address}', "));
        let error = refused(&text);
        assert_eq!(codes(&error.diagnostics), ["insecure_url"], "{address}");
        assert!(!format!("{error} {error:?}").contains("example.com"), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn m06_a_variable_cannot_bring_such_an_address_in() {
    let error = builder(LEAST)
        .set("providers.openrouter.base_url", "http://api.example.com/v1")
        .load()
        .expect_err("is refused");
    assert_eq!(codes(&error.diagnostics), ["insecure_url"]);
}

#[test]
fn m06_clear_text_on_this_machine_or_where_it_is_allowed_is_fine() {
    for extra in [
        "base_url: 'http://127.0.0.1:8080/v1'",
        "base_url: 'http://localhost:8080/v1'",
        "base_url: 'http://[::1]:8080/v1'",
        "base_url: 'http://gpu.example.com/v1', allow_http: true",
    ] {
        let text = LEAST.replace("openrouter: {", &format!("openrouter: {{{extra}, "));
        let config = builder(&text).load().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(codes(config.diagnostics()), Vec::<&str>::new(), "{extra}");
    }
}

#[test]
fn m10_numbers_and_durations_beyond_their_limits_are_refused() {
    for value in
        ["0", "-1", ".nan", ".inf", "-.inf", "1e30", "3601", "2h", "1e400", "99999999999999999999"]
    {
        let text = LEAST.replace("llm: {", &format!("llm: {{timeout: {value}, "));
        assert_eq!(codes(&refused(&text).diagnostics), ["out_of_range"], "{value}");
    }
    for value in ["1.01", "-0.1", ".nan", "1e30"] {
        let text = format!("{LEAST}test_runner: {{min_success: {value}}}\n");
        assert_eq!(codes(&refused(&text).diagnostics), ["out_of_range"], "{value}");
    }
    for value in ["soon", "5 weeks", "''", "[5]", "{s: 5}", "true"] {
        let text = LEAST.replace("llm: {", &format!("llm: {{timeout: {value}, "));
        assert_eq!(codes(&refused(&text).diagnostics), ["wrong_type"], "{value}");
    }
}

#[test]
fn e07_a_deadline_lasts_a_second_to_an_hour_and_two_minutes_unless_set() {
    let with = |value: &str| LEAST.replace("llm: {", &format!("llm: {{timeout: {value}, "));
    for value in ["0.999", "999ms", "9999", "9999s", "3600.001"] {
        assert_eq!(codes(&refused(&with(value)).diagnostics), ["out_of_range"], "{value}");
    }
    for (text, seconds) in [(with("1"), 1), (with("1h"), 3_600), (LEAST.to_owned(), 120)] {
        assert_eq!(super::load(&text).settings().llm.timeout.0.as_secs(), seconds);
    }
}

#[test]
fn m10_every_spelling_of_a_duration_is_read() {
    for (value, millis) in [
        ("1", 1000),
        ("90s", 90_000),
        ("3m", 180_000),
        ("1h", 3_600_000),
        ("1.5s", 1500),
        ("'1500ms'", 1500),
        ("1e3", 1_000_000),
    ] {
        let text = LEAST.replace("llm: {", &format!("llm: {{timeout: {value}, "));
        let config = builder(&text).load().unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(config.settings().llm.timeout.0.as_millis(), millis, "{value}");
    }
}

#[test]
fn m11_a_relative_folder_stays_in_the_working_directory() {
    for folder in ["../../etc/passwd", "a/../../b", ".."] {
        for place in [format!("report: {{dir: {folder}}}"), format!("state_dir: {folder}")] {
            let error = refused(&format!("{LEAST}{place}\n"));
            assert_eq!(codes(&error.diagnostics), ["out_of_range"], "{place}");
        }
    }
    for folder in ["a/../b", "/var/lib/llm", "./x", "..x"] {
        super::load(&format!("{LEAST}state_dir: {folder}\n"));
    }
}

#[test]
fn f11_extra_tries_of_none_are_valid_and_no_number_is_too_large_for_the_limits_above_it() {
    let with = |value: &str| LEAST.replace("llm: {", &format!("llm: {{retry_attempts: {value}, "));
    for (value, expected) in [("0", 0), ("1", 1), ("4", 4)] {
        assert_eq!(super::load(&with(value)).settings().llm.retry_attempts, expected);
    }
    for value in ["-1", "1.5", "4294967296"] {
        let problems = codes(&refused(&with(value)).diagnostics);
        assert!(
            problems == ["out_of_range"] || problems == ["wrong_type"],
            "{value}: {problems:?}"
        );
    }
}
