package dev.glance.api.auth;

import dev.glance.model.registry.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling. Every request below {@code /v2/} has one before its feature sees it.
 *
 * @param project the project id, or null for none
 * @param user the user id, or null for none
 * @param roles what the caller may be, lower case
 * @param serviceRoles those of the service that sent the request on the caller's behalf, lower
 *     case; empty for none
 * @param tokenScope what the roles were given for
 * @param domain the id of the domain that the roles were given for, or null
 * @param userDomain the id of the user's domain, or null when unknown
 * @param projectDomain the id of the project's domain, or null when unknown
 * @param userName for people who read logs, or null when unknown
 * @param isAdmin may do everything, in every project: the policy rule {@code context_is_admin}
 */
public record Caller(
    @Nullable String project,
    @Nullable String user,
    Set<String> roles,
    Set<String> serviceRoles,
    TokenScope tokenScope,
    @Nullable String domain,
    @Nullable String userDomain,
    @Nullable String projectDomain,
    @Nullable String userName,
    boolean isAdmin) {
  private static final String KEY = Caller.class.getName();

  /** What roles were given for; the policy rules ask for a project's. */
  public enum TokenScope {
    /** One project. Callers without any scope count as this too, with no project and no roles. */
    PROJECT,
    /** A whole domain. */
    DOMAIN,
    /** The whole deployment. */
    SYSTEM
  }

  public Caller {
    roles = Set.copyOf(roles);
    serviceRoles = Set.copyOf(serviceRoles);
  }

  /** A caller with roles in one project, not yet known to be admin. */
  public Caller(@Nullable String project, @Nullable String user, Set<String> roles) {
    this(project, user, roles, Set.of(), TokenScope.PROJECT, null, null, null, null, false);
  }

  /** The caller of a request that passed {@link AuthFilter}. */
  public static Caller of(RoutingContext request) {
    Caller caller = request.get(KEY);
    if (caller == null) {
      throw new IllegalStateException("no caller: " + request.normalizedPath());
    }
    return caller;
  }

  /** The caller of any request; empty until one is known. */
  public static Optional<Caller> find(RoutingContext request) {
    return Optional.ofNullable(request.get(KEY));
  }

  /** What the registry may show this caller. */
  public Scope scope() {
    return new Scope(project, user, List.copyOf(roles), isAdmin, false);
  }

  /** The same caller, known to be admin or not. */
  public Caller asAdmin(boolean isAdmin) {
    return isAdmin == this.isAdmin
        ? this
        : new Caller(
            project,
            user,
            roles,
            serviceRoles,
            tokenScope,
            domain,
            userDomain,
            projectDomain,
            userName,
            isAdmin);
  }

  /** The same caller, spoken for by a service with these roles, lower case. */
  public Caller withServiceRoles(Set<String> serviceRoles) {
    return new Caller(
        project,
        user,
        roles,
        serviceRoles,
        tokenScope,
        domain,
        userDomain,
        projectDomain,
        userName,
        isAdmin);
  }

  void attachTo(RoutingContext request) {
    request.put(KEY, this);
  }
}
