/**
 * What every request meets before and after its feature: request ids, versions, the error body,
 * health. Start at {@link dev.glance.api.http.Errors}, where exceptions meet HTTP.
 */
@NullMarked
package dev.glance.api.http;

import org.jspecify.annotations.NullMarked;
