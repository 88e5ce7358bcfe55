//! What the rules grammar takes, and what it refuses.

use super::*;

fn columns(pairs: &[(&str, &str)]) -> Columns {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_first_rule_that_fits_wins() {
    let rules = Rules::parse(
        r#"
        version = 1
        currency = "USD"
        [[line]]
        name = "GPU"
        class = "cost_of_revenue"
        match = { category = "Compute", "tag:pool" = "*" }
        [[line]]
        name = "CPU"
        class = "other"
        match = { category = "Compute" }
        [[map]]
        target = "product"
        from = "tag:app"
        values = { a = "Assistant" }
        "#,
    )
    .unwrap();
    assert_eq!(rules.line(&columns(&[("category", "Compute"), ("tag:pool", "x")])).0, "GPU");
    assert_eq!(rules.line(&columns(&[("category", "Compute")])), ("CPU".into(), CostClass::Other));
    assert_eq!(rules.target(Target::Product, &columns(&[("tag:app", "a")])).as_deref(), Some("Assistant"));
    assert_eq!(rules.target(Target::Product, &columns(&[("tag:app", "b")])).as_deref(), Some("b"));
    assert_eq!(rules.target(Target::Product, &columns(&[])), None);
}

#[test]
fn virtual_tags_are_seen_by_later_rules() {
    let rules = Rules::parse(
        r#"
        version = 1
        currency = "USD"
        [[tag]]
        name = "env"
        value = "prod"
        match = { account = "prod-*" }
        [[tag]]
        name = "env"
        value = "other"
        [[tag]]
        name = "owner"
        from = "tag:Team"
        values = { srch = "search" }
        match = { "tag:env" = "prod" }
        [[map]]
        target = "team"
        from = "tag:owner"
        "#,
    )
    .unwrap();
    let mut row = columns(&[("account", "prod-1"), ("tag:team", "srch"), ("tag:Env", "dev")]);
    rules.tag(&mut row);
    assert_eq!(row.get("tag:env").map(String::as_str), Some("prod"), "a rule wins over the row's own tag");
    assert!(row.get("tag:Env").is_none(), "one tag, not two that differ in case");
    assert_eq!(rules.mapped(Target::Team, &row), Some((0, "search".to_owned())));
    let mut row = columns(&[("account", "test-1"), ("tag:team", "srch")]);
    rules.tag(&mut row);
    assert_eq!(row.get("tag:env").map(String::as_str), Some("other"));
    assert_eq!(rules.mapped(Target::Team, &row), None);
}

#[test]
fn the_default_rules_are_rules_and_leave_tax_out() {
    let rules = Rules::parse(DEFAULT_RULES).unwrap();
    assert_eq!(rules.line(&columns(&[("charge_category", "Tax")])).1, CostClass::Excluded);
}

#[test]
fn bad_rules_say_what_is_bad() {
    for (text, part) in [
        ("version = 2\ncurrency = \"USD\"", "version 2"),
        ("version = 1\ncurrency = \"USD\"\n[[map]]\ntarget = \"product\"\nfrom = \"colour\"", "colour"),
        ("version = 1\ncurrency = \"USD\"\n[[allocate]]\ntarget = \"product\"", "by or shares"),
        (
            "version = 1\ncurrency = \"USD\"\n[[allocate]]\ntarget = \"product\"\nshares = { A = \"-1\" }",
            "by or shares",
        ),
        ("version = \"one\"", "rules cannot be read"),
        ("version = 1\ncurrency = \"USD\"\n[[tag]]\nname = \"env\"", "tag rule \"env\" needs either"),
        ("version = 1\ncurrency = \"USD\"\n[[tag]]\nname = \"tag:env\"\nvalue = \"x\"", "without tag:"),
        (
            "version = 1\ncurrency = \"USD\"\n[[line]]\nname = \"x\"\nclass = \"other\"\nmatch = { not = { hue = \"x\" } }",
            "\"hue\" that does not exist",
        ),
        (
            "version = 1\ncurrency = \"USD\"\n[[line]]\nname = \"x\"\nclass = \"other\"\nmatch = { service = [] }",
            "empty list",
        ),
        ("version = 1\ncurrency = \"USD\"\n[[alias]]\nname = \"A\"\nmodel = \"a\"\nfrom = \"May\"", "alias \"A\""),
    ] {
        let error = Rules::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
