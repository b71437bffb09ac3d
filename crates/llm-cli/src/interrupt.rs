//! Ctrl-C: the first asks for an end, the second is one, and so is waiting in vain.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

use crate::exit::Exit;

/// How long a command may take to end. One that writes to a pipe nobody reads would never notice.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells whether the user wants an end. Clones share the answer.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Watches for Ctrl-C. The second ends the process at once, and the first after two seconds.
    pub(crate) fn watch() -> Self {
        let (sender, receiver) = watch::channel(false);
        let watch = async move {
            if tokio::signal::ctrl_c().await.is_err() {
                return std::future::pending().await;
            }
            let _nobody_waits = sender.send(true);
            let _as_good_as = timeout(PATIENCE, tokio::signal::ctrl_c()).await;
            std::process::exit(i32::from(Exit::Interrupted.code()));
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "it must see Ctrl-C also while the command blocks its own thread"
        )]
        let _watcher = tokio::spawn(watch);
        Self(receiver)
    }

    /// Waits for the first Ctrl-C.
    pub(crate) async fn arrived(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|interrupted| *interrupted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
