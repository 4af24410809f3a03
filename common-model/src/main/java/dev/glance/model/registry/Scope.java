package dev.glance.model.registry;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf glance-api calls the registry. The registry narrows every query to what this
 * scope may see; what it may do was decided by glance-api before the call.
 *
 * <p>Travels as the request header {@link #HEADER}, in the form that {@link #toString} writes and
 * {@link #valueOf} reads.
 *
 * @param project the caller's project id, or null for none
 * @param user the caller's user id, or null for none
 * @param roles lower case
 * @param isAdmin sees everything
 * @param isService glance-api itself (sweeps, jobs), not a user
 */
public record Scope(
    @Nullable String project,
    @Nullable String user,
    List<String> roles,
    boolean isAdmin,
    boolean isService) {
  /** The request header that carries a scope. */
  public static final String HEADER = "X-Glance-Scope";

  public Scope {
    roles = List.copyOf(roles);
  }

  /** glance-api acting for itself. */
  public static Scope service() {
    return new Scope(null, null, List.of(), true, true);
  }

  /** The header form: five percent-encoded fields, separated by {@code ;}. */
  @Override
  public String toString() {
    return String.join(
        ";",
        encode(project == null ? "" : project),
        encode(user == null ? "" : user),
        encode(String.join(",", roles)),
        isAdmin ? "admin" : "",
        isService ? "service" : "");
  }

  /**
   * Reads the header form.
   *
   * @throws IllegalArgumentException when it is not one
   */
  public static Scope valueOf(String header) {
    String[] fields = header.split(";", -1);
    if (fields.length != 5) {
      throw new IllegalArgumentException("malformed " + HEADER);
    }
    String roles = decode(fields[2]);
    return new Scope(
        emptyToNull(decode(fields[0])),
        emptyToNull(decode(fields[1])),
        roles.isEmpty() ? List.of() : Arrays.asList(roles.split(",", -1)),
        fields[3].equals("admin"),
        fields[4].equals("service"));
  }

  private static String encode(String field) {
    return URLEncoder.encode(field, StandardCharsets.UTF_8);
  }

  private static String decode(String field) {
    return URLDecoder.decode(field, StandardCharsets.UTF_8);
  }

  private static @Nullable String emptyToNull(String field) {
    return field.isEmpty() ? null : field;
  }
}
