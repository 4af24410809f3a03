/**
 * Callers known by Keystone, OpenStack's identity service (API reference section 8). Start at
 * {@link dev.glance.api.auth.keystone.KeystoneAuthenticator}; {@link
 * dev.glance.api.auth.keystone.KeystoneClient} is what talks to Keystone.
 */
@NullMarked
package dev.glance.api.auth.keystone;

import org.jspecify.annotations.NullMarked;
