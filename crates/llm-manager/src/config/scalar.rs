//! Reads a scalar as what its place wants it to be.

use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{
    diagnostic::{Code, Diagnostic},
    node::{Node, Scalar, ScalarKind},
    path::Path,
    suggest,
    values::{self, BadDuration, Seconds},
};

type Read = Result<Json, Box<Diagnostic>>;

/// The scalar as JSON of the type that `schema` asks for.
pub(crate) fn read(scalar: &Scalar, node: &Node, schema: &Json, path: &Path) -> Read {
    let place = Place { node, schema, path };
    if let Some(words) = choices(schema) {
        return place.choice(scalar, &words);
    }
    match kind(schema) {
        "duration" => place.duration(scalar),
        "decimal" => place.decimal(scalar),
        "integer" => place.integer(scalar),
        "number" => place.number(scalar),
        "boolean" => place.boolean(scalar),
        _ => place.text(scalar),
    }
}

/// What a place wants, in words.
pub(crate) fn expected(schema: &Json) -> String {
    if let Some(words) = choices(schema) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        return format!("one of {}", suggest::list(&words, "or"));
    }
    match kind(schema) {
        "duration" => "a duration such as `30`, `30s`, `3m` or `250ms`",
        "decimal" => "an amount in US dollars such as `0.15`",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        _ => "text",
    }
    .to_owned()
}

/// A value of a type that does not belong there.
pub(crate) fn wrong_type(node: &Node, expected: &str, path: &Path) -> Diagnostic {
    let whole = if path.is_top() { "the file".to_owned() } else { format!("`{path}`") };
    let message = format!("{whole} is {}, not {expected}", node.kind());
    Diagnostic::new(Code::WrongType, path, &node.origin, message)
        .label(format!("expected {expected}"))
        .help(format!("write {expected}"))
}

/// The words of a variable that stands for a list: `a, b` or `[a, b]`.
pub(crate) fn words(text: &str, node: &Node) -> Vec<Node> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let words = text.split(',').map(|word| word.trim().trim_matches(['"', '\'']));
    words
        .filter(|word| !word.is_empty())
        .map(|word| Node::text(word, node.origin.clone()))
        .collect()
}

/// Where a scalar stands.
struct Place<'a> {
    node: &'a Node,
    schema: &'a Json,
    path: &'a Path,
}

