package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import jakarta.inject.Singleton;

/**
 * The policy rules asked about one image that the registry showed to the caller (API reference
 * section 4.4).
 */
@Singleton
public final class ImagePolicy {
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
    if (!allows(caller, rule, image)) {
      if (rule == Rule.GET_IMAGE || !allows(caller, Rule.GET_IMAGE, image)) {
        throw GlanceException.imageNotFound(image.id());
      }
      throw Policy.refused(rule);
    }
  }
}
