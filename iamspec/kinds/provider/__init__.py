"""Identity providers: issuers of tokens (OpenID Connect) and SAML providers.

Start with `shape`: a provider as people write it, and as IAM knows
it. `metadata` reads the metadata of a SAML provider, `operations`
has the calls, `kind` joins the three.
"""
