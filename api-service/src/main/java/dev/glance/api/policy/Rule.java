package dev.glance.api.policy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every policy rule with what it asks for by default (API reference sections 4.1 to 4.3): the names
 * and check strings of upstream's secure-RBAC defaults.
 */
public enum Rule {
  /** What rules referred to before they had defaults of their own. */
  DEFAULT("", Text.ADMIN, false),
  /** Who is admin, in every project. */
  CONTEXT_IS_ADMIN("role:admin", null, false),
  /** Which callers are other services. */
  SERVICE_API("role:service or role:admin", null, false),

  ADD_IMAGE(Text.ADMIN + " or (" + Text.MEMBER + " and project_id:%(owner)s)", Text.OLD),
  GET_IMAGES(Text.ADMIN + " or (" + Text.READER + ")", Text.OLD),
  GET_IMAGE(Text.ADMIN + " or (role:reader and " + Text.SEEN + ")", Text.OLD),
  MODIFY_IMAGE(Text.ADMIN_OR_MEMBER, Text.OLD),
  DELETE_IMAGE(Text.ADMIN_OR_MEMBER, Text.OLD),
  UPLOAD_IMAGE(Text.ADMIN_OR_MEMBER, Text.OLD),
  DOWNLOAD_IMAGE(Text.ADMIN + " or (role:member and " + Text.SEEN + ")", Text.OLD),
  DOWNLOAD_FROM_STORE(Text.ADMIN + " or (role:member and " + Text.SEEN + ")"),
  PUBLICIZE_IMAGE(Text.ADMIN),
  COMMUNITIZE_IMAGE(Text.ADMIN_OR_MEMBER, Text.OLD),
  DEACTIVATE(Text.ADMIN_OR_MEMBER, Text.OLD),
  REACTIVATE(Text.ADMIN_OR_MEMBER, Text.OLD),
  COPY_IMAGE(Text.ADMIN),

  GET_IMAGE_LOCATION(Text.ADMIN + " or (" + Text.READER + ")", Text.OLD),
  SET_IMAGE_LOCATION(Text.ADMIN_OR_MEMBER, Text.OLD),
  DELETE_IMAGE_LOCATION(Text.ADMIN, Text.OLD),
  ADD_IMAGE_LOCATION("rule:service_api or (" + Text.MEMBER + " and project_id:%(owner)s)"),
  FETCH_IMAGE_LOCATION("rule:service_api"),

  ADD_MEMBER(Text.ADMIN_OR_MEMBER, Text.OLD),
  DELETE_MEMBER(Text.ADMIN_OR_MEMBER, Text.OLD),
  GET_MEMBER(Text.ADMIN + " or role:reader and " + Text.OWNED_OR_SHARED, Text.OLD),
  GET_MEMBERS(Text.ADMIN + " or role:reader and " + Text.OWNED_OR_SHARED, Text.OLD),
  MODIFY_MEMBER(Text.ADMIN + " or (role:member and project_id:%(member_id)s)", Text.OLD),

  MANAGE_IMAGE_CACHE(Text.ADMIN),
  LIST_CACHED_NODES(Text.ADMIN),
  CACHE_IMAGE(Text.ADMIN, "rule:manage_image_cache"),
  CACHE_LIST(Text.ADMIN, "rule:manage_image_cache"),
  CACHE_DELETE(Text.ADMIN, "rule:manage_image_cache"),
  CACHE_CLEAN(Text.ADMIN),
  CACHE_PRUNE(Text.ADMIN),
  STORES_INFO_DETAIL(Text.ADMIN + " or rule:service_api", Text.ADMIN),

  TASKS_API_ACCESS(Text.ADMIN),
  GET_TASK("rule:default"),
  GET_TASKS("rule:default"),
  ADD_TASK("rule:default"),
  MODIFY_TASK("rule:default"),

  /** What the metadef rules of readers referred to before they had defaults of their own. */
  METADEF_DEFAULT("", null, false),
  /** Who may write metadata definitions. */
  METADEF_ADMIN(Text.ADMIN, null, false),

  GET_METADEF_NAMESPACES(Text.ADMIN + " or (" + Text.READER + ")", Text.OLD_METADEF),
  GET_METADEF_NAMESPACE(Text.READ_METADEF, Text.OLD_METADEF),
  ADD_METADEF_NAMESPACE(Text.WRITE_METADEF),
  MODIFY_METADEF_NAMESPACE(Text.WRITE_METADEF),
  DELETE_METADEF_NAMESPACE(Text.WRITE_METADEF),

