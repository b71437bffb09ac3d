//! Managers that close, and callers who leave.

use std::time::Duration;

use llm_crewai_bridge::FaultKind;
use llm_testkit::fakes::{Call, Step};
use tokio::time::timeout;

use crate::support::{hello, service};

#[tokio::test(start_paused = true)]
async fn closing_during_a_call_ends_it_and_refuses_later_ones() {
    let (service, provider) = service([Step::hang()]);
    let call = hello();
    let closing = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(provider.running(), 1);
        service.close();
    };
    let (ended, ()) = tokio::join!(service.generate(&call), closing);
    assert_eq!(ended.unwrap_err().kind, FaultKind::Closed);
    assert!(provider.calls()[0].was_dropped());

    assert!(service.is_closed());
    assert_eq!(service.generate(&call).await.unwrap_err().kind, FaultKind::Closed);
    assert_eq!(service.clone().generate(&call).await.unwrap_err().kind, FaultKind::Closed);
    assert_eq!(provider.calls().len(), 1);
    service.close();
}

#[tokio::test(start_paused = true)]
async fn closing_ends_a_stream_in_its_middle() {
    let (service, provider) = service([Step::text(["one", "two"]).then_hang()]);
    let mut stream = service.stream(&hello()).unwrap();
    stream.next().await.unwrap().unwrap();
    service.close();
    assert_eq!(stream.next().await.unwrap_err().kind, FaultKind::Closed);
    assert_eq!(stream.next().await, Ok(None));
    assert!(provider.calls()[0].was_dropped());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_and_a_dropped_stream_leave_their_provider() {
    let (service, provider) = service([Step::hang()]);
    timeout(Duration::from_secs(1), service.generate(&hello())).await.unwrap_err();
    let mut stream = service.stream(&hello()).unwrap();
    timeout(Duration::from_secs(1), stream.next()).await.unwrap_err();
    drop(stream);
    assert_eq!(provider.running(), 0);
    assert!(provider.calls().iter().all(Call::was_dropped));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_wait_for_an_event_loses_nothing() {
    let step = Step::text(["one ", "two ", "three"]).gap(Duration::from_secs(5));
    let (service, _) = service([step]);
    let mut stream = service.stream(&hello()).unwrap();
    let mut texts = Vec::new();
    loop {
        match timeout(Duration::from_secs(2), stream.next()).await {
            Err(_) => {}
            Ok(Ok(Some(llm_crewai_bridge::Next::Event(event)))) => {
                texts.push(crate::support::read(&event)["text"].as_str().unwrap().to_owned());
            }
            Ok(end) => {
                assert!(matches!(end, Ok(Some(llm_crewai_bridge::Next::Reply(_)))));
                break;
            }
        }
    }
    assert_eq!(texts.concat(), "one two three");
}
