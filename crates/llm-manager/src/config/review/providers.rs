//! Providers: their kinds, keys and addresses.

use crate::config::{
    diagnostic::{Code, Diagnostic, Severity},
    expand,
    kind::{self, KINDS},
    mask,
    node::{Entry, Node},
    origin::Origin,
    path::Path,
    settings::ProviderSettings,
    suggest,
};

use super::{
    address::{self, Fault},
    context::Review,
};

pub(super) fn review(review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
    let section = review.tree.get("providers");
    let entries = section.map(Node::entries).unwrap_or_default();
    if entries.is_empty() {
        problems.push(none(review));
    }
    for entry in entries {
        let path = Path::of(&["providers", &entry.key]);
        // One whose settings are wrong has problems enough.
        let Some(settings) = review.settings.providers.get(&entry.key) else { continue };
        let provider = Reviewed { entry, settings, path };
        problems.extend(provider.switched_off());
        problems.extend(provider.kind());
        let key = provider.key().filter(|key| problems.iter().all(|known| known.path != key.path));
        problems.extend(key);
        problems.extend(provider.address());
        provider.literals(review, problems);
    }
    problems.extend(default_provider(review));
}

/// A provider as written and as understood.
struct Reviewed<'a> {
    entry: &'a Entry,
    settings: &'a ProviderSettings,
    path: Path,
}

impl Reviewed<'_> {
    fn get(&self, key: &str) -> Option<&Node> {
        self.entry.node.get(key)
    }

    fn at_name(&self, code: Code, message: String) -> Diagnostic {
        Diagnostic::new(code, &self.path, &self.entry.key_origin, message)
    }

    fn switched_off(&self) -> Option<Diagnostic> {
        let name = &self.entry.key;
        kind::is_off_by_name(name).then(|| {
            let message = format!("provider `{name}` is switched off by its name");
            self.at_name(Code::DeprecatedKey, message)
                .severity(Severity::Info)
                .label("its models are left out")
                .help("give it its plain name and write `enabled: false`")
        })
    }

    /// A kind that is written may be a third party's, unless it is nearly one of ours. A name
    /// that says no kind leaves nothing to go by.
    fn kind(&self) -> Option<Diagnostic> {
        let written = self.get("kind").filter(|node| node.as_text().is_some_and(|t| !t.is_empty()));
        let word = written.and_then(Node::as_text).unwrap_or(&self.entry.key);
        let known = || KINDS.iter().map(|kind| kind.name);
        if !self.settings.enabled || kind::find(word).is_some() {
            return None;
        }
        let near = suggest::did_you_mean(word, known());
        let all = format!("known are {}", suggest::list(&known().collect::<Vec<_>>(), "and"));
        let Some(node) = written else {
            let message = format!("`{}` has no kind, and its name is none", self.path);
            let help = near.map_or_else(|| all.clone(), |near| format!("{near} {all}"));
            let problem = self.at_name(Code::UnknownEnum, message);
            return Some(problem.label("not a kind").help(format!("add `kind: …`; {help}")));
        };
        let message = match node.shown() {
            Some(word) => format!("`{}` has the unknown kind `{word}`", self.path),
            None => format!("`{}` has an unknown kind", self.path),
        };
        let path = self.path.key("kind");
        let problem = Diagnostic::new(Code::UnknownEnum, &path, &node.origin, message);
        Some(problem.label("not a kind").help(format!("{} {all}", near?)))
    }

    fn key(&self) -> Option<Diagnostic> {
        let node = self.get("api_key").filter(|_| self.settings.enabled)?;
        let path = self.path.key("api_key");
        if let Some(variable) = &node.missing {
            return Some(expand::key_unset(variable, node, &path));
        }
        let is_empty = node.as_text().is_some_and(|key| key.trim().is_empty());
        is_empty.then(|| {
            let message = format!("`{path}` is empty; the provider's models are left out");
            Diagnostic::new(Code::MissingRequired, &path, &node.origin, message)
                .severity(Severity::Warning)
                .label("empty")
                .help("write the name of a variable: `${NAME}`")
        })
    }

    fn address(&self) -> Option<Diagnostic> {
        let Some(node) = self.get("base_url") else { return self.no_address() };
        let is_versioned = kind::find(&self.settings.kind).is_some_and(|kind| kind.is_versioned);
        let fault = address::judge(node.as_text()?, self.settings.allow_http, is_versioned)?;
        let path = self.path.key("base_url");
        let (code, severity, problem, help) = words(fault);
        let message = format!("`{path}` {problem}");
        let problem = Diagnostic::new(code, &path, &node.origin, message);
        Some(problem.severity(severity).label("this address").help(help))
    }

    /// A kind without an address of its own needs one.
    fn no_address(&self) -> Option<Diagnostic> {
        let kind = kind::find(&self.settings.kind).filter(|kind| !kind.has_address)?;
        if !self.settings.enabled {
            return None;
        }
        let message = format!("`{}` of kind `{}` has no `base_url`", self.path, kind.name);
        let problem = self.at_name(Code::MissingRequired, message).label("no address");
        Some(problem.help("add `base_url: https://host/v1`"))
    }

    /// Keys that are written out.
    fn literals(&self, review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
        let key = self.get("api_key").map(|node| (node, self.path.key("api_key")));
        let headers = self.get("headers").map(Node::entries).unwrap_or_default();
        let secret = headers.iter().filter(|header| mask::is_secret_name(&header.key));
        let secret = secret.map(|header| (&header.node, self.path.key("headers").key(&header.key)));
        for (node, path) in key.into_iter().chain(secret) {
            let Origin::File { file, .. } = &node.origin else { continue };
            let is_literal = node.as_text().is_some_and(|key| !key.trim().is_empty());
            if !is_literal || node.is_private {
                continue;
            }
            let message = format!("`{path}` holds a key written out");
            let problem = Diagnostic::new(Code::LiteralSecret, &path, &node.origin, message);
            problems.push(
                problem
                    .severity(Severity::Warning)
                    .label("a key")
                    .help("put it into a variable and write `${NAME}`"),
            );
            if review.public.contains(file.name()) {
                let message = format!("every user of this machine can read the key of `{path}`");
                let problem = Diagnostic::new(Code::LiteralSecret, &path, &node.origin, message);
                let help = "take it out, or let only yourself read the file: `chmod 600`";
                problems.push(problem.severity(Severity::Warning).label("a key").help(help));
            }
        }
    }
}

