//! What must hold for the pictures of the scenario workbench, checked on the SVG and the marks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::view::{Chart, Mark};

fn frame(width: u32, height: u32) -> Frame {
    Frame {
        id: "test".into(),
        title: "Margin".into(),
        subtitle: "USD".into(),
        alt: "margin".into(),
        source: String::new(),
        size: Size { width, height },
        theme: Theme::Light,
        titled: false,
    }
}

fn usd() -> Unit {
    Unit::Currency("USD".into())
}

/// (x, y, words) of everything written.
fn words(chart: &Chart) -> Vec<(f64, f64, String)> {
    let number = |line: &str, name: &str| -> f64 {
        line.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let lines = chart.svg.lines().filter(|line| line.starts_with("<text "));
    lines
        .map(|line| {
            let words = line.split_once('>').unwrap().1.trim_end_matches("</text>");
            (number(line, "x") / 10.0, number(line, "y") / 10.0, words.to_owned())
        })
        .collect()
}

fn overlap(a: &Mark, b: &Mark) -> bool {
    let apart = |from: f64, length: f64, other: f64| from + length <= other + 0.02;
    !(apart(a.x, a.w, b.x) || apart(b.x, b.w, a.x) || apart(a.y, a.h, b.y) || apart(b.y, b.h, a.y))
}

fn inside(chart: &Chart) {
    for mark in &chart.marks {
        let right = mark.x + mark.w <= chart.width + 0.01;
        assert!(mark.x >= -0.01 && mark.y >= -0.01 && right && mark.y + mark.h <= chart.height + 0.01, "{mark:?}");
        assert!(mark.w > 0.0 && mark.h > 0.0, "{mark:?}");
    }
}

fn end(input: &str, value: f64) -> TornadoEnd {
    TornadoEnd { input: input.into(), value, shown: format!("${value}") }
}

fn bar(name: &str, low: f64, high: f64) -> TornadoBar {
    TornadoBar { name: name.into(), low: end("1", low), high: end("9", high) }
}

fn tornado_of(base: f64, bars: Vec<TornadoBar>) -> Tornado {
    Tornado { base, base_shown: format!("${base}"), bars, rest: String::new(), unit: usd() }
}

#[test]
fn bars_of_a_tornado_meet_at_the_base_and_carry_both_ends() {
    let chart = tornado(
        &frame(700, 260),
        &tornado_of(100.0, vec![bar("Price", 40.0, 180.0), bar("GPU", 130.0, 80.0), bar("Cache", 100.0, 110.0)]),
    )
    .unwrap();
    let of = |name: &str| -> Vec<&Mark> { chart.marks.iter().filter(|mark| mark.series == name).collect() };
    let [price, gpu] = [of("Price"), of("GPU")];
    assert!((price[0].x + price[0].w - price[1].x).abs() < 0.1, "both halves meet at the base");
    assert_eq!((price[0].label.as_str(), price[0].shown.as_str()), ("1", "$40"));
    assert_eq!(gpu[0].label, "9", "more of the input earns less, so its high end lies left");
    // 60 to the left and 80 to the right of the base.
    assert!((price[0].w / price[1].w - 60.0 / 80.0).abs() < 0.01);
    let heights: Vec<f64> = chart.marks.iter().map(|mark| mark.h).collect();
    assert!(heights.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.1));
    inside(&chart);
}

#[test]
fn both_ends_on_one_side_of_the_base_share_the_height() {
    let chart = tornado(&frame(700, 200), &tornado_of(100.0, vec![bar("GPUs", 120.0, 150.0)])).unwrap();
    let [a, b] = chart.marks.as_slice() else { panic!("two ends") };
    assert!(!overlap(a, b), "{a:?} {b:?}");
    assert!((a.y - b.y).abs() > 1.0 && (a.x - b.x).abs() < 0.1);
}

