//! Descriptive columns stored once: a fingerprint of the words, and the id it has.

pub(crate) mod again;

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection};

use crate::StoreError;

/// Ids held in memory; past it the database is asked again.
const MOST_KNOWN: usize = 500_000;

/// Ids by fingerprint, filled as rows come.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    known: HashMap<[u8; 16], i64>,
    new: bool,
}

/// 16 bytes that stand for a list of words. Each word is preceded by its length, so that no two lists meet.
pub(crate) fn fingerprint(words: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for word in words {
        hasher.update((word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    let digest = hasher.finalize();
    let mut short = [0u8; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

/// The fingerprint of a description. Empty words at its end are left out, so that a word more, which older rows do not
/// have, changes nothing about them.
fn of_words(words: &[&str]) -> [u8; 16] {
    let said = words.iter().rposition(|word| !word.is_empty()).map_or(0, |last| last + 1);
    fingerprint(&words[..said])
}

impl Keys {
    /// The id of these words in `table`, made when new. `table` and `columns` are literals of this crate.
    pub(crate) async fn id(
        &mut self,
        connection: &mut SqliteConnection,
        insert: &'static str,
        select: &'static str,
        words: &[&str],
    ) -> Result<i64, StoreError> {
        let print = of_words(words);
        self.new = false;
        if let Some(&id) = self.known.get(&print) {
            return Ok(id);
        }
        let found = sqlx::query(select).bind(&print[..]).fetch_optional(&mut *connection).await?;
        let id = match found {
            Some(row) => row.try_get("id")?,
            None => {
                self.new = true;
                let mut query = sqlx::query(insert).bind(print.to_vec());
                for word in words {
                    query = query.bind((*word).to_owned());
                }
                query.execute(&mut *connection).await?.last_insert_rowid()
            }
        };
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(print, id);
        Ok(id)
    }

    /// Did the last call make a new row?
    pub(crate) fn was_new(&self) -> bool {
        self.new
    }
}
