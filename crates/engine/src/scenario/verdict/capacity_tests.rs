//! The change that a capacity verdict names mends it, and nothing smaller does, whatever stands there more than once.

use proptest::prelude::*;

use super::super::Run;
use super::super::file::parse;
use super::super::resolve::resolve;
use super::*;
use crate::prices::PriceBook;

/// One request a second through November 2026 and a tenth more a month, of 100 output tokens: 100, 106.5 and 117.1 a second.
const HEAD: &str = "[scenario]\nname = \"Test\"\nstart = \"2026-11\"\nmonths = 3\n\
     [demand]\nrequests_per_month = 2592000\ngrowth_percent_per_month = 10\ninput_tokens_per_request = 950\n\
     output_tokens_per_request = 100\n[revenue]\nusd_per_request = 0.01\n";
const API: &str = "[architecture]\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\n\
     priced_at = \"2026-10-31\"\n";

fn told(text: &str) -> Option<Verdict> {
    let file = parse(&format!("{HEAD}{text}")).unwrap();
    let run = Run::of(resolve("test", &file, None, &PriceBook::default()).unwrap()).unwrap();
    run.verdicts.into_iter().find(|verdict| verdict.limit == "capacity")
}

fn own(rate: f64, copies: u32, more: &str, headroom: f64) -> String {
    format!(
        "[architecture]\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\nusd_per_gpu_hour = 2\n\
         output_tokens_per_s_per_gpu = {rate}\ncopies = {copies}\n{more}\n[limits]\nheadroom_percent = {headroom}\n"
    )
}

fn units(replicas: u32, copies: u32, stated: u32) -> String {
    format!(
        "{API}[availability]\ncopies = {copies}\n[[cost]]\nlabel = \"Databases\"\nper_copy = true\n\
         units = {{ requests_per_s_per_unit = 0.4, usd_per_unit_month = 1, units = {stated}, replicas = {replicas} }}\n"
    )
}

/// 117.1 tokens a second need three GPUs of 50 in each copy, whatever the copies.
#[test]
fn gpus_that_mend_are_those_of_one_copy() {
    for copies in [1, 2, 5] {
        let found = told(&own(50.0, copies, "gpus = 1", 0.0)).unwrap();
        assert_eq!(found.mend.as_deref(), Some("gpus = 3"), "{copies} copies: {found:?}");
    }
}

/// Three GPUs of 50 keep 21.9 % of 150 free; half of it free takes five, so two more in each copy.
#[test]
fn spare_units_that_mend_are_those_of_one_copy() {
    for copies in [1, 2, 5] {
        let found = told(&own(50.0, copies, "", 50.0)).unwrap();
        assert_eq!(found.mend.as_deref(), Some("spare_units = 2"), "{copies} copies: {found:?}");
    }
}

/// 1.17 requests a second at 0.4 a unit are 2.9: three, each with its replicas in each copy.
#[test]
fn units_that_mend_are_those_of_one_copy_without_replicas() {
    for (replicas, copies) in [(0, 1), (1, 1), (2, 1), (1, 2)] {
        let found = told(&units(replicas, copies, 2)).unwrap();
        assert_eq!(found.mend.as_deref(), Some("units.units = 3 of Databases"), "{replicas} {copies}: {found:?}");
        assert_eq!(told(&units(replicas, copies, 3)).unwrap().verdict, MEETS);
    }
}

/// Commitments that suffice in one month are none in the next; a fleet of nothing is mended, too.
#[test]
fn what_a_month_has_of_its_own_is_no_part_of_the_mend() {
    let committed = "gpus = 0\ncommitted = [{ gpus = 6, usd_per_gpu_hour = 1, to_month = 2 }]";
    let found = told(&own(50.0, 2, committed, 0.0)).unwrap();
    assert_eq!(found.mend.as_deref(), Some("gpus = 3"), "{found:?}");
    assert_eq!(told(&own(50.0, 2, &committed.replace("gpus = 0", "gpus = 3"), 0.0)).unwrap().verdict, MEETS);
}

/// No number of spare units that a file may state leaves 99.9999 % free of a thousand GPUs.
#[test]
fn a_mend_that_no_file_may_state_is_none() {
    let found = told(&own(0.1, 1, "", 99.9999)).unwrap();
    assert_eq!((found.verdict, found.mend), (FAILS, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_smallest_change_is_named(
        rate in 3.0..90.0f64,
        copies in 1u32..4,
        unit in prop::sample::select(vec![1u32, 2, 8]),
        stated in prop::option::of(0u32..30),
        headroom in prop::sample::select(vec![0.0, 10.0, 33.3, 50.0]),
        committed in prop::option::of((1u32..40, 1u32..4)),
    ) {
        let held = committed.map_or(String::new(), |(gpus, to)| {
            format!("committed = [{{ gpus = {gpus}, usd_per_gpu_hour = 1, to_month = {to} }}]\n")
        });
        let with = |key: &str, number: u32| {
            own(rate, copies, &format!("gpus_per_unit = {unit}\n{key} = {number}\n{held}"), headroom)
        };
        let (key, step) = if stated.is_some() { ("gpus", unit) } else { ("spare_units", 1) };
        let before = with(key, stated.unwrap_or(0));
        let found = told(&before).unwrap();
        if found.verdict == FAILS {
            let mend = found.mend.unwrap();
            let number: u32 = mend.strip_prefix(&format!("{key} = ")).unwrap().parse().unwrap();
            prop_assert_eq!(told(&with(key, number)).unwrap().verdict, MEETS, "{} of\n{}", mend, before);
            prop_assert!(number >= step, "{} of\n{}", mend, before);
            prop_assert_eq!(told(&with(key, number - step)).unwrap().verdict, FAILS, "{} less {} of\n{}", mend, step, before);
        }
    }

    #[test]
    fn the_smallest_number_of_units_is_named(
        requests_per_s in 0.01..3.0f64,
        replicas in 0u32..3,
        copies in 1u32..4,
        stated in 0u32..60,
    ) {
        let with = |number: u32| units(replicas, copies, number).replace("= 0.4", &format!("= {requests_per_s}"));
        let found = told(&with(stated)).unwrap();
        if found.verdict == FAILS {
            let mend = found.mend.unwrap();
            let number = mend.strip_prefix("units.units = ").and_then(|rest| rest.strip_suffix(" of Databases"));
            let number: u32 = number.unwrap().parse().unwrap();
            prop_assert_eq!(told(&with(number)).unwrap().verdict, MEETS, "{}", &mend);
            prop_assert_eq!(told(&with(number - 1)).unwrap().verdict, FAILS, "{}", mend);
        }
    }
}