#[test]
fn a_tornado_takes_any_figures_but_no_missing_ones() {
    let shapes = [
        tornado_of(0.0, vec![bar("flat", 0.0, 0.0)]),
        tornado_of(-4e12, vec![bar("huge", -9e12, 3e12), bar("x", -4e12, -4e12)]),
        tornado_of(
            1e-9,
            vec![bar("A name of an assumption that is far longer than any row of names can take", 0.0, 1e-9)],
        ),
        tornado_of(5.0, (0..12).map(|n| bar(&format!("input {n}"), 5.0 - f64::from(n), 5.0 + f64::from(n))).collect()),
    ];
    for shape in &shapes {
        for (width, height) in [(1280, 720), (510, 214), (300, 120), (40, 20), (1, 1)] {
            for titled in [false, true] {
                let chart = tornado(&Frame { titled, ..frame(width, height) }, shape).unwrap();
                if width >= 300 {
                    inside(&chart);
                }
            }
        }
    }
    assert!(tornado(&frame(500, 200), &tornado_of(1.0, vec![])).unwrap().svg.contains(">no data</text>"));
    let missing = tornado_of(1.0, vec![bar("GPU", f64::NAN, 1.0)]);
    assert!(matches!(tornado(&frame(500, 200), &missing), Err(ChartError::Value(name)) if name == "GPU"));
    assert!(tornado(&frame(500, 200), &tornado_of(f64::INFINITY, vec![bar("GPU", 0.0, 1.0)])).is_err());
}

fn fan_of(count: usize, scenarios: usize, centre: f64, spread: f64) -> Fan {
    let values = |shift: f64| (0..count).map(|month| Some(centre + month as f64 * 0.3 + shift)).collect::<Vec<_>>();
    let series = |place: usize| {
        let shift = place as f64 * spread / 2.0;
        FanSeries {
            line: Series {
                name: format!("Scenario {place}"),
                colour: place,
                values: values(shift),
                shown: values(shift).iter().flatten().map(|value| format!("{value:.1}%")).collect(),
                ..Series::default()
            },
            end: format!("{:.1}%, P 81%", centre + shift),
            bands: vec![
                FanBand {
                    low: values(shift - spread),
                    high: values(shift + spread),
                    edges: (scenarios == 1).then(|| ("P10 1%".into(), "P90 2%".into())),
                },
                FanBand { low: values(shift - spread / 2.0), high: values(shift + spread / 2.0), edges: None },
            ],
        }
    };
    Fan {
        labels: (1..=count).map(|month| month.to_string()).collect(),
        series: (0..scenarios).map(series).collect(),
        unit: Unit::Percent,
        target: Some((60.0, "target 60%".into())),
    }
}

#[test]
fn a_fan_has_its_bands_its_target_and_a_mark_a_month() {
    let chart = fan(&frame(690, 300), &fan_of(24, 1, 55.0, 4.0)).unwrap();
    assert_eq!(chart.svg.matches("<polygon").count(), 2, "two bands");
    assert!(chart.svg.contains(">target 60%</text>"));
    assert_eq!(chart.marks.len(), 24);
    let said: Vec<String> = words(&chart).into_iter().map(|(_, _, words)| words).collect();
    for label in ["Scenario 0 55.0%, P 81%", "P10 1%", "P90 2%"] {
        assert!(said.iter().any(|words| words == label), "{label} in {said:?}");
    }
    inside(&chart);
}

#[test]
fn a_target_far_away_is_named_at_its_edge() {
    let above = fan(&frame(690, 300), &fan_of(6, 1, -900.0, 4.0)).unwrap();
    assert!(above.svg.contains(">target 60% lies above ↑</text>"), "a line there would flatten the bands");
    let below = fan(&frame(690, 300), &fan_of(6, 1, 900.0, 4.0)).unwrap();
    assert!(below.svg.contains(">target 60% lies below ↓</text>"));
}

