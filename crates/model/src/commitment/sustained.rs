//! Discounts for sustained use: what is on demand gets cheaper the more of a month it runs.

/// Share of a month and the price inside that band, as a share of the base price: N1 and the others that reach 30 %.
/// Source: Google Cloud, "Sustained use discounts for Compute Engine" (half a month is 10 % off, three quarters 20 %,
/// a whole month 30 %). Newer series have other bands or none; H100, A100 and L4 have none.
pub const SUSTAINED_N1: [(f64, f64); 4] = [(0.25, 1.0), (0.25, 0.8), (0.25, 0.6), (0.25, 0.4)];

/// Price of use that runs this share of a month, as a share of the base price: 0.9 for half a month of [`SUSTAINED_N1`].
/// 1 where nothing runs. `None` for a share outside of 0 to 1, or bands that are not shares of the month adding up to 1.
#[must_use]
pub fn sustained_use(share_of_month: f64, bands: &[(f64, f64)]) -> Option<f64> {
    let is_share = |value: f64| (0.0..=1.0).contains(&value);
    let whole: f64 = bands.iter().map(|band| band.0).sum();
    if !is_share(share_of_month) || (whole - 1.0).abs() > 1e-9 || !bands.iter().all(|b| is_share(b.0) && is_share(b.1))
    {
        return None;
    }
    let (mut left, mut paid) = (share_of_month, 0.0);
    for (width, price) in bands {
        let inside = left.min(*width);
        paid += inside * price;
        left -= inside;
    }
    Some(if share_of_month > 0.0 { paid / share_of_month } else { 1.0 })
}
