//! Held to the `csv` crate.

use super::*;
use csv::{ByteRecord, ReaderBuilder, Terminator};
use proptest::prelude::*;

/// Fields, first line, line ends inside, offset and length of each row.
type Found = Vec<(Vec<Vec<u8>>, u64, u64, u64, u64)>;

fn ours(bytes: &[u8], delimiter: u8, terminator: u8, size: usize) -> Found {
    let stream = Tap::of(bytes.to_vec(), size);
    let mut splitter = Splitter::new(stream, delimiter, terminator).unwrap();
    let mut found = Vec::new();
    while let Some(row) = splitter.next_row().unwrap() {
        let fields = (0..row.len()).map(|index| row.value(index).into_owned()).collect();
        found.push((fields, row.line, row.inner, row.place.offset, row.place.length));
    }
    found
}

/// As the `csv` crate reads it; lines are counted from the bytes.
fn theirs(bytes: &[u8], delimiter: u8, terminator: u8) -> Found {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).terminator(Terminator::Any(terminator));
    let mut csv = builder.from_reader(bytes);
    let (mut record, mut found) = (ByteRecord::new(), Vec::new());
    while csv.read_byte_record(&mut record).unwrap() {
        let (from, to) = (record.position().unwrap().byte(), csv.position().byte());
        let before = &bytes[..from as usize];
        let row = &bytes[from as usize..to as usize];
        let ends = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == terminator).count() as u64;
        let blank = row.iter().take_while(|byte| **byte == terminator).count() as u64;
        let inner = record.iter().map(ends).sum();
        let fields = record.iter().map(<[u8]>::to_vec).collect();
        found.push((fields, 1 + ends(before) + blank, inner, from, to - from));
    }
    found
}

fn compare(bytes: &[u8], size: usize) -> Result<(), TestCaseError> {
    for delimiter in [b',', b';'] {
        for terminator in [b'\n', b'\r'] {
            let (ours, theirs) = (ours(bytes, delimiter, terminator, size), theirs(bytes, delimiter, terminator));
            prop_assert_eq!(ours, theirs, "{:?} {} {}", String::from_utf8_lossy(bytes), delimiter, terminator);
        }
    }
    Ok(())
}

#[test]
fn what_is_odd_is_read_as_the_csv_crate_reads_it() {
    for text in [
        "",
        "\n",
        "\n\na,b\n",
        "a,b",
        "a,b,",
        "a,b,\n",
        "\"a\"",
        "\"",
        "\"\"",
        "\"\"\"",
        "\"a\"\"",
        "\"a\"b,c\n",
        "\"a\"b\"c,d\"\n",
        "5\" disk,7\" tape\nx,y\n",
        "a,\"b\nc\",d\r\ne\r\n",
        "\u{feff}\"a\",b\n1,2\n",
        "\"a\"\r\n\"b\"\r\n",
        "a,\"b\n\n\nc\"\n\n\nd,e",
        " \"a\",b\n",
        "\"a,b\n1,2\n3,4",
    ] {
        // A mark of three bytes at the beginning is never parted.
        for size in [3, 5, 64, 1 << 20] {
            compare(text.as_bytes(), size).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_parted_as_by_the_csv_crate(text in "([a\"\",;\n\r]|[^\u{feff}]){0,60}", size in 1usize..200) {
        compare(text.as_bytes(), size)?;
    }

    #[test]
    fn long_tables_are_parted_as_by_the_csv_crate(
        rows in prop::collection::vec(
            prop::collection::vec("[a-z]{0,12}|\"([a-z,;\n]|\"\"){0,20}\"|[a-z\"]{0,4}", 1..12), 0..40),
        end in "\n|\r\n|\r",
        size in 60usize..5_000,
    ) {
        let text: String = rows.iter().map(|fields| fields.join(",") + &end).collect();
        compare(text.as_bytes(), size)?;
    }
}
