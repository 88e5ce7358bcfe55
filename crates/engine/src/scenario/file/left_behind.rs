//! What a patch leaves behind: a price is that of a GPU in a place, a score that of a model. Where a patch puts another in
//! its place and does not state the figure anew, it would be believed of something that it was never told of.

use toml::{Table, Value};

use super::super::model_name::is_same_model;
use crate::prices::catalogue::gpu_of;
use crate::subject::plain_name;

/// What a component is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Model,
    Seller,
    Gpu,
    Place,
    Purchase,
}

/// Figures of a component, and what each is told of: it goes where one of these is another.
const FIGURES: [(&str, &[Of]); 12] = [
    ("usd_per_gpu_hour", &[Of::Gpu, Of::Seller, Of::Place, Of::Purchase]),
    ("usd_per_gpu_hour_by_month", &[Of::Gpu, Of::Seller, Of::Place, Of::Purchase]),
    ("price_level_percent", &[Of::Gpu, Of::Seller, Of::Place, Of::Purchase]),
    ("instance", &[Of::Gpu, Of::Seller]),
    ("committed", &[Of::Gpu, Of::Seller, Of::Place]),
    ("spot", &[Of::Gpu, Of::Seller, Of::Place]),
    ("output_tokens_per_s_per_gpu", &[Of::Gpu, Of::Model]),
    ("input_tokens_per_s_per_gpu", &[Of::Gpu, Of::Model]),
    ("measured", &[Of::Gpu, Of::Model, Of::Seller]),
    ("quality", &[Of::Model]),
    ("rate_limit", &[Of::Model, Of::Seller]),
    ("unlisted", &[Of::Model, Of::Seller]),
];

impl Of {
    /// Is it another one than that of which a text speaks? Of what a text does not state it speaks only where it is `whole`.
    fn differs(self, old: &Table, whole: bool, new: &Table) -> bool {
        let text = |table: &Table, key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let plain = |table: &Table, key: &str| plain_name(&text(table, key));
        let speaks = |key: &str| whole || old.contains_key(key);
        let either = |key: &str| speaks(key) && plain(old, key) != plain(new, key);
        match self {
            Self::Model => (speaks("model") || speaks("serving")) && !is_same_model(&model(old), &model(new)),
            Self::Seller => either("provider") || either("cloud"),
            Self::Gpu => {
                let of = |table: &Table| plain_name(&gpu_of(&text(table, "gpu")).0);
                speaks("gpu") && of(old) != of(new)
            }
            Self::Place => either("region"),
            Self::Purchase => {
                let bought = |table: &Table| match plain(table, "purchase") {
                    none if none.is_empty() => plain_name("on-demand"),
                    some => some,
                };
                speaks("purchase") && bought(old) != bought(new)
            }
        }
    }
}

fn model(component: &Table) -> String {
    let named = component.get("model").or_else(|| component.get("serving")?.get("model"));
    named.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The component of a text by its name; `None` is `[architecture]`.
fn component<'a>(text: &'a Table, name: Option<&str>) -> Option<&'a Table> {
    let Some(name) = name else { return text.get("architecture")?.as_table() };
    let all = text.get("component")?.as_array()?;
    all.iter().filter_map(Value::as_table).find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
}