#[test]
fn fans_of_one_month_of_eight_scenarios_and_of_nothing() {
    let one = fan(&frame(690, 300), &fan_of(1, 2, 55.0, 4.0)).unwrap();
    assert_eq!(one.svg.matches("<polygon").count(), 4, "a single month still shows its bands");
    let eight = fan(&frame(690, 300), &fan_of(24, 8, 55.0, 4.0)).unwrap();
    assert_eq!(eight.marks.len(), 8 * 24);
    let mut broken = fan_of(4, 1, 55.0, 4.0);
    broken.series[0].line.values[1] = None;
    broken.series[0].bands.truncate(1);
    broken.series[0].bands[0].low[1] = None;
    let broken = fan(&frame(690, 300), &broken).unwrap();
    assert_eq!(broken.svg.matches("<polygon").count(), 2, "what is unknown breaks the band");
    assert_eq!(broken.marks.len(), 3);
    assert!(fan(&frame(690, 300), &fan_of(0, 1, 55.0, 4.0)).unwrap().svg.contains(">no data</text>"));
    for (centre, spread) in [(1e14, 1e13), (-1e14, 1.0), (0.0, 0.0), (f64::NAN, 1.0)] {
        for (width, height) in [(1280, 720), (40, 20), (1, 1)] {
            for count in [1, 2, 120] {
                fan(&frame(width, height), &fan_of(count, 3, centre, spread)).unwrap();
            }
        }
    }
}

fn curves_of(count: usize) -> Curves {
    let line = |name: &str, colour: usize, value: &dyn Fn(f64) -> f64| Series {
        name: name.into(),
        colour,
        values: (0..count).map(|at| Some(value(at as f64))).collect(),
        ..Series::default()
    };
    Curves {
        x: (0..count).map(|at| at as f64 * 1e6).collect(),
        x_shown: (0..count).map(|at| format!("{at} M")).collect(),
        x_title: "requests a month".into(),
        x_unit: Unit::Count,
        series: vec![line("API", 0, &|at| at * 10.0), line("Own", 1, &|at| (at / 20.0).ceil() * 150.0)],
        unit: usd(),
        stretches: vec![Stretch { from: 15e6, to: 20e6, label: "Own".into(), colour: 1 }],
        places: vec![(3e6, "month 1".into()), (3.1e6, "month 2".into()), (90e6, "month 24".into())],
        turns: vec![
            Turn { x: 14.99e6, y: 150.0, shown: "14.99 M".into(), ..Turn::default() },
            Turn { x: 15e6, y: 150.0, shown: "15 M".into(), said: "Own earns the most from 15 M".into(), colour: 1 },
            // A whisker before, and one beyond the numbers: neither is drawn.
            Turn { x: 900e6, y: 150.0, shown: "900 M".into(), ..Turn::default() },
        ],
    }
}

#[test]
fn curves_shade_where_one_is_ahead_and_name_places_that_do_not_touch() {
    let chart = curves(&frame(690, 320), &curves_of(101)).unwrap();
    assert_eq!(chart.svg.matches("<polygon").count(), 1);
    assert!(chart.svg.contains(">month 1</text>") && chart.svg.contains(">month 24</text>"));
    assert!(!chart.svg.contains(">month 2</text>"), "it would stand on month 1");
    assert!(chart.svg.contains(">requests a month</text>"));
    assert_eq!(chart.marks.len(), 51, "25 places on each line and a crossing");
    let crossing = chart.marks.last().unwrap();
    assert_eq!((crossing.label.as_str(), crossing.shown.as_str()), ("15 M", "Own earns the most from 15 M"));
    assert!(chart.svg.contains(">15 M</text>") && !chart.svg.contains("14.99 M") && !chart.svg.contains("900 M"));
    assert_eq!(chart.marks[0].label, "0 M");
    inside(&chart);
    let mut served = curves_of(101);
    served.series[1].values[60..].fill(None);
    let served = curves(&frame(690, 320), &served).unwrap();
    assert!(served.svg.contains("59 M"), "a line that ends early says where");
}

#[test]
fn curves_of_nothing_and_of_odd_figures() {
    assert!(curves(&frame(690, 320), &curves_of(0)).unwrap().svg.contains(">no data</text>"));
    let mut odd = curves_of(3);
    odd.series[0].values = vec![Some(1e14), Some(-1e14), Some(f64::NAN)];
    odd.stretches = vec![
        Stretch { from: f64::NAN, to: 1.0, ..Stretch::default() },
        Stretch { from: 0.0, to: f64::INFINITY, ..Stretch::default() },
    ];
    odd.places = vec![(f64::NAN, "nowhere".into()), (1e99, "far".into())];
    for (width, height) in [(1280, 720), (510, 214), (40, 20), (1, 1)] {
        let chart = curves(&frame(width, height), &odd).unwrap();
        assert!(!chart.svg.contains("NaN") && !chart.svg.contains(">nowhere<"));
    }
    curves(&frame(510, 214), &curves_of(1)).unwrap();
}