  GET_METADEF_OBJECTS(Text.READ_METADEF, Text.OLD_METADEF),
  GET_METADEF_OBJECT(Text.READ_METADEF, Text.OLD_METADEF),
  ADD_METADEF_OBJECT(Text.WRITE_METADEF),
  MODIFY_METADEF_OBJECT(Text.WRITE_METADEF),
  DELETE_METADEF_OBJECT(Text.WRITE_METADEF),

  GET_METADEF_PROPERTIES(Text.READ_METADEF, Text.OLD_METADEF),
  GET_METADEF_PROPERTY(Text.READ_METADEF, Text.OLD_METADEF),
  ADD_METADEF_PROPERTY(Text.WRITE_METADEF),
  MODIFY_METADEF_PROPERTY(Text.WRITE_METADEF),
  REMOVE_METADEF_PROPERTY(Text.WRITE_METADEF),

  LIST_METADEF_RESOURCE_TYPES(Text.READ_METADEF, Text.OLD_METADEF),
  GET_METADEF_RESOURCE_TYPE(Text.READ_METADEF, Text.OLD_METADEF),
  ADD_METADEF_RESOURCE_TYPE_ASSOCIATION(Text.WRITE_METADEF),
  REMOVE_METADEF_RESOURCE_TYPE_ASSOCIATION(Text.WRITE_METADEF),

  GET_METADEF_TAGS(Text.READ_METADEF, Text.OLD_METADEF),
  GET_METADEF_TAG(Text.READ_METADEF, Text.OLD_METADEF),
  ADD_METADEF_TAG(Text.WRITE_METADEF),
  ADD_METADEF_TAGS(Text.WRITE_METADEF),
  MODIFY_METADEF_TAG(Text.WRITE_METADEF),
  DELETE_METADEF_TAG(Text.WRITE_METADEF),
  DELETE_METADEF_TAGS(Text.WRITE_METADEF);

  private static final Map<String, Rule> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(Rule::wireName, Function.identity()));

  private final String wireName = name().toLowerCase(Locale.ROOT);
  private final String check;
  private final @Nullable String oldCheck;
  private final boolean isScoped;

  Rule(String check) {
    this(check, null);
  }

  Rule(String check, @Nullable String oldCheck) {
    this(check, oldCheck, true);
  }

  Rule(String check, @Nullable String oldCheck, boolean isScoped) {
    this.check = check;
    this.oldCheck = oldCheck;
    this.isScoped = isScoped;
  }

  /** The name in policy files: lower case. */
  public String wireName() {
    return wireName;
  }

  /** The rule of this name in policy files; empty when there is none. */
  static Optional<Rule> of(String wireName) {
    return Optional.ofNullable(BY_NAME.get(wireName));
  }

  /**
   * The check string in force where no policy file has another.
   *
   * @param isNewOnly false adds what the rule asked for before secure RBAC as an alternative
   */
  String check(boolean isNewOnly) {
    // An empty one allows everyone already.
    return isNewOnly || oldCheck == null || check.isEmpty()
        ? check
        : "(" + check + ") or (" + oldCheck + ")";
  }

  /** Whether it guards a call, so that only roles in a project count; helper rules do not. */
  boolean isScoped() {
    return isScoped;
  }

  /** The pieces that the defaults are made of. */
  private static final class Text {
    static final String ADMIN = "rule:context_is_admin";
    static final String MEMBER = "role:member and project_id:%(project_id)s";
    static final String READER = "role:reader and project_id:%(project_id)s";
    static final String ADMIN_OR_MEMBER = ADMIN + " or (" + MEMBER + ")";
    static final String OWNED_OR_SHARED = "(project_id:%(project_id)s or project_id:%(member_id)s)";
    static final String SEEN =
        "(project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s"
            + " or 'public':%(visibility)s or 'shared':%(visibility)s)";
    static final String READ_METADEF =
        ADMIN + " or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))";
    static final String WRITE_METADEF = "rule:metadef_admin";
    static final String OLD = "rule:default";
    static final String OLD_METADEF = "rule:metadef_default";
  }
}
