//! Twenty broken settings files: exit 3, the right code at the right place, drawn, before any call.

use crate::support::Home;

const ROLES: &str = "llm: { model_roles: { primary: [acme/swift-8b] } }\n";

/// A file with a mistake, the code of it, and the line and column at which it is drawn.
const BROKEN: [(&str, &str, &str); 20] = [
    ("llm: [unclosed\n", "syntax", ""),
    ("llm:\n\ttimeout: 3\n", "syntax", "2:"),
    ("llm: 3\n", "wrong_type", "1:6"),
    ("- a\n- b\n", "wrong_type", "1:1"),
    ("llm: { timeout: soon }\n", "wrong_type", "1:17"),
    ("llm: { timeout: 0 }\n", "out_of_range", "1:17"),
    ("llm:\n  retry_attempts: 99\n", "out_of_range", "2:19"),
    ("llm:\n  retry_attempts: many\n", "wrong_type", "2:19"),
    ("llm:\n  stratgy: single\n", "unknown_key", "2:3"),
    ("lm: {}\n", "unknown_key", "1:1"),
    ("llm:\n  strategy: best_of_too\n", "unknown_enum", "2:13"),
    ("llm: { model_roles: {} }\nproviders: { openrouter: {} }\n", "empty_roles", "1:"),
    ("llm:\n  timeout: 3\n  timeout: 4\n", "syntax", "2:3"),
    ("providers:\n  home: { base_url: \"http://127.0.0.1:1\" }\n", "unknown_enum", "2:3"),
    ("llm:\n  default_provider: nobody\nproviders:\n  openrouter:\n", "unknown_provider", "2:21"),
    (
        "llm:\n  default_model: \"a b\"\nproviders:\n  openrouter: { models: [x/y] }\n",
        "unknown_model",
        "2:18",
    ),
    ("providers:\n  openrouter:\n    models: [a/b, a/b]\n", "duplicate_model", "3:14"),
    ("providers:\n  openrouter:\n    base_url: ${NO_SUCH_URL}\n", "env_unset", "3:15"),
    ("providers:\n  openrouter:\n    base_url: \"${BROKEN\"\n", "env_syntax", "3:"),
    ("providers:\n  openrouter:\n    base_url: http://example.com/v1\n", "insecure_url", "3:15"),
];

#[test]
fn every_mistake_is_drawn_where_it_is() {
    for (yaml, code, place) in BROKEN {
        let needs_roles = !yaml.starts_with("llm:") && !yaml.starts_with('-');
        // Roles stand behind, so that the mistake keeps its place.
        let settings = if needs_roles { format!("{yaml}{ROLES}") } else { yaml.to_owned() };
        let home = Home::with_settings(&settings);
        let ran = home.run(&["ask", "hi"]).ends(3).prints_nothing();
        let code = format!("llm::config::{code}");
        let place = format!("config/llm_settings.yaml:{place}");
        assert!(ran.stderr.contains(&code), "no {code} for\n{settings}\nin\n{}", ran.stderr);
        assert!(ran.stderr.contains(&place), "no {place} for\n{settings}\nin\n{}", ran.stderr);
        let checked = home.run(&["config", "check"]).ends(3);
        assert!(checked.stdout.contains(&code), "{}", checked.stdout);
    }
}
