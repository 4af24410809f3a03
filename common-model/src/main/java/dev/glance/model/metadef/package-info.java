/**
 * The catalogue of metadata definitions: which properties images, flavors and volumes may carry and
 * what they mean (API reference section 2.20). Start at {@link
 * dev.glance.model.metadef.NamespaceDefinition}.
 */
@NullMarked
package dev.glance.model.metadef;

import org.jspecify.annotations.NullMarked;
