/**
 * Images that lie on web servers, for reading only. Start at {@link
 * dev.glance.api.store.http.HttpStore}.
 */
@NullMarked
package dev.glance.api.store.http;

import org.jspecify.annotations.NullMarked;
