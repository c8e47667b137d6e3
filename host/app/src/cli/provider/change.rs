//! From arguments to the bodies that the API takes.

use std::collections::BTreeMap;

use patchbay_admin::api::{AddProvider, Credential, ModelSpec, PatchProvider, PriceSpec};

use super::{Add, Set};
use crate::cli::model::{ModelArgument, PriceArgument};
use crate::cli::{Failure, Status};

impl Add {
    /// # Errors
    /// There is no key to read, or a price is for no model that was given.
    pub fn body(&self) -> Result<AddProvider, Failure> {
        Ok(AddProvider {
            name: self.name.to_string(),
            url: self.url.clone(),
            credential: self.key.read()?.map(Credential),
            pool: self.pool.clone(),
            rpm: self.rpm,
            models: priced(specs(&self.models), &self.prices)?,
            ..AddProvider::default()
        })
    }
}

impl Set {
    /// # Errors
    /// There is no key to read.
    pub fn body(&self) -> Result<PatchProvider, Failure> {
        let credential = self.key.read()?.map(|key| Some(Credential(key)));
        Ok(PatchProvider {
            url: self.url.clone(),
            credential: if self.no_key { Some(None) } else { credential },
            pool: self.pool.clone(),
            rpm: self.rpm,
            models: specs(&self.models),
            prices: self.prices.iter().map(|price| (price.model.clone(), spec(price))).collect(),
            remove_models: self.remove_models.clone(),
            ..PatchProvider::default()
        })
    }
}

/// Always with its native name: `--model a` takes back what `--model a=b` said before.
fn specs(models: &[ModelArgument]) -> BTreeMap<String, ModelSpec> {
    let spec = |native: &str| ModelSpec { native_id: Some(native.to_owned()), ..ModelSpec::default() };
    models.iter().map(|model| (model.canonical.clone(), spec(&model.native))).collect()
}

fn spec(price: &PriceArgument) -> PriceSpec {
    let PriceArgument { input, output, cached, .. } = price.clone();
    PriceSpec { input_price: input, output_price: output, cached_price: cached }
}

fn priced(
    mut models: BTreeMap<String, ModelSpec>,
    prices: &[PriceArgument],
) -> Result<BTreeMap<String, ModelSpec>, Failure> {
    for price in prices {
        let model = models.get_mut(&price.model).ok_or_else(|| {
            Failure::new(format!("--price {0}=… is for a model that --model does not name", price.model))
                .hint(format!("give --model {0} too, or correct the name", price.model))
                .status(Status::Usage)
        })?;
        model.input_price = Some(price.input.clone());
        model.output_price = Some(price.output.clone());
        model.cached_price.clone_from(&price.cached);
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_goes_to_its_model_and_to_no_other() {
        let models = || specs(&["a".parse().unwrap(), "b=c".parse().unwrap()]);
        let found = priced(models(), &["b=1/2/0.5".parse().unwrap()]).unwrap();
        assert_eq!(found["b"].native_id.as_deref(), Some("c"));
        assert_eq!(found["b"].cached_price.as_deref(), Some("0.5"));
        assert_eq!(found["a"].input_price, None);
        assert!(priced(models(), &["c=1/2".parse().unwrap()]).is_err());
    }
}
