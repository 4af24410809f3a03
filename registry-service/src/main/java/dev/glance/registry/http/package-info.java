/**
 * What every call goes through: the service token, the request id, and the translation of
 * exceptions. Start at {@link dev.glance.registry.http.ErrorMapper}.
 */
@NullMarked
package dev.glance.registry.http;

import org.jspecify.annotations.NullMarked;
