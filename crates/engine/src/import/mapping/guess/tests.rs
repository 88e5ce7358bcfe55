use super::*;

fn seen(name: &str, cells: &[&str]) -> Seen {
    Seen { name: name.to_owned(), cells: cells.iter().map(|cell| (*cell).to_owned()).collect() }
}

fn guess(name: &str, columns: &[Seen]) -> Draft {
    super::guess(name, columns, None)
}

fn fields(draft: &Draft) -> Vec<&str> {
    draft.columns.iter().map(|guess| guess.as_ref().map_or("", |guess| guess.field.as_str())).collect()
}

#[test]
fn a_german_bill() {
    let draft = guess(
        "x",
        &[
            seen("Datum", &["31.10.2026", "01.10.2026"]),
            seen("Dienst", &["Rechenzeit", "Speicher"]),
            seen("Nettobetrag", &["1.234,50", "-2,00"]),
            seen("Währung", &["EUR", "EUR"]),
            seen("Bemerkung", &["a", "b"]),
        ],
    );
    assert_eq!(draft.target, Target::Bill);
    assert_eq!(fields(&draft), ["usage_date", "service", "billed", "currency", ""]);
    assert_eq!(draft.decimal, (Decimal::Comma, 1.0));
    assert_eq!(draft.dates, (DateFormat::DayFirst, 1.0));
}

#[test]
fn content_speaks_against_a_name() {
    let draft =
        guess("x", &[seen("date", &["apples", "pears"]), seen("when", &["2026-10-01"]), seen("cost", &["1.5"])]);
    assert_eq!(fields(&draft), ["", "usage_date", "billed"]);
    assert_eq!(draft.columns[1].as_ref().unwrap().confidence, BY_CONTENT);
}

#[test]
fn an_order_that_no_day_tells_is_asked() {
    let order = |cells: &[&str]| dates_of(&[&seen("d", cells)]);
    assert_eq!(order(&["03/04/2026", "05/06/2026"]), (DateFormat::DayFirst, 0.5));
    assert_eq!(order(&["03/04/2026", "05/16/2026"]), (DateFormat::MonthFirst, 1.0));
    assert_eq!(order(&["03.04.2026"]), (DateFormat::DayFirst, 0.9));
    assert_eq!(order(&["1790985600", "1790985601"]), (DateFormat::Unix, 0.9));
}

#[test]
fn other_targets_by_their_columns() {
    let usage = guess(
        "x",
        &[
            seen("Day", &["2026-10-01"]),
            seen("vendor", &["openai"]),
            seen("model", &["gpt-5-mini"]),
            seen("prompt_tokens", &["100"]),
            seen("completion_tokens", &["20"]),
        ],
    );
    assert_eq!(usage.target, Target::Usage);
    assert_eq!(fields(&usage), ["date", "provider", "model", "input_tokens", "output_tokens"]);
    let ledger = guess(
        "x",
        &[
            seen("Buchungsdatum", &["01.10.2026"]),
            seen("Konto", &["6540"]),
            seen("Soll", &["12,00"]),
            seen("Haben", &[]),
        ],
    );
    assert_eq!(ledger.target, Target::GeneralLedger);
}

#[test]
fn amounts_in_cents_and_below_zero() {
    let draft = guess("x", &[seen("date", &["2026-10-01"]), seen("amount_cents", &["-150", "-25"])]);
    assert_eq!((draft.multiplier, draft.negated), (Some("0.01"), true));
}

#[test]
fn who_knows_what_the_rows_are_gets_their_fields() {
    let columns = [seen("date", &["2026-10-01"]), seen("customer", &["Acme"]), seen("amount", &["12.00"])];
    let fields_as = |target| fields(&super::guess("x", &columns, Some(target))).join(" ");
    assert_eq!(fields_as(Target::Revenue), "invoice_date customer amount");
    assert_eq!(fields_as(Target::GeneralLedger), "date  amount");
}

#[test]
fn only_names_of_like_length_are_near() {
    let names = ["a", "amount", "amounts", "amountt", "betrag", "währung", "wahrung", "usagedatetimeinutc", "date", ""];
    for (one, other) in names.iter().flat_map(|one| names.iter().map(move |other| (*one, *other))) {
        let near = strsim::jaro_winkler(one, other) >= 0.9;
        assert!(!near || comparable(one, other), "{one} and {other} are near");
    }
    assert!(comparable("betraege", "betrag") && !comparable("usagedatetimeinutc", "usage"));
}
