/**
 * Which addresses this service may connect to on a user's word. Start at {@link
 * dev.glance.api.net.UrlRules}.
 */
@NullMarked
package dev.glance.api.net;

import org.jspecify.annotations.NullMarked;
