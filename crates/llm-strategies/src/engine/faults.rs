//! Every fault by number: what happens, and what becomes of it.

use llm_core::ErrorKind::{self, self as Kind};

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Its number, the same in every version.
    pub number: u8,
    /// What happens.
    pub what: &'static str,
    /// What becomes of it.
    pub end: FaultEnd,
}

/// What becomes of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultEnd {
    /// The attempt fails with one of these kinds and statuses; the
    /// [fault table](super::FaultTable) says what follows.
    Fails(&'static [(ErrorKind, Option<u16>)]),
    /// The same after part of an answer has come, none of which was handed over: it is charged, and
    /// the same model is asked again only when there is no other.
    FailsMidway(&'static [(ErrorKind, Option<u16>)]),
    /// The same after content was handed over: the stream ends with the error.
    FailsInBand(&'static [(ErrorKind, Option<u16>)]),
    /// No attempt fails because of it: what is done instead.
    Handled(&'static str),
    /// It cannot happen in this version: why.
    Later(&'static str),
}

use FaultEnd::{Fails, FailsInBand, FailsMidway, Handled, Later};

/// Every fault, by number.
pub const fn faults() -> &'static [Fault] {
    FAULTS
}

const GATEWAY: &str = "needs the gateway";
const TENANTS: &str = "needs the gateway's tenants";

const fn fault(number: u8, what: &'static str, end: FaultEnd) -> Fault {
    Fault { number, what, end }
}

#[rustfmt::skip]
const FAULTS: &[Fault] = &[
    fault(1, "nobody listens at the address", Fails(&[(Kind::ConnectRefused, None)])),
    fault(2, "the name does not resolve", Fails(&[(Kind::Dns, None)])),
    fault(3, "the name takes too long to resolve", Fails(&[(Kind::DnsTimeout, None)])),
    fault(4, "the certificate is not valid for the provider", Fails(&[(Kind::TlsInvalid, None)])),
    fault(5, "the TLS handshake is cut", Fails(&[(Kind::TlsHandshake, None)])),
    fault(6, "connecting takes too long", Fails(&[(Kind::ConnectTimeout, None)])),
    fault(7, "a pooled connection is gone before anything was written", Fails(&[(Kind::StaleConnection, None)])),
    fault(8, "the connection breaks after the request was written, before headers", Fails(&[(Kind::ResetAfterSend, None)])),
    fault(9, "no headers, or headers and no first token, in time", Fails(&[(Kind::FirstTokenTimeout, None)])),
    fault(10, "silence in mid-answer, nothing handed over yet", Fails(&[(Kind::IdleTimeout, None)])),
    fault(11, "silence in mid-answer, content handed over", FailsInBand(&[(Kind::IdleTimeout, None)])),
    fault(12, "signs of life without content, longer than the limit for progress", Fails(&[(Kind::NoProgress, None)])),
    fault(13, "the deadline passes", Fails(&[(Kind::Deadline, None)])),
    fault(14, "the caller leaves", Handled("the call is dropped and accounted as cancelled, nobody's health changes")),
    fault(15, "400, the request is invalid", Fails(&[(Kind::InvalidRequest, Some(400))])),
    fault(16, "400, the conversation is larger than the window", Fails(&[(Kind::ContextLength, Some(400))])),
    fault(17, "400, a parameter is not known", Fails(&[(Kind::UnsupportedParam, Some(400))])),
    fault(18, "400 or 404, the model is not served", Fails(&[(Kind::ModelNotFound, Some(404))])),
    fault(19, "400 or 403, refused by policy; not served in the region", Fails(&[(Kind::ContentPolicy, Some(403)), (Kind::RegionBlocked, Some(403))])),
    fault(20, "401, the key is rejected", Fails(&[(Kind::UpstreamAuth, Some(401))])),
    fault(21, "402 without a hint, or a quota code: credit is used up", Fails(&[(Kind::QuotaExhausted, Some(402))])),
    fault(22, "402 with a hint: credit is held by requests in flight", Fails(&[(Kind::InFlightBudget, Some(402))])),
    fault(23, "403, the key may not do this", Fails(&[(Kind::UpstreamForbidden, Some(403))])),
    fault(24, "404 of a path: the base URL is wrong", Fails(&[(Kind::UpstreamMisconfigured, Some(404))])),
    fault(25, "405, 406, 410, 411, 415; headers without end", Fails(&[(Kind::ProtocolViolation, Some(405))])),
    fault(26, "408", Fails(&[(Kind::UpstreamTimeout, Some(408))])),
    fault(27, "409", Fails(&[(Kind::Conflict, Some(409))])),
    fault(28, "413", Fails(&[(Kind::PayloadTooLarge, Some(413))])),
    fault(29, "422", Fails(&[(Kind::Unprocessable, Some(422))])),
    fault(30, "421, 425", Fails(&[(Kind::Misdirected, Some(421))])),
    fault(31, "429 with a short hint", Fails(&[(Kind::RateLimited, Some(429))])),
    fault(32, "429 with a long hint", Fails(&[(Kind::RateLimited, Some(429))])),
    fault(33, "429 without a hint", Fails(&[(Kind::RateLimited, Some(429))])),
    fault(34, "500", Fails(&[(Kind::UpstreamServer, Some(500))])),
    fault(35, "502", Fails(&[(Kind::BadGateway, Some(502))])),
    fault(36, "503", Fails(&[(Kind::Overloaded, Some(503))])),
    fault(37, "504", Fails(&[(Kind::UpstreamTimeout, Some(504))])),
    fault(38, "520 to 523, 525 to 527, of the network edge", Fails(&[(Kind::EdgeError, Some(520))])),
    fault(39, "524, the network edge waited too long", Fails(&[(Kind::EdgeTimeout, Some(524))])),
    fault(40, "529", Fails(&[(Kind::Overloaded, Some(529))])),
    fault(41, "any other status", Fails(&[(Kind::Unexpected, Some(418)), (Kind::Unexpected, Some(599))])),
    fault(42, "3xx: redirects are never followed", Fails(&[(Kind::UnexpectedRedirect, Some(307))])),
    fault(43, "204, or 200 with an empty body", Fails(&[(Kind::EmptyResponse, None)])),
    fault(44, "200 with an error inside: the row of its code", Fails(&[(Kind::RateLimited, Some(429))])),
    fault(45, "200 with part of an answer and an error in its choice", Fails(&[(Kind::UpstreamMidError, None)])),
    fault(46, "200 without choices", Fails(&[(Kind::EmptyChoices, None)])),
    fault(47, "neither text nor a tool call", Fails(&[(Kind::EmptyContent, None)])),
    fault(48, "no text because the limit of tokens was reached", Handled("an answer, finish reason `length`")),
    fault(49, "text that ends at the limit of tokens", Handled("an answer, finish reason `length`")),
    fault(50, "no text because a filter or the model refused", Handled("an answer, finish reason `content_filter`; with `llm.fallback_on_refusal` the next candidate answers")),
    fault(51, "text that a filter cut", Handled("an answer, finish reason `content_filter`")),
    fault(52, "an unknown finish reason", Handled("an answer, the reason as it came")),
    fault(53, "a whole body that is no JSON", Fails(&[(Kind::MalformedResponse, None)])),
    fault(54, "a body that ends too early", Fails(&[(Kind::TruncatedResponse, None)])),
    fault(55, "a web page under 200", Fails(&[(Kind::NotJson, None)])),
    fault(56, "a wrong or missing content type", Handled("the body is read for what it is")),
    fault(57, "one JSON answer where a stream was asked for", Handled("read as one answer")),
    fault(58, "a stream where one answer was asked for", Handled("read to its end")),
    fault(59, "an error in a stream, nothing handed over yet: the row of its code", Fails(&[(Kind::BadGateway, Some(502))])),
    fault(60, "an error in a stream, content handed over", FailsInBand(&[(Kind::UpstreamMidError, Some(502))])),
    fault(61, "a stream cut before the first token", Fails(&[(Kind::StreamCut, None)])),
    fault(62, "a stream cut after the first token, without a finish reason", FailsMidway(&[(Kind::StreamCut, None)])),
    fault(63, "a stream that ends after its finish reason, without `[DONE]`", Handled("an answer")),
    fault(64, "`[DONE]` without a finish reason", FailsMidway(&[(Kind::StreamCut, None)])),
    fault(65, "data after `[DONE]`", Handled("ignored, and never part of another answer")),
    fault(66, "a stream that never ends", FailsMidway(&[(Kind::Deadline, None), (Kind::ResponseTooLarge, None)])),
    fault(67, "the same piece of a stream a thousand times", Fails(&[(Kind::RunawayStream, None)])),
    fault(68, "a body or a line beyond every limit", Fails(&[(Kind::ResponseTooLarge, None)])),
    fault(69, "a body that drips a byte at a time", Fails(&[(Kind::FirstTokenTimeout, None)])),
    fault(70, "an encoding, though none was asked for", Fails(&[(Kind::MalformedResponse, None)])),
    fault(71, "the same tool call twice", Handled("merged by index")),
    fault(72, "arguments of a tool call that are no JSON", Handled("taken as they are and noted in the attempt; `llm.soft_failures` can decide otherwise")),
    fault(73, "a call of a tool that was not offered", Handled("taken as it is")),
    fault(74, "usage that is missing, negative or absurd", Handled("an answer; what cannot be is unknown")),
    fault(75, "bytes that are not UTF-8", Handled("replaced by U+FFFD")),
    fault(76, "another model served than the one asked for", Handled("an answer that names both")),
    fault(77, "the model is resting", Handled("not called, the next candidate is; when all rest, `llm.when_all_unavailable` decides")),
    fault(78, "too many calls in flight here", Later(GATEWAY)),
    fault(79, "the caller is over a limit of its own", Later(TENANTS)),
    fault(80, "the caller is over its budget", Later(TENANTS)),
    fault(81, "the gateway is shutting down", Later(GATEWAY)),
    fault(82, "statistics cannot be written", Handled("a warning; the answer comes")),
    fault(83, "the store of keys or budgets is down", Later("needs a store")),
    fault(84, "the judge fails, is late or cannot be read", Handled("an answer, chosen by odds, price, speed, order")),
    fault(85, "one candidate of two fails", Handled("the other one's answer, not judged")),
    fault(86, "both candidates fail", Handled("the chain goes on")),
    fault(87, "a fault of this software while it serves", Later(GATEWAY)),
    fault(88, "JSON was asked for, and the answer is cut, unreadable, or against its schema", Fails(&[(Kind::InvalidJson, None)])),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fault_table::FaultTable;

    #[test]
    fn numbers_run_from_one() {
        let numbers: Vec<u8> = faults().iter().map(|fault| fault.number).collect();
        assert_eq!(numbers, (1..=88).collect::<Vec<_>>());
    }

    #[test]
    fn every_failure_has_a_line_in_the_table() {
        let table = FaultTable::default();
        for fault in faults() {
            if let Fails(kinds) | FailsMidway(kinds) | FailsInBand(kinds) = fault.end {
                for (kind, status) in kinds {
                    assert!(table.policy(*kind, *status).is_some(), "{fault:?}");
                }
            }
        }
    }
}
