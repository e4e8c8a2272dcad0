//! How much is taken on at a time: counted when it begins, and no longer when it
//! ends, however it ends.
//!
//! Nothing queues here. A queue before a decision of microseconds only makes
//! every answer late.

use std::sync::Arc;

use tonic::Code;

use crate::telemetry::{Gauge, Metrics, Rpc};

/// Places of which there are so many.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    taken: Gauge,
    most: i64,
}

/// A place that is taken, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Gauge);

impl Places {
    /// As many places, counted by a gauge.
    pub(crate) fn new(taken: Gauge, most: usize) -> Self {
        Self { taken, most: i64::try_from(most).unwrap_or(i64::MAX) }
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(&self) -> Option<Place> {
        let before = self.taken.inc();
        let place = Place(self.taken.clone());
        // Without one, what was counted is counted no more by dropping it.
        (before < self.most).then_some(place)
    }

    /// Whether there is no place left.
    pub(crate) fn full(&self) -> bool {
        self.taken.get() >= self.most
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A call in flight: from its headers to the last byte of its answer.
#[derive(Debug)]
pub(crate) struct Call {
    metrics: Arc<Metrics>,
    rpc: Rpc,
    /// What its caller was told; until then that it was given up.
    code: Code,
    /// None of them if it was refused for want of one.
    _places: Option<(Place, Place)>,
}

impl Call {
    pub(super) const fn new(metrics: Arc<Metrics>, rpc: Rpc, places: Option<(Place, Place)>) -> Self {
        Self { metrics, rpc, code: Code::Cancelled, _places: places }
    }

    /// Its caller is told this.
    pub(super) fn answered(&mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.metrics.called(self.rpc, self.code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let places = Places::new(Gauge::default(), 2);
        let first = places.take().unwrap();
        assert!(!places.full());
        let _second = places.take().unwrap();
        assert!(places.full());
        assert!(places.take().is_none());
        assert_eq!(places.taken.get(), 2, "who was refused is not counted");
        drop(first);
        assert!(places.take().is_some());
    }
}
