/**
 * Black-box tests of what is delivered: the built services as processes, and the files an operator
 * deploys them with. Start at {@link dev.glance.it.Installation}, which runs a pair of services.
 */
@NullMarked
package dev.glance.it;

import org.jspecify.annotations.NullMarked;
