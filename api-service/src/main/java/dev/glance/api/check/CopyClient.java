package dev.glance.api.check;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.glance.api.data.ImageCopier;
import dev.glance.api.registry.CommandRegistry;
import dev.glance.model.image.Image;
import dev.glance.model.registry.JobsApi.ShareJob;
import dev.glance.model.registry.UploadsApi.CopyResult;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadRenewal;
import dev.glance.model.registry.UploadsApi.UploadStart;

/** The registry, as far as {@link StoreCopy} needs it. */
record CopyClient(CommandRegistry registry) implements ImageCopier.Registry {
  Image show(String id) {
    return registry.call("GET", "images/" + id, null, new TypeReference<>() {});
  }

  /** Has the service tell the stores who may read the image, in a minute. */
  void share(String id) {
    registry.call("POST", "jobs/share", new ShareJob(id));
  }

  @Override
  public UploadLease startCopy(String imageId, UploadStart start) {
    return registry.call(
        "POST", "uploads/images/" + imageId + "/copy", start, new TypeReference<>() {});
  }

  @Override
  public UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
    return registry.call(
        "POST", "uploads/" + uploadId + "/heartbeat", progress, new TypeReference<>() {});
  }

  @Override
  public Image commitCopy(String uploadId, CopyResult result) {
    return registry.call(
        "POST", "uploads/" + uploadId + "/commit-copy", result, new TypeReference<>() {});
  }

  @Override
  public void abort(String uploadId, UploadFailure failure) {
    registry.call("POST", "uploads/" + uploadId + "/abort", failure);
  }
}