fn point(name: &str, x: f64, y: f64, on_front: bool, chosen: bool) -> FrontPoint {
    FrontPoint { name: name.into(), x, y, shown: format!("{x} ms, ${y}"), on_front, chosen }
}

fn front_of(points: Vec<FrontPoint>) -> Front {
    let panel = |title: &str, points: Vec<FrontPoint>| FrontPanel {
        x_title: title.into(),
        x_unit: Unit::Count,
        points,
        empty: format!("no {title} is known"),
    };
    Front {
        panels: vec![panel("latency", points), panel("cost to undo", vec![])],
        y_title: "gross margin".into(),
        unit: usd(),
    }
}

#[test]
fn a_front_marks_the_chosen_one_and_pales_what_is_beaten() {
    let points = vec![
        point("L4 in Iowa", 100.0, 10.0, true, false),
        point("H100 in Frankfurt", 200.0, 30.0, true, true),
        point("A100 in Paris", 300.0, 20.0, false, false),
    ];
    let chart = front(&frame(900, 320), &front_of(points)).unwrap();
    let of: Vec<(&str, &str)> = chart.marks.iter().map(|mark| (mark.series.as_str(), mark.label.as_str())).collect();
    assert_eq!(
        of,
        [("on the front", "L4 in Iowa"), ("chosen", "H100 in Frankfurt"), ("beaten", "A100 in Paris")],
        "from left to right"
    );
    assert!(chart.marks[0].y > chart.marks[1].y, "30 lies above 10");
    assert!(chart.svg.contains(">H100 in Frankfurt</text>") && !chart.svg.contains(">A100 in Paris</text>"));
    assert!(chart.svg.contains(">no cost to undo is known</text>"), "an empty panel says so");
    inside(&chart);
}

#[test]
fn a_crowded_front_names_the_chosen_one_and_hides_no_point() {
    let crowd =
        (0..200).map(|n| point(&format!("candidate {n}"), f64::from(n), f64::from(n), true, n == 120)).collect();
    let chart = front(&frame(900, 320), &front_of(crowd)).unwrap();
    assert!(chart.svg.contains(">candidate 120</text>"));
    let named: Vec<(f64, f64, String)> =
        words(&chart).into_iter().filter(|(_, _, words)| words.starts_with("candidate")).collect();
    for (index, (x, y, name)) in named.iter().enumerate() {
        for (other_x, other_y, other) in named.iter().skip(index + 1) {
            let wide = text::width(name, style::SMALL, text::Weight::SemiBold);
            let touches = (x - other_x).abs() < wide && (y - other_y).abs() < 10.0;
            assert!(!touches, "{name} and {other}");
        }
    }
    let beaten = (0..5_000).map(|n| point("x", f64::from(n % 70), f64::from(n / 70), false, false)).collect();
    assert!(front(&frame(900, 320), &front_of(beaten)).unwrap().marks.len() <= 60);
}

#[test]
fn fronts_of_nothing_and_of_odd_figures() {
    let nothing = front(&frame(900, 320), &front_of(vec![])).unwrap();
    assert!(nothing.marks.is_empty() && nothing.svg.contains(">no latency is known</text>"), "it says what is missing");
    for points in [
        vec![point("one", 0.0, 0.0, true, true)],
        vec![point("a", 5.0, 5.0, true, true), point("b", 5.0, 5.0, true, false)],
        vec![point("huge", 1e14, -1e14, true, true), point("nan", f64::NAN, 1.0, true, false)],
    ] {
        for (width, height) in [(1280, 720), (510, 214), (40, 20), (1, 1)] {
            let chart = front(&frame(width, height), &front_of(points.clone())).unwrap();
            assert!(!chart.svg.contains("NaN"));
        }
    }
}

