//! What must hold for every picture, checked on the SVG and the PNG themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::view::{Chart, Mark};

fn frame(width: u32, height: u32) -> Frame {
    Frame {
        id: "test".into(),
        title: "Gross margin <b>&\"".into(),
        subtitle: "percent".into(),
        alt: "margin & plan".into(),
        source: String::new(),
        size: Size { width, height },
        theme: Theme::Light,
        titled: false,
    }
}

fn series(name: &str, values: &[Option<f64>]) -> Series {
    let shown = values.iter().map(|value| value.map(|value| format!("{value}%")).unwrap_or_default()).collect();
    Series { name: name.into(), values: values.to_vec(), shown, ..Series::default() }
}

fn months(count: usize) -> Vec<String> {
    (1..=count).map(|month| format!("2026-{month:02}")).collect()
}

fn line_chart(series: Vec<Series>, count: usize) -> Lines {
    Lines { labels: months(count), series, unit: Unit::Percent, bands: vec![] }
}

/// (x, y, words) of the words drawn semi-bold.
fn strong_words(chart: &Chart) -> Vec<(f64, f64, String)> {
    let number = |line: &str, name: &str| -> f64 {
        line.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let lines = chart.svg.lines().filter(|line| line.contains("font-weight=\"600\""));
    lines
        .map(|line| {
            let words = line.split_once('>').unwrap().1.trim_end_matches("</text>");
            (number(line, "x") / 10.0, number(line, "y") / 10.0, words.to_owned())
        })
        .collect()
}

fn step(label: &str, value: f64, kind: StepKind) -> Step {
    Step { label: label.into(), value, shown: format!("{}", value.abs()), kind, good_when_up: true, ..Step::default() }
}

fn overlap(a: &Mark, b: &Mark) -> bool {
    let apart = |from: f64, length: f64, other: f64| from + length <= other + 0.02;
    !(apart(a.x, a.w, b.x) || apart(b.x, b.w, a.x) || apart(a.y, a.h, b.y) || apart(b.y, b.h, a.y))
}

#[test]
fn imported_words_stay_words() {
    let name = "<script>alert(\"1\")</script>&'\u{0}\u{202e}";
    let mut figures = line_chart(vec![series(name, &[Some(1.0), Some(2.0)])], 2);
    figures.labels[1] = "</text><image href='file:///etc/passwd'/>".into();
    let mut sheet = frame(900, 300);
    sheet.titled = true;
    let chart = lines(&sheet, &figures).unwrap();
    assert!(!chart.svg.contains("<script") && !chart.svg.contains("<image") && !chart.svg.contains("<b>"));
    assert!(chart.svg.contains("&lt;script&gt;"), "the name is still readable");
    png(&chart.svg, 1.0).expect("well-formed XML, control characters and all");
    assert_eq!(chart.marks[1].series, name, "marks carry the name as it is");
}

#[test]
fn an_unknown_value_breaks_the_line_and_never_becomes_zero() {
    let values = [Some(60.0), Some(61.0), None, Some(62.0), Some(63.0), Some(f64::NAN)];
    let chart = lines(&frame(510, 214), &line_chart(vec![series("Actual", &values)], 6)).unwrap();
    let runs = chart.svg.lines().filter(|line| line.contains("stroke-width=\"20\"")).count();
    assert_eq!(runs, 2, "two runs of two points");
    assert_eq!(chart.marks.len(), 4, "no mark where nothing is known");
    assert!(!chart.svg.contains(">0%<"), "the axis does not reach down to zero");
    assert!(chart.svg.contains("Actual 63%, 2026-05"), "an old value says how old");
}

#[test]
fn end_labels_keep_their_distance() {
    let close: Vec<Series> =
        (0..9).map(|n| series(&format!("Line {n}"), &[Some(50.0), Some(60.0 + f64::from(n) * 0.01)])).collect();
    for height in [180, 214, 350] {
        let chart = lines(&frame(510, height), &line_chart(close.clone(), 2)).unwrap();
        let mut ys: Vec<f64> = strong_words(&chart).iter().map(|(_, y, _)| *y).collect();
        assert_eq!(ys.len(), 9);
        ys.sort_by(f64::total_cmp);
        assert!(ys.windows(2).all(|pair| pair[1] - pair[0] >= 12.0), "{ys:?}");
    }
    let many: Vec<Series> = (0..40).map(|n| series(&format!("Line {n}"), &[Some(1.0), Some(f64::from(n))])).collect();
    let words = strong_words(&lines(&frame(510, 214), &line_chart(many, 2)).unwrap());
    assert!(words.iter().any(|(_, _, words)| words.starts_with('+') && words.ends_with(" more")));
}

#[test]
fn long_names_are_shortened_in_the_picture_and_whole_in_the_marks() {
    let name = "A scenario with a name that nobody would want to read twice on any slide";
    let chart = lines(&frame(510, 214), &line_chart(vec![series(name, &[Some(1.0), Some(72.0)])], 2)).unwrap();
    let words = strong_words(&chart);
    assert!(words[0].2.ends_with("… 72%"), "the value is never cut: {}", words[0].2);
    let right = words[0].0 + text::width(&words[0].2, style::SMALL, text::Weight::SemiBold);
    assert!(right <= 510.0, "{right}");
    assert_eq!(chart.marks[1].series, name);
}

#[test]
fn nothing_to_draw_says_so() {
    let nothing = line_chart(vec![], 3);
    let unknown = line_chart(vec![series("a", &[None, None])], 2);
    let bars = StackedBars { labels: vec![], series: vec![], unit: Unit::Count };
    let steps = Waterfall { steps: vec![], unit: Unit::Points };
    let charts = [
        lines(&frame(510, 214), &nothing).unwrap(),
        lines(&frame(510, 214), &unknown).unwrap(),
        stacked_bars(&frame(510, 214), &bars).unwrap(),
        waterfall(&frame(510, 214), &steps).unwrap(),
    ];
    for chart in charts {
        assert!(chart.svg.contains(">no data</text>") && chart.marks.is_empty());
    }
    let endless = Waterfall { steps: vec![step("x", f64::NAN, StepKind::Change)], unit: Unit::Points };
    assert!(matches!(waterfall(&frame(510, 214), &endless), Err(ChartError::Step(_))));
}

#[test]
fn odd_figures_do_not_panic() {
    let shapes: [&[Option<f64>]; 7] = [
        &[Some(1e12), Some(-1e12), Some(3.0)],
        &[Some(60.0)],
        &[Some(0.0), Some(0.0)],
        &[Some(5.0), Some(5.0), Some(5.0)],
        &[Some(f64::MAX), Some(f64::INFINITY), None],
        &[Some(1e-320), Some(f64::MIN_POSITIVE)],
        &[Some(1e12), Some(1e12 + 1.0)],
    ];
    for values in shapes {
        for (width, height) in [(510, 214), (40, 20), (1, 1), (1280, 720)] {
            let count = values.len();
            let one = series("s", values);
            let mut chart = line_chart(vec![one.clone()], count);
            chart.bands = vec![Band { from: -1.0, to: 99.0, label: "all".into(), colour: 3 }];
            for unit in [Unit::Count, Unit::PerMtok("USD".into())] {
                chart.unit = unit;
                lines(&frame(width, height), &chart).unwrap();
            }
            let unit = Unit::Currency("USD".into());
            stacked_bars(&frame(width, height), &StackedBars { labels: months(count), series: vec![one], unit })
                .unwrap();
            let values = values.iter().flatten().filter(|value| value.abs() < 1e99);
            let steps = values.map(|&value| step("a b", value, StepKind::Change)).collect();
            waterfall(&frame(width, height), &Waterfall { steps, unit: Unit::Points }).unwrap();
        }
    }
}

#[test]
fn hover_places_of_lines_do_not_overlap_and_read_month_by_month() {
    let same = [Some(1.0), Some(2.0), Some(3.0)];
    let figures =
        line_chart(vec![series("a", &same), series("b", &same), series("c", &[Some(1.1), None, Some(9.0)])], 3);
    let marks = lines(&frame(510, 214), &figures).unwrap().marks;
    assert_eq!(marks.len(), 8);
    for (index, mark) in marks.iter().enumerate() {
        assert!(mark.w > 0.0 && mark.h >= 2.0, "{mark:?}");
        assert!(marks.iter().skip(index + 1).all(|other| !overlap(mark, other)), "{mark:?}");
    }
    let labels: Vec<&str> = marks.iter().map(|mark| mark.label.as_str()).collect();
    assert!(labels.is_sorted());
}

#[test]
fn negative_parts_hang_below_zero() {
    let figures = StackedBars {
        labels: months(2),
        series: vec![series("API", &[Some(10.0), Some(20.0)]), series("Credit", &[Some(-5.0), None])],
        unit: Unit::Currency("USD".into()),
    };
    let chart = stacked_bars(&frame(510, 214), &figures).unwrap();
    assert_eq!(chart.marks.len(), 3);
    let (api, credit) = (&chart.marks[0], &chart.marks[1]);
    assert!((api.y + api.h - credit.y).abs() < 0.1, "the credit begins where the cost begins: at zero");
    assert!(strong_words(&chart).iter().any(|(_, _, words)| words == "Credit –"), "unknown, not zero");
}

#[test]
fn a_waterfall_adds_up_and_shows_signs_and_breaks() {
    let steps = vec![
        step("Sep", 63.0, StepKind::Total),
        step("Mix", -3.0, StepKind::Change),
        step("Cache", 1.0, StepKind::Change),
        step("Oct", 61.0, StepKind::Total),
    ];
    let chart = waterfall(&frame(510, 214), &Waterfall { steps, unit: Unit::Points }).unwrap();
    let shown: Vec<&str> = chart.marks.iter().map(|mark| mark.shown.as_str()).collect();
    assert_eq!(shown, ["63", "−3", "+1", "61"]);
    let [sep, mix, cache, oct] = chart.marks.as_slice() else { panic!("four bars") };
    assert!((mix.y - sep.y).abs() < 0.02 && (mix.h - 3.0 * cache.h).abs() < 0.1);
    assert!((cache.y - oct.y).abs() < 0.02, "the last total meets the last change");
    assert!(sep.h < mix.h * 3.0, "63 is not drawn 21 times as high as 3: the axis is broken");
    let whole =
        vec![step("a", 10.0, StepKind::Total), step("b", -8.0, StepKind::Change), step("c", 2.0, StepKind::Total)];
    let marks = waterfall(&frame(510, 214), &Waterfall { steps: whole, unit: Unit::Count }).unwrap().marks;
    assert!((marks[0].h - 5.0 * marks[2].h).abs() < 0.2, "from zero where that can be read");
}

#[test]
fn the_same_figures_give_the_same_bytes() {
    let figures = line_chart(vec![series("a", &[Some(1.0), Some(2.5), Some(1.7)])], 3);
    let (one, two) = (lines(&frame(690, 350), &figures).unwrap(), lines(&frame(690, 350), &figures).unwrap());
    assert_eq!(one.svg, two.svg);
    assert_eq!(png(&one.svg, 2.0).unwrap(), png(&two.svg, 2.0).unwrap());
}

#[test]
fn a_png_is_size_times_scale() {
    let figures = line_chart(vec![series("a", &[Some(1.0), Some(2.0)])], 2);
    let svg = lines(&frame(510, 214), &figures).unwrap().svg;
    let pixels = png(&svg, 2.0).unwrap();
    let side = |at: usize| u32::from_be_bytes(pixels[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (1020, 428));
    assert!(matches!(png(&svg, 1e6), Err(ChartError::Size { .. })));
    assert!(matches!(png(&svg, f32::NAN), Err(ChartError::Size { .. })));
    assert!(matches!(png("not a picture", 1.0), Err(ChartError::Svg(_))));
}

#[test]
fn a_titled_picture_carries_its_words_and_its_ground() {
    let mut titled = frame(1280, 720);
    titled.titled = true;
    let chart = lines(&titled, &line_chart(vec![series("a", &[Some(1.0), Some(2.0)])], 2)).unwrap();
    assert!(chart.svg.contains(">Gross margin &lt;b&gt;&amp;&quot;</text>") && chart.svg.contains(">percent</text>"));
    assert!(chart.svg.contains("fill=\"#ffffff\"/>"));
    assert!(chart.marks.iter().all(|mark| mark.x + mark.w <= 1280.0 && mark.y + mark.h <= 720.0));
}

#[test]
fn many_labels_are_thinned_and_none_is_cut() {
    let values: Vec<Option<f64>> = (0..60).map(|month| Some(f64::from(month))).collect();
    let labels: Vec<String> = (0..60).map(|month| format!("month {month}")).collect();
    let figures = Lines { labels, series: vec![series("a", &values)], unit: Unit::Count, bands: vec![] };
    let svg = lines(&frame(510, 214), &figures).unwrap().svg;
    let drawn: Vec<&str> = svg.lines().filter(|line| line.contains(">month ")).collect();
    assert!((3..=8).contains(&drawn.len()), "{}", drawn.len());
    assert!(svg.contains(">month 59</text>"), "the last one is always there");
    assert!(drawn.iter().all(|line| !line.contains('…')));
}

#[test]
fn narrow_bars_keep_whole_names() {
    let names = ["Oct 2026", "Customers and requests", "Negotiated and commitment rate", "GPU utilisation"];
    let change =
        |index: usize| step(names[index % 4], 1.0, if index == 0 { StepKind::Total } else { StepKind::Change });
    let figures = Waterfall { steps: (0..12).map(change).collect(), unit: Unit::Points };
    let svg = waterfall(&frame(510, 214), &figures).unwrap().svg;
    assert!(!svg.contains('…'));
}

#[test]
fn a_heat_map_frames_the_least_of_a_row_and_leaves_a_hole_where_nothing_is_sold() {
    let row = |name: &str, values: &[Option<f64>]| HeatRow {
        name: name.into(),
        values: values.to_vec(),
        shown: values.iter().map(|value| value.map(|value| format!("{value:.2}")).unwrap_or_default()).collect(),
        ..HeatRow::default()
    };
    let map = HeatMap {
        columns: vec!["us-east-1".into(), "eu-west-1".into(), "ap-south-1".into()],
        rows: vec![row("H100", &[Some(3.0), Some(2.5), None]), row("L4", &[Some(0.8), None, Some(0.9)])],
        legend: "darker is dearer; the least of a row is framed".into(),
        absent: "not sold here".into(),
        ..HeatMap::default()
    };
    let chart = heat_map(&frame(700, 240), &map).unwrap();
    assert_eq!(chart.marks.len(), 6, "every place answers, empty or not");
    let least: Vec<String> = strong_words(&chart).into_iter().map(|(_, _, words)| words).collect();
    assert_eq!(least, ["2.50", "0.80"]);
    let hole = chart.marks.iter().find(|mark| (mark.series.as_str(), mark.label.as_str()) == ("H100", "ap-south-1"));
    assert_eq!(hole.unwrap().shown, "not sold here");
    assert!(chart.marks.iter().enumerate().all(|(at, mark)| chart.marks[at + 1..].iter().all(|b| !overlap(mark, b))));
    let nothing = HeatMap { rows: vec![row("H100", &[None, None, None])], ..map };
    assert!(heat_map(&frame(700, 240), &nothing).unwrap().svg.contains("no data"));
}
