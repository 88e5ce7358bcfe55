//! With residency EU only: a scenario that sends any request outside, or may, fails, and one wholly inside never does.

use proptest::prelude::*;

use super::super::Run;
use super::super::file::parse;
use super::super::resolve::resolve;
use super::*;
use crate::prices::PriceBook;

/// Where a component stands, and whether that is inside the EU.
const PLACES: [(&str, bool); 5] =
    [("own eu-central-1", true), ("own eu-west-3", true), ("own us-east-1", false), ("api eu", true), ("api", false)];

/// How a component passes work on to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Link {
    None,
    Fallback,
    UntilLive,
    Overflow,
    /// More GPUs than are needed: nothing flows over as the numbers stand.
    Spare,
}

fn component(name: usize, place: usize, share: u32, link: Link) -> String {
    let (words, _) = PLACES[place];
    let (kind, region) = words.split_once(' ').unwrap_or((words, ""));
    let region = if region.is_empty() { String::new() } else { format!("region = \"{region}\"\n") };
    let serves = if kind == "own" {
        "kind = \"own-gpus\"\ngpu = \"H100\"\ncloud = \"aws\"\noutput_tokens_per_s_per_gpu = 50\nusd_per_gpu_hour = 2\n"
    } else {
        "kind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"\n\
         price_level_percent = 110\n"
    };
    let next = name + 1;
    let link = match link {
        Link::None => String::new(),
        Link::Fallback => format!("failed_percent = 10\nfallback_to = \"c{next}\"\n"),
        Link::UntilLive => format!("weeks_to_live = 8\nuntil_live = \"c{next}\"\n"),
        Link::Overflow => format!("gpus = 0\noverflow_to = \"c{next}\"\n"),
        Link::Spare => format!("gpus = 1000\noverflow_to = \"c{next}\"\n"),
    };
    format!("[[component]]\nname = \"c{name}\"\nshare_percent = {share}\n{serves}{region}{link}")
}

fn links() -> impl Strategy<Value = Link> {
    prop::sample::select(vec![Link::None, Link::Fallback, Link::UntilLive, Link::Overflow, Link::Spare])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_path_outside_fails_and_none_outside_does_not(
        places in prop::array::uniform3(0..PLACES.len()),
        share in prop::sample::select(vec![0u32, 40, 100]),
        wanted in prop::array::uniform2(links()),
    ) {
        let is_own = |at: usize| PLACES[places[at]].0.starts_with("own");
        // Only GPUs can be too few.
        let is_of_gpus = |link: Link| matches!(link, Link::Overflow | Link::Spare);
        let link = |at: usize| if is_of_gpus(wanted[at]) && !is_own(at) { Link::Fallback } else { wanted[at] };
        let shares = [share, 100 - share, 0];
        let mut reached = shares.map(|share| share > 0);
        let mut loaded = reached;
        for at in 0..2 {
            // None of the work stays where there are no GPUs; some stays with the other links, and some moves on.
            loaded[at] = reached[at] && link(at) != Link::Overflow;
            reached[at + 1] |= reached[at] && link(at) != Link::None;
        }
        loaded[2] = reached[2];
        let text: String = (0..3).map(|at| component(at, places[at], shares[at], if at < 2 { link(at) } else { Link::None })).collect();
        let head = "[scenario]\nname = \"x\"\nstart = \"2026-11\"\nmonths = 4\n[demand]\nrequests_per_month = 1000000\n\
             input_tokens_per_request = 100\noutput_tokens_per_request = 100\n[revenue]\nusd_per_request = 0.01\n\
             [limits]\nresidency = [\"EU\"]\n";
        let file = parse(&format!("{head}{text}")).unwrap();
        let run = Run::of(resolve("x", &file, None, &PriceBook::default()).unwrap()).unwrap();
        let found = run.verdicts.iter().find(|verdict| verdict.limit == "residency").unwrap();
        let outside = (0..3).any(|at| loaded[at] && !PLACES[places[at]].1);
        prop_assert_eq!(found.verdict, if outside { FAILS } else { MEETS }, "{:?}\n{}", found, text);
        prop_assert!(run.verdicts.iter().all(|verdict| verdict.band.is_none_or(|(low, high)| low <= high)));
    }
}
