package dev.glance.api.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.auth.UserToken;
import dev.glance.api.job.JobRunner;
import dev.glance.api.keymanager.KeyManager;
import dev.glance.api.location.LocationDraft;
import dev.glance.api.location.Locations;
import dev.glance.api.member.AccessLists;
import dev.glance.api.policy.ImagePolicy;
import dev.glance.api.policy.PropertyProtections;
import dev.glance.api.policy.PropertyProtections.Operation;
import dev.glance.api.policy.Rule;
import dev.glance.api.quota.Quotas;
import dev.glance.api.store.StoreException;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.ImagesApi.Relocation;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Scope;
import io.vertx.core.http.HttpClosedException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ProcessingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The rules of image metadata. One registry call each, and two for an update. */
@Singleton
public final class ImageService {
  /** How often an update is tried again after others changed the image in between. */
  private static final int UPDATE_ATTEMPTS = 25;

  /** The longest pause before an attempt; random, so that rivals do not meet again. */
  private static final long MAX_PAUSE_MILLIS = 50;

  private final ImagesApi registry;
  private final ImageSchema schema;
  private final JobRunner jobs;
  private final ImagePolicy policy;
  private final PropertyProtections protections;
  private final Quotas quotas;
  private final Locations locations;
  private final KeyManager keys;
  private final AccessLists accessLists;

  /**
   * A part of a list.
   *
   * @param images those of the page that the caller may see
   * @param next where the list goes on, or null at its end
   */
  record Page(List<Image> images, @Nullable String next) {}

  ImageService(
      ImagesApi registry,
      ImageSchema schema,
      JobRunner jobs,
      ImagePolicy policy,
      PropertyProtections protections,
      Quotas quotas,
      Locations locations,
      KeyManager keys,
      AccessLists accessLists) {
    this.registry = registry;
    this.schema = schema;
    this.jobs = jobs;
    this.policy = policy;
    this.protections = protections;
    this.quotas = quotas;
    this.locations = locations;
    this.keys = keys;
    this.accessLists = accessLists;
  }

  /** Registers an image; the order of the checks is that of the API reference, section 2.1. */
  Image create(Caller caller, JsonNode body) {
    if (!body.isObject()) {
      throw GlanceException.invalid("Expected a JSON object that describes an image.");
    }
    for (String name : names(body)) {
      if (Attribute.isComputed(name)) {
        throw Attribute.readOnly(name);
      }
    }
    for (Map.Entry<String, JsonNode> member : body.properties()) {
      schema.check(member.getKey(), member.getValue());
    }
    schema.checkRequired(body);
    for (String name : names(body)) {
      if (Attribute.isReserved(name)) {
        throw Attribute.reserved(name);
      }
    }
    JsonNode owner = body.get("owner");
    JsonNode visibility = body.get("visibility");
    policy.requireCreate(
        caller,
        owner == null ? caller.project() : owner.textValue(),
        visibility == null ? null : Visibility.of(visibility.textValue()));
    for (String name : names(body)) {
      if (Attribute.isReadOnly(name)) {
        throw Attribute.readOnly(name);
      }
      if (name.equals("locations")) {
        throw Attribute.reserved(name);
      }
    }
    for (String name : names(body)) {
      if (!schema.isBase(name)) {
        protections.require(caller, Operation.CREATE, name);
      }
    }
    @Nullable String id = null;
    ImageDraft draft = ImageDraft.of(caller.project());
    for (Map.Entry<String, JsonNode> member : body.properties()) {
      if (member.getKey().equals("id")) {
        id = member.getValue().textValue();
      } else {
        draft.set(member.getKey(), member.getValue());
      }
    }
    ImageAttributes attributes = draft.toAttributes();
    quotas.requireNew(attributes);
    return id == null
        ? create(caller.scope(), attributes)
        : registry.create(
            caller.scope(), new NewImage(id, attributes, quotas.of(attributes.owner())));
  }

  /**
   * Registers an image under an id of our choice. A registry that gave no answer may have done it
   * all the same, and a client that tries again would make a second image: so the call is repeated
   * here, once, and finding the id taken by then means that the first got through.
   */
  private Image create(Scope scope, ImageAttributes attributes) {
    String id = UUID.randomUUID().toString();
    NewImage image = new NewImage(id, attributes, quotas.of(attributes.owner()));
    try {
      return registry.create(scope, image);
    } catch (GlanceException e) {
      if (e.code() != ErrorCode.REGISTRY_UNAVAILABLE) {
        throw e;
      }
    } catch (ProcessingException | HttpClosedException _) {
      // No answer, like the one above.
    }
    try {
      return registry.create(scope, image);
    } catch (GlanceException e) {
      if (e.code() != ErrorCode.IMAGE_EXISTS) {
        throw e;
      }
      return registry.show(scope, id);
    }
  }

  /**
   * One page of images. Those that the policy hides are left out after the registry gave the page,
   * so it may be shorter than the limit and still go on.
   */
  Page list(Caller caller, ImageList list) {
    policy.requireList(caller);
    if (asksForTheUnreadable(caller, list)) {
      return new Page(List.of(), null);
    }
    List<Image> page = registry.list(caller.scope(), list.query());
    return new Page(
        page.stream().filter(image -> policy.allows(caller, Rule.GET_IMAGE, image)).toList(),
        list.next(page));
  }

