//! A script's value as JSON. It is the script that answers here, by getters, proxies and `toJSON`; so the depth and the
//! bytes are counted, and nothing is believed but what came.

use boa_engine::builtins::object::OrdinaryObject;
use boa_engine::object::JsObject;
use boa_engine::{Context, JsError, JsValue, JsVariant, js_string};
use serde_json::{Map, Number, Value};

use crate::limit::{JSON_BYTES_MAX, JSON_DEEP_MAX};

/// Why a value cannot be JSON.
pub(crate) enum Unsaid {
    /// The script threw when it was asked.
    Threw(JsError),
    /// Where, and what was found there.
    Type {
        at: String,
        found: String,
    },
    TooLarge,
}

impl From<JsError> for Unsaid {
    fn from(error: JsError) -> Self {
        Self::Threw(error)
    }
}

/// # Errors
/// There is something in it that JSON cannot say.
pub(crate) fn of(value: &JsValue, context: &mut Context) -> Result<Value, Unsaid> {
    let mut walk = Walk { bytes_left: JSON_BYTES_MAX, path: Vec::new(), above: Vec::new() };
    // What returns nothing returns null.
    Ok(walk.value(value, context)?.unwrap_or(Value::Null))
}

struct Walk {
    bytes_left: usize,
    path: Vec<String>,
    /// The objects that it is in.
    above: Vec<JsObject>,
}

impl Walk {
    /// None is `undefined`.
    fn value(&mut self, value: &JsValue, context: &mut Context) -> Result<Option<Value>, Unsaid> {
        self.spend(4)?;
        let json = match value.variant() {
            JsVariant::Undefined => return Ok(None),
            JsVariant::Null => Value::Null,
            JsVariant::Boolean(truth) => truth.into(),
            JsVariant::Integer32(number) => number.into(),
            JsVariant::Float64(number) => self.number(number)?,
            JsVariant::String(text) => self.text(text.to_std_string_lossy())?.into(),
            JsVariant::BigInt(_) => return Err(self.wrong("a BigInt")),
            JsVariant::Symbol(_) => return Err(self.wrong("a symbol")),
            JsVariant::Object(object) => return self.object(&object, context),
        };
        Ok(Some(json))
    }

    /// Whole ones without a point, as JavaScript writes them.
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within what a float holds exactly")]
    fn number(&self, number: f64) -> Result<Value, Unsaid> {
        const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;
        if number.fract() == 0.0 && number.abs() <= WHOLE_MAX {
            return Ok((number as i64).into());
        }
        Number::from_f64(number).map(Value::Number).ok_or_else(|| self.wrong(&number.to_string()))
    }

    fn text(&mut self, text: String) -> Result<String, Unsaid> {
        self.spend(text.len()).map(|()| text)
    }

    fn object(&mut self, object: &JsObject, context: &mut Context) -> Result<Option<Value>, Unsaid> {
        if object.is_callable() {
            return Err(self.wrong("a function"));
        }
        if self.above.iter().any(|above| JsObject::equals(above, object)) {
            return Err(self.wrong("an object that it lies in"));
        }
        if self.above.len() == JSON_DEEP_MAX {
            return Err(self.wrong(&format!("more than {JSON_DEEP_MAX} objects in each other")));
        }
        self.above.push(object.clone());
        let json = self.inside(object, context);
        self.above.pop();
        json
    }

    fn inside(&mut self, object: &JsObject, context: &mut Context) -> Result<Option<Value>, Unsaid> {
        let own_words = object.get(js_string!("toJSON"), context)?;
        if let Some(own_words) = own_words.as_callable() {
            let value = own_words.call(&object.clone().into(), &[], context)?;
            return self.value(&value, context);
        }
        match object.is_array() {
            true => self.list(object, context).map(Some),
            false => self.map(object, context).map(Some),
        }
    }

    /// What is missing in it is null.
    fn list(&mut self, object: &JsObject, context: &mut Context) -> Result<Value, Unsaid> {
        let length = object.get(js_string!("length"), context)?.to_length(context)?;
        let mut list = Vec::new();
        for index in 0..length {
            let value = object.get(index, context)?;
            self.path.push(index.to_string());
            list.push(self.value(&value, context)?.unwrap_or(Value::Null));
            self.path.pop();
        }
        Ok(list.into())
    }

    /// What is undefined in it is not there.
    fn map(&mut self, object: &JsObject, context: &mut Context) -> Result<Value, Unsaid> {
        let keys = OrdinaryObject::keys(&JsValue::undefined(), &[object.clone().into()], context)?;
        let mut map = Map::new();
        let keys = keys.to_object(context)?;
        for index in 0..keys.get(js_string!("length"), context)?.to_length(context)? {
            let key = keys.get(index, context)?.to_string(context)?;
            let name = self.text(key.to_std_string_lossy())?;
            let value = object.get(key, context)?;
            self.path.push(name.clone());
            if let Some(value) = self.value(&value, context)? {
                map.insert(name, value);
            }
            self.path.pop();
        }
        Ok(map.into())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Unsaid> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(Unsaid::TooLarge)?;
        Ok(())
    }

    fn wrong(&self, found: &str) -> Unsaid {
        Unsaid::Type { at: self.path.join("."), found: found.to_owned() }
    }
}
