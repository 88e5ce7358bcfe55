//! Exact schedules and the effective savings rate.

use proptest::prelude::*;

use super::super::*;
use crate::Money;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

#[test]
fn a_year_of_one_dollar_an_hour_half_prepaid() {
    // FOCUS 1.2: 8,760 USD, 4,380 at the beginning; January has 744 hours at 0.50 billed and 1.00 effective.
    let hours: Vec<u64> = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].iter().map(|days| days * 24).collect();
    let months = schedule(money("8760"), money("4380"), &hours).unwrap();
    assert_eq!((months[0].billed, months[0].effective), (money("4752"), money("744")));
    assert_eq!((months[1].billed, months[1].effective), (money("336"), money("672")));
    let hour = hours_of(months[1].effective, 672);
    assert!(hour.iter().all(|hour| *hour == money("1")));
    // Three quarters of it used: FOCUS usage scenario 3.
    assert_eq!(hour_parts(hour[0], 75, 100), (money("0.75"), money("0.25")));
    assert_eq!(hour_parts(hour[0], 5, 0), (Money::ZERO, money("1")), "nothing promised is not used");
    assert!(schedule(money("1"), money("2"), &hours).is_err());
    assert_eq!(schedule(money("1"), money("0"), &[]), Err(ScheduleError::NoHours));
}

fn row(charge: Charge, status: Status, effective: &str, contracted: Option<&str>, list: Option<&str>) -> SavingsRow {
    let amount = |text: Option<&str>| text.map(money);
    SavingsRow { charge, status, effective: money(effective), contracted: amount(contracted), list: amount(list) }
}

#[test]
fn seventy_eight_for_a_hundred_saves_22_percent() {
    // Published: 100 K on demand for 78 K. Used 58 for contracted 82, unused 2, standard 18 for 18; the purchase of
    // the commitment carries 60 of ContractedCost too and is left out.
    let rows = [
        row(Charge::Purchase, Status::Standard, "0", Some("60000"), Some("60000")),
        row(Charge::Usage, Status::Used, "58000", Some("82000"), Some("90000")),
        row(Charge::Usage, Status::Unused, "2000", Some("0"), Some("0")),
        row(Charge::Usage, Status::Standard, "18000", Some("18000"), Some("20000")),
        row(Charge::Other, Status::Standard, "-500", None, None),
    ];
    let sums = effective_savings_rate(&rows);
    assert!((sums.vs_contracted().unwrap() - 0.22).abs() < 1e-12);
    assert_eq!(sums.left_out, 2);
    assert!((sums.vs_list().unwrap() - (1.0 - 78.0 / 110.0)).abs() < 1e-12);
    let open = effective_savings_rate(&[row(Charge::Usage, Status::Used, "1", None, Some("2"))]);
    assert_eq!((open.vs_contracted(), open.vs_list()), (None, Some(0.5)), "what a row lacks is unknown");
    assert_eq!(effective_savings_rate(&[]).vs_list(), None);
}

proptest! {
    #[test]
    fn a_schedule_gives_back_the_whole(
        attos in 0i64..i64::MAX, prepaid in 0u32..=1_000, hours in prop::collection::vec(0u64..745, 1..40),
        used in 0u64..1_000,
    ) {
        prop_assume!(hours.iter().any(|hours| *hours > 0));
        let total = Money::from_attos(i128::from(attos) * 1_000_033);
        let prepaid = Money::from_attos(total.attos() / 1_000 * i128::from(prepaid));
        let months = schedule(total, prepaid, &hours).unwrap();
        prop_assert_eq!(months.iter().map(|month| month.effective).sum::<Money>(), total);
        prop_assert_eq!(months.iter().map(|month| month.billed).sum::<Money>(), total);
        for (month, hours) in months.iter().zip(&hours).filter(|(_, hours)| **hours > 0) {
            let by_hour = hours_of(month.effective, *hours as usize);
            prop_assert_eq!(by_hour.iter().copied().sum::<Money>(), month.effective);
            let (taken, lost) = hour_parts(by_hour[0], used, 999);
            prop_assert_eq!(taken + lost, by_hour[0]);
            prop_assert!(taken >= Money::ZERO && lost >= Money::ZERO);
        }
    }
}
