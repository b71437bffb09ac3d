//! What becomes of streams (section D of the cases).

use std::time::Duration;

use llm_testkit::simulator::{ModelScript, Reply};

use super::house::*;

/// Checks what the caller of a stream sees, and what came of it.
async fn check(house: &House, text: &str, story: &str) {
    assert_eq!(house.read().await, (text.to_owned(), story.to_owned()));
}

fn with_spare(replies: impl IntoIterator<Item = Reply>) -> House {
    House::new(Chain::WithSpare, main_replying(replies))
}

fn alone(replies: impl IntoIterator<Item = Reply>) -> House {
    House::new(Chain::Alone, main_replying(replies))
}

/// An error in place of the token after so many.
fn error_after(tokens: usize) -> Reply {
    Reply::error_after(tokens, 502, "Provider disconnected")
}

/// A stream of the events in `data`.
fn events(data: &[&str]) -> Reply {
    let events: Vec<_> = data.iter().map(|data| format!("data: {data}\n\n")).collect();
    Reply::event_stream(events.concat())
}

const ROLE: &str = r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#;
const ERROR: &str = r#"{"error":{"code":502,"message":"gone"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#;

#[tokio::test(start_paused = true)]
async fn d05_comments_are_life_but_no_progress() {
    for every in [5, 29] {
        let house = with_spare([Reply::comments_after(1, Duration::from_secs(every))]);
        let outcome = house.asked().await.unwrap();
        let attempt = &outcome.attempts()[0];
        assert_eq!((attempt.outcome.as_str(), attempt.elapsed.as_secs()), ("no_progress", 90));
    }
    let house = with_spare([Reply::comments_after(1, Duration::from_secs(31))]);
    let outcome = house.asked().await.unwrap();
    let attempt = &outcome.attempts()[0];
    assert_eq!((attempt.outcome.as_str(), attempt.elapsed.as_secs()), ("idle_timeout", 30));
}

#[tokio::test(start_paused = true)]
async fn d08_a_line_without_end_goes_to_the_next_candidate() {
    let giant = || [Reply::giant_line(9 * 1024 * 1024)];
    check(&with_spare(giant()), "from spare", "main response_too_large yes, spare ok yes -> ok")
        .await;
    let ended = "main response_too_large yes -> ApiError response_too_large final";
    check(&alone(giant()), "", ended).await;
}

#[tokio::test(start_paused = true)]
async fn d10_an_error_as_the_first_event_is_invisible() {
    let failed = "main 502 bad_gateway maybe";
    let twice = format!("{failed}, {failed}");
    let spare = format!("{twice}, spare ok yes -> ok");
    let ended = format!("{twice} -> ModelUnavailable bad_gateway again");
    for reply in [error_after(0), events(&[ERROR])] {
        check(&with_spare([reply.clone()]), "from spare", &spare).await;
        check(&alone([reply.clone()]), "", &ended).await;
        assert_eq!(both([reply]).await, [ended.clone(), spare.clone()]);
    }
    let healed = format!("{failed}, main ok yes -> ok");
    check(&with_spare([error_after(0), Reply::answer()]), "from main", &healed).await;
}

#[tokio::test(start_paused = true)]
async fn d11_a_role_or_comments_commit_to_nothing() {
    let failed = "main 502 bad_gateway maybe";
    let spare = format!("{failed}, {failed}, spare ok yes -> ok");
    check(&with_spare([events(&[ROLE, ERROR])]), "from spare", &spare).await;
    let house = with_spare([Reply::comments_only(Duration::from_secs(5))]);
    let spare = "main first_token_timeout maybe, spare ok yes -> ok; main rests";
    check(&house, "from spare", spare).await;
    let call = &house.simulator.calls_to(MAIN)[0];
    assert_eq!(call.ended.unwrap().as_secs() - call.started.as_secs(), 20);
    assert!(call.client_left());
}

#[tokio::test(start_paused = true)]
async fn d12_after_a_text_an_error_ends_the_stream_and_nobody_else_speaks() {
    let failed = "main 502 upstream_mid_error yes";
    let house = with_spare([error_after(1)]);
    let ended = format!("{failed} -> ApiError upstream_mid_error again");
    check(&house, "from ", &ended).await;
    assert_eq!((house.calls_to(MAIN), house.calls_to(SPARE)), (1, 0));
    // A caller of the whole answer has seen nothing: another model answers, or once the same.
    let [alone, with_spare] = both([error_after(1), Reply::answer()]).await;
    assert_eq!(alone, format!("{failed}, main ok yes -> ok"));
    assert_eq!(with_spare, format!("{failed}, spare ok yes -> ok"));
}

