package dev.glance.registry.upload;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.UploadsApi;
import dev.glance.registry.quota.ProjectTurns;
import io.micrometer.core.instrument.Metrics;
import java.util.UUID;
import org.jboss.logging.Logger;

/** The registry's side of {@link UploadsApi}. */
public class UploadResource implements UploadsApi {
  private static final Logger LOG = Logger.getLogger(UploadResource.class);

  private final UploadRepository uploads;
  private final ImagesApi images;
  private final ProjectTurns turns;

  UploadResource(UploadRepository uploads, ImagesApi images, ProjectTurns turns) {
    this.uploads = uploads;
    this.images = images;
    this.turns = turns;
  }

  @Override
  public UploadLease start(Scope scope, String id, UploadStart start) {
    UUID imageId = ImageId.parse(id).orElseThrow(() -> GlanceException.imageNotFound(id));
    UUID uploadId = newKey(start);
    try {
      return begin(scope, id, imageId, start);
    } catch (GlanceException e) {
      // Refused, perhaps, for what this very start has taken before.
      return uploads.held(imageId, uploadId).orElseThrow(() -> e);
    }
  }

  private UploadLease begin(Scope scope, String id, UUID imageId, UploadStart start) {
    uploads.requireRoom(start);
    return turns
        .inTurn(start.limits(), () -> uploads.start(scope, imageId, start))
        .orElseThrow(
            () -> {
              Image image = images.show(scope, id);
              if (image.status() == ImageStatus.QUEUED) {
                return new GlanceException(
                    ErrorCode.VERSION_CONFLICT, "Image " + id + " was changed by another request");
              }
              return GlanceException.statusConflict(
                  "Image " + id + " is " + image.status().wireName() + ", not queued");
            });
  }

  @Override
  public UploadLease startCopy(Scope scope, String id, UploadStart start) {
    UUID imageId = ImageId.parse(id).orElseThrow(() -> GlanceException.imageNotFound(id));
    UUID uploadId = newKey(start);
    return turns
        .inTurn(start.limits(), () -> uploads.startCopy(scope, imageId, start))
        .or(() -> uploads.held(imageId, uploadId))
        .orElseThrow(
            () -> {
              Image image = images.show(scope, id);
              return image.status().isComplete()
                  ? new GlanceException(
                      ErrorCode.CONFLICT,
                      "Image " + id + " is in store " + start.store() + ", or being copied there")
                  : GlanceException.statusConflict(
                      "Image " + id + " is " + image.status().wireName() + ", not active");
            });
  }

  @Override
  public UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
    UUID key = key(uploadId);
    WantedBytes wanted = progress.wanted();
    return turns
        .inTurn(wanted == null ? null : wanted.limits(), () -> uploads.beat(key, progress))
        .orElseThrow(() -> gone(uploadId));
  }

  @Override
  public Image commit(String uploadId, UploadResult result) {
    Image active = uploads.commit(key(uploadId), result).orElseThrow(() -> gone(uploadId));
    Metrics.counter("glance.uploads", "outcome", "committed").increment();
    return active;
  }

  @Override
  public Image commitCopy(String uploadId, CopyResult result) {
    return uploads.commitCopy(key(uploadId), result).orElseThrow(() -> gone(uploadId));
  }

  @Override
  public void abort(String uploadId, UploadFailure failure) {
    LOG.infof("Upload given up: upload=%s cause=%s", uploadId, failure.cause());
    uploads.giveUp(key(uploadId), failure);
    Metrics.counter("glance.uploads", "outcome", "given_up").increment();
  }

  private static UUID newKey(UploadStart start) {
    return ImageId.parse(start.uploadId())
        .orElseThrow(() -> GlanceException.invalid("An upload's id is a UUID"));
  }

  private static UUID key(String uploadId) {
    return ImageId.parse(uploadId).orElseThrow(() -> gone(uploadId));
  }

  private static GlanceException gone(String uploadId) {
    return GlanceException.uploadGone("Upload " + uploadId + " has lost its image");
  }
}
