//! Against rows of the bundled catalogue that can be read in `crates/engine/data/gpu_prices.csv`.

use super::*;

fn asked<'a>(cloud: &'a str, gpu: &'a str, region: &'a str, purchase: Purchase) -> GpuAsked<'a> {
    GpuAsked { cloud, gpu, region, purchase, day: "2026-11-21".parse().ok() }
}

fn sale(cloud: &str, gpu: &str, region: &str, purchase: Purchase) -> Sold {
    PriceBook::default().gpu_sale(asked(cloud, gpu, region, purchase))
}

const NOW: Purchase = Purchase::OnDemand;

#[test]
fn what_the_catalogue_holds_is_sold() {
    assert!(matches!(sale("aws", "A100", "ap-northeast-1", NOW), Sold::Yes { .. }));
    assert!(matches!(sale("Google Cloud", "H200", "europe-west1", NOW), Sold::Yes { .. }), "by its other name");
}

#[test]
fn a_gpu_that_the_cloud_sells_elsewhere_is_not_sold_here() {
    let Sold::No { reason, mend } = sale("nebius", "B200", "eu-north1", NOW) else { panic!("sold") };
    assert!(reason.contains("nebius eu-north1 does not sell B200; nebius sells it in us-central1"), "{reason}");
    assert_eq!(mend.as_deref(), Some("region = \"us-central1\""));
}

#[test]
fn a_region_that_sells_other_gpus_does_not_sell_this_one() {
    let Sold::No { reason, .. } = sale("nebius", "MI300X", "eu-north1", NOW) else { panic!("sold") };
    assert!(reason.contains("it sells H100, H200, L40S"), "{reason}");
}

#[test]
fn of_what_the_book_does_not_know_it_says_nothing() {
    assert!(matches!(sale("quiet cloud", "H100", "eu-1", NOW), Sold::Unknown { .. }));
    assert!(matches!(sale("azure", "H100", "westeurope", NOW), Sold::Unknown { .. }), "its list names no region");
    assert!(matches!(sale("nebius", "MI300X", "moon-1", NOW), Sold::Unknown { .. }));
    assert!(matches!(sale("nebius", "H200", "", NOW), Sold::Unknown { .. }), "no region is asked for");
    let reserved = sale("nebius", "H200", "eu-north1", Purchase::Reserved1y);
    let Sold::Unknown { reason, .. } = reserved else { panic!("{reserved:?}") };
    assert!(reason.contains("no reserved-1y price of nebius"), "{reason}");
}

/// aws,A100-40GB,p4d.24xlarge,ap-northeast-1,on_demand,3.76223: the only instance type there.
#[test]
fn a_price_is_that_of_its_row() {
    let book = PriceBook::default();
    let found = book.gpu_price(asked("aws", "A100", "ap-northeast-1", NOW), None, 8).unwrap();
    assert_eq!((found.usd.to_string().as_str(), found.class.as_str()), ("3.76223", "p4d.24xlarge"));
    assert_eq!(found.evidence, Evidence::Published);
    let early = GpuAsked { day: "2026-11-20".parse().ok(), ..asked("aws", "A100", "ap-northeast-1", NOW) };
    let error = book.gpu_price(early, None, 8).unwrap_err();
    assert!(error.contains("is of 2026-11-21, after 2026-11-20"), "{error}");
    let error = book.gpu_price(asked("nebius", "B200", "eu-north1", NOW), None, 8).unwrap_err();
    assert!(error.starts_with("unpriced: nebius eu-north1 does not sell B200"), "{error}");
}

#[test]
fn a_model_is_sold_where_lists_say_so() {
    let book = PriceBook::default();
    let day = "2026-11-21".parse().unwrap();
    let asked = |region| Model { region, ..Model::plain("anthropic", "claude-haiku-4-5") };
    assert!(matches!(book.model_sale(asked(""), day), Sold::Yes { .. }));
    assert!(matches!(book.model_sale(asked("eu"), day), Sold::Unknown { .. }));
}

/// Names as the catalogue has them of Lambda, Nebius, Hyperstack, Vast, AWS, Azure and Google.
#[test]
fn some_names_of_instances_say_how_many_gpus_they_hold() {
    let sizes = [
        ("gpu_8x_h100_sxm5", Some(8)),
        ("gpu_1x_h100_sxm5", Some(1)),
        ("gpu-h100-sxm_8gpu-128vcpu-1600gb", Some(8)),
        ("n3-H100-SXM5x8", Some(8)),
        ("1x-H100_SXM-32-65536", Some(1)),
        ("p5.48xlarge", None),
        ("Standard_ND96isr_H100_v5", None),
        ("a3-highgpu-8g", None),
        ("", None),
    ];
    for (class, size) in sizes {
        assert_eq!(super::named_size(class), size, "{class}");
    }
}
