//! What tells two errors of one place apart: the answer of a server, the element that was looked for, what is missing.
//! It must not know kinds or fingerprints.

use crate::template::template;

/// Characters of a detail.
const DETAIL_CHARS_MAX: usize = 160;
/// Words of a message that says that a module, a path, a program or a permission is missing.
#[rustfmt::skip]
const MISSING: &[&str] = &[
    "no module named", "modulenotfounderror", "cannot find module", "cannot find package", "noclassdeffounderror",
    "classnotfoundexception", "cannot open shared object", "executable doesn't exist", "executable not found",
    "is not recognized as", "no such file or directory", "enoent", "filenotfound", "nosuchfileexception",
    "permission denied", "permissionerror", "eacces", "operation not permitted", "access is denied", "no space left",
    "缺少模块", "文件不存在", "目录不存在", "找不到文件", "没有那个文件或目录", "系统找不到指定的", "权限不足", "权限不够",
    "没有权限", "无权限", "拒绝访问",
];
/// Quotes of a message that are looked at.
const QUOTES_MAX: usize = 16;
/// What stands beside a number that is the status of an answer.
#[rustfmt::skip]
const STATUS_BEFORE: &[&str] = &["http", "status", "code", "error", "状态码", "错误码", "http/1.1", "http/2"];
const STATUS_AFTER: &[&str] = &[
    "client error",
    "server error",
    "too many",
    "unauthorized",
    "forbidden",
    "not found",
    "bad ",
    "service unav",
    "gateway",
    "internal server",
    "unprocessable",
    "conflict",
    "gone",
    "request timeout",
];

/// The status of an answer, 400 to 599, that a message names.
pub(crate) fn status(message: &str) -> Option<u16> {
    let lower = message.to_ascii_lowercase();
    let numbers = lower.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at);
    numbers.filter_map(|at| status_at(&lower, at)).next()
}

fn status_at(text: &str, at: usize) -> Option<u16> {
    let number: u16 = text.get(at..at + 3)?.parse().ok().filter(|n| (400..=599).contains(n))?;
    let (before, after) = (text.get(..at)?, text.get(at + 3..)?);
    let joined = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/');
    if before.ends_with(joined) || after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let lead = before.trim_end_matches([' ', ':', '=', '"', '\'', '(']);
    let named = STATUS_BEFORE.iter().any(|word| lead.ends_with(word));
    let told = STATUS_AFTER.iter().any(|word| after.trim_start().starts_with(word));
    (named || told).then_some(number)
}

/// The path that a message asked a server for, without query, its ids replaced.
pub(crate) fn path(message: &str) -> Option<String> {
    let path = match message.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => message.split_whitespace().find_map(|word| word.strip_prefix('/'))?,
    };
    let ends = |c: char| c.is_whitespace() || matches!(c, '?' | '#' | '"' | '\'' | ')' | '>' | ',' | ';');
    let path = path.split(ends).next()?.trim_end_matches(['.', ':', '/']);
    let parts = path.split('/').map(part);
    Some(bounded(&format!("/{}", parts.collect::<Vec<_>>().join("/"))))
}

/// `v2` and other versions stay; what else has a digit is an id.
fn part(part: &str) -> String {
    let version =
        part.strip_prefix('v').is_some_and(|n| n.len() < 3 && n.bytes().all(|b| b.is_ascii_digit()));
    if !version && part.contains(|c: char| c.is_ascii_digit()) { "<id>".to_owned() } else { part.to_owned() }
}

/// The element of a page that a message or its call log names, its numbers replaced.
pub(crate) fn selector(text: &str) -> Option<String> {
    const LEADS: &[&str] = &["locator(", "\"selector\":", "selector ", "选择器", "waiting for "];
    let found = LEADS.iter().find_map(|lead| {
        let found = text.match_indices(lead).filter_map(|(at, _)| text.get(at + lead.len()..));
        found
            .take(20)
            .find_map(|rest| if *lead == "waiting for " { role(rest) } else { between_quotes(rest) })
    })?;
    Some(bounded(&numbers_replaced(found)))
}

