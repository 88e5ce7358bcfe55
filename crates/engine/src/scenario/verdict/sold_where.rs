//! Is each component sold where it stands, by the price book?

use marginline_model::scenario::Evidence;

use super::super::file::Kind;
use super::{Asked, FAILS, MEETS, Place, UNKNOWN, Verdict, over};
use crate::prices::gpu_offers::Sold;

const LIMIT: &str = "sold_where";

/// The worst over components that get any load.
pub(super) fn verdict(asked: &Asked<'_>) -> Option<Verdict> {
    over(asked, |_, place| place.is_loaded.then(|| of(place)))
}

fn of(place: &Place<'_>) -> Verdict {
    match &place.finding.sold {
        Some(Sold::Yes { reason }) => Verdict::new(LIMIT, MEETS, reason.clone()),
        Some(Sold::No { reason, mend }) => Verdict::new(LIMIT, FAILS, reason.clone()).mended(mend.clone()),
        Some(Sold::Unknown { reason, measure }) => {
            Verdict::new(LIMIT, UNKNOWN, reason.clone()).measured(measure.clone())
        }
        None => offered(place),
    }
}

/// Nobody is named who sells it: a price that somebody offers shows that it is sold, an assumed one does not.
fn offered(place: &Place<'_>) -> Verdict {
    let file = place.file;
    let price = file.usd_per_gpu_hour.as_ref().or(file.usd_per_request.as_ref().filter(|_| file.is_unlisted()));
    let one = price.map(|price| (price.evidence, &price.source));
    let series = file.usd_per_gpu_hour_by_month.as_ref().map(|series| (series.evidence, &series.source));
    match one.or(series).filter(|(evidence, _)| *evidence <= Evidence::Published) {
        Some((evidence, source)) => {
            let source = source.as_deref().map_or(String::new(), |source| format!(": {source}"));
            Verdict::new(LIMIT, MEETS, format!("its price is {}{source}", evidence.word()))
        }
        None if file.kind == Kind::Api && !file.is_unlisted() => {
            Verdict::new(LIMIT, UNKNOWN, "the day of its price is not known").measured("state priced_at")
        }
        None => Verdict::new(LIMIT, UNKNOWN, format!("nobody is named who sells {}", place.called())).measured(
            match file.kind {
                Kind::Api => "state the bill or the offer that usd_per_request is from",
                Kind::OwnGpus => "state cloud and region, or the offer that its price is from",
            },
        ),
    }
}
