//! How exports arrive: in folders with a manifest, in zip and gzip, in other encodings; and what is no export at all:
//! bombs, paths that leave their folder, halves of files. Nothing is stored of what is refused.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use marginline_engine::Engine;
use marginline_engine::import::{ImportOptions, Watch};
use marginline_tests::cli::{Desk, fixture, now, text};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const HEADER: &str = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,\
                      InvoiceIssuerName,BillingAccountId,ServiceName\n";

fn line(amount: u32, service: &str) -> String {
    format!("{amount},{amount},USD,2026-10-01,2026-10-02,Usage,Nordsky,1,{service}\n")
}

/// A bill of one line.
fn bill(amount: u32) -> String {
    format!("{HEADER}{}", line(amount, "Compute"))
}

fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Writes a file below the test's folder, with the folders above it.
fn put(desk: &Desk, path: &str, content: impl AsRef<[u8]>) {
    let path = desk.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn at(desk: &Desk, path: &str) -> String {
    desk.path(path).display().to_string()
}

fn billed(desk: &Desk) -> String {
    text(&desk.json(&["report", "costs"])["total"], "billed").to_owned()
}

/// The import is refused with these words, and the ledger stays empty.
fn refused(desk: &Desk, paths: &[&str], words: &[&str]) {
    let answer = desk.run(&[&["import"], paths].concat()).ends(1);
    assert_eq!(answer.err.lines().count(), 1, "one line: {}", answer.err);
    for word in words {
        assert!(answer.err.contains(word), "says {word:?}: {}", answer.err);
    }
    assert_eq!(desk.json(&["batches"])["batches"], json!([]), "{words:?}: nothing is stored");
    assert_eq!(desk.kept_files(), Vec::<String>::new(), "{words:?}: nothing is kept");
}

/// A part of a legacy report with one line.
fn cur(amount: u32) -> Vec<u8> {
    let header = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/CurrencyCode,lineItem/UnblendedCost\n";
    gzip(format!("{header}1,2026-10-01T00:00:00Z,2,Usage,2026-10-02T00:00:00Z,USD,{amount}\n"))
}

fn cur_manifest(assembly: &str, parts: usize) -> String {
    let keys: Vec<String> =
        (1..=parts).map(|n| format!("costs/lumen/20261001-20261101/{assembly}/lumen-{n}.csv.gz")).collect();
    json!({
        "assemblyId": assembly, "account": "1", "reportName": "lumen", "compression": "GZIP", "contentType": "text/csv",
        "billingPeriod": {"start": "20261001T000000.000Z", "end": "20261101T000000.000Z"},
        "bucket": "lumen-costs", "reportKeys": keys,
    })
    .to_string()
}

#[test]
fn a_cur_package_is_read_by_its_manifest_and_old_versions_are_not() {
    let desk = Desk::new();
    let period = "lumen/20261001-20261101";
    for (assembly, amounts) in [("a-old", [500, 600]), ("b-new", [10, 20])] {
        for (n, amount) in amounts.iter().enumerate() {
            put(&desk, &format!("{period}/{assembly}/lumen-{}.csv.gz", n + 1), cur(*amount));
        }
        put(&desk, &format!("{period}/{assembly}/lumen-Manifest.json"), cur_manifest(assembly, 2));
    }
    refused(&desk, &[&at(&desk, "lumen")], &["is another version of", "name the manifest of the version to import"]);
    // The copy above the versions names the one that counts.
    put(&desk, &format!("{period}/lumen-Manifest.json"), cur_manifest("b-new", 2));
    put(&desk, &format!("{period}/notes.txt"), "not part of it");
    let batches = desk.import(&[&at(&desk, "lumen")]);
    let names: Vec<&str> = batches.iter().map(|batch| text(batch, "source")).collect();
    assert_eq!(names, ["lumen-1.csv.gz", "lumen-2.csv.gz"], "two parts of one delivery: {batches:#?}");
    assert_eq!(billed(&desk), "30", "10 + 20");
    let manifest = at(&desk, &format!("{period}/b-new/lumen-Manifest.json"));
    assert_eq!(desk.import(&[&manifest])[0]["rows_duplicate"], 1, "the manifest alone names the same parts");
}

#[test]
fn data_exports_of_aws_are_found_beside_their_metadata() {
    let desk = Desk::new();
    for (run, amount) in [("2026-11-01T00-00-00Z-x", 7), ("2026-11-02T00-00-00Z-a", 9)] {
        let (data, meta) = ("exp/data/BILLING_PERIOD=2026-10", "exp/metadata/BILLING_PERIOD=2026-10");
        let file = format!("{data}/{run}/exp-00001.csv.gz");
        put(&desk, &file, cur(amount));
        let manifest = json!({"dataFiles": [format!("s3://lumen-costs/{file}")]}).to_string();
        put(&desk, &format!("{meta}/{run}/exp-Manifest.json"), manifest);
    }
    desk.import(&[&at(&desk, "exp")]);
    assert_eq!(billed(&desk), "9", "the later of two runs");
}

#[test]
fn a_part_that_is_missing_is_named() {
    let desk = Desk::new();
    put(&desk, "p/lumen-1.csv.gz", cur(10));
    put(&desk, "p/lumen-Manifest.json", cur_manifest("a", 2));
    refused(&desk, &[&at(&desk, "p")], &["lumen-Manifest.json", "not there: lumen-2.csv.gz", "put every part beside"]);
    put(&desk, "p/lumen-Manifest.json", r#"{"reportKeys":["#);
    refused(&desk, &[&at(&desk, "p")], &["lumen-Manifest.json", "is not whole JSON", "download the export again"]);
    put(&desk, "p/lumen-Manifest.json", r#"{"reportKeys":[]}"#);
    refused(&desk, &[&at(&desk, "p")], &["names no part"]);
    put(&desk, "q/readme.txt", "nothing to import");
    refused(&desk, &[&at(&desk, "q")], &["is a folder without an export"]);
}

fn azure_manifest(kind: &str, rows: Value, blobs: &[&str]) -> String {
    let blobs: Vec<Value> = blobs.iter().map(|name| json!({"blobName": format!("exports/month/{name}")})).collect();
    json!({
        "blobCount": blobs.len(), "dataRowCount": rows, "blobs": blobs,
        "exportConfig": {"exportName": "month", "type": kind,
            "resourceId": "/providers/Microsoft.Billing/billingAccounts/9900001/providers/Microsoft.CostManagement/exports/month"},
        "runInfo": {"runId": "r", "submittedTime": "2026-11-01T00:00:00Z", "startDate": "2026-10-01T00:00:00"},
    })
    .to_string()
}

#[test]
fn an_azure_package_has_as_many_rows_as_its_manifest_says() {
    let whole = fs::read(fixture("azure/good.csv")).unwrap();
    let other = fs::read(fixture("azure/mca.csv")).unwrap();
    let desk = Desk::new();
    put(&desk, "one/part_0_0001.csv", &whole);
    put(&desk, "one/manifest.json", azure_manifest("ActualCost", json!(10), &["part_0_0001.csv"]));
    refused(&desk, &[&at(&desk, "one")], &["part_0_0001.csv", "has 9 rows, and its manifest says 10", "download"]);
    // Of several parts the sum is promised; the first, whole as it is, leaves with the delivery.
    put(&desk, "two/part_0_0001.csv.gz", gzip(&whole));
    put(&desk, "two/part_1_0001.csv.gz", gzip(&other));
    let parts = ["part_0_0001.csv.gz", "part_1_0001.csv.gz"];
    put(&desk, "two/manifest.json", azure_manifest("ActualCost", json!(13), &parts));
    refused(&desk, &[&at(&desk, "two")], &["part_1_0001.csv.gz", "last part of 12 rows, and their manifest says 13"]);
    put(&desk, "two/manifest.json", azure_manifest("ActualCost", json!("12"), &parts));
    assert_eq!(desk.import(&[&at(&desk, "two")]).len(), 2);
    assert_eq!(billed(&desk), "102.47", "90.07 + 12.40");
}

#[test]
fn actual_and_amortised_cost_in_one_call_are_refused() {
    let desk = Desk::new();
    for (folder, kind, file) in [("a", "ActualCost", "good"), ("b", "AmortizedCost", "amortized")] {
        put(&desk, &format!("{folder}/part.csv"), fs::read(fixture(&format!("azure/{file}.csv"))).unwrap());
        put(&desk, &format!("{folder}/manifest.json"), azure_manifest(kind, json!(null), &["part.csv"]));
    }
    let (a, b) = (at(&desk, "a"), at(&desk, "b"));
    refused(&desk, &[&a, &b], &["AmortizedCost of the month whose ActualCost", "import one of the two"]);
    desk.import(&[&a]);
    desk.import(&[&b]);
    assert_eq!(billed(&desk), "80.07", "one after the other, the later replaces the earlier");
}

#[test]
fn a_zip_is_unpacked_and_its_own_name_stays_in_messages() {
    let desk = Desk::new();
    let good = bill(10);
    let members: [(&str, &[u8]); 3] =
        [("export/bill.csv", good.as_bytes()), ("__MACOSX/export/._bill.csv", b"\0"), ("export/README.md", b"notes")];
    put(&desk, "bill.zip", zipped(&members));
    let batches = desk.import(&[&at(&desk, "bill.zip")]);
    assert_eq!((batches.len(), text(&batches[0], "source")), (1, "bill.csv"), "{batches:#?}");
    assert_eq!(billed(&desk), "10");
    let desk = Desk::new();
    put(&desk, "bad.zip", zipped(&[("notes.csv", b"when,who\n1,2\n")]));
    refused(&desk, &[&at(&desk, "bad.zip")], &["bad.zip, notes.csv", "no known format"]);
    put(&desk, "empty.zip", zipped(&[("folder/", b"")]));
    refused(&desk, &[&at(&desk, "empty.zip")], &["a zip without a file"]);
    put(&desk, "sheet.xlsx", zipped(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]));
    refused(&desk, &[&at(&desk, "sheet.xlsx")], &["is a spreadsheet", "save the sheet as CSV"]);
    let mut cut = zipped(&[("bill.csv", bill(10).as_bytes())]);
    cut.truncate(cut.len() - 30);
    put(&desk, "cut.zip", cut);
    refused(&desk, &[&at(&desk, "cut.zip")], &["zip that cannot be read", "it may be cut"]);
}

#[test]
fn a_path_that_leaves_its_folder_is_refused() {
    for name in ["../evil.csv", "a/../../evil.csv", "/evil.csv"] {
        let desk = Desk::new();
        put(&desk, "in/slip.zip", zipped(&[(name, bill(1).as_bytes())]));
        let answer = desk.run(&["import", &at(&desk, "in/slip.zip")]);
        if name.starts_with('/') {
            // An absolute path is taken as one below the folder.
            assert_eq!(answer.code, 0, "{answer:#?}");
        } else {
            answer.ends(1);
            refused(&desk, &[&at(&desk, "in/slip.zip")], &["slip.zip", "which leaves its folder", "ask its sender"]);
        }
        for above in ["evil.csv", "in/evil.csv"] {
            assert!(!desk.path(above).exists(), "{name} wrote {above}");
        }
        assert!(!Path::new("/evil.csv").exists());
    }
    // Nor does a manifest lead anywhere else.
    let desk = Desk::new();
    put(&desk, "secret.csv", bill(1));
    put(&desk, "in/x-Manifest.json", r#"{"reportKeys":["../secret.csv"]}"#);
    refused(&desk, &[&at(&desk, "in")], &["not there: secret.csv"]);
}

#[test]
fn what_unpacks_to_far_more_than_its_size_is_refused() {
    let desk = Desk::new();
    let mut content = bill(1).into_bytes();
    for _ in 0..80 {
        content.extend(std::iter::repeat_n(b'x', 1 << 20));
        content.push(b'\n');
    }
    put(&desk, "bomb.csv.gz", gzip(&content));
    put(&desk, "bomb.zip", zipped(&[("bomb.csv", &content)]));
    for name in ["bomb.csv.gz", "bomb.zip"] {
        let size = fs::metadata(desk.path(name)).unwrap().len();
        assert!(size < 1 << 20, "{name} is small: {size}");
        refused(&desk, &[&at(&desk, name)], &[name, "unpacks to more than 250 times its size", "ask its sender"]);
    }
}

#[test]
fn half_a_gzip_is_refused_wherever_it_ends() {
    let desk = Desk::new();
    let mut long = HEADER.to_owned();
    for n in 0u32..60_000 {
        // Amounts without a pattern, so that half of the packed file is half of the rows.
        long.push_str(&line(n.wrapping_mul(2_654_435_761) % 9_999_991, "Compute"));
    }
    for (name, content) in [("short.csv.gz", bill(10)), ("long.csv.gz", long)] {
        let whole = gzip(content);
        put(&desk, name, &whole[..whole.len() / 2]);
        refused(&desk, &[&at(&desk, name)], &[name, "cannot be read on", "export the file again"]);
    }
}

#[test]
fn a_pointer_is_not_the_data() {
    let desk = Desk::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 204354862\n";
    put(&desk, "bill.csv", pointer);
    refused(&desk, &[&at(&desk, "bill.csv")], &["is a Git LFS pointer and not the data", "git lfs pull"]);
}

fn utf16(content: &str, little: bool, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let units = mark.encode_utf16().chain(content.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[test]
fn other_encodings_come_to_the_same_and_say_so() {
    let content = format!("{HEADER}{}{}", line(10, "Größe"), line(20, "Größe"));
    let latin: Vec<u8> = content.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (name, bytes, note) in [
        ("little", utf16(&content, true, true), Some("read as UTF-16")),
        ("big", utf16(&content, false, true), Some("read as UTF-16")),
        ("little without mark", utf16(&content, true, false), Some("read as UTF-16")),
        ("big without mark", utf16(&content, false, false), Some("read as UTF-16")),
        ("latin", latin, Some("read as Windows-1252, because its beginning is not UTF-8")),
        ("UTF-8", format!("\u{feff}{content}").into_bytes(), None),
    ] {
        let desk = Desk::new();
        let batch = desk.import(&[&desk.file("bill.csv", gzip(bytes))])[0].clone();
        assert_eq!(batch["note"].as_str(), note, "{name}");
        let report = desk.json(&["report", "costs", "--by", "service"]);
        let row = &report["rows"][0];
        assert_eq!((text(row, "service"), text(row, "billed")), ("Größe", "30"), "{name}");
    }
}

#[test]
fn one_bad_byte_in_utf8_spoils_its_row_and_no_other() {
    let desk = Desk::new();
    let mut content = format!("{HEADER}{}", line(10, "Größe")).into_bytes();
    content.extend_from_slice(line(5, "Gr?ne").replace('?', "\u{1}").as_bytes());
    let bad = content.iter().position(|byte| *byte == 1).unwrap();
    content[bad] = 0xfc;
    let batch = desk.run(&["import", "--json", &desk.file("bill.csv", content)]).ends(3).json()["batches"][0].clone();
    assert_eq!((&batch["problems"][0]["line"], &batch["rows_stored"]), (&json!(3), &json!(1)), "{batch:#}");
    assert_eq!(text(&batch["problems"][0], "expected"), "text in UTF-8");
    let report = desk.json(&["report", "costs", "--by", "service"]);
    assert_eq!(text(&report["rows"][0], "service"), "Größe", "the others keep their characters");
}

#[test]
fn columns_that_stand_twice_and_five_thousand_of_them() {
    let desk = Desk::new();
    let twice = bill(10).replacen("BilledCost", "BilledCost,Billed Cost", 1).replace("10,10", "10,99,10");
    refused(&desk, &[&desk.file("twice.csv", twice)], &["two columns", "only one can be right"]);
    let named = |count: usize| {
        let (names, zeros): (String, String) =
            ((0..count).map(|n| format!(",x_CustomColumn_{n:05}")).collect(), ",0".repeat(count));
        format!("{}{names}\n{}{zeros}\n", HEADER.trim_end(), line(10, "Compute").trim_end())
    };
    refused(&desk, &[&desk.file("wide.csv", named(25_000))], &["has 25009 columns", "check the separator"]);
    let wide = named(5_000).replacen("x_CustomColumn_00000", "ServiceName", 1);
    desk.import(&[&desk.file("five-thousand.csv", wide)]);
    let report = desk.json(&["report", "costs", "--by", "service"]);
    assert_eq!(text(&report["rows"][0], "service"), "Compute", "of two columns of one name the first counts");
}

type Columns<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// A Parquet file of one row group.
fn parquet(schema: &str, write: impl FnOnce(&mut Columns<'_>)) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    write(&mut group);
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// The next column: its values, and for optional and repeated ones the levels.
fn column<T: parquet::data_type::DataType>(
    columns: &mut Columns<'_>,
    values: &[T::T],
    levels: Option<(&[i16], Option<&[i16]>)>,
) {
    let mut column = columns.next_column().unwrap().unwrap();
    let (defined, repeated) = levels.map_or((None, None), |(defined, repeated)| (Some(defined), repeated));
    column.typed::<T>().write_batch(values, defined, repeated).unwrap();
    column.close().unwrap();
}

fn texts(values: &[&str]) -> Vec<ByteArray> {
    values.iter().map(|value| ByteArray::from(*value)).collect()
}

/// 2026-10-02T05:00:00Z in milliseconds.
const MILLIS: i64 = 1_790_917_200_000;

/// Three lines: 0.05 on demand, 20 covered by a plan at 14, −20 negated.
fn cur2_parquet() -> Vec<u8> {
    let schema = "message cur2 {
        required binary line_item_line_item_type (UTF8);
        required int64 line_item_usage_start_date (TIMESTAMP(MILLIS,true));
        required int64 bill_billing_period_start_date (TIMESTAMP(NANOS,true));
        required int64 line_item_unblended_cost (DECIMAL(18,10));
        optional fixed_len_byte_array(16) pricing_public_on_demand_cost (DECIMAL(38,38));
        optional double savings_plan_savings_plan_effective_cost;
        required binary line_item_currency_code (UTF8);
        optional group product (MAP) { repeated group key_value {
            required binary key (UTF8); optional binary value (UTF8); } }
        optional group resource_tags (MAP) { repeated group key_value {
            required binary key (UTF8); optional binary value (UTF8); } }
    }";
    let half = 5 * 10i128.pow(37);
    parquet(schema, |columns| {
        let kinds = ["Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation"];
        column::<ByteArrayType>(columns, &texts(&kinds), None);
        column::<Int64Type>(columns, &[MILLIS; 3], None);
        column::<Int64Type>(columns, &[MILLIS * 1_000_000; 3], None);
        column::<Int64Type>(columns, &[500_000_000, 200_000_000_000, -200_000_000_000], None);
        let listed = FixedLenByteArray::from(half.to_be_bytes().to_vec());
        column::<FixedLenByteArrayType>(columns, &[listed], Some((&[1, 0, 0], None)));
        column::<DoubleType>(columns, &[14.0], Some((&[0, 1, 0], None)));
        column::<ByteArrayType>(columns, &texts(&["USD"; 3]), None);
        // One product, an empty map, null.
        column::<ByteArrayType>(columns, &texts(&["product_name"]), Some((&[2, 1, 0], Some(&[0, 0, 0]))));
        column::<ByteArrayType>(columns, &texts(&["Amazon Bedrock"]), Some((&[3, 1, 0], Some(&[0, 0, 0]))));
        // Two tags, one of them without a value; one tag; none.
        column::<ByteArrayType>(
            columns,
            &texts(&["user_team", "user_void", "user_team"]),
            Some((&[2, 2, 2, 0], Some(&[0, 1, 0, 0]))),
        );
        column::<ByteArrayType>(columns, &texts(&["search", "serving"]), Some((&[3, 2, 3, 0], Some(&[0, 1, 0, 0]))));
    })
}

#[test]
fn parquet_keeps_maps_decimals_and_times() {
    let desk = Desk::new();
    let batch = desk.import(&[&desk.file("cur2.snappy.parquet", cur2_parquet())])[0].clone();
    assert_eq!((&batch["format"], &batch["problems"]), (&json!("cur2"), &json!([])), "{batch:#}");
    assert_eq!(
        batch["totals"],
        json!([{"currency": "USD", "billed": "0.05", "effective": "14.05", "list": "0.5"}]),
        "0.05 + 20 − 20 billed, 0.05 + 14 effective, and half a dollar with 38 decimals"
    );
    let teams = desk.json(&["report", "costs", "--by", "day,tag:team,service"]);
    let rows: Vec<_> = teams["rows"].as_array().unwrap().iter().collect();
    assert_eq!(rows.len(), 3, "{teams:#}");
    assert!(rows.iter().all(|row| row["day"] == "2026-10-02"), "{teams:#}");
    let search = rows.iter().find(|row| row["tag:team"] == "search").unwrap();
    assert_eq!((text(search, "service"), text(search, "effective")), ("Amazon Bedrock", "0.05"));
}

#[test]
fn parquet_of_wrong_types_is_quarantined_and_of_wrong_bytes_refused() {
    let schema = "message cur2 {
        required binary line_item_line_item_type (UTF8);
        required int64 line_item_usage_start_date;
        required boolean line_item_unblended_cost;
        required binary bill_billing_period_start_date;
        required double line_item_usage_amount;
    }";
    let file = parquet(schema, |columns| {
        column::<ByteArrayType>(columns, &texts(&["Usage", "Usage"]), None);
        column::<Int64Type>(columns, &[MILLIS, -1], None);
        column::<BoolType>(columns, &[true, false], None);
        column::<ByteArrayType>(columns, &[ByteArray::from(vec![0xff, 0xfe]), ByteArray::from("2026-10-01")], None);
        column::<DoubleType>(columns, &[f64::NAN, f64::INFINITY], None);
    });
    let desk = Desk::new();
    let answer = desk.run(&["import", "--json", &desk.file("wrong.parquet", &file)]).ends(3);
    let batch = answer.json()["batches"][0].clone();
    assert_eq!((&batch["rows_stored"], &batch["rows_quarantined"]), (&json!(0), &json!(2)), "{batch:#}");
    for (index, problem) in batch["problems"].as_array().unwrap().iter().enumerate() {
        assert_eq!((&problem["line"], &problem["column"]), (&json!(index + 1), &json!("UsageStartDate")));
    }
    let desk = Desk::new();
    let whole = cur2_parquet();
    refused(
        &desk,
        &[&desk.file("half.parquet", &whole[..whole.len() / 2])],
        &["is not whole Parquet", "may have been cut"],
    );
    let mut spoilt = whole;
    spoilt[4..60].fill(0xff);
    refused(&desk, &[&desk.file("spoilt.parquet", spoilt)], &["is Parquet that cannot be read", "spoilt.parquet"]);
    let interval = parquet("message m { required fixed_len_byte_array(12) span (INTERVAL); }", |columns| {
        column::<FixedLenByteArrayType>(columns, &[FixedLenByteArray::from(vec![0; 12])], None);
    });
    refused(&desk, &[&desk.file("span.parquet", interval)], &["a column of intervals, span", "leave that column out"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_read_is_refused() {
    let desk = Desk::new();
    let path = desk.path("growing.csv");
    // Far more than the reader may be ahead of the writer.
    fs::write(&path, format!("{HEADER}{}", line(1, "Compute").repeat(200_000))).unwrap();
    let engine = Engine::open(&desk.workspace()).await.unwrap();
    let options = ImportOptions::plain(now());
    let growing = path.clone();
    let grow = move |_| {
        let mut file = fs::OpenOptions::new().append(true).open(&growing).unwrap();
        file.write_all(line(1, "Compute").as_bytes()).unwrap();
    };
    let watch = Watch { progress: Arc::new(grow), ..Watch::nobody() };
    let error = engine.import(&[path], &options, &watch).await.unwrap_err().to_string();
    for part in ["growing.csv", "changed while it was read", "wait until it is written"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(engine.ledger().batches().await.unwrap().is_empty(), "nothing is stored");
}
