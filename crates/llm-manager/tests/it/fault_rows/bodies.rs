//! Rows 43 to 58: a success that is none, or one in another form.

use llm_testkit::simulator::{Dialect, Reply, Truncation};
use serde_json::json;

use super::{
    answers::Answer,
    everywhere::{CHAT, Dialects, EVENTS, FILTERS, OPENROUTER, settle},
    lab::{Lab, STREAMED, Told, Trouble, UNSTREAMED, ask, sick},
    replies::{events, piece, saying},
    row::Row,
};

#[tokio::test(start_paused = true)]
async fn row_43_empty_body() {
    let row = Row::new(
        43,
        "`empty_response` | ApiError | once, 500ms | the next | soft | maybe | `empty_response`, worth trying later",
    );
    row.when(None, Reply::empty(200)).await;
    row.when(None, Reply::empty(204)).await;
    settle(43);
}

/// An error under 200 of those who write no chat completions.
fn busy(dialect: Dialect) -> Reply {
    let error = match dialect {
        Dialect::Anthropic => json!({"type": "overloaded_error", "message": "Overloaded"}),
        _ => "server busy, please try again.".into(),
    };
    Reply::json(200, &json!({"type": "error", "error": error}))
}

#[tokio::test(start_paused = true)]
async fn row_44_error_under_200() {
    let row = || {
        Row::new(
            44,
            "`rate_limited` | RateLimit | 2 times, after its rest | the next | rests for the hint (at most 300 s), without one and after a failed probe at least 5 s doubled up to 60 s | no | `rate_limited`, worth trying later",
        )
    };
    row().only(CHAT).when(429, Reply::error_under_200(429, "slow down")).await;
    row().only(CHAT).when(429, Reply::null_answer_under_200(429, "slow down")).await;
    let line = "`overloaded` | ModelUnavailable | once, 500ms | the next | hard, rests up to 20 s | no | `overloaded`, worth trying later";
    Row::besides(44, line).only(CHAT).when(503, Reply::error_under_200(503, "busy")).await;
    // Elsewhere no status stands in it.
    Row::besides(44, line)
        .only(&[Dialect::Anthropic, Dialect::Ollama])
        .when_each(|dialect| (None, busy(dialect).into()))
        .await;
    settle(44);
}

#[tokio::test(start_paused = true)]
async fn row_45_error_in_the_choice() {
    Row::new(45, "`upstream_mid_error` | ApiError | once if alone, 500ms | the next | soft | yes | `upstream_mid_error`, worth trying later")
        .in_forms(UNSTREAMED)
        .only(OPENROUTER)
        .when(502, Reply::error_after(3, 502, "Provider disconnected"))
        .await;
    settle(45);
}

#[tokio::test(start_paused = true)]
async fn row_46_no_choices() {
    Row::new(46, "`empty_choices` | ApiError | once, 500ms | the next | soft | maybe | `empty_choices`, worth trying later")
        .in_forms(UNSTREAMED)
        .only(CHAT)
        .when(None, Reply::no_choices())
        .await;
    // A stream without a choice is one without a finish reason.
    let line = "`stream_cut` | ModelUnavailable | once, 500ms | the next | soft | maybe | `stream_cut`, worth trying later";
    Row::besides(46, line).in_forms(STREAMED).only(CHAT).when(None, Reply::no_choices()).await;
    settle(46);
}

#[tokio::test(start_paused = true)]
async fn row_47_no_content() {
    Row::new(47, "`empty_content` | ApiError | once if alone, 500ms | the next | soft | yes | `empty_content`, worth trying later")
        .when(None, Reply::no_content())
        .await;
    settle(47);
}

#[tokio::test(start_paused = true)]
async fn row_48_no_text_at_the_limit_of_tokens() {
    let thinking = sick().with_reasoning_tokens(8);
    Answer::new(48, "").finishing("length").of_at_most(8).when(thinking).await;
    settle(48);
}

#[tokio::test(start_paused = true)]
async fn row_49_text_cut_at_the_limit_of_tokens() {
    Answer::new(49, "one two three ").finishing("length").of_at_most(3).when(sick()).await;
    settle(49);
}

