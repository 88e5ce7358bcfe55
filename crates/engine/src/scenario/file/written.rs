//! What may be written plainly, or as a table that says more of it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads either; an error names the key that is wrong, and not only that neither fits.
///
/// # Errors
/// When it is neither.
pub(super) fn either<'de, Plain, Full, Of, D>(from: D, expected: &'static str) -> Result<Of, D::Error>
where
    Plain: Deserialize<'de> + Into<Of>,
    Full: Deserialize<'de> + Into<Of>,
    D: Deserializer<'de>,
{
    from.deserialize_any(Either { expected, of: PhantomData::<(Plain, Full, Of)> })
}

struct Either<Plain, Full, Of> {
    expected: &'static str,
    of: PhantomData<(Plain, Full, Of)>,
}

impl<'de, Plain, Full, Of> Visitor<'de> for Either<Plain, Full, Of>
where
    Plain: Deserialize<'de> + Into<Of>,
    Full: Deserialize<'de> + Into<Of>,
{
    type Value = Of;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.expected)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Of, E> {
        Plain::deserialize(number.into_deserializer()).map(Into::into)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Of, E> {
        Plain::deserialize(number.into_deserializer()).map(Into::into)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Of, E> {
        Plain::deserialize(number.into_deserializer()).map(Into::into)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Of, A::Error> {
        Plain::deserialize(SeqAccessDeserializer::new(list)).map(Into::into)
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Of, A::Error> {
        Full::deserialize(MapAccessDeserializer::new(table)).map(Into::into)
    }
}
