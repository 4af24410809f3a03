package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.Visibility;
import jakarta.inject.Singleton;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The policy rules asked about images (API reference section 4.4): one that the registry showed to
 * the caller, or one that is to be created.
 */
@Singleton
public final class ImagePolicy {
  /** Those that only the owner passed before secure RBAC. */
  private static final Set<Rule> OWNERS =
      EnumSet.of(
          Rule.MODIFY_IMAGE,
          Rule.DELETE_IMAGE,
          Rule.UPLOAD_IMAGE,
          Rule.DEACTIVATE,
          Rule.REACTIVATE,
          Rule.DELETE_IMAGE_LOCATION,
          Rule.ADD_MEMBER,
          Rule.DELETE_MEMBER);

  /** Those about an image's members; none is allowed on an image that may not be seen. */
  private static final Set<Rule> MEMBERS =
      EnumSet.of(
          Rule.ADD_MEMBER,
          Rule.DELETE_MEMBER,
          Rule.GET_MEMBER,
          Rule.GET_MEMBERS,
          Rule.MODIFY_MEMBER);

  private final Policy policy;

  ImagePolicy(Policy policy) {
    this.policy = policy;
  }

  /** Whether the caller may do this to the image. */
  public boolean allows(Caller caller, Rule rule, Image image) {
    return policy.allows(caller, rule, new ImageTarget(caller, image));
  }

  /**
   * Ends a call that the caller may not make.
   *
   * @throws GlanceException {@code IMAGE_NOT_FOUND} when the caller may not even see the image,
   *     {@code FORBIDDEN} otherwise
   */
  public void require(Caller caller, Rule rule, Image image) {
    if (MEMBERS.contains(rule)) {
      require(caller, Rule.GET_IMAGE, image);
    }
    if (!allows(caller, rule, image)) {
      if (rule == Rule.GET_IMAGE || !allows(caller, Rule.GET_IMAGE, image)) {
        throw GlanceException.imageNotFound(image.id(), Policy.refused(rule));
      }
      throw Policy.refused(rule);
    }
    if (!policy.isNewOnly() && !caller.isAdmin()) {
      requireOwnership(caller, rule, image);
    }
  }

  /** What applied before secure RBAC, whatever the policy said. */
  private static void requireOwnership(Caller caller, Rule rule, Image image) {
    boolean isOwner = image.owner() != null && image.owner().equals(caller.project());
    if (OWNERS.contains(rule) && !isOwner) {
      throw GlanceException.forbidden("You do not own this image.");
    }
    if (rule == Rule.MODIFY_MEMBER && isOwner) {
      throw GlanceException.forbidden("Only the member itself may answer whether it accepts.");
    }
  }

  /**
   * Ends a call that would give the image a visibility the caller may not give it.
   *
   * @throws GlanceException like {@link #require}
   */
  public void requireVisibility(Caller caller, Visibility visibility, Image image) {
    switch (visibility) {
      case PUBLIC -> require(caller, Rule.PUBLICIZE_IMAGE, image);
      case COMMUNITY -> require(caller, Rule.COMMUNITIZE_IMAGE, image);
      case SHARED, PRIVATE -> {}
    }
  }

  /**
   * Ends the creation of an image that the caller may not create. There is nothing to hide yet.
   *
   * @param owner whose it would be
   * @param visibility the one that is asked for; null for none
   * @throws GlanceException {@code FORBIDDEN}
   */
  public void requireCreate(
      Caller caller, @Nullable String owner, @Nullable Visibility visibility) {
    Visibility asked = visibility == null ? Visibility.PRIVATE : visibility;
    Target target = Target.of(owner, asked.wireName());
    if (!policy.allows(caller, Rule.ADD_IMAGE, target)) {
      throw Objects.equals(owner, caller.project())
          ? Policy.refused(Rule.ADD_IMAGE)
          : foreignOwner(owner);
    }
    switch (asked) {
      case PUBLIC -> policy.require(caller, Rule.PUBLICIZE_IMAGE, target);
      case COMMUNITY -> policy.require(caller, Rule.COMMUNITIZE_IMAGE, target);
      case SHARED, PRIVATE -> {}
    }
    if (!policy.isNewOnly() && !caller.isAdmin() && !Objects.equals(owner, caller.project())) {
      throw foreignOwner(owner);
    }
  }

  /**
   * Ends a list that the caller may not make; each image of it is asked about by {@link #allows}.
   *
   * @throws GlanceException {@code FORBIDDEN}
   */
  public void requireList(Caller caller) {
    policy.require(caller, Rule.GET_IMAGES, Target.of(caller.project(), null));
  }

  private static GlanceException foreignOwner(@Nullable String owner) {
    return GlanceException.forbidden(
        "You are not permitted to create images owned by '" + owner + "'");
  }
}
