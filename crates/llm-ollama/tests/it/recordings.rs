//! Answers recorded from a server other people wrote.

use llm_core::{ErrorKind, FinishReason, Provider};

use crate::upstream::{Upstream, fold};

macro_rules! recording {
    ($name:literal) => {
        Upstream::recorded(include_str!(concat!("fixtures/ollama_", $name, ".txt")))
    };
}

#[tokio::test]
async fn a_whole_answer() {
    let response = recording!("chat").chat().await.unwrap();
    assert_eq!(response.text(), "Hello! This is a mock answer.");
    assert_eq!(response.model.as_ref().unwrap(), &"llama3");
    assert_eq!(response.finish_reason, Some(FinishReason::Stop));
    assert_eq!((response.usage, response.load_time), (None, None), "it counts nothing");
}

#[tokio::test]
async fn a_stream_says_what_a_whole_answer_says() {
    let whole = recording!("chat").chat().await.unwrap();
    let streamed = fold(recording!("chat_stream").stream().await.unwrap());
    assert_eq!(streamed, whole);
    // Asked for a whole answer, a server that sends lines all the same is understood.
    assert_eq!(recording!("chat_stream").chat().await.unwrap(), whole);
}

#[tokio::test]
async fn an_error_whose_form_is_not_ollamas() {
    for error in
        [recording!("err").chat().await.unwrap_err(), recording!("err").stream().await.unwrap_err()]
    {
        assert_eq!((error.kind(), error.status()), (ErrorKind::UpstreamServer, Some(500)));
        assert_eq!(error.message(), "boom");
        assert_eq!(error.request_id(), Some("req-CXnDv8HzqhptjywK"));
    }
}

#[tokio::test]
async fn a_catalogue_that_says_nothing_but_names() {
    let models = recording!("tags").provider().models().await.unwrap();
    let names: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(names, ["vendor/down-503", "openai/gpt-4o-mini"]);
    assert!(models.iter().all(|model| model.price.is_none()));
    assert!(models.iter().all(|model| model.capabilities.context_window.is_none()));
}
