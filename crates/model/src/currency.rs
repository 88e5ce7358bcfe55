//! Currency codes.

use std::fmt;

use thiserror::Error;

/// An ISO 4217 code: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Not a currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a currency code of three letters, such as USD")]
pub struct CurrencyError;

impl Currency {
    /// United States dollar, in which every token price is published.
    pub const USD: Self = Self(*b"USD");

    /// Reads three letters in any case.
    ///
    /// # Errors
    /// [`CurrencyError`] for anything else, an empty text included.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        let code: [u8; 3] = text.trim().as_bytes().try_into().map_err(|_| CurrencyError)?;
        if code.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(code.map(|letter| letter.to_ascii_uppercase())))
        } else {
            Err(CurrencyError)
        }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_letters_in_any_case() {
        assert_eq!(Currency::parse(" usd ").unwrap(), Currency::USD);
        for bad in ["", "US", "USDT", "U$D", "€€", "MC"] {
            assert!(Currency::parse(bad).is_err(), "{bad}");
        }
    }
}
