/**
 * Images as objects in OpenStack Swift, or what speaks its API. Start at {@link
 * dev.glance.api.store.swift.SwiftStore}; {@link dev.glance.api.store.swift.SwiftUpload} tells how
 * bytes get there, {@link dev.glance.api.store.swift.SwiftClient} what happens when they do not.
 */
@NullMarked
package dev.glance.api.store.swift;

import org.jspecify.annotations.NullMarked;
