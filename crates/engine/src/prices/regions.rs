//! Regions of providers: where they are, whose law holds there, and how far apart they are.
//!
//! Unknown is empty: a name such as `europe-central-1` tells no country, and so no legal area, until somebody says so.

use std::sync::OnceLock;

use serde::Serialize;

use super::catalogue::rows;
use crate::error::{EngineError, Result};

const REGIONS: &str = include_str!("../../data/regions.csv");

/// A region of a provider.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Region {
    /// Provider.
    pub provider: String,
    /// Its id there.
    pub region: String,
    /// City or part of a country.
    pub place: String,
    /// Country, ISO 3166; `None` when the provider does not tell.
    pub country: Option<String>,
    /// Whose law holds: `EU`, `EEA` (outside the EU), `UK`, `US`, else the country.
    pub legal_area: Option<String>,
    /// Degrees north and east, about.
    pub position: Option<(f64, f64)>,
    /// Who says so.
    pub source: String,
}

impl Region {
    /// Is it in a legal area? The EEA holds the EU. `None` when nobody knows.
    #[must_use]
    pub fn is_within(&self, area: &str) -> Option<bool> {
        let own = self.legal_area.as_deref()?;
        Some(own.eq_ignore_ascii_case(area) || (area.eq_ignore_ascii_case("EEA") && own == "EU"))
    }

    /// Kilometres to another region over the surface of a ball of 6,371 km radius; `None` where a place is unknown.
    #[must_use]
    pub fn kilometres_to(&self, other: &Self) -> Option<f64> {
        let (here, there) = (self.position?, other.position?);
        let (north, east) = ((there.0 - here.0).to_radians(), (there.1 - here.1).to_radians());
        let chord = (north / 2.0).sin().powi(2)
            + here.0.to_radians().cos() * there.0.to_radians().cos() * (east / 2.0).sin().powi(2);
        Some(2.0 * 6_371.0 * chord.sqrt().min(1.0).asin())
    }

    /// Milliseconds there and back, roughly: 2 ms at the ends, and light in glass (200 km/ms) on a way half as long
    /// again as the shortest. Modelled, never measured.
    #[must_use]
    pub fn round_trip_ms_to(&self, other: &Self) -> Option<f64> {
        self.kilometres_to(other).map(|kilometres| 2.0 + 2.0 * 1.5 * kilometres / 200.0)
    }
}

/// Every region known, in the order of the file.
#[must_use]
pub fn regions() -> &'static [Region] {
    static ALL: OnceLock<Vec<Region>> = OnceLock::new();
    ALL.get_or_init(|| rows(REGIONS).filter_map(|row| region(&row)).collect())
}

/// A region by provider and id.
#[must_use]
pub fn find(provider: &str, region: &str) -> Option<&'static Region> {
    regions().iter().find(|known| known.provider == provider && known.region.eq_ignore_ascii_case(region))
}

/// Regions of all providers with this id, or of one written as `aws/eu-central-1`.
pub fn all_named(text: &str) -> impl Iterator<Item = &'static Region> {
    let (provider, id) = text.split_once('/').map_or((None, text), |(provider, id)| (Some(provider), id));
    let wanted = provider.map(cloud_ids).unwrap_or_default();
    let id = id.trim().to_lowercase();
    let sells = move |known: &&Region| wanted.is_empty() || wanted.contains(&known.provider);
    regions().iter().filter(move |known| known.region.eq_ignore_ascii_case(&id)).filter(sells)
}

/// Is it a legal area, a country or a region that is known?
#[must_use]
pub fn is_known(place: &str) -> bool {
    is_area(place) || all_named(place).next().is_some()
}

/// Is it a legal area or a country that some region lies in?
#[must_use]
pub fn is_area(place: &str) -> bool {
    let is = |known: &Option<String>| known.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(place));
    regions().iter().any(|region| is(&region.legal_area) || is(&region.country))
}

/// Does a region lie in a legal area or a country? Its own must be known.
#[must_use]
pub fn lies_in(region: &Region, place: &str) -> bool {
    let is_country = region.country.as_deref().is_some_and(|country| country.eq_ignore_ascii_case(place));
    is_country || region.is_within(place) == Some(true)
}

