//! One field of a cron expression: what may stand in it, and the same with numbers for names. It must not know the
//! other fields.

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const STEP_MAX: u16 = 9_999;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Time,
    Plain,
    DayOfMonth,
    DayOfWeek,
}

pub(super) struct Field {
    pub(super) name: &'static str,
    kind: Kind,
    min: u16,
    max: u16,
    /// Of `min` and the values after it.
    names: &'static [&'static str],
}

pub(super) static FIELDS: [Field; 7] = [
    Field { name: "second", kind: Kind::Time, min: 0, max: 59, names: &[] },
    Field { name: "minute", kind: Kind::Time, min: 0, max: 59, names: &[] },
    Field { name: "hour", kind: Kind::Time, min: 0, max: 23, names: &[] },
    Field { name: "day of month", kind: Kind::DayOfMonth, min: 1, max: 31, names: &[] },
    Field { name: "month", kind: Kind::Plain, min: 1, max: 12, names: &MONTHS },
    Field { name: "day of week", kind: Kind::DayOfWeek, min: 0, max: 7, names: &WEEKDAYS },
    Field { name: "year", kind: Kind::Plain, min: 1970, max: 4999, names: &[] },
];

impl Field {
    /// Second, minute or hour.
    pub(super) fn is_time(&self) -> bool {
        self.kind == Kind::Time
    }

    pub(super) fn expected(&self) -> String {
        let (min, max) = (self.min, self.max);
        let also = match self.kind {
            Kind::Time => "",
            Kind::DayOfMonth => ", or one of ? L LW 15W",
            Kind::DayOfWeek => ", SUN to SAT, ?, with #1 to #5 or L after a day, + before all",
            Kind::Plain if self.names.is_empty() => "",
            Kind::Plain => ", JAN to DEC",
        };
        format!("*, {min} to {max}, a range (low-high), a step (*/n or low-high/n), a list of these{also}")
    }

    /// None if it is wrong.
    pub(super) fn numbers(&self, word: &str) -> Option<String> {
        let word = word.to_ascii_uppercase();
        match (self.kind, word.as_str()) {
            (_, "*") | (Kind::DayOfMonth | Kind::DayOfWeek, "?") => Some("*".to_owned()),
            (Kind::DayOfMonth, "L" | "LW") => Some(word),
            (Kind::DayOfMonth, day) if day.ends_with('W') => self.closest(day),
            (Kind::DayOfWeek, day) => match day.strip_prefix('+') {
                Some(rest) => Some(format!("+{}", self.numbers(rest).filter(|it| !it.starts_with('+'))?)),
                None => self.list(day),
            },
            (_, list) => self.list(list),
        }
    }

    fn closest(&self, day: &str) -> Option<String> {
        let number = self.value(day.strip_suffix('W')?)?;
        Some(format!("{number}W"))
    }

    fn list(&self, list: &str) -> Option<String> {
        let items: Option<Vec<String>> = list.split(',').map(|item| self.item(item)).collect();
        Some(items?.join(","))
    }

    fn item(&self, item: &str) -> Option<String> {
        if self.kind == Kind::DayOfMonth && item == "L" {
            return Some(item.to_owned());
        }
        if self.kind == Kind::DayOfWeek
            && let Some(which) = self.which_of_month(item)
        {
            return Some(which);
        }
        match item.split_once('/') {
            Some((range, step)) => self.stepped(range, step),
            None if item.contains(['-', '*']) => self.range(item).map(|(low, high)| format!("{low}-{high}")),
            None => self.value(item).map(|value| value.to_string()),
        }
    }

    /// `5#2`, `5#L`, `5L`.
    fn which_of_month(&self, item: &str) -> Option<String> {
        let (day, which) = match item.split_once('#') {
            Some((day, which @ ("1" | "2" | "3" | "4" | "5" | "L"))) => (day, which),
            Some(_) => return None,
            None => (item.strip_suffix('L')?, "L"),
        };
        Some(format!("{}#{which}", self.value(day)?))
    }

    fn stepped(&self, range: &str, step: &str) -> Option<String> {
        let (low, high) = self.range(range)?;
        let step = digits(step).filter(|step| (1..=STEP_MAX).contains(step))?;
        // The library counts a year's steps from year 1.
        let as_it_is = range == "*" && self.max < 100;
        Some(if as_it_is { format!("*/{step}") } else { format!("{low}-{high}/{step}") })
    }

    fn range(&self, range: &str) -> Option<(u16, u16)> {
        if range == "*" {
            return Some((self.min, self.highest()));
        }
        let (low, high) = range.split_once('-')?;
        let (low, high) = (self.value(low)?, self.value(high).map(|high| self.as_end(high))?);
        (low <= high).then_some((low, high))
    }

    /// Sunday is 0; only at the end of a range it is 7.
    fn highest(&self) -> u16 {
        if self.kind == Kind::DayOfWeek { 6 } else { self.max }
    }

    fn as_end(&self, value: u16) -> u16 {
        if self.kind == Kind::DayOfWeek && value == 0 { 7 } else { value }
    }

    fn value(&self, text: &str) -> Option<u16> {
        let named = || self.names.iter().position(|name| *name == text);
        let value = digits(text).or_else(|| Some(self.min + u16::try_from(named()?).ok()?))?;
        (self.min..=self.max).contains(&value).then_some(value)
    }
}

/// No sign, no space, at most four.
fn digits(text: &str) -> Option<u16> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
