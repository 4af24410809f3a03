/**
 * The mode {@code oidc}: callers show a JSON web token of an OpenID Connect issuer. {@link
 * dev.glance.api.auth.oidc.OidcAuthenticator} is where a request comes in, {@link
 * dev.glance.api.auth.oidc.IssuerKeys} knows the issuer's keys, and {@link
 * dev.glance.api.auth.oidc.Claims} makes a caller of what a token says.
 */
@NullMarked
package dev.glance.api.auth.oidc;

import org.jspecify.annotations.NullMarked;
