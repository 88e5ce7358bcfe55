//! Small packed files, made here: gzip, zstd, zip, Parquet.

use std::io::{Cursor, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::basic::Compression as Codec;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

pub fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).unwrap()
}

pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (index, (name, content)) in members.iter().enumerate() {
        let method = if index % 2 == 0 { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

type Columns<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

fn column<T: DataType>(columns: &mut Columns<'_>, values: &[T::T], levels: Option<(&[i16], Option<&[i16]>)>) {
    let mut column = columns.next_column().unwrap().unwrap();
    let (defined, repeated) = levels.map_or((None, None), |(defined, repeated)| (Some(defined), repeated));
    column.typed::<T>().write_batch(values, defined, repeated).unwrap();
    column.close().unwrap();
}

fn texts(values: &[&str]) -> Vec<ByteArray> {
    values.iter().map(|value| ByteArray::from(*value)).collect()
}

/// Two lines of a CUR 2.0 with every type that exports have: times, decimals, floats, flags, maps.
pub fn parquet(codec: Codec) -> Vec<u8> {
    let schema = "message cur2 {
        required binary line_item_line_item_type (UTF8);
        required int64 line_item_usage_start_date (TIMESTAMP(MILLIS,true));
        required int64 bill_billing_period_start_date (TIMESTAMP(NANOS,true));
        required int64 line_item_unblended_cost (DECIMAL(18,10));
        optional fixed_len_byte_array(16) pricing_public_on_demand_cost (DECIMAL(38,38));
        optional double savings_plan_savings_plan_effective_cost;
        required boolean is_estimated;
        required int32 day (DATE);
        required binary line_item_currency_code (UTF8);
        optional group resource_tags (MAP) { repeated group key_value {
            required binary key (UTF8); optional binary value (UTF8); } }
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(codec).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let columns = &mut group;
    let millis = 1_790_917_200_000;
    column::<ByteArrayType>(columns, &texts(&["Usage", "SavingsPlanCoveredUsage"]), None);
    column::<Int64Type>(columns, &[millis; 2], None);
    column::<Int64Type>(columns, &[millis * 1_000_000; 2], None);
    column::<Int64Type>(columns, &[500_000_000, 200_000_000_000], None);
    let listed = FixedLenByteArray::from((5 * 10i128.pow(37)).to_be_bytes().to_vec());
    column::<FixedLenByteArrayType>(columns, &[listed], Some((&[1, 0], None)));
    column::<DoubleType>(columns, &[14.0], Some((&[0, 1], None)));
    column::<BoolType>(columns, &[true, false], None);
    column::<Int32Type>(columns, &[20_728; 2], None);
    column::<ByteArrayType>(columns, &texts(&["USD"; 2]), None);
    column::<ByteArrayType>(columns, &texts(&["user_team"]), Some((&[2, 0], Some(&[0, 0]))));
    column::<ByteArrayType>(columns, &texts(&["search"]), Some((&[3, 0], Some(&[0, 0]))));
    group.close().unwrap();
    writer.into_inner().unwrap()
}
