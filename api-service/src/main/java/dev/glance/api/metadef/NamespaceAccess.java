package dev.glance.api.metadef;

import dev.glance.api.auth.Caller;
import dev.glance.api.policy.Policy;
import dev.glance.api.policy.Rule;
import dev.glance.api.policy.Target;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.registry.MetadefsApi;
import jakarta.inject.Singleton;

/**
 * Who may do what with a namespace and what is in it (API reference sections 4.3 and 4.4): a call
 * that is refused is 404 to those who may not see the namespace either.
 */
@Singleton
public final class NamespaceAccess {
  private final MetadefsApi registry;
  private final Policy policy;

  NamespaceAccess(MetadefsApi registry, Policy policy) {
    this.registry = registry;
    this.policy = policy;
  }

  /**
   * A namespace that the caller may see, for a call that the caller may make.
   *
   * @throws GlanceException {@code NOT_FOUND} or {@code FORBIDDEN}
   */
  NamespaceContent open(Caller caller, String namespace, Rule... rules) {
    NamespaceContent content = registry.show(caller.scope(), namespace);
    for (Rule rule : rules) {
      require(caller, rule, target(content.namespace().value()));
    }
    return content;
  }

  /** Asks for one more thing of a call about an open namespace. */
  void require(Caller caller, Rule rule, NamespaceContent content) {
    require(caller, rule, target(content.namespace().value()));
  }

  /** Asks for a call about no namespace in particular. */
  void require(Caller caller, Rule rule) {
    require(caller, rule, Target.of(caller.project(), null));
  }

  /** Whether the caller may do this to a namespace that the registry showed. */
  boolean allows(Caller caller, Rule rule, Namespace namespace) {
    return policy.allows(caller, rule, target(namespace));
  }

  private void require(Caller caller, Rule rule, Target target) {
    boolean isHidden =
        !policy.allows(caller, rule, target)
            && !policy.allows(caller, Rule.GET_METADEF_NAMESPACE, target);
    if (isHidden) {
      throw new GlanceException(ErrorCode.NOT_FOUND, "The resource could not be found.");
    }
    policy.require(caller, rule, target);
  }

  /** 404: the namespace is there, and this is not in it. */
  static GlanceException notThere(String kind, String name) {
    return new GlanceException(ErrorCode.NOT_FOUND, "There is no " + kind + " " + name + ".");
  }

  private static Target target(Namespace namespace) {
    return Target.of(namespace.owner(), namespace.visibility().wireName());
  }
}
