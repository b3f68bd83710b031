//! Setters for TLS and SASL. TLS needs the feature `ssl`; so do all SASL mechanisms but `PLAIN` and `GSSAPI`.

use super::{
    setter::setters,
    values::{SaslMechanism, SecurityProtocol},
};

setters! {
    /// Sets how the client speaks with brokers.
    security_protocol(protocol: SecurityProtocol)
        "security.protocol", "default `plaintext`";

    /// Sets the file or folder with the certificates of the authorities that brokers are verified by.
    ssl_ca_location(path: impl Into<String> => String)
        "ssl.ca.location", "by default the system's";

    /// Sets the certificates of the authorities that brokers are verified by, as PEM.
    ssl_ca_pem(pem: impl Into<String> => String)
        "ssl.ca.pem", "none by default";

    /// Sets the file with the client's certificate, PEM.
    ssl_certificate_location(path: impl Into<String> => String)
        "ssl.certificate.location", "none by default";

    /// Sets the client's certificate, as PEM.
    ssl_certificate_pem(pem: impl Into<String> => String)
        "ssl.certificate.pem", "none by default";

    /// Sets the file with the client's private key, PEM.
    ssl_key_location(path: impl Into<String> => String)
        "ssl.key.location", "none by default";

    /// Sets the client's private key, as PEM. A secret: never shown.
    ssl_key_pem(pem: impl Into<String> => String)
        "ssl.key.pem", "none by default";

    /// Sets the passphrase of the private key. A secret: never shown.
    ssl_key_password(password: impl Into<String> => String)
        "ssl.key.password", "none by default";

    /// Sets how the client proves who it is.
    sasl_mechanism(mechanism: SaslMechanism)
        "sasl.mechanism", "default `GSSAPI`";

    /// Sets the name for `PLAIN` and SCRAM. `Debug` does not show it.
    sasl_username(name: impl Into<String> => String)
        "sasl.username", "none by default";

    /// Sets the password for `PLAIN` and SCRAM. A secret: never shown.
    sasl_password(password: impl Into<String> => String)
        "sasl.password", "none by default";
}
