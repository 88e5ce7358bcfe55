//! Lists and objects as Python prints them: what data frames leave in a cell where JSON was meant.

use super::node::Node;

/// Reads a JSON text, or the same as Python prints it: `[{'name': 'Credit', 'amount': -5e-06, 'id': None}]`. Numbers
/// stay as written. `None` where the text is neither.
pub(super) fn read(text: &str) -> Option<Node> {
    Node::parse(text).ok().or_else(|| Node::parse(&as_json(text)?).ok())
}

/// The text with JSON's quotes and words in place of Python's; `None` where a quote is never closed.
fn as_json(text: &str) -> Option<String> {
    let mut json = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => {
                let mut inner = String::new();
                loop {
                    match rest.next()? {
                        end if end == c => break,
                        '\\' => inner.push(match rest.next()? {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            other => other,
                        }),
                        other => inner.push(other),
                    }
                }
                json.push_str(&serde_json::Value::from(inner).to_string());
            }
            word if word.is_alphabetic() => {
                let mut name = String::from(word);
                while let Some(more) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(more);
                }
                match name.as_str() {
                    "None" => json.push_str("null"),
                    "True" => json.push_str("true"),
                    "False" => json.push_str("false"),
                    _ => return None,
                }
            }
            digit if digit.is_ascii_digit() => {
                json.push(digit);
                while let Some(more) = rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-')) {
                    json.push(more);
                }
            }
            other => json.push(other),
        }
    }
    Some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_prints_is_read_like_json() {
        let node =
            read(r#"[{'name': "O'Neil", 'amount': -5e-06, 'full_name': None, 'paid': True, 'n': '\'x\''}]"#).unwrap();
        let item = &node.items()[0];
        assert_eq!(item.get("name").and_then(Node::text), Some("O'Neil"));
        assert_eq!(item.get("amount").and_then(Node::text), Some("-5e-06"));
        assert_eq!(item.get("full_name"), None);
        assert_eq!(item.get("paid").and_then(Node::text), Some("true"));
        assert_eq!(item.get("n").and_then(Node::text), Some("'x'"));
        assert_eq!(read("[]"), Some(Node::List(vec![])));
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["[{'amount': nan}]", "['open", "[{'amount' -1}]", "free text", "array([1])"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
