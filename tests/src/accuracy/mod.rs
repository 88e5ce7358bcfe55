//! How far the serving model is from measured runs: reading and cleaning a file of runs, predicting each, and the
//! scores that `docs/accuracy.md` shows. `cargo xtask accuracy FILE` calls it.
//!
//! The runs themselves are not part of this tree. The constants of each fit that left one model out are
//! (`left_out.csv`), so that a model is always scored by constants that have not seen it.

pub mod chart;
pub mod fit;
pub mod left_out;
pub mod page;
pub mod runs;
pub mod score;
