package dev.glance.api.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.api.http.PatchMedia;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of operations on one image (API reference section 2.4): all or none of them happen. Made
 * only when each passes the checks that need no image, which therefore come before "no such image".
 */
final class ImagePatch {
  private final List<PatchOp> operations;
  private final ImageSchema schema;

  private ImagePatch(List<PatchOp> operations, ImageSchema schema) {
    this.operations = operations;
    this.schema = schema;
  }

  /**
   * Reads and checks a body.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when it is malformed, {@code FORBIDDEN} when it
   *     is about what no client may write
   */
  static ImagePatch of(JsonNode body, PatchMedia form, ImageSchema schema) {
    if (!body.isArray()) {
      throw GlanceException.invalid("Request body must be a JSON array of operation objects.");
    }
    List<PatchOp> operations = new ArrayList<>(body.size());
    // The first operation that is wrong in any way is the one that is told.
    for (JsonNode each : body) {
      PatchOp operation = PatchOp.parse(each, form);
      check(operation, schema);
      operations.add(operation);
    }
    return new ImagePatch(operations, schema);
  }

  private static void check(PatchOp operation, ImageSchema schema) {
    String property = operation.property();
    if (property.equals("id") || Attribute.isComputed(property) || Attribute.isReadOnly(property)) {
      throw Attribute.readOnly(property);
    }
    if (Attribute.isReserved(property)) {
      throw Attribute.reserved(property);
    }
    switch (operation) {
      case PatchOp.Add(List<String> path, JsonNode value, boolean _) when path.size() == 1 ->
          schema.check(property, value);
      case PatchOp.Replace(List<String> _, JsonNode value) -> schema.check(property, value);
      case PatchOp.Add _, PatchOp.Remove _ -> {}
    }
  }

  /** Whether there is nothing to do. */
  boolean isEmpty() {
    return operations.isEmpty();
  }

  /**
   * What the image has after all operations.
   *
   * @throws GlanceException {@code FORBIDDEN} or {@code CONFLICT} when one of them cannot be done
   */
  ImageAttributes apply(Image image, boolean isAdmin) {
    ImageDraft draft = ImageDraft.of(image);
    for (PatchOp operation : operations) {
      String property = operation.property();
      if (property.equals("locations")) {
        boolean isEmptied =
            operation instanceof PatchOp.Replace(List<String> _, JsonNode value) && value.isEmpty();
        throw GlanceException.forbidden(
            isEmptied
                ? "Cannot set locations to empty list."
                : "It is not allowed to change locations if locations are invisible.");
      }
      switch (operation) {
        case PatchOp.Add(List<String> _, JsonNode value, boolean isUpsert) -> {
          if (!isUpsert && (schema.isBase(property) || draft.has(property))) {
            throw conflict("Property " + property + " already present.");
          }
          set(image, draft, property, value, isAdmin);
        }
        case PatchOp.Replace(List<String> _, JsonNode value) -> {
          expect(draft, property);
          set(image, draft, property, value, isAdmin);
        }
        case PatchOp.Remove _ -> {
          if (schema.isBase(property)) {
            throw GlanceException.forbidden("Property " + property + " may not be removed.");
          }
          expect(draft, property);
          draft.remove(property);
        }
      }
    }
    return draft.toAttributes();
  }

  private void expect(ImageDraft draft, String property) {
    if (!schema.isBase(property) && !draft.has(property)) {
      throw conflict("Property " + property + " does not exist.");
    }
  }

  private static void set(
      Image image, ImageDraft draft, String property, JsonNode value, boolean isAdmin) {
    if (property.equals("owner") && !isAdmin) {
      throw GlanceException.forbidden("You are not permitted to change the owner of an image.");
    }
    boolean isFormat = property.equals("disk_format") || property.equals("container_format");
    if (isFormat
        && image.status() != ImageStatus.QUEUED
        && image.status() != ImageStatus.IMPORTING) {
      throw GlanceException.forbidden(
          "Attribute " + property + " can be only replaced for a queued image.");
    }
    draft.set(property, value);
  }

  private static GlanceException conflict(String message) {
    return new GlanceException(ErrorCode.CONFLICT, message);
  }
}
