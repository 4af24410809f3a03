/**
 * Black-box tests of what is delivered: the built services as processes, and the files an operator
 * deploys them with. Start reading with {@link dev.glance.it.KubernetesManifestsTest}.
 */
@NullMarked
package dev.glance.it;

import org.jspecify.annotations.NullMarked;
