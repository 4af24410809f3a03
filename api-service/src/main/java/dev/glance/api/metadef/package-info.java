/**
 * Metadata definitions (API reference sections 2.19 and 2.20). Each kind of definition has its
 * resource; {@link dev.glance.api.metadef.NamespaceAccess} says who may do what, {@link
 * dev.glance.api.metadef.MetadefBody} reads what clients send, and {@link
 * dev.glance.api.metadef.MetadefDocument} writes what they get. Start at {@link
 * dev.glance.api.metadef.NamespaceResource}.
 */
@NullMarked
package dev.glance.api.metadef;

import org.jspecify.annotations.NullMarked;