/// Why an element that was found took no click, where a call log says so: something lies over it.
pub(crate) fn blocked(body: &str) -> Option<&'static str> {
    const OVER: &[&str] = &["intercepts pointer events", "element click intercepted"];
    OVER.iter().any(|words| body.contains(words)).then_some("something lies over it")
}

/// `get_by_role("button", name="Save")`, to the end of the line.
fn role(rest: &str) -> Option<&str> {
    rest.lines().next().filter(|line| line.starts_with("get_by_") || line.starts_with("getBy"))
}

/// What stands between the quote here and its end: the last one before `)` or `,`, else the next.
fn between_quotes(rest: &str) -> Option<&str> {
    let line = rest.lines().next()?;
    let quote = line.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = line.get(1..)?;
    let call = [format!("{quote})"), format!("{quote}}}")];
    let end = call.iter().find_map(|end| inner.find(end.as_str())).or_else(|| inner.find(quote))?;
    inner.get(..end)
}

fn numbers_replaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            char if !char.is_ascii_digit() => out.push(char),
            _ if out.ends_with("<num>") => {}
            _ => out.push_str("<num>"),
        }
    }
    out
}

/// What a message says is missing: its first quoted path, else its first path, else its first quoted part; of a path
/// the last part.
///
/// It has words of its own, so that a new rule for the kind regroups nothing.
pub(crate) fn missing(exception: &str, message: &str) -> Option<String> {
    let said = format!("{exception}: {message}").to_lowercase();
    MISSING.iter().find(|words| said.contains(**words))?;
    let is_path = |name: &&str| name.contains(['/', '\\']);
    let path = || message.split([' ', ':', '(', ')']).find(|word| word.starts_with('/') && word.len() > 1);
    let named = quoted(message).find(is_path).or_else(path).or_else(|| quoted(message).next())?;
    Some(bounded(&template(named)))
}

/// The parts between quotes that begin no word's end.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    let quotes = message.char_indices().filter(|(_, char)| matches!(char, '\'' | '"'));
    quotes.take(QUOTES_MAX).filter_map(|(at, quote)| {
        let inner = message.get(at + 1..)?;
        let end = inner.find(quote).filter(|end| *end > 0)?;
        let before = message.get(..at)?.chars().next_back();
        before.is_none_or(|c| !c.is_ascii_alphanumeric()).then(|| inner.get(..end)).flatten()
    })
}

fn bounded(text: &str) -> String {
    text.chars().take(DETAIL_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_number_that_is_called_one() {
        assert_eq!(status("503 Server Error: Service Unavailable for url"), Some(503));
        assert_eq!(status("Request failed with status code 504"), Some(504));
        assert_eq!(status("Error code: 529 - {}"), Some(529));
        assert_eq!(status("错误码 429"), Some(429));
        assert_eq!(status("row 404 of 500 has no owner, port 443"), None);
    }

    #[test]
    fn what_is_missing_is_a_path_before_it_is_a_name() {
        let missing = |message| missing("Error", message);
        assert_eq!(missing("权限不足:用户'a'没有访问 /var/spool/jobs 的权限"), Some("<dir>/jobs".to_owned()));
        assert_eq!(missing("No module named 'pandas'"), Some("pandas".to_owned()));
        assert_eq!(missing("row 'pandas' is bad"), None);
    }

    #[test]
    fn a_path_keeps_its_words_and_versions() {
        let expected = Some("/v1/orders/<id>/lines".to_owned());
        assert_eq!(path("GET https://a.b:80/v1/orders/17/lines?at=2: no"), expected);
        assert_eq!(path("PUT /v1/orders/18/lines -> {}"), expected);
    }

    #[test]
    fn the_element_that_was_looked_for_is_found_in_each_tool_s_words() {
        let expected = Some("#a > b".to_owned());
        assert_eq!(selector("Call log:\n- waiting for locator(\"#a > b\")"), expected);
        assert_eq!(selector("Waiting for selector `#a > b` failed"), expected);
        assert_eq!(selector("{\"method\":\"css selector\",\"selector\":\"#a > b\"}"), expected);
        assert_eq!(selector("找不到元素:选择器\"#a > b\"没有匹配"), expected);
    }
}
