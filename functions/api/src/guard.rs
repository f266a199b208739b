//! Whose tokens open the deployed API besides the operator's.

use std::sync::Arc;

use adapters_aws::start::Aws;
use adapters_http::entropy::SystemEntropy;
use adapters_http::oidc::OidcIssuer;
use api::Guard;
use app::ports::TokenIssuer;
use lambda_http::Error;

/// As it is configured.
pub(crate) fn of(aws: &Aws) -> Result<Guard, Error> {
    let access = aws.config.access.clone();
    let issuer = access.issuer.map(OidcIssuer::of_function).transpose()?;
    let issuer = issuer.map(|issuer| Arc::new(issuer) as Arc<dyn TokenIssuer>);
    Ok(Guard { issuer, entropy: Some(Arc::new(SystemEntropy)), rates: access.rates })
}
