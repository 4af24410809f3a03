package dev.glance.api.auth;

/** Decides who is admin: the policy rule {@code context_is_admin} (API reference section 4.1). */
@FunctionalInterface
public interface AdminRule {
  /** Whether the caller may do everything, in every project. */
  boolean isAdmin(Caller caller);
}