impl Place<'_> {
    fn choice(&self, scalar: &Scalar, words: &[String]) -> Read {
        if words.contains(&scalar.text) {
            return Ok(json!(scalar.text));
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let path = self.path;
        let message = match self.node.shown() {
            Some(word) => format!("`{path}` cannot be `{word}`"),
            None => format!("`{path}` is none of the words it can be"),
        };
        let near = self.node.shown().and_then(|word| suggest::did_you_mean(word, words.clone()));
        let all = format!("possible are {}", suggest::list(&words, "and"));
        let help = near.map_or_else(|| all.clone(), |near| format!("{near} {all}"));
        let problem = Diagnostic::new(Code::UnknownEnum, path, &self.node.origin, message);
        Err(Box::new(problem.label("none of the possible words").help(help)))
    }

    fn duration(&self, scalar: &Scalar) -> Read {
        match Seconds::parse(&scalar.text) {
            Ok(Seconds(duration)) => {
                self.within(duration.as_secs_f64(), " s")?;
                Ok(json!(Seconds(duration)))
            }
            Err(BadDuration::OutOfRange) => Err(self.out_of_range(" s")),
            Err(BadDuration::NotADuration) => Err(self.wrong()),
        }
    }

    fn decimal(&self, scalar: &Scalar) -> Read {
        let text = scalar.text.trim();
        let decimal = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text));
        match decimal {
            Ok(decimal) if decimal.is_sign_negative() => Err(self.out_of_range("")),
            Ok(decimal) => Ok(json!(decimal.to_string())),
            Err(_) if text.parse::<f64>().is_ok() => Err(self.out_of_range("")),
            Err(_) => Err(self.wrong()),
        }
    }

    fn integer(&self, scalar: &Scalar) -> Read {
        let text = scalar.text.trim();
        match text.parse::<i64>() {
            #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
            Ok(number) => {
                self.within(number as f64, "")?;
                Ok(json!(number))
            }
            Err(_) => match text.parse::<u64>() {
                Ok(number) if self.limit("maximum").is_none() => Ok(json!(number)),
                _ if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => {
                    Err(self.out_of_range(""))
                }
                _ => Err(self.wrong()),
            },
        }
    }

    fn number(&self, scalar: &Scalar) -> Read {
        let number: f64 = scalar.text.trim().parse().map_err(|_| {
            let is_number =
                scalar.kind == ScalarKind::Number || values::is_not_finite(scalar.text.trim());
            if is_number { self.out_of_range("") } else { self.wrong() }
        })?;
        self.within(number, "")?;
        Ok(json!(number))
    }

    fn boolean(&self, scalar: &Scalar) -> Read {
        match scalar.text.to_ascii_lowercase().as_str() {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            _ => Err(self.wrong()),
        }
    }

    fn text(&self, scalar: &Scalar) -> Read {
        let length = scalar.text.chars().count() as u64;
        let limit = |key: &str| self.schema.get(key).and_then(Json::as_u64);
        if limit("minLength").is_some_and(|least| length < least) {
            let message = format!("`{}` is empty", self.path);
            let problem = Diagnostic::new(Code::OutOfRange, self.path, &self.node.origin, message);
            return Err(Box::new(problem.label("nothing here").help("fill it in, or remove it")));
        }
        if let Some(most) = limit("maxLength").filter(|most| length > *most) {
            let message = format!("`{}` has {length} characters", self.path);
            let problem = Diagnostic::new(Code::OutOfRange, self.path, &self.node.origin, message);
            return Err(Box::new(problem.label("here").help(format!("use at most {most}"))));
        }
        Ok(json!(scalar.text))
    }

    fn within(&self, number: f64, unit: &str) -> Result<(), Box<Diagnostic>> {
        let over = self.limit("minimum").is_none_or(|least| number >= least);
        let under = self.limit("maximum").is_none_or(|most| number <= most);
        if number.is_finite() && over && under { Ok(()) } else { Err(self.out_of_range(unit)) }
    }

    fn limit(&self, key: &str) -> Option<f64> {
        self.schema.get(key).and_then(Json::as_f64)
    }

    fn wrong(&self) -> Box<Diagnostic> {
        Box::new(wrong_type(self.node, &expected(self.schema), self.path))
    }

    fn out_of_range(&self, unit: &str) -> Box<Diagnostic> {
        let limits = match (self.limit("minimum"), self.limit("maximum")) {
            (Some(least), Some(most)) if least < most => format!("{least}{unit} to {most}{unit}"),
            (Some(only), Some(_)) => format!("nothing but {only}{unit}"),
            (Some(least), None) => format!("{least}{unit} or more"),
            (None, Some(most)) => format!("at most {most}{unit}"),
            (None, None) => "a finite number".to_owned(),
        };
        let path = self.path;
        let message = match self.node.shown() {
            Some(text) => format!("`{path}` is out of range: {text}"),
            None => format!("`{path}` is out of range"),
        };
        let problem = Diagnostic::new(Code::OutOfRange, path, &self.node.origin, message);
        Box::new(problem.label("out of range").help(format!("possible are {limits}")))
    }
}

fn kind(schema: &Json) -> &str {
    let kind = schema.get("x-type").or(schema.get("type"));
    kind.and_then(Json::as_str).unwrap_or("string")
}

/// The words possible, where only some are.
fn choices(schema: &Json) -> Option<Vec<String>> {
    let text = |word: &Json| word.as_str().map(ToOwned::to_owned);
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return Some(words.iter().filter_map(text).collect());
    }
    let variants = schema.get("oneOf").and_then(Json::as_array)?;
    Some(variants.iter().filter_map(|variant| text(variant.get("const")?)).collect())
}
