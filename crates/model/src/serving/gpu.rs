//! What a GPU can do at best.

use super::Precision;
use super::error::{ServingError, positive};

/// One GPU by its published figures; those of the built-in table name their source ([`super::source`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Gpu {
    /// Its name, such as `h200_sxm`.
    pub name: String,
    /// Memory in bytes.
    pub hbm_bytes: f64,
    /// Memory bandwidth in bytes per second.
    pub hbm_bytes_per_s: f64,
    /// Dense BF16 operations per second.
    pub bf16_flops: f64,
    /// Dense FP8 operations per second; `None` where FP8 runs at BF16 speed.
    pub fp8_flops: Option<f64>,
    /// Dense FP4 operations per second; `None` where FP4 weights are widened and run at BF16 speed.
    pub fp4_flops: Option<f64>,
    /// Bytes per second one way over the link to its neighbours in the node.
    pub link_bytes_per_s: f64,
}

impl Gpu {
    /// Peak operations per second of a product with weights of this precision.
    #[must_use]
    pub fn peak_flops(&self, weights: Precision) -> f64 {
        match weights {
            Precision::Bf16 | Precision::Int4 => self.bf16_flops,
            Precision::Fp8 => self.fp8_flops.unwrap_or(self.bf16_flops),
            Precision::Nvfp4 | Precision::Mxfp4 => self.fp4_flops.unwrap_or(self.bf16_flops),
        }
    }

    /// Whether its figures can be computed with.
    ///
    /// # Errors
    /// The first figure that is not above 0.
    pub fn check(&self) -> Result<(), ServingError> {
        positive("gpu.hbm_bytes", self.hbm_bytes)?;
        positive("gpu.hbm_bytes_per_s", self.hbm_bytes_per_s)?;
        positive("gpu.bf16_flops", self.bf16_flops)?;
        positive("gpu.fp8_flops", self.fp8_flops.unwrap_or(1.0))?;
        positive("gpu.fp4_flops", self.fp4_flops.unwrap_or(1.0))?;
        positive("gpu.link_bytes_per_s", self.link_bytes_per_s).map(|_| ())
    }
}
