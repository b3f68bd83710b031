//! A token, and what cannot be one.

use std::{
    ffi::{CStr, CString},
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A bearer token, with what librdkafka wants to know about it. It is never shown.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use klamm_core::OauthToken;
///
/// # fn main() -> Result<(), klamm_core::oauth::TokenError> {
/// let token = OauthToken::new("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", SystemTime::now() + Duration::from_secs(900))?
///     .principal("billing")?
///     .extension("logicalCluster", "lkc-42")?;
/// assert!(!format!("{token:?}").contains("eyJ"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct OauthToken {
    value: CString,
    expires: SystemTime,
    principal: CString,
    extensions: Vec<(CString, CString)>,
}

/// Why something cannot be a token; the token itself is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is nothing in it.
    #[error("the token is empty")]
    Empty,
    /// A byte that RFC 7628 allows in no value: neither visible ASCII nor space, tab, CR or LF.
    #[error("the token holds a byte that is neither visible ASCII nor white space, at {at}")]
    Byte {
        /// Where the first such byte is.
        at: usize,
    },
    /// It cannot be used any more.
    #[error("the token has expired")]
    Expired,
    /// The principal holds a NUL byte.
    #[error("the token's principal holds a NUL byte")]
    Principal,
    /// An extension's name is not made of ASCII letters, or is `auth`, which is reserved.
    #[error("`{}` cannot be an extension's name: it takes ASCII letters only, and not `auth`", name.escape_debug())]
    ExtensionName {
        /// The name.
        name: String,
    },
    /// An extension's value holds a byte that is neither visible ASCII nor white space.
    #[error("the value of the extension `{name}` holds a byte that is neither visible ASCII nor white space")]
    ExtensionValue {
        /// The extension's name.
        name: String,
    },
}

impl OauthToken {
    /// Takes a token, often a JWT in its compact form, that can be used until `expires`.
    ///
    /// librdkafka asks for the next one when four fifths of its life have passed, give or take a second. A life of fifteen
    /// seconds is the least that does well with brokers that ask for authentication anew (`connections.max.reauth.ms`): a
    /// connection that is made in a token's last second authenticates again sooner than a broker takes it, which closes it
    /// and is an `AUTHENTICATION` error; librdkafka connects again.
    ///
    /// # Errors
    ///
    /// What librdkafka would refuse: [`TokenError::Byte`], [`TokenError::Expired`]; and [`TokenError::Empty`], which it
    /// would send.
    pub fn new(value: impl Into<Vec<u8>>, expires: SystemTime) -> Result<Self, TokenError> {
        let value = value.into();
        if value.is_empty() {
            return Err(TokenError::Empty);
        }
        let value = c_value(value).map_err(|at| TokenError::Byte { at })?;
        let token = Self { value, expires, principal: CString::default(), extensions: Vec::new() };
        if token.has_expired(SystemTime::now()) { Err(TokenError::Expired) } else { Ok(token) }
    }

    /// Sets the name of the principal that the token is for, which librdkafka logs. Empty unless set.
    ///
    /// # Errors
    ///
    /// [`TokenError::Principal`].
    pub fn principal(mut self, name: impl Into<Vec<u8>>) -> Result<Self, TokenError> {
        self.principal = CString::new(name).map_err(|_| TokenError::Principal)?;
        Ok(self)
    }

