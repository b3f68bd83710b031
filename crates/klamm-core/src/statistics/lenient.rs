//! JSON whose values do not fit the types of a report.

use serde::{
    Deserialize, Deserializer,
    de::{IntoDeserializer, Visitor, value::MapDeserializer},
    forward_to_deserialize_any,
};
use serde_json::{Error, Map, Value};

use super::Statistics;

/// Reads a report in which anything may stand where something else should.
pub(super) fn read(mut report: Map<String, Value>) -> Result<Statistics, Error> {
    let topics = report.get_mut("topics").and_then(Value::as_object_mut);
    for topic in topics.into_iter().flat_map(Map::values_mut) {
        if let Some(partitions) = topic.get_mut("partitions").and_then(Value::as_object_mut) {
            // The only keys that are numbers.
            partitions.retain(|number, _| number.parse::<i32>().is_ok());
        }
    }
    Statistics::deserialize(Lenient(Value::Object(report)))
}

/// A value that is read as whatever is asked for.
struct Lenient(Value);

impl Lenient {
    /// The nearest integer, 0 for what is no number.
    fn integer(&self) -> i128 {
        match &self.0 {
            Value::Number(number) => number
                .as_u64()
                .map(i128::from)
                .or_else(|| number.as_i64().map(i128::from))
                .unwrap_or_else(|| truncated(number.as_f64().unwrap_or(0.0))),
            Value::String(text) => {
                let text = text.trim();
                text.parse().unwrap_or_else(|_| truncated(text.parse().unwrap_or(0.0)))
            }
            Value::Bool(is_set) => i128::from(*is_set),
            _ => 0,
        }
    }

    /// As [`integer`](Self::integer), no less than `min` and no more than `max`.
    fn between<T: Copy + Default + Into<i128> + TryFrom<i128>>(&self, min: T, max: T) -> T {
        T::try_from(self.integer().clamp(min.into(), max.into())).unwrap_or_default()
    }
}

fn truncated(number: f64) -> i128 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the nearest integer is wanted, and 0 for what is no number"
    )]
    let integer = number as i128;
    integer
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(self.between(i32::MIN, i32::MAX))
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.between(i64::MIN, i64::MAX))
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.between(u64::MIN, u64::MAX))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let is_set = self.integer() != 0 || matches!(&self.0, Value::String(text) if text == "true");
        visitor.visit_bool(is_set)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) | Value::Object(_) | Value::Null => visitor.visit_str(""),
            value => visitor.visit_string(value.to_string()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_object() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = if let Value::Object(entries) = self.0 { entries } else { Map::new() };
        // What is null has the value of `Default`, as if it were not there.
        let entries = entries.into_iter().filter(|(_, value)| !value.is_null());
        let entries = entries.map(|(key, value)| (Lenient(Value::String(key)), Lenient(value)));
        visitor.visit_map(MapDeserializer::new(entries))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