/// Takes out of `whole`, which is `before` with `patches` laid over it, what was told of something else. The text that brings
/// a component in speaks of all that it is; a later one only of what it states itself, so that patches of different keys may
/// come in either order.
pub(super) fn leave_behind(before: &Table, patches: &[Table], whole: &mut Table) {
    let several = whole.get_mut("component").and_then(Value::as_array_mut);
    let mut entries: Vec<&mut Table> = several.into_iter().flatten().filter_map(Value::as_table_mut).collect();
    let alone;
    if entries.is_empty() {
        alone = whole.get_mut("architecture").and_then(Value::as_table_mut);
        entries = alone.into_iter().collect();
    }
    for entry in entries {
        let name = entry.get("name").and_then(Value::as_str).map(str::to_owned);
        let texts = std::iter::once(before).chain(patches);
        let layers: Vec<&Table> = texts.filter_map(|text| component(text, name.as_deref())).collect();
        let last = |key: &str| layers.iter().rposition(|layer| layer.contains_key(key));
        let is_gone = |(key, of): &(&str, &[Of])| {
            let place = last(key).filter(|_| entry.contains_key(*key));
            place.is_some_and(|place| of.iter().any(|of| of.differs(layers[place], place == 0, entry)))
        };
        let gone: Vec<&str> = FIGURES.into_iter().filter(is_gone).map(|(key, _)| key).collect();
        // All that an unlisted model costs.
        let takes_fee = gone.contains(&"unlisted") && last("usd_per_request") <= last("unlisted");
        for key in gone.into_iter().chain(takes_fee.then_some("usd_per_request")) {
            entry.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::patch::{lay_over, patched};
    use super::*;

    const BASE: &str = "[architecture]\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\ncloud = \"aws\"\nregion = \"us-east-1\"\n\
        model = \"llama-70b\"\nusd_per_gpu_hour = 5.53\noutput_tokens_per_s_per_gpu = 392\nspare_units = 1\n\
        quality = { task = \"answers\", score = 0.9 }\n";

    fn kept(patch: &str) -> Vec<String> {
        let mut whole: Table = BASE.parse().unwrap();
        lay_over(&mut whole, format!("[architecture]\n{patch}").parse().unwrap());
        let figures = ["usd_per_gpu_hour", "output_tokens_per_s_per_gpu", "quality", "spare_units"];
        let there = figures.into_iter().filter(|key| whole["architecture"].get(*key).is_some());
        there.map(str::to_owned).collect()
    }

    #[test]
    fn a_figure_stays_with_what_it_was_told_of() {
        let [price, rate, quality, spare] =
            ["usd_per_gpu_hour", "output_tokens_per_s_per_gpu", "quality", "spare_units"];
        let all = [price, rate, quality, spare];
        assert_eq!(kept("spare_units = 2\n"), all);
        assert_eq!(kept("gpu = \"H100 80GB HBM3\"\npurchase = \"on-demand\"\n"), all, "another name of the same");
        assert_eq!(kept("gpu = \"B200\"\n"), [quality, spare]);
        assert_eq!(kept("region = \"eu-central-1\"\n"), [rate, quality, spare]);
        assert_eq!(kept("cloud = \"nebius\"\n"), [rate, quality, spare]);
        assert_eq!(kept("purchase = \"reserved-1y\"\n"), [rate, quality, spare]);
        assert_eq!(kept("model = \"llama-8b\"\n"), [price, spare], "the score is that of the large model");
        assert_eq!(
            kept("gpu = \"B200\"\nusd_per_gpu_hour = 9\noutput_tokens_per_s_per_gpu = 900\n"),
            all,
            "stated anew"
        );
    }

    #[test]
    fn patches_may_come_in_either_order() {
        let chain = |first: &str, second: &str| {
            let first = format!("[base]\nscenario = \"base\"\n[architecture]\n{first}");
            let second = format!("[base]\nscenario = \"first\"\n[architecture]\n{second}");
            let text_of = |id: &str| Some(if id == "base" { BASE.to_owned() } else { first.clone() });
            patched("second", &second, &text_of).unwrap()
        };
        let (moved, priced) = ("gpu = \"B200\"\n", "usd_per_gpu_hour = 9\n");
        let both = chain(moved, priced);
        assert_eq!(both.parse::<Table>().unwrap(), chain(priced, moved).parse::<Table>().unwrap());
        assert!(both.contains("usd_per_gpu_hour = 9") && !both.contains("output_tokens_per_s_per_gpu"), "{both}");
    }

    /// A base that is itself a patch: what it states together stays together.
    #[test]
    fn a_figure_of_a_patch_is_told_of_what_that_patch_states() {
        let first = "[base]\nscenario = \"base\"\n[[component]]\nname = \"own\"\nkind = \"own-gpus\"\ngpu = \"H100\"\n\
                     model = \"m\"\nusd_per_gpu_hour = 7\noutput_tokens_per_s_per_gpu = 800\n";
        let laid = |middle: &str, last: &str| {
            let middle = format!("[base]\nscenario = \"first\"\n[[component]]\nname = \"own\"\n{middle}");
            let last = format!("[base]\nscenario = \"middle\"\n[[component]]\nname = \"own\"\n{last}");
            let text_of = |id: &str| {
                let base = "[scenario]\nname = \"x\"\n".to_owned();
                Some(
                    [("base", base), ("first", first.to_owned()), ("middle", middle.clone())]
                        .into_iter()
                        .find(|of| of.0 == id)?
                        .1,
                )
            };
            let whole: Table = patched("last", &last, &text_of).unwrap().parse().unwrap();
            let own = whole["component"][0].as_table().unwrap();
            (own.contains_key("usd_per_gpu_hour"), own.contains_key("output_tokens_per_s_per_gpu"))
        };
        assert_eq!(laid("spare_units = 1\n", "spare_units = 2\n"), (true, true));
        assert_eq!(laid("spare_units = 1\n", "gpu = \"B200\"\n"), (false, false), "of the scenario that brought it in");
        let both = "gpu = \"H200\"\nusd_per_gpu_hour = 8\n";
        assert_eq!(laid(both, "spare_units = 1\n"), (true, false));
        assert_eq!(laid(both, "gpu = \"B200\"\n"), (false, false), "the price is that of the H200");
        assert_eq!(laid(both, "region = \"eu\"\n"), laid("region = \"eu\"\n", both), "in either order");
    }

    #[test]
    fn another_provider_gives_no_discount_of_the_first() {
        let base = "[[component]]\nname = \"api\"\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-opus-4-5\"\n\
                    price_level_percent = 90\nunlisted = true\nusd_per_request = 0.01\n";
        let laid = |patch: &str| {
            let mut whole: Table = base.parse().unwrap();
            lay_over(&mut whole, format!("[[component]]\nname = \"api\"\n{patch}").parse().unwrap());
            whole["component"][0].as_table().unwrap().clone()
        };
        let same = laid("model = \"claude-haiku-4-5\"\n");
        assert!(same.contains_key("price_level_percent"), "a contract is with the provider");
        assert!(!same.contains_key("unlisted") && !same.contains_key("usd_per_request"), "{same:?}");
        assert!(!laid("provider = \"openai\"\nmodel = \"gpt-5-mini\"\n").contains_key("price_level_percent"));
    }
}