    /// Adds a SASL extension, which the broker is sent along with the token (RFC 7628).
    ///
    /// # Errors
    ///
    /// What librdkafka would refuse: [`TokenError::ExtensionName`], [`TokenError::ExtensionValue`].
    pub fn extension(
        mut self,
        name: impl Into<String>,
        value: impl Into<Vec<u8>>,
    ) -> Result<Self, TokenError> {
        let name = name.into();
        if name.is_empty() || name == "auth" || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(TokenError::ExtensionName { name });
        }
        let Ok(value) = c_value(value.into()) else {
            return Err(TokenError::ExtensionValue { name });
        };
        let name = CString::new(name).expect("letters are no NUL");
        self.extensions.push((name, value));
        Ok(self)
    }

    /// Returns when the token can no longer be used.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// Tells whether the token cannot be used any more at `now`. librdkafka counts whole milliseconds.
    pub(crate) fn has_expired(&self, now: SystemTime) -> bool {
        let millis =
            |time: SystemTime| time.duration_since(UNIX_EPOCH).as_ref().map_or(0, Duration::as_millis);
        millis(self.expires) <= millis(now)
    }

    pub(crate) fn value(&self) -> &CStr {
        &self.value
    }

    pub(crate) fn principal_name(&self) -> &CStr {
        &self.principal
    }

    pub(crate) fn extensions(&self) -> impl Iterator<Item = (&CStr, &CStr)> {
        self.extensions.iter().map(|(name, value)| (name.as_c_str(), value.as_c_str()))
    }
}

/// Takes what RFC 7628 calls a value; what is none is told by the place of its first wrong byte.
fn c_value(value: Vec<u8>) -> Result<CString, usize> {
    let is_allowed = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    match value.iter().position(|byte| !is_allowed(byte)) {
        Some(at) => Err(at),
        None => Ok(CString::new(value).expect("NUL is not allowed")),
    }
}

impl fmt::Debug for OauthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.extensions.iter().map(|(name, _)| name).collect();
        f.debug_struct("OauthToken")
            .field("value", &"[hidden]")
            .field("expires", &self.expires)
            .field("principal", &self.principal)
            .field("extensions", &names)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> SystemTime {
        SystemTime::now() + Duration::from_secs(60)
    }

    fn token() -> OauthToken {
        OauthToken::new("s3cr3t", soon()).unwrap()
    }

    #[test]
    fn what_librdkafka_would_refuse_is_refused_by_type() {
        let past = SystemTime::now() - Duration::from_secs(1);
        let name = |name: &str| Err(TokenError::ExtensionName { name: name.to_owned() });
        let value = || Err(TokenError::ExtensionValue { name: "trace".to_owned() });
        for (found, expected) in [
            (OauthToken::new("", soon()), Err(TokenError::Empty)),
            (OauthToken::new("s3\0cr3t", soon()), Err(TokenError::Byte { at: 2 })),
            (OauthToken::new("s3cr3t\u{1}", soon()), Err(TokenError::Byte { at: 6 })),
            (OauthToken::new("s3crét", soon()), Err(TokenError::Byte { at: 4 })),
            (OauthToken::new("s3cr3t", past), Err(TokenError::Expired)),
            (OauthToken::new("s3cr3t", UNIX_EPOCH - Duration::from_secs(1)), Err(TokenError::Expired)),
            (token().principal("bill\0ing"), Err(TokenError::Principal)),
            (token().extension("", "1"), name("")),
            (token().extension("auth", "1"), name("auth")),
            (token().extension("trace-id", "1"), name("trace-id")),
            (token().extension("tr\0ace", "1"), name("tr\0ace")),
            (token().extension("trace", "\0"), value()),
            (token().extension("trace", "s3cr3t\u{7f}"), value()),
        ] {
            assert_eq!(found, expected);
            let error = expected.unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("s3cr3t") && !shown.contains('\0'), "{shown}");
        }
    }

    #[test]
    fn what_librdkafka_takes_is_taken_and_not_shown() {
        let token = OauthToken::new("s3cr3t.~+/= \t\r\n", soon()).unwrap();
        let token = token.principal("billing").unwrap();
        let token = token.extension("trace", "s3cr3t 1").unwrap().extension("Auth", "").unwrap();
        assert_eq!(token.value(), c"s3cr3t.~+/= \t\r\n");
        assert_eq!(token.extensions().collect::<Vec<_>>(), [(c"trace", c"s3cr3t 1"), (c"Auth", c"")]);
        for shown in [format!("{token:?}"), format!("{token:#?}")] {
            assert!(!shown.contains("s3cr3t"), "{shown}");
            assert!(shown.contains("billing") && shown.contains("trace"), "{shown}");
        }
    }
}
