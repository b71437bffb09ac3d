//! An answer's lines, from JSON to events.

use std::collections::VecDeque;

use llm_core::{Result, StreamEvent};
use llm_http::{AnswerReader, Clock, Transcript, parse_json, reported_inside};

use super::{
    line::{Line, finish_reason},
    response::Lines,
};

/// Turns the lines of one answer into events, one line at a time.
#[derive(Debug)]
pub(crate) struct LineReader {
    clock: Clock,
    transcript: Transcript,
}

impl LineReader {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, transcript: Transcript::default() }
    }
}

impl AnswerReader for LineReader {
    fn read(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        let mut line: Line<'_> = parse_json(data)?;
        let (reply, engine) = (line.reply.as_deref(), line.engine.as_deref());
        self.transcript.origin(reply, engine, None, events);
        if let Some(report) = line.report() {
            let begun = self.transcript.has_begun();
            return Err(reported_inside(&Lines, &report, begun, self.clock));
        }
        let usage = line.usage();
        if let Some(text) = line.say.into_string() {
            self.transcript.text(text, events)?;
        }
        if let Some(why) = line.why.into_string() {
            self.transcript.finish(finish_reason(&why), Some(why), events);
        }
        events.extend(usage.map(StreamEvent::Usage));
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.transcript.is_finished()
    }

    fn end(&mut self, _: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.transcript.close()
    }

    fn transcript(&self) -> &Transcript {
        &self.transcript
    }
}