/// Does all of a legal area or country lie in another? The EEA holds the EU.
#[must_use]
pub fn area_is_within(area: &str, place: &str) -> bool {
    let same = area.eq_ignore_ascii_case(place);
    let eea = area.eq_ignore_ascii_case("EU") && place.eq_ignore_ascii_case("EEA");
    let is_country = |region: &&Region| region.country.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(area));
    same || eea || regions().iter().find(is_country).is_some_and(|region| lies_in(region, place))
}

/// What a cloud is called in prices and regions: Google's is `gcp` where machines are sold and `google` where tokens are.
#[must_use]
pub fn cloud_ids(name: &str) -> Vec<String> {
    match crate::subject::plain_name(name).as_str() {
        "google" | "googlecloud" | "gcp" | "vertex" | "googlevertex" => vec!["gcp".into(), "google".into()],
        "microsoft" | "microsoftazure" => vec!["azure".into()],
        "amazonwebservices" | "ec2" => vec!["aws".into()],
        _ => vec![crate::import::provider_id(name)],
    }
}

/// A region written as `aws/eu-central-1`.
///
/// # Errors
/// When no such region is known.
pub fn named(text: &str) -> Result<&'static Region> {
    let known = text.split_once('/').and_then(|(provider, region)| find(&crate::import::provider_id(provider), region));
    known.ok_or_else(|| {
        EngineError::usage(format!("{text:?} is no region that is known"))
            .then("write provider and region, such as aws/eu-central-1")
    })
}

fn region(row: &[String]) -> Option<Region> {
    let [provider, region, place, country, legal_area, latitude, longitude, source] = row else { return None };
    let known = |text: &String| (!text.is_empty()).then(|| text.clone());
    let position = match (latitude.as_str(), longitude.as_str()) {
        ("", "") => None,
        (north, east) => Some((north.parse().ok()?, east.parse().ok()?)),
    };
    Some(Region {
        provider: provider.clone(),
        region: region.clone(),
        place: place.clone(),
        country: known(country),
        legal_area: known(legal_area),
        position,
        source: source.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_is_read_names_its_source_and_stands_once() {
        assert_eq!(regions().len(), REGIONS.lines().count() - 1, "a row of regions.csv cannot be read");
        let mut seen = HashSet::new();
        for region in regions() {
            assert!(!region.source.is_empty() && !region.place.is_empty(), "{region:?}");
            assert_eq!(region.country.is_some(), region.legal_area.is_some(), "{region:?}");
            assert!(seen.insert((&region.provider, &region.region)), "twice: {region:?}");
        }
    }

    #[test]
    fn regions_of_the_gpu_catalogue_are_known() {
        // Vast.ai names a place instead of a region, and some sellers name none.
        for price in super::super::catalogue::gpu_prices().iter().filter(|price| price.provider != "vast") {
            let known = price.region.is_empty() || find(&price.provider, &price.region).is_some();
            assert!(known, "{} {} is not in regions.csv", price.provider, price.region);
        }
    }

    /// Paris to London is 344 km over the globe, and Frankfurt to Northern Virginia about 6,500.
    #[test]
    fn distances_are_those_of_a_globe() {
        let of = |provider, region| find(provider, region).unwrap();
        let near = of("aws", "eu-west-3").kilometres_to(of("aws", "eu-west-2")).unwrap();
        assert!((340.0..348.0).contains(&near), "{near}");
        let far = of("aws", "eu-central-1").round_trip_ms_to(of("aws", "us-east-1")).unwrap();
        assert!((95.0..103.0).contains(&far), "2 ms and 15 ms for each thousand kilometres: {far}");
        assert_eq!(of("lambda", "us-east-1").kilometres_to(of("aws", "us-east-1")), None, "nobody tells where it is");
    }

    #[test]
    fn the_eea_holds_the_eu_and_unknown_is_no_answer() {
        let within = |provider, region, area| find(provider, region).unwrap().is_within(area);
        assert_eq!(within("aws", "eu-central-1", "EEA"), Some(true));
        assert_eq!(within("azure", "norwayeast", "EU"), Some(false));
        assert_eq!(within("aws", "eu-west-2", "EU"), Some(false), "London is in the UK");
        assert_eq!(within("lambda", "europe-central-1", "EU"), None, "its name tells no country");
    }
}