#[tokio::test(start_paused = true)]
async fn row_50_refused_without_text() {
    let filtered: Trouble =
        sick().with_answer("").with_reply(Reply::finish("content_filter")).into();
    let filters = Answer::new(50, "").finishing("content_filter").only(FILTERS);
    filters.when(filtered.clone()).await;
    let refused = saying(&json!({"content": null, "refusal": "I will not."}), "stop");
    Answer::new(50, "").only(CHAT).when(refused.clone()).await;
    let both = Dialects::only(FILTERS).iter().map(|dialect| (dialect, filtered.clone()));
    let both = both.chain(Dialects::only(CHAT).iter().map(|dialect| (dialect, refused.clone())));
    for (dialect, trouble) in both {
        let lab = Lab::new(dialect, trouble);
        for form in [super::lab::Form::Whole, super::lab::Form::WholeUnstreamed] {
            let told = Told { fallback_on_refusal: true, ..Told::new(form) };
            let got = ask(&lab.engine(&told), form, &"Hi".into()).await;
            assert_eq!(got.text, "from twin", "{form:?}");
            assert_eq!(got.attempts()[0].outcome.as_str(), "content_policy");
            assert_eq!(got.attempts()[0].billed.as_str(), "yes");
        }
    }
    settle(50);
}

#[tokio::test(start_paused = true)]
async fn row_51_text_cut_by_a_filter() {
    let cut = sick().with_answer("half of").with_reply(Reply::finish("content_filter"));
    Answer::new(51, "half of").finishing("content_filter").only(FILTERS).when(cut).await;
    settle(51);
}

#[tokio::test(start_paused = true)]
async fn row_52_unknown_finish_reason() {
    let answer = Answer::new(52, "one two three four five six");
    answer.finishing("banana").when(Reply::finish("banana")).await;
    settle(52);
}

#[tokio::test(start_paused = true)]
async fn row_53_not_json_to_its_end() {
    let row = Row::new(
        53,
        "`malformed_response` | ApiError | once, 500ms | the next | soft | maybe | `malformed_response`, worth trying later",
    );
    row.when(None, Reply::garbage()).await;
    row.in_forms(STREAMED)
        .only(EVENTS)
        .when(None, events(&["{\"choices\": [{]}".to_owned()]))
        .await;
    settle(53);
}

#[tokio::test(start_paused = true)]
async fn row_54_body_ends_too_early() {
    let row = || {
        Row::new(
            54,
            "`truncated_response` | ModelUnavailable | once if alone, 500ms | the next | soft | yes | `truncated_response`, worth trying later",
        )
    };
    for how in [Truncation::Length, Truncation::Chunk, Truncation::Close] {
        row().in_forms(UNSTREAMED).when(None, Reply::truncated(how)).await;
    }
    // The same where a stream was asked for.
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{\"choices\": [";
    row().only(EVENTS).when(None, Reply::raw(half)).await;
    row().in_forms(UNSTREAMED).only(&[Dialect::Ollama]).when(None, Reply::raw(half)).await;
    settle(54);
}

#[tokio::test(start_paused = true)]
async fn row_55_web_page() {
    Row::new(55, "`not_json` | ApiError | once, 500ms | the next | soft | maybe | `not_json`, worth trying later")
        .when(None, Reply::html(200))
        .await;
    settle(55);
}

#[tokio::test(start_paused = true)]
async fn row_56_wrong_content_type() {
    for wrong in ["", "text/plain", "application/octet-stream"] {
        let answer = Answer::new(56, "one two three four five six");
        answer.when(Reply::content_type(wrong)).await;
    }
    settle(56);
}

#[tokio::test(start_paused = true)]
async fn row_57_whole_answer_in_place_of_a_stream() {
    let answer = Answer::new(57, "one two three four five six");
    answer.in_forms(STREAMED).when(Reply::wrong_form()).await;
    // An error in its place is the row of its code.
    let line = "`overloaded` | ModelUnavailable | once, 500ms | the next | hard, rests up to 20 s | no | `overloaded`, worth trying later";
    Row::besides(57, line)
        .in_forms(STREAMED)
        .only(CHAT)
        .when(503, Reply::error_under_200(503, "busy"))
        .await;
    settle(57);
}

#[tokio::test(start_paused = true)]
async fn row_58_stream_in_place_of_a_whole_answer() {
    let answer = Answer::new(58, "one two three four five six");
    answer.in_forms(UNSTREAMED).when(Reply::wrong_form()).await;
    // Whoever asked for it in one piece, a cut stream is no answer.
    for dialect in Dialects::only(CHAT).iter() {
        let half = Trouble::Replies {
            stream: Box::new(Reply::answer()),
            whole: Box::new(events(&[piece("half")])),
        };
        let lab = Lab::new(dialect, half);
        for form in UNSTREAMED {
            let got = ask(&lab.engine(&Told::new(*form)), *form, &"Hi".into()).await;
            assert_eq!(got.text, "from twin");
            assert_eq!(got.attempts()[0].outcome.as_str(), "stream_cut", "{form:?}");
        }
    }
    settle(58);
}