  /** For this caller no image has such a property; what matches would tell of its values. */
  private boolean asksForTheUnreadable(Caller caller, ImageList list) {
    for (Filter filter : list.query().filters()) {
      if (filter.kind() == Filter.Kind.PROPERTY
          && !protections.allows(caller, Operation.READ, filter.name())) {
        return true;
      }
    }
    return false;
  }

  /** One image. */
  Image show(Caller caller, String id) {
    Image image = registry.show(caller.scope(), id);
    policy.require(caller, Rule.GET_IMAGE, image);
    return image;
  }

  /**
   * Removes an image, and then the encryption key that was made for it; its bytes follow soon.
   * Stores that would refuse to remove them are asked first.
   *
   * @param token the caller's, or null for none; the key manager decides by it
   * @param expected tells the image that is meant from a later one
   * @throws StoreException.InUse when a store would refuse
   */
  void delete(Caller caller, @Nullable UserToken token, String id, Predicate<Image> expected) {
    Image deleted =
        repeatedly(
            caller,
            id,
            image -> {
              policy.require(caller, Rule.DELETE_IMAGE, image);
              require(image, expected);
              if (!image.isProtected()) {
                locations.requireDeletable(image.locations());
              }
              registry.delete(caller.scope(), id, image.version());
              return image;
            });
    jobs.kick();
    // Not before: without its key an image that a refusal has kept would be lost.
    keys.deleteKeyOf(deleted, token);
  }

  /**
   * Changes an image.
   *
   * @param expected tells the image that is meant from a later one
   */
  Image update(Caller caller, String id, ImagePatch patch, Predicate<Image> expected) {
    return repeatedly(
        caller,
        id,
        image -> {
          ImagePatch.Outcome outcome = patch.apply(image, caller, policy, protections, locations);
          if (patch.isEmpty()) {
            policy.require(caller, Rule.GET_IMAGE, image);
          }
          require(image, expected);
          return patch.isEmpty() ? image : write(caller, image, outcome);
        });
  }

  /** Labels an image; a label that it has already changes nothing. */
  void addTag(Caller caller, String id, String tag) {
    ImageSchema.checkTag(tag);
    repeatedly(
        caller,
        id,
        image -> {
          policy.require(caller, Rule.MODIFY_IMAGE, image);
          List<String> tags = new ArrayList<>(image.tags());
          tags.add(tag);
          return image.tags().contains(tag) ? image : write(caller, image, withTags(image, tags));
        });
  }

  /**
   * Takes a label off an image.
   *
   * @throws GlanceException {@code NOT_FOUND} when it has no such label
   */
  void removeTag(Caller caller, String id, String tag) {
    repeatedly(
        caller,
        id,
        image -> {
          policy.require(caller, Rule.MODIFY_IMAGE, image);
          List<String> tags = new ArrayList<>(image.tags());
          if (!tags.remove(tag)) {
            throw new GlanceException(
                ErrorCode.NOT_FOUND, "Image " + image.id() + " has no tag " + tag + ".");
          }
          return write(caller, image, withTags(image, tags));
        });
  }

  private static ImageAttributes withTags(Image image, List<String> tags) {
    ImageDraft draft = ImageDraft.of(image);
    draft.setTags(tags);
    return draft.toAttributes();
  }

  private static void require(Image image, Predicate<Image> expected) {
    if (!expected.test(image)) {
      throw new GlanceException(
          ErrorCode.PRECONDITION_FAILED,
          "Image " + image.id() + " is not the one that If-Match names: it was changed.");
    }
  }

  private Image write(Caller caller, Image image, ImageAttributes attributes) {
    return write(caller, image, attributes, null, null);
  }

  private Image write(Caller caller, Image image, ImagePatch.Outcome outcome) {
    LocationDraft draft = outcome.locations();
    String owner = outcome.attributes().owner();
    Relocation relocation = draft.toRelocation();
    boolean changesReaders =
        relocation != null || outcome.attributes().visibility() != image.visibility();
    if (changesReaders) {
      accessLists.expectChange(image.id());
    }
    Image written =
        write(
            caller,
            image,
            outcome.attributes(),
            draft.takesRoom() ? quotas.storageOf(owner) : null,
            relocation);
    if (written.locations().size() < image.locations().size()) {
      jobs.kick();
    }
    if (changesReaders) {
      accessLists.renew(image.id());
    }
    return written;
  }

  /** A new owner must have room for the image. */
  private Image write(
      Caller caller,
      Image image,
      ImageAttributes attributes,
      @Nullable Limits limits,
      @Nullable Relocation relocation) {
    quotas.requireChange(image, attributes);
    boolean isGiven = !Objects.equals(image.owner(), attributes.owner());
    return registry.update(
        caller.scope(),
        image.id(),
        new ImageChange(
            image.version(),
            attributes,
            isGiven ? quotas.of(attributes.owner()) : limits,
            relocation));
  }

  /**
   * Does what is computed from one version of an image and happens only to that version, so that
   * two changes at once both happen, one after the other.
   */
  private Image repeatedly(Caller caller, String id, UnaryOperator<Image> change) {
    for (int attempt = 1; ; attempt++) {
      try {
        return change.apply(registry.show(caller.scope(), id));
      } catch (GlanceException e) {
        if (e.code() != ErrorCode.VERSION_CONFLICT || attempt == UPDATE_ATTEMPTS) {
          throw e;
        }
        pause(e);
      }
    }
  }

  private static void pause(GlanceException conflict) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(MAX_PAUSE_MILLIS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw conflict;
    }
  }

  private static Iterable<String> names(JsonNode body) {
    return body::fieldNames;
  }
}
