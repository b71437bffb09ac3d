//! What belongs to the process that made it.

use pyo3::Python;

/// A value with threads and connections behind it, which only the process that made it may touch.
///
/// A forked child has the memory and none of the threads: to wait for one, or to lock what one
/// held at that moment, would never end. There the value counts as absent, and is leaked rather
/// than dropped.
#[derive(Debug)]
pub(super) struct OfProcess<T: Send> {
    process: u32,
    value: Option<T>,
}

impl<T: Send> OfProcess<T> {
    pub(super) fn new(value: T) -> Self {
        Self { process: std::process::id(), value: Some(value) }
    }

    /// The value, in the process that made it.
    pub(super) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.is_ours())
    }

    /// The value, in the process that made it.
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        if self.is_ours() { self.value.as_mut() } else { None }
    }

    fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }
}

impl<T: Send> Drop for OfProcess<T> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else { return };
        if !self.is_ours() {
            std::mem::forget(value);
            return;
        }
        // The last of a manager writes its statistics first: nobody must wait for that.
        let mut value = Some(value);
        Python::try_attach(|py| py.detach(|| drop(value.take())));
        drop(value);
    }
}