fn map_of(values: &[&[Option<f64>]], shades: Shades) -> HeatMap {
    let row = |(at, values): (usize, &&[Option<f64>])| HeatRow {
        name: format!("row {at}"),
        values: values.to_vec(),
        shown: values.iter().map(|value| value.map(|value| format!("{value:.0}")).unwrap_or_default()).collect(),
        said: values.iter().map(|value| value.map(|value| format!("{value:.0}% of it")).unwrap_or_default()).collect(),
    };
    HeatMap {
        columns: (0..values[0].len()).map(|at| format!("c{at}")).collect(),
        rows: values.iter().enumerate().map(row).collect(),
        legend: "hatched: over 100%".into(),
        absent: "not known".into(),
        shades,
        marked: Some((0, 1)),
        x_title: "GPU price, $/h →".into(),
        y_title: "Tokens/s ↑".into(),
    }
}

#[test]
fn what_is_over_capacity_is_hatched_bold_and_said() {
    let week: &[&[Option<f64>]] = &[&[Some(40.0), Some(100.0), Some(130.0), None]];
    let chart = heat_map(&frame(500, 160), &map_of(week, Shades::Over { limit: 100.0 })).unwrap();
    let bold: Vec<&str> =
        chart.svg.lines().filter(|line| line.contains("font-weight=\"600\"") && line.starts_with("<text")).collect();
    assert!(bold.len() == 1 && bold[0].ends_with(">130</text>"), "only what is over: {bold:?}");
    let plain = heat_map(&frame(500, 160), &map_of(week, Shades::Over { limit: 200.0 })).unwrap();
    assert!(chart.svg.matches("<polyline").count() >= plain.svg.matches("<polyline").count() + 5, "strokes across it");
    let said: Vec<&str> = chart.marks.iter().map(|mark| mark.shown.as_str()).collect();
    assert_eq!(said, ["40% of it", "100% of it", "130% of it", "not known"]);
}

#[test]
fn a_line_parts_what_is_below_the_middle_from_what_is_not() {
    let cells: &[&[Option<f64>]] = &[&[Some(50.0), Some(70.0)], &[Some(50.0), Some(60.0)]];
    let lines = |middle: f64| {
        let chart = heat_map(&frame(500, 160), &map_of(cells, Shades::Around { middle })).unwrap();
        chart.svg.lines().filter(|line| line.contains("stroke-width=\"16\"")).count()
    };
    assert_eq!(lines(60.0), 2, "right of the left column, both rows: 60 is not below 60");
    assert_eq!(lines(65.0), 2, "around the one cell above it: left and below");
    assert_eq!(lines(0.0), 0, "nothing lies below it");
    let chart = heat_map(&frame(500, 160), &map_of(cells, Shades::Around { middle: 60.0 })).unwrap();
    assert!(chart.svg.contains("stroke-width=\"26\""), "the marked cell has a heavy frame");
    assert!(chart.svg.contains(">GPU price, $/h →</text>") && chart.svg.contains(">Tokens/s ↑</text>"));
}

#[test]
fn heat_maps_of_odd_figures_do_not_panic() {
    let cells: [&[&[Option<f64>]]; 4] = [
        &[&[Some(1e14), Some(-1e14)]],
        &[&[Some(0.0)]],
        &[&[Some(5.0), Some(5.0)]],
        &[&[Some(f64::NAN), Some(1e-300)]],
    ];
    for values in cells {
        for shades in [Shades::LeastOfRow, Shades::Around { middle: 0.0 }, Shades::Over { limit: 0.0 }] {
            for (width, height) in [(1280, 720), (40, 20), (1, 1)] {
                let chart = heat_map(&frame(width, height), &map_of(values, shades)).unwrap();
                assert!(!chart.svg.contains("NaN"));
            }
        }
    }
}

#[test]
fn the_same_figures_give_the_same_bytes_in_light_and_dark() {
    for theme in [Theme::Light, Theme::Dark] {
        let look = || Frame { theme, titled: true, ..frame(1280, 720) };
        let draws: [&dyn Fn() -> Chart; 3] = [
            &|| fan(&look(), &fan_of(24, 3, 55.0, 4.0)).unwrap(),
            &|| curves(&look(), &curves_of(101)).unwrap(),
            &|| tornado(&look(), &tornado_of(100.0, vec![bar("Price", 40.0, 180.0)])).unwrap(),
        ];
        for draw in draws {
            let (one, two) = (draw(), draw());
            assert_eq!(one.svg, two.svg);
            png(&one.svg, 1.0).expect("well-formed");
            inside(&one);
        }
    }
}
