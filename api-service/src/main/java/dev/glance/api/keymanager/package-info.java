/**
 * The cloud's key manager, OpenStack's Barbican, which holds the keys that images are encrypted
 * with. Start at {@link dev.glance.api.keymanager.KeyManager}.
 */
@NullMarked
package dev.glance.api.keymanager;

import org.jspecify.annotations.NullMarked;