fn none(review: &Review<'_>) -> Diagnostic {
    let path = Path::of(&["providers"]);
    let origin = review.place(&["providers"]);
    Diagnostic::new(Code::MissingRequired, &path, origin, "no provider is configured".to_owned())
        .label("nobody serves models")
        .help("add one under `providers`, such as `openrouter:`")
}

fn default_provider(review: &Review<'_>) -> Option<Diagnostic> {
    const KEYS: [&str; 2] = ["llm", "default_provider"];
    let node = review.set(&KEYS)?;
    let path = Path::of(&KEYS);
    let name = node.as_text()?;
    let problem = |message| Diagnostic::new(Code::UnknownProvider, &path, &node.origin, message);
    match review.names.provider(name) {
        Some(served) if served.is_enabled => None,
        Some(_) => {
            let message = format!("`{path}` names a provider that is switched off");
            let problem = problem(message).severity(Severity::Warning).label("switched off");
            Some(problem.help("switch it on, or name another"))
        }
        // Without any provider there is one problem, not two.
        None if review.names.providers.is_empty() => None,
        None => {
            let message = match node.shown() {
                Some(name) => format!("`{path}` names `{name}`, which is not configured"),
                None => format!("`{path}` names a provider that is not configured"),
            };
            let names: Vec<&str> = review.names.provider_names().collect();
            let near = suggest::did_you_mean(name, names.iter().copied());
            let all = format!("configured are {}", suggest::list(&names, "and"));
            Some(problem(message).label("no such provider").help(near.unwrap_or(all)))
        }
    }
}

fn words(fault: Fault) -> (Code, Severity, &'static str, &'static str) {
    use Severity::{Error, Warning};
    let insecure = Code::InsecureUrl;
    match fault {
        Fault::NotAnAddress => {
            (Code::WrongType, Error, "is no address", "write one such as `https://example.com/v1`")
        }
        Fault::Scheme => (insecure, Error, "is no `https:` address", "begin it with `https://`"),
        Fault::UserInfo => {
            (insecure, Error, "holds a user or password", "take it out and use `api_key`")
        }
        Fault::LinkLocal => (
            insecure,
            Error,
            "leads to a link-local address, where no provider is",
            "write the provider's own address",
        ),
        Fault::ClearText => (
            insecure,
            Error,
            "would send the key in clear text",
            "begin it with `https://`, or write `allow_http: true` for a network you trust",
        ),
        Fault::Query => (Code::OddUrl, Warning, "has something after its path", "end it there"),
        Fault::Endpoint => {
            (Code::OddUrl, Warning, "names one call, not all", "end it at the version, like `/v1`")
        }
        Fault::NoVersion => (
            Code::OddUrl,
            Warning,
            "has no version in its path",
            "most such addresses end with `/v1`",
        ),
        Fault::DoubledVersion => {
            (Code::OddUrl, Warning, "has a version twice", "end it with one, like `/v1`")
        }
    }
}
