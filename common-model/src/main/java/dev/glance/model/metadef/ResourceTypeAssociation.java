package dev.glance.model.metadef;

import org.jspecify.annotations.Nullable;

/**
 * A namespace is meant for things of this type.
 *
 * @param name of the type, such as {@code OS::Nova::Flavor}, at most 80 characters
 * @param prefix what property names begin with on such things, separator included
 * @param propertiesTarget which of several sets of properties such things have is meant
 */
public record ResourceTypeAssociation(
    String name, @Nullable String prefix, @Nullable String propertiesTarget) {}
