//! How fresh the policy is, worked out whenever somebody looks.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;

use crate::lifecycle::Freshness;

/// How fresh the policy is.
#[derive(Debug)]
pub(super) struct Silence(pub(super) Freshness);

impl Collector for Silence {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let stale = ConstGauge::new(i64::from(self.0.stale()));
        let help = "1 while the source of policy was not heard of since the start, or not for longer than \
                    it may be silent";
        stale.encode(encoder.encode_descriptor("policy_stale", help, None, stale.metric_type())?)?;
        let silent = ConstGauge::new(self.0.silence().as_secs_f64());
        let help = "Seconds since the source of policy was last heard of, or since the start";
        silent.encode(encoder.encode_descriptor("policy_silent_seconds", help, None, silent.metric_type())?)
    }
}
