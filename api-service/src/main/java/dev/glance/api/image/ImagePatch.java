package dev.glance.api.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.PatchMedia;
import dev.glance.api.location.LocationDraft;
import dev.glance.api.location.Locations;
import dev.glance.api.policy.ImagePolicy;
import dev.glance.api.policy.PropertyProtections;
import dev.glance.api.policy.PropertyProtections.Operation;
import dev.glance.api.policy.Rule;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Visibility;
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
      case PatchOp.Add(List<String> _, JsonNode value, boolean _) ->
          schema.check(property, JsonNodeFactory.instance.arrayNode().add(value));
      case PatchOp.Remove _ -> {}
    }
  }

  /** Whether there is nothing to do. */
  boolean isEmpty() {
    return operations.isEmpty();
  }

  /**
   * What is to become of the image by all operations.
   *
   * @throws GlanceException {@code FORBIDDEN} or {@code CONFLICT} when one of them cannot be done,
   *     {@code IMAGE_NOT_FOUND} when the caller may not know of the image
   */
  Outcome apply(
      Image image,
      Caller caller,
      ImagePolicy policy,
      PropertyProtections protections,
      Locations locations) {
    return new Application(image, caller, policy, protections, locations.draft(image)).apply();
  }

  /** What the image has then. */
  record Outcome(ImageAttributes attributes, LocationDraft locations) {}

  /** The operations applied to one image for one caller. */
  private final class Application {
    private final Image image;
    private final Caller caller;
    private final ImagePolicy policy;
    private final PropertyProtections protections;
    private final ImageDraft draft;
    private final LocationDraft locations;

    Application(
        Image image,
        Caller caller,
        ImagePolicy policy,
        PropertyProtections protections,
        LocationDraft locations) {
      this.image = image;
      this.caller = caller;
      this.policy = policy;
      this.protections = protections;
      this.draft = ImageDraft.of(image);
      this.locations = locations;
    }

    Outcome apply() {
      for (PatchOp operation : operations) {
        String property = operation.property();
        if (property.equals("locations")) {
          applyToLocations(operation);
          continue;
        }
        switch (operation) {
          case PatchOp.Add(List<String> _, JsonNode value, boolean isUpsert) -> {
            requireChange(property, value);
            if (!isUpsert && isSeen(property)) {
              throw conflict("Property " + property + " already present.");
            }
            set(property, value);
          }
          case PatchOp.Replace(List<String> _, JsonNode value) -> {
            requireChange(property, value);
            expect(property);
            set(property, value);
          }
          case PatchOp.Remove _ -> {
            policy.require(caller, Rule.MODIFY_IMAGE, image);
            if (schema.isBase(property)) {
              throw GlanceException.forbidden("Property " + property + " may not be removed.");
            }
            expect(property);
            protections.require(caller, Operation.DELETE, property);
            draft.remove(property);
          }
        }
      }
      return new Outcome(draft.toAttributes(), locations);
    }

    private void applyToLocations(PatchOp operation) {
      switch (operation) {
        case PatchOp.Add(List<String> path, JsonNode value, boolean _) -> {
          policy.require(caller, Rule.SET_IMAGE_LOCATION, image);
          locations.add(path.get(1), value, draft.toAttributes());
        }
        case PatchOp.Replace(List<String> _, JsonNode value) -> {
          if (value.isEmpty()) {
            throw GlanceException.forbidden("Cannot set locations to empty list.");
          }
          policy.require(caller, Rule.SET_IMAGE_LOCATION, image);
          locations.replace(value, draft.toAttributes());
        }
        case PatchOp.Remove(List<String> path) -> {
          policy.require(caller, Rule.DELETE_IMAGE_LOCATION, image);
          locations.remove(path.get(1));
        }
      }
    }

    private void requireChange(String property, JsonNode value) {
      if (property.equals("visibility")) {
        policy.requireVisibility(caller, Visibility.of(value.textValue()), image);
      }
      policy.require(caller, Rule.MODIFY_IMAGE, image);
      if (property.equals("owner") && !caller.isAdmin()) {
        throw GlanceException.forbidden("You are not permitted to change the owner of an image.");
      }
    }

    /** A custom property that the caller may not read does not exist for them. */
    private boolean isSeen(String property) {
      return schema.isBase(property)
          || (draft.has(property) && protections.allows(caller, Operation.READ, property));
    }

    private void expect(String property) {
      if (!isSeen(property)) {
        throw conflict("Property " + property + " does not exist.");
      }
    }

    private void set(String property, JsonNode value) {
      if (!schema.isBase(property)) {
        // An unseen one is overwritten only by those who may update it.
        Operation operation = draft.has(property) ? Operation.UPDATE : Operation.CREATE;
        protections.require(caller, operation, property);
      }
      boolean isFormat = property.equals("disk_format") || property.equals("container_format");
      if (isFormat
          && locations.status() != ImageStatus.QUEUED
          && locations.status() != ImageStatus.IMPORTING) {
        throw GlanceException.forbidden(
            "Attribute " + property + " can be only replaced for a queued image.");
      }
      draft.set(property, value);
    }
  }

  private static GlanceException conflict(String message) {
    return new GlanceException(ErrorCode.CONFLICT, message);
  }
}
