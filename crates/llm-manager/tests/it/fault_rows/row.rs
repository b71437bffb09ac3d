//! A row of the page, and whether it is true.

use std::{fs, path::Path, time::Duration};

use llm_core::{ChatRequest, ErrorKind, Retry};
use llm_strategies::{FaultTable, Timeouts};
use llm_testkit::simulator::Dialect;

use super::{
    everywhere::{self, Dialects},
    lab::{EVERY, Form, Lab, Told, Trouble},
    observation::{Seen, observe},
};

/// A row of the page and how to bring it about.
pub(crate) struct Row {
    number: u8,
    /// The cells after the second, as they stand on the page.
    line: &'static str,
    pub(crate) request: ChatRequest,
    pub(crate) forms: &'static [Form],
    dialects: Dialects,
    pub(crate) timeout: Duration,
    pub(crate) timeouts: Timeouts,
    /// The pause the provider asks for.
    pub(crate) hint: Option<Duration>,
    /// What was handed over to the caller before the failure.
    pub(crate) handed_over: String,
    /// Whether there is nobody else to ask.
    pub(crate) alone: bool,
    /// Whether the line stands on the page as it is.
    on_the_page: bool,
}

impl Row {
    /// A row as it stands on the page.
    pub(crate) fn new(number: u8, line: &'static str) -> Self {
        Self {
            number,
            line,
            request: ChatRequest::from("Hi"),
            forms: EVERY,
            dialects: Dialects::default(),
            timeout: super::lab::TIMEOUT,
            timeouts: Timeouts::default(),
            hint: None,
            handed_over: String::new(),
            alone: false,
            on_the_page: true,
        }
    }

    /// What the introduction of the page says of a row, where its line cannot.
    pub(crate) fn besides(number: u8, line: &'static str) -> Self {
        Self { on_the_page: false, ..Self::new(number, line) }
    }

    pub(crate) fn in_forms(self, forms: &'static [Form]) -> Self {
        Self { forms, ..self }
    }

    /// Brings it about in these dialects alone.
    pub(crate) fn only(self, dialects: &'static [Dialect]) -> Self {
        Self { dialects: Dialects::only(dialects), ..self }
    }

    pub(crate) fn asking(self, request: ChatRequest) -> Self {
        Self { request, ..self }
    }

    pub(crate) fn with_hint(self, seconds: u64) -> Self {
        Self { hint: Some(Duration::from_secs(seconds)), ..self }
    }

    pub(crate) fn after(self, handed_over: impl Into<String>) -> Self {
        Self { handed_over: handed_over.into(), ..self }
    }

    pub(crate) fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) fn with_first_token(mut self, limit: Duration) -> Self {
        self.timeouts.first_token = limit;
        self
    }

    pub(crate) fn with_nobody_else(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Brings the row about in each dialect and form, and sees that it is as the page says, and that
    /// it is not without its line in the fault table. `status` is that of the attempt that fails.
    pub(crate) async fn when(&self, status: impl Into<Option<u16>>, trouble: impl Into<Trouble>) {
        let (status, trouble) = (status.into(), trouble.into());
        self.when_each(|_| (status, trouble.clone())).await;
    }

    /// The same with a status and a trouble of its own for each dialect.
    pub(crate) async fn when_each(&self, how: impl Fn(Dialect) -> (Option<u16>, Trouble)) {
        if self.on_the_page {
            self.check_page();
        }
        for dialect in self.dialects.iter() {
            let (status, trouble) = how(dialect);
            self.check(dialect, status, trouble).await;
            everywhere::tried(self.number, dialect);
        }
    }

    async fn check(&self, dialect: Dialect, status: Option<u16>, trouble: Trouble) {
        let lab = Lab::new(dialect, trouble);
        let expected = Seen {
            line: self.line.to_owned(),
            status,
            handed_over: self.handed_over.clone(),
            retry_after: self.hint.map(Retry::After),
            odd: Vec::new(),
        };
        for form in self.forms {
            let place = format!("row {} in form {form:?} of {dialect}", self.number);
            let told = Told::new(*form);
            let seen = observe(self, &lab, &told).await;
            assert_eq!(seen, expected, "{place}");
            let told = Told { table: FaultTable::default().without(self.kind(), status), ..told };
            let seen = observe(self, &lab, &told).await;
            assert_ne!(seen, expected, "{place} needs no line");
        }
    }

    fn kind(&self) -> ErrorKind {
        let name = self.line.split('`').nth(1).unwrap();
        *ErrorKind::ALL.iter().find(|kind| kind.as_str() == name).unwrap()
    }

    /// The page says the same. Of a row of several kinds each cell says it among others.
    fn check_page(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/failure-semantics.md");
        let page = fs::read_to_string(path).unwrap();
        let start = format!("| {} | ", self.number);
        let row = page.lines().find_map(|line| line.strip_prefix(&start)).unwrap();
        let written: Vec<&str> = row.trim_end_matches(" |").split(" | ").skip(1).collect();
        let stated: Vec<&str> = self.line.split(" | ").collect();
        assert_eq!(written.len(), stated.len(), "{row}");
        for (written, stated) in written.iter().zip(&stated) {
            let says = written == stated || among(written, stated);
            assert!(says, "row {}: the page says `{written}`, not `{stated}`", self.number);
        }
    }
}

/// Whether a cell says this among other things.
fn among(written: &str, stated: &str) -> bool {
    written.strip_prefix(stated).is_some_and(|rest| rest.starts_with("; "))
        || written.strip_suffix(stated).is_some_and(|rest| rest.ends_with("; "))
}
