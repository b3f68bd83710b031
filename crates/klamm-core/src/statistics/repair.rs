//! JSON out of what librdkafka prints.
//!
//! librdkafka escapes nothing, so a name may hold a quote, a backslash or a control character, and it prints its numbers
//! as C does. Only objects, strings and bare words occur, and the text stays a row of keys and values: that is what tells
//! the quote that ends a string from one that is part of it.

/// Rewrites a text so that it is JSON, provided that its braces, keys and commas are sound.
pub(super) fn repair(text: &str) -> String {
    let mut repair =
        Repair { rest: text, out: String::with_capacity(text.len()), open: Vec::new(), last: ' ' };
    while let Some(next) = repair.rest.chars().next() {
        match next {
            '"' => repair.string(),
            '{' | '}' | '[' | ']' | ',' | ':' => repair.mark(next),
            _ if next.is_whitespace() || next.is_control() => repair.skip(next),
            _ => repair.word(),
        }
    }
    repair.out
}

struct Repair<'a> {
    rest: &'a str,
    out: String,
    /// The brackets that are open.
    open: Vec<char>,
    /// The last mark; for a string a quote, for a word `0`.
    last: char,
}

impl<'a> Repair<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn mark(&mut self, mark: char) {
        if self.last == ':' && matches!(mark, ',' | '}' | ']') {
            // A value that is not there.
            self.out.push_str("null");
        }
        match mark {
            '{' | '[' => self.open.push(mark),
            '}' | ']' => drop(self.open.pop()),
            _ => {}
        }
        self.out.push(mark);
        self.last = mark;
        self.take(1);
    }

    fn skip(&mut self, space: char) {
        self.out.push(' ');
        self.take(space.len_utf8());
    }

    fn word(&mut self) {
        let end = self.rest.find(['"', '{', '}', '[', ']', ',', ':']).unwrap_or(self.rest.len());
        let word = value(self.take(end).trim_end());
        self.out.push_str(&word);
        self.last = '0';
    }

    fn string(&mut self) {
        self.take(1);
        let is_value = self.last == ':' || self.open.last() == Some(&'[');
        let ends: fn(&str) -> bool = if is_value { ends_value } else { ends_key };
        let mut quotes = self.rest.match_indices('"').map(|(index, _)| index);
        let end = quotes.find(|index| ends(&self.rest[index + 1..])).unwrap_or(self.rest.len());
        let content = self.take(end);
        self.take(self.rest.len().min(1));
        self.out.push_str(&serde_json::Value::from(content).to_string());
        self.last = '"';
    }
}

/// Whether what follows a quote shows that it ends a key.
fn ends_key(rest: &str) -> bool {
    rest.trim_start().starts_with(':')
}

/// Whether what follows a quote shows that it ends a value: the next key, or the end of an object.
fn ends_value(rest: &str) -> bool {
    let rest = rest.trim_start();
    if let Some(next) = rest.strip_prefix(',') {
        let key = next.trim_start().strip_prefix('"').and_then(|key| key.split_once('"'));
        return key.is_some_and(|(_, rest)| ends_key(rest));
    }
    let Some(rest) = rest.strip_prefix(['}', ']']) else { return rest.is_empty() };
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with([',', '}', ']'])
}

/// Returns what a bare word means, `null` if nothing.
fn value(word: &str) -> String {
    if matches!(word, "true" | "false" | "null") {
        return word.to_owned();
    }
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", word.strip_prefix('+').unwrap_or(word)),
    };
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = digits.trim_start_matches('0');
        // Twenty digits may be more than fit, and are then read as a float, which is near enough to saturate.
        return if digits.len() > 20 { limit(sign) } else { format!("{sign}{digits:0>1}") };
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => format!("{sign}{:?}", number.abs()),
        Ok(number) if number.is_infinite() => limit(sign),
        _ => "null".to_owned(),
    }
}

/// Returns a number beyond any integer type.
fn limit(sign: &str) -> String {
    format!("{sign}1e99")
}
