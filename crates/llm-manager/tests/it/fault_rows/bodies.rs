//! Rows 43 to 58: a success that is none, or one in another form.

use llm_testkit::simulator::{Reply, Truncation};
use serde_json::json;

use super::{
    answers::Answer,
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
}

#[tokio::test(start_paused = true)]
async fn row_44_error_under_200() {
    let row = Row::new(
        44,
        "`rate_limited` | RateLimit | 2 times, after its rest | the next | rests for the hint (at most 300 s), without one and after a failed probe at least 5 s doubled up to 60 s | no | `rate_limited`, worth trying later",
    );
    row.when(429, Reply::error_under_200(429, "slow down")).await;
    row.when(429, Reply::null_answer_under_200(429, "slow down")).await;
    let line = "`overloaded` | ModelUnavailable | once, 500ms | the next | hard, rests up to 20 s | no | `overloaded`, worth trying later";
    Row::besides(44, line).when(503, Reply::error_under_200(503, "busy")).await;
}

#[tokio::test(start_paused = true)]
async fn row_45_error_in_the_choice() {
    Row::new(45, "`upstream_mid_error` | ApiError | once if alone, 500ms | the next | soft | yes | `upstream_mid_error`, worth trying later")
        .in_forms(UNSTREAMED)
        .when(502, Reply::error_after(3, 502, "Provider disconnected"))
        .await;
}

#[tokio::test(start_paused = true)]
async fn row_46_no_choices() {
    Row::new(46, "`empty_choices` | ApiError | once, 500ms | the next | soft | maybe | `empty_choices`, worth trying later")
        .in_forms(UNSTREAMED)
        .when(None, Reply::no_choices())
        .await;
    // A stream without a choice is one without a finish reason.
    let line = "`stream_cut` | ModelUnavailable | once, 500ms | the next | soft | maybe | `stream_cut`, worth trying later";
    Row::besides(46, line).in_forms(STREAMED).when(None, Reply::no_choices()).await;
}

#[tokio::test(start_paused = true)]
async fn row_47_no_content() {
    Row::new(47, "`empty_content` | ApiError | once if alone, 500ms | the next | soft | yes | `empty_content`, worth trying later")
        .when(None, Reply::no_content())
        .await;
}

#[tokio::test(start_paused = true)]
async fn row_48_no_text_at_the_limit_of_tokens() {
    let thinking = sick().with_reasoning_tokens(8);
    Answer::new(48, "").finishing("length").of_at_most(8).when(thinking).await;
}

#[tokio::test(start_paused = true)]
async fn row_49_text_cut_at_the_limit_of_tokens() {
    Answer::new(49, "one two three ").finishing("length").of_at_most(3).when(sick()).await;
}

#[tokio::test(start_paused = true)]
async fn row_50_refused_without_text() {
    let filtered = saying(&json!({"content": ""}), "content_filter");
    Answer::new(50, "").finishing("content_filter").when(filtered.clone()).await;
    let refused = saying(&json!({"content": null, "refusal": "I will not."}), "stop");
    Answer::new(50, "").when(refused.clone()).await;
    for trouble in [filtered, refused] {
        let lab = Lab::new(trouble);
        for form in [super::lab::Form::Whole, super::lab::Form::WholeUnstreamed] {
            let told = Told { fallback_on_refusal: true, ..Told::new(form) };
            let got = ask(&lab.engine(&told), form, &"Hi".into()).await;
            assert_eq!(got.text, "from twin", "{form:?}");
            assert_eq!(got.attempts()[0].outcome.as_str(), "content_policy");
            assert_eq!(got.attempts()[0].billed.as_str(), "yes");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn row_51_text_cut_by_a_filter() {
    let cut = saying(&json!({"content": "half of"}), "content_filter");
    Answer::new(51, "half of").finishing("content_filter").when(cut).await;
}

#[tokio::test(start_paused = true)]
async fn row_52_unknown_finish_reason() {
    let answer = Answer::new(52, "one two three four five six");
    answer.finishing("banana").when(Reply::finish("banana")).await;
}

#[tokio::test(start_paused = true)]
async fn row_53_not_json_to_its_end() {
    let row = Row::new(
        53,
        "`malformed_response` | ApiError | once, 500ms | the next | soft | maybe | `malformed_response`, worth trying later",
    );
    row.when(None, Reply::garbage()).await;
    row.in_forms(STREAMED).when(None, events(&["{\"choices\": [{]}".to_owned()])).await;
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
    row().when(None, Reply::raw(half)).await;
}

#[tokio::test(start_paused = true)]
async fn row_55_web_page() {
    Row::new(55, "`not_json` | ApiError | once, 500ms | the next | soft | maybe | `not_json`, worth trying later")
        .when(None, Reply::html(200))
        .await;
}

#[tokio::test(start_paused = true)]
async fn row_56_wrong_content_type() {
    for wrong in ["", "text/plain", "application/octet-stream"] {
        let answer = Answer::new(56, "one two three four five six");
        answer.when(Reply::content_type(wrong)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn row_57_whole_answer_in_place_of_a_stream() {
    let answer = Answer::new(57, "one two three four five six");
    answer.in_forms(STREAMED).when(Reply::wrong_form()).await;
    // An error in its place is the row of its code.
    let line = "`overloaded` | ModelUnavailable | once, 500ms | the next | hard, rests up to 20 s | no | `overloaded`, worth trying later";
    Row::besides(57, line).in_forms(STREAMED).when(503, Reply::error_under_200(503, "busy")).await;
}

#[tokio::test(start_paused = true)]
async fn row_58_stream_in_place_of_a_whole_answer() {
    let answer = Answer::new(58, "one two three four five six");
    answer.in_forms(UNSTREAMED).when(Reply::wrong_form()).await;
    // Whoever asked for it in one piece, a cut stream is no answer.
    let lab =
        Lab::new(Trouble::Replies { stream: Reply::answer(), whole: events(&[piece("half")]) });
    for form in UNSTREAMED {
        let got = ask(&lab.engine(&Told::new(*form)), *form, &"Hi".into()).await;
        assert_eq!(got.text, "from twin");
        assert_eq!(got.attempts()[0].outcome.as_str(), "stream_cut", "{form:?}");
    }
}
