package dev.glance.api.auth;

import dev.glance.model.registry.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is calling. Every request below {@code /v2/} has one before its feature sees it.
 *
 * @param project the project id, or null for none
 * @param user the user id, or null for none
 * @param roles lower case
 * @param isAdmin may do everything, in every project
 * @param isService another service calling on its own behalf
 */
public record Caller(
    @Nullable String project,
    @Nullable String user,
    List<String> roles,
    boolean isAdmin,
    boolean isService) {
  private static final String KEY = Caller.class.getName();

  public Caller {
    roles = List.copyOf(roles);
  }

  /** The caller of a request that passed {@link AuthFilter}. */
  public static Caller of(RoutingContext request) {
    Caller caller = request.get(KEY);
    if (caller == null) {
      throw new IllegalStateException("no caller: " + request.normalizedPath());
    }
    return caller;
  }

  /** What the registry may show this caller. */
  public Scope scope() {
    return new Scope(project, user, roles, isAdmin, isService);
  }

  void attachTo(RoutingContext request) {
    request.put(KEY, this);
  }
}
