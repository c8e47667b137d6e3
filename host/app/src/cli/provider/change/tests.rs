//! What the arguments say to the API.

use super::*;

fn settings() -> Settings {
    Settings {
        prices: vec!["b=1/2/0.5/3".parse().unwrap()],
        contexts: vec!["b=5".parse().unwrap()],
        reasonings: vec!["b=high".parse().unwrap()],
        ..Settings::default()
    }
}

fn models(names: &[&str]) -> Result<Specs, Failure> {
    specs(&names.iter().map(|name| name.parse().unwrap()).collect::<Vec<_>>())
}

#[test]
fn what_is_of_a_model_goes_to_it_and_to_no_other() {
    let found = whole(models(&["a", "b=c"]).unwrap(), &settings()).unwrap();
    assert_eq!(found["b"].native_id.as_deref(), Some("c"));
    assert_eq!(
        (found["b"].cached_price.as_deref(), found["b"].cache_write_price.as_deref()),
        (Some("0.5"), Some("3"))
    );
    assert_eq!((found["b"].context_window, found["b"].reasoning), (Some(5), Some(true)));
    assert_eq!((&found["a"].input_price, found["a"].context_window), (&None, None));
    assert_eq!(whole(models(&["a"]).unwrap(), &settings()).unwrap_err().exit(), Status::Usage);
    let context = Settings { prices: Vec::new(), ..settings() };
    assert!(whole(models(&["a"]).unwrap(), &context).is_err());
}

#[test]
fn what_is_given_twice_is_refused() {
    let error = models(&["a=x", "b", "a=y"]).unwrap_err();
    assert!(error.to_string().contains("--model a is given twice"), "{error}");
    assert_eq!(error.exit(), Status::Usage);
    let twice = Settings { contexts: vec!["b=5".parse().unwrap(), "b=6".parse().unwrap()], ..settings() };
    assert!(whole(models(&["b"]).unwrap(), &twice).is_err());
    let meta = Tuning { meta: vec!["a=1".parse().unwrap(), "a=".parse().unwrap()], ..Tuning::default() };
    assert!(meta.metadata().is_err());
}
