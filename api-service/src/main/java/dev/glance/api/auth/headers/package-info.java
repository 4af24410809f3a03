/**
 * The mode {@code headers}: a trusted proxy in front has found out who is calling and says so in
 * headers. {@link dev.glance.api.auth.headers.HeadersAuthenticator} is where to start reading.
 */
@NullMarked
package dev.glance.api.auth.headers;

import org.jspecify.annotations.NullMarked;
