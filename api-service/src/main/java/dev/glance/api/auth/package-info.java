/**
 * Who is calling. {@link dev.glance.api.auth.AuthFilter} asks the configured {@link
 * dev.glance.api.auth.Authenticator}; features read {@link dev.glance.api.auth.Caller}.
 */
@NullMarked
package dev.glance.api.auth;

import org.jspecify.annotations.NullMarked;
