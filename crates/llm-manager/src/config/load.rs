//! From the layers to a configuration, with every problem on the way.

use std::{collections::HashSet, path::PathBuf};

use serde_json::Value as Json;

use super::{
    builder::{ConfigBuilder, Source},
    check,
    diagnostic::{Code, Diagnostic, Severity},
    environment::Environment,
    error::ConfigError,
    expand, file, keys, kind, layers,
    loaded::{Config, Parts},
    models::{self, Chosen},
    names::Names,
    node::{Node, Value},
    origin::Origin,
    path::Path,
    review::{self, Review},
    scalar,
    settings::{ModelSettings, Settings},
    yaml,
};

pub(crate) fn load(builder: ConfigBuilder) -> Result<Config, ConfigError> {
    let environment = builder.environment.unwrap_or_else(Environment::from_process);
    let (files, path) = read(builder.source)?;
    let mut problems = Vec::new();
    let mut trees = vec![defaults()];
    // A file without settings has said nothing: what it lacks is no further problem.
    let mut is_complete = true;
    for text in &files {
        match yaml::read(&text.name, &text.content) {
            Ok(tree) => {
                check::duplicate_keys(&tree, &Path::default(), &mut problems);
                let misshapen = shape(&tree);
                is_complete &= misshapen.is_none();
                problems.extend(misshapen);
                trees.push(tree);
            }
            Err(problem) => {
                is_complete = false;
                problems.push(*problem);
            }
        }
    }
    trees.push(layers::from_environment(&environment));
    trees.push(given(&builder.values));
    let mut tree = layers::merge(trees);
    expand::expand(&mut tree, &Path::default(), &environment, &mut problems);
    keys::fill_in(&mut tree, &environment);

    let json = check::check(&tree, &mut problems);
    let settings = settings(json, &tree, &mut problems);
    let names = Names::new(&tree, &settings);
    let public: HashSet<&str> =
        files.iter().filter(|text| text.is_public).map(|text| text.name.as_str()).collect();
    if is_complete {
        let review = Review { tree: &tree, settings: &settings, names: &names, public };
        review::review(&review, &mut problems);
    }
    sort(&mut problems, &files);
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(ConfigError::new(problems));
    }
    let chosen = Chosen::new(&settings, &names);
    let models = models::chain(&settings, &names, &chosen);
    Ok(Config::new(Parts { settings, tree, names, chosen, models, path, diagnostics: problems }))
}

fn read(source: Source) -> Result<(Vec<file::Text>, Option<PathBuf>), ConfigError> {
    let failed = |problem: Box<Diagnostic>| ConfigError::from(*problem);
    match source {
        Source::None => Ok((Vec::new(), None)),
        Source::Text { name, text } => Ok((vec![file::given(&name, &text).map_err(failed)?], None)),
        Source::File(path) => {
            let main = file::read(&path).map_err(failed)?;
            let local = file::read_optional(&file::local(&path)).map_err(failed)?;
            Ok(([Some(main), local].into_iter().flatten().collect(), Some(path)))
        }
    }
}

/// The lowest layer.
fn defaults() -> Node {
    let json = serde_json::to_value(Settings::default()).unwrap_or_default();
    Node::from_json(&json, &Origin::Default)
}

/// The highest layer.
fn given(values: &[(String, Json)]) -> Node {
    let mut tree = Node::new(Value::Map(Vec::new()), Origin::Override);
    for (path, value) in values {
        let keys: Vec<String> = path.split('.').map(ToOwned::to_owned).collect();
        layers::insert(&mut tree, &keys, Node::from_json(value, &Origin::Override));
    }
    tree
}

/// What is wrong with a file that holds no map at its top.
fn shape(tree: &Node) -> Option<Diagnostic> {
    let Origin::File { file, .. } = &tree.origin else { return None };
    match &tree.value {
        Value::Map(_) => None,
        Value::Null if file.name().ends_with(".local.yaml") => None,
        Value::Null => Some(
            file::about(file.name(), Code::MissingRequired, "the file has no settings".to_owned())
                .help("begin with `llm:` and `providers:`"),
        ),
        Value::Scalar(_) | Value::List(_) => {
            Some(scalar::wrong_type(tree, "a map of settings", &Path::default()))
        }
    }
}

/// The settings of what passed the check, with what follows from names and variables.
fn settings(json: Json, tree: &Node, problems: &mut Vec<Diagnostic>) -> Settings {
    let mut settings: Settings = serde_json::from_value(json).unwrap_or_else(|_| {
        let message = "the settings do not fit together".to_owned();
        problems.push(Diagnostic::new(Code::WrongType, &Path::default(), &tree.origin, message));
        Settings::default()
    });
    for (name, provider) in &mut settings.providers {
        if provider.kind.is_empty() {
            provider.kind.clone_from(name);
        }
        provider.enabled &= !kind::is_off_by_name(name);
        let Some(node) = tree.at(&["providers", name]) else { continue };
        provider.missing_key = node.get("api_key").and_then(|key| key.missing.clone());
        let order = review::model_names(node);
        let place = |model: &ModelSettings| order.iter().position(|name| *name == model.name);
        provider.models.0.sort_by_cached_key(place);
    }
    settings
}

/// Puts problems in the order in which a person reads: the files from top to bottom, then the
/// other layers.
fn sort(problems: &mut [Diagnostic], files: &[file::Text]) {
    problems.sort_by_cached_key(|problem| {
        let file = problem.source().map_or(files.len(), |source| {
            files.iter().position(|text| text.name == source.name()).unwrap_or_default()
        });
        let start = problem.span().map_or(0, |span| span.start);
        (file, start, problem.layer().to_owned())
    });
}
