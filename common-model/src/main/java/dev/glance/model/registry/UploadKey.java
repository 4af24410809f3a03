package dev.glance.model.registry;

/**
 * Names one attempt at uploading an image's bytes, and everything in a store that belongs to it.
 * From the key alone any replica can find and discard what the attempt left.
 *
 * @param uploadId a UUID, the attempt's own name in the registry
 * @param imageId the image's id
 * @param attempt counts the attempts at this image, from 1
 * @param isFenced whether an earlier attempt may still be alive somewhere (its lease expired), so
 *     that the plain name must be left alone
 */
public record UploadKey(String uploadId, String imageId, int attempt, boolean isFenced) {

  /** The final name of the bytes: the image id, or {@code <id>.<attempt>} behind a fence. */
  public String objectName() {
    return isFenced ? attemptName() : imageId;
  }

  /** A name that no other attempt ever uses: {@code <id>.<attempt>}. */
  public String attemptName() {
    return imageId + "." + attempt;
  }
}
