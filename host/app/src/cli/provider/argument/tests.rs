//! What may be typed of a provider, and what is refused.

use super::*;

#[test]
fn a_model_is_its_own_native_name_unless_another_is_given() {
    let check = |text: &str, expect: Option<(&str, &str)>| {
        let found = text.parse::<ModelArgument>().ok();
        let expect = expect.map(|(canonical, native)| (canonical.to_owned(), native.to_owned()));
        assert_eq!(found.map(|model| (model.canonical, model.native)), expect, "{text}");
    };
    check("gpt-5", Some(("gpt-5", "gpt-5")));
    check("gpt-5=openai/gpt-5:free", Some(("gpt-5", "openai/gpt-5:free")));
    check("a=b=c", Some(("a", "b=c")));
    check("", None);
    check("=b", None);
    check("a=", None);
}

#[test]
fn a_price_has_two_to_four_parts_in_dollars() {
    let check = |text: &str, expect: Option<[&str; 5]>| {
        let found = text
            .parse::<PriceArgument>()
            .ok()
            .map(|price| (price.model, price.input, price.output, price.cached, price.cache_write))
            .map(|(model, input, output, cached, write)| {
                [model, input, output, cached.unwrap_or_default(), write.unwrap_or_default()]
            });
        assert_eq!(found, expect.map(|parts| parts.map(str::to_owned)), "{text}");
    };
    check("gpt-5=1.25/10", Some(["gpt-5", "1.25", "10", "", ""]));
    check("vendor/m=0/0/0.0125", Some(["vendor/m", "0", "0", "0.0125", ""]));
    check("m=1/2/3/4", Some(["m", "1", "2", "3", "4"]));
    for wrong in ["", "gpt-5", "=1/2", "m=1", "m=1/2/3/4/5", "m=1/-2", "m=1/x", "m=1//2", "m=20000/1"] {
        check(wrong, None);
    }
}

#[test]
fn what_is_of_a_model_stands_behind_its_last_equals_sign() {
    let of = |text: &str| text.parse::<OfModel<u32>>().map(|of| (of.model, of.value));
    assert_eq!(of("a/b=5"), Ok(("a/b".to_owned(), 5)));
    for wrong in ["a", "=5", "a=", "a=-1", "a=x"] {
        assert!(of(wrong).is_err(), "{wrong}");
    }
    let words = "a=text,image".parse::<OfModel<Words>>().unwrap().value;
    assert_eq!(words.0, ["text", "image"]);
    assert!("a=text,,image".parse::<OfModel<Words>>().is_err());
}

#[test]
fn reasoning_is_on_with_an_effort_or_off() {
    let check = |text: &str, expect: Option<(bool, Option<&str>)>| {
        let found = text.parse::<ReasoningArgument>().ok().map(|it| (it.on, it.effort));
        assert_eq!(found, expect.map(|(on, effort)| (on, effort.map(str::to_owned))), "{text}");
    };
    check("m", Some((true, None)));
    check("m=high", Some((true, Some("high"))));
    check("m=off", Some((false, None)));
    check("m=", None);
    check("", None);
}

#[test]
fn a_time_is_a_number_with_its_unit_or_the_default() {
    let check = |text: &str, expect: Option<Option<u64>>| {
        let found = text.parse::<SpanArgument>().ok().map(|span| span.0);
        assert_eq!(found, expect.map(|ms| ms.map(Duration::from_millis)), "{text}");
    };
    check("250ms", Some(Some(250)));
    check("30s", Some(Some(30_000)));
    check("2m", Some(Some(120_000)));
    check("default", Some(None));
    for wrong in ["", "30", "s", "-1s", "1.5s", "1d", "99999999999999999999s"] {
        check(wrong, None);
    }
}

#[test]
fn none_takes_a_value_away_and_an_empty_one_an_entry() {
    assert_eq!("none".parse::<Maybe<u32>>(), Ok(Maybe::None));
    assert_eq!("7".parse::<Maybe<u32>>(), Ok(Maybe::Value(7)));
    assert!("-7".parse::<Maybe<u32>>().is_err());
    let meta = |text: &str| text.parse::<MetaArgument>().map(|meta| (meta.name, meta.value));
    assert_eq!(meta("a=b=c"), Ok(("a".to_owned(), Some("b=c".to_owned()))));
    assert_eq!(meta("a="), Ok(("a".to_owned(), None)));
    assert!(meta("a").is_err() && meta("=b").is_err());
}
