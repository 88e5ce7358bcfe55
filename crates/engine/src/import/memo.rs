//! Texts that repeat from row to row are read once.

use foldhash::{HashMap, HashMapExt};

/// Texts remembered.
const MOST: usize = 8_192;

/// What texts were read as.
#[derive(Debug)]
pub struct Memo<T> {
    last: Option<(String, T)>,
    known: HashMap<String, T>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { last: None, known: HashMap::new() }
    }
}

impl<T: Copy> Memo<T> {
    /// What `text` was read as, or is now.
    ///
    /// # Errors
    /// Whatever `read` says; nothing is remembered then.
    pub fn read<E>(&mut self, text: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Result<T, E> {
        if let Some((_, value)) = self.last.as_ref().filter(|(last, _)| last == text) {
            return Ok(*value);
        }
        let value = match self.known.get(text) {
            Some(value) => *value,
            None => {
                let value = read(text)?;
                if self.known.len() >= MOST {
                    self.known.clear();
                }
                self.known.insert(text.to_owned(), value);
                value
            }
        };
        match &mut self.last {
            Some((last, had)) => {
                last.clear();
                last.push_str(text);
                *had = value;
            }
            None => self.last = Some((text.to_owned(), value)),
        }
        Ok(value)
    }
}
