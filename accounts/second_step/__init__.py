"""The second step at sign-in: authenticator apps, passkeys, recovery codes, by allauth.mfa."""