#[tokio::test(start_paused = true)]
async fn d12_where_nothing_was_handed_over_yet_another_model_answers() {
    let spare = "main 502 upstream_mid_error yes, spare ok yes -> ok";
    for commit in ["complete", "window, window: { tokens: 3, time: 9s }"] {
        let llm = format!("streaming: {{ commit: {commit} }}");
        let more = More { llm: &llm, ..More::default() };
        let house = House::with(Chain::WithSpare, main_replying([error_after(1)]), more);
        check(&house, "from spare", spare).await;
    }
}

/// Says `one two three four`.
fn counting(replies: impl IntoIterator<Item = Reply>) -> ModelScript {
    main_replying(replies).with_answer("one two three four")
}

#[tokio::test(start_paused = true)]
async fn d13_a_cut_before_a_token_is_a_retry_after_some_an_error_after_the_end_nothing() {
    for cut in [Reply::cut_after, Reply::reset_after] {
        let failed = "main stream_cut maybe";
        let healed = format!("{failed}, main ok yes -> ok");
        check(&with_spare([cut(0), Reply::answer()]), "from main", &healed).await;
        let spare = format!("{failed}, {failed}, spare ok yes -> ok");
        check(&with_spare([cut(0)]), "from spare", &spare).await;
    }
    let failed = "main stream_cut yes";
    let house = House::new(Chain::WithSpare, counting([Reply::cut_after(3)]));
    check(&house, "one two three ", &format!("{failed} -> ModelUnavailable stream_cut again"))
        .await;
    assert_eq!((house.calls_to(MAIN), house.calls_to(SPARE)), (1, 0));
    let told = both_with(counting([Reply::cut_after(3), Reply::answer()]), More::default()).await;
    assert_eq!(told[0], format!("{failed}, main ok yes -> ok"));
    assert_eq!(told[1], format!("{failed}, spare ok yes -> ok"));
    check(&with_spare([Reply::no_done()]), "from main", "main ok yes -> ok").await;
}

#[tokio::test(start_paused = true)]
async fn d14_the_mark_of_the_end_proves_nothing() {
    let failed = "main stream_cut yes";
    let [alone, with_spare] = both([Reply::no_finish(), Reply::answer()]).await;
    assert_eq!(alone, format!("{failed}, main ok yes -> ok"));
    assert_eq!(with_spare, format!("{failed}, spare ok yes -> ok"));
    // Three in a row are too many, as with any soft failure.
    let house = House::new(Chain::WithSpare, main_replying([Reply::no_finish()]));
    for _ in 0..2 {
        assert_eq!(house.ask().await, format!("{failed}, spare ok yes -> ok"));
    }
    assert_eq!(house.ask().await, format!("{failed}, spare ok yes -> ok; main rests"));
}

#[tokio::test(start_paused = true)]
async fn d18_the_form_of_an_answer_does_not_matter() {
    let whole = More { main: "upstream_stream: off", ..More::default() };
    for more in [More::default(), whole] {
        let told = both_with(main_replying([Reply::wrong_form()]), more).await;
        assert_eq!(told, ["main ok yes -> ok", "main ok yes -> ok"]);
    }
    check(&with_spare([Reply::wrong_form()]), "from main", "main ok yes -> ok").await;
}

#[tokio::test(start_paused = true)]
async fn d19_a_model_that_repeats_itself_gives_way_before_the_commit_point() {
    let again = || [Reply::repeat(Duration::from_millis(1))];
    let [alone, spare] = both(again()).await;
    assert_eq!(alone, "main runaway_stream yes -> ApiError runaway_stream final");
    assert_eq!(spare, "main runaway_stream yes, spare ok yes -> ok");
    let house = with_spare(again());
    let (text, story) = house.read().await;
    assert!(text.starts_with("from from from "), "{text}");
    assert_eq!(story, alone);
    let calls = house.simulator.wait_for_ended(1).await;
    assert!(calls[0].client_left(), "the bill stops");
}
