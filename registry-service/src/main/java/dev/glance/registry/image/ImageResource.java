package dev.glance.registry.image;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Scope;
import dev.glance.registry.quota.ProjectTurns;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The registry's side of {@link ImagesApi}. */
public class ImageResource implements ImagesApi {
  private final ImageRepository images;
  private final ProjectTurns turns;

  ImageResource(ImageRepository images, ProjectTurns turns) {
    this.images = images;
    this.turns = turns;
  }

  @Override
  public Image create(Scope scope, NewImage image) {
    String shownId = image.id() == null ? UUID.randomUUID().toString() : image.id();
    UUID id =
        ImageId.parse(shownId)
            .orElseThrow(() -> GlanceException.invalid("Invalid image id: " + shownId));
    Limits limits = image.limits();
    boolean isCounted = limits != null && limits.images() != null;
    return turns
        .inTurn(isCounted ? limits : null, () -> images.insert(id, shownId, image))
        .orElseThrow(() -> GlanceException.imageExists(shownId));
  }

  @Override
  public Image show(Scope scope, String id) {
    return find(scope, id);
  }

  @Override
  public List<Image> list(Scope scope, ImageQuery query) {
    return images.page(scope, query);
  }

  @Override
  public Image update(Scope scope, String id, ImageChange change) {
    UUID key = key(id);
    return turns
        .inTurn(change.limits(), () -> images.update(scope, key, change))
        .orElseThrow(() -> conflict(find(scope, id), change));
  }

  private static GlanceException conflict(Image image, ImageChange change) {
    return image.version() == change.version()
        ? GlanceException.statusConflict(
            "Image "
                + image.id()
                + " is "
                + image.status().wireName()
                + ", and its locations cannot be changed.")
        : changed(image.id());
  }

  private static GlanceException changed(String id) {
    return new GlanceException(
        ErrorCode.VERSION_CONFLICT, "Image " + id + " was changed by another request");
  }

  @Override
  public void delete(Scope scope, String id, @Nullable Long version) {
    if (images.delete(scope, key(id), version)) {
      return;
    }
    Image image = find(scope, id);
    if (version != null && version != image.version()) {
      throw changed(image.id());
    }
    throw GlanceException.forbidden("Image " + image.id() + " is protected and cannot be deleted.");
  }

  @Override
  public Image deactivate(Scope scope, String id) {
    return become(scope, id, ImageStatus.ACTIVE, ImageStatus.DEACTIVATED);
  }

  @Override
  public Image reactivate(Scope scope, String id) {
    return become(scope, id, ImageStatus.DEACTIVATED, ImageStatus.ACTIVE);
  }

  private Image become(Scope scope, String id, ImageStatus from, ImageStatus to) {
    return images
        .become(scope, key(id), from, to)
        .orElseGet(
            () -> {
              Image image = find(scope, id);
              if (image.status() == to) {
                return image;
              }
              throw GlanceException.statusConflict(
                  "Image " + image.id() + " is " + image.status().wireName());
            });
  }

  private Image find(Scope scope, String id) {
    return images.find(scope, id).orElseThrow(() -> GlanceException.imageNotFound(id));
  }

  private static UUID key(String id) {
    return ImageId.parse(id).orElseThrow(() -> GlanceException.imageNotFound(id));
  }
}
