//! Which TLS the HTTP client uses.
//!
//! Features are additive: with several, aws-lc goes before ring, and rustls before the system's.

use reqwest::ClientBuilder;

use crate::Error;

/// Whether a TLS is compiled in.
pub(crate) const AVAILABLE: bool = cfg!(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"));

#[cfg(feature = "rustls-aws-lc")]
pub(crate) fn configure(builder: ClientBuilder, _is_changed: bool) -> Result<ClientBuilder, Error> {
    Ok(builder.tls_backend_rustls())
}

// Installing ring as the provider of the whole process would break programs that install one of their own later, so it
// is given to this client alone. Not so where the program changes the client: its settings of TLS are heeded only by a
// configuration that reqwest makes, and that takes its provider from the process.
#[cfg(all(feature = "rustls", not(feature = "rustls-aws-lc")))]
pub(crate) fn configure(builder: ClientBuilder, is_changed: bool) -> Result<ClientBuilder, Error> {
    use rustls::crypto::{CryptoProvider, ring};
    use rustls_platform_verifier::BuilderVerifierExt;

    if is_changed {
        // Refused only if there is one, which is then taken.
        let _ = ring::default_provider().install_default();
    }
    if CryptoProvider::get_default().is_some() {
        return Ok(builder.tls_backend_rustls());
    }
    let provider = std::sync::Arc::new(ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|why| {
            Error::config(
                "TLS",
                format!(
                    "rustls could not be set up ({why}); install CA certificates, or give an `http_client` of your own"
                ),
            )
        })?
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(feature = "native-tls", not(any(feature = "rustls", feature = "rustls-aws-lc"))))]
pub(crate) fn configure(builder: ClientBuilder, _is_changed: bool) -> Result<ClientBuilder, Error> {
    Ok(builder.tls_backend_native())
}

#[cfg(not(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls")))]
pub(crate) fn configure(builder: ClientBuilder, _is_changed: bool) -> Result<ClientBuilder, Error> {
    Ok(builder)
}
