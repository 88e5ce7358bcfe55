//! `self-host-cost`.

use marginline_model::unit_cost as model;

use super::Refusal;
use super::answer::{Answer, figure};
use super::field::{Field, Notes};

/// What a million tokens cost on machines of one's own.
pub(super) fn self_host_cost(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["usd_per_gpu_hour", "gpus", "tokens_per_s", "utilisation"], notes)?;
    let usd_per_gpu_hour = input.get("usd_per_gpu_hour").amount()?;
    let gpus = input.get("gpus").positive()?;
    let tokens_per_s = input.get("tokens_per_s").positive()?;
    let utilisation = input.get("utilisation").some_share()?;
    let per_mtok = model::self_host_usd_per_mtok(usd_per_gpu_hour, gpus, tokens_per_s, utilisation);
    Ok(Answer::of("self-host-cost")
        .put_in("USD per million of the tokens counted in tokens_per_s", "usd_per_mtok", figure(per_mtok))
        .put("usd_per_hour", figure(usd_per_gpu_hour * gpus)))
}
