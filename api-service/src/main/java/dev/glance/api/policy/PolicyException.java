package dev.glance.api.policy;

import org.jspecify.annotations.Nullable;

/** A check string or policy file that is wrong. The message is for the operator who wrote it. */
final class PolicyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PolicyException(String message) {
    this(message, null);
  }

  PolicyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
