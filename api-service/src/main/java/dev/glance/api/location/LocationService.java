package dev.glance.api.location;

import dev.glance.api.auth.Caller;
import dev.glance.api.job.JobRunner;
import dev.glance.api.policy.ImagePolicy;
import dev.glance.api.policy.Rule;
import dev.glance.api.quota.Quotas;
import dev.glance.api.store.Stores;
import dev.glance.api.task.TaskConfig;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.Relocation;
import dev.glance.model.registry.TasksApi;
import dev.glance.model.registry.TasksApi.NewTask;
import dev.glance.model.registry.TasksApi.TaskEnd;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ProcessingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The rules of the calls about locations (API reference sections 2.14 and 2.15). Checks come in
 * upstream's order. An image that was changed by another in between is looked at anew.
 */
@Singleton
public final class LocationService {
  private static final Logger LOG = Logger.getLogger(LocationService.class);

  /** How often a change is tried again after others changed the image in between. */
  private static final int ATTEMPTS = 25;

  private final ImagesApi images;
  private final ImagePolicy policy;
  private final Locations locations;
  private final Stores stores;
  private final Quotas quotas;
  private final JobRunner jobs;
  private final TasksApi tasks;
  private final long keepMillis;

  LocationService(
      ImagesApi images,
      ImagePolicy policy,
      Locations locations,
      Stores stores,
      Quotas quotas,
      JobRunner jobs,
      TasksApi tasks,
      TaskConfig taskConfig) {
    this.images = images;
    this.policy = policy;
    this.locations = locations;
    this.stores = stores;
    this.quotas = quotas;
    this.jobs = jobs;
    this.tasks = tasks;
    this.keepMillis = taskConfig.taskTimeToLive().toMillis();
  }

  /**
   * Gives a queued image its data by saying where it lies. What the client may not do is refused
   * here; what turns out to be no location is not, as the call is answered before that is looked
   * at, by upstream's contract: the image stays queued, and a task says why.
   */
  void add(Caller caller, String id, AddedLocation added, @Nullable String requestId) {
    Image image = show(caller, id);
    if (image.status() != ImageStatus.QUEUED) {
      throw GlanceException.statusConflict(
          "It's not allowed to add locations if image status is "
              + image.status().wireName()
              + ".");
    }
    policy.require(caller, Rule.ADD_IMAGE_LOCATION, image);
    boolean isService =
        caller.roles().contains("service") || caller.serviceRoles().contains("service");
    if (!isService && !(added.isWeb() && stores.hasType("http"))) {
      throw GlanceException.forbidden(
          "http store must be enabled to use location API by normal user.");
    }
    added.requireDigest();
    @Nullable String failure = null;
    try {
      activate(caller, image, added);
    } catch (GlanceException e) {
      failure = e.message();
    }
    writeTask(caller, image, added, requestId, failure);
  }

  /** What became of the image is in the image; without this record only the reason is unknown. */
  private void writeTask(
      Caller caller,
      Image image,
      AddedLocation added,
      @Nullable String requestId,
      @Nullable String failure) {
    Map<String, Object> input =
        Map.of("image_id", image.id(), "loc_url", added.url(), "validation_data", added.digests());
    TaskEnd end = new TaskEnd(failure, keepMillis);
    try {
      tasks.create(
          caller.scope(), new NewTask("location_import", image.id(), requestId, input, end));
    } catch (GlanceException | ProcessingException e) {
      LOG.warnf("the task of adding a location to image %s was not kept: %s", image.id(), e);
    }
  }

  private void activate(Caller caller, Image image, AddedLocation added) {
    ImageAttributes attributes = ImageAttributes.of(image);
    LocationDraft draft = locations.draft(image);
    draft.add(new Location(added.url(), Map.of()), added.digests(), attributes);
    images.update(
        caller.scope(),
        image.id(),
        new ImageChange(
            image.version(), attributes, quotas.storageOf(image.owner()), draft.toRelocation()));
  }

  /** Where an image's bytes are. */
  List<Location> list(Caller caller, String id) {
    Image image = show(caller, id);
    policy.require(caller, Rule.FETCH_IMAGE_LOCATION, image);
    return image.locations();
  }

  /** Removes an image's data from one of the stores that have it. */
  void removeFromStore(Caller caller, String store, String id) {
    if (!stores.isMultistore()) {
      throw new GlanceException(
          ErrorCode.NOT_FOUND, "Multi backend is not supported at this site.");
    }
    if (stores.named(store).isEmpty()) {
      throw new GlanceException(
          ErrorCode.CONFLICT, "The selected store " + store + " is not available on this node.");
    }
    for (int attempt = 1; ; attempt++) {
      Image image = show(caller, id);
      try {
        ImageChange change = withoutStore(caller, store, image);
        images.update(caller.scope(), image.id(), change);
        jobs.kick();
        return;
      } catch (GlanceException e) {
        if (e.code() != ErrorCode.VERSION_CONFLICT || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private ImageChange withoutStore(Caller caller, String store, Image image) {
    policy.require(caller, Rule.GET_IMAGE_LOCATION, image);
    policy.require(caller, Rule.DELETE_IMAGE_LOCATION, image);
    if (image.status() != ImageStatus.ACTIVE) {
      throw GlanceException.statusConflict(
          "It's not allowed to remove image data from store if image status is not 'active'");
    }
    if (image.locations().size() == 1) {
      throw GlanceException.forbidden(
          "Cannot delete image data from the only store containing it."
              + " Consider deleting the image instead.");
    }
    List<Location> left = new ArrayList<>(image.locations());
    Location found =
        left.stream()
            .filter(location -> locations.isIn(location, store))
            .findFirst()
            .orElseThrow(
                () ->
                    new GlanceException(
                        ErrorCode.NOT_FOUND,
                        "Image " + image.id() + " is not stored in store " + store + "."));
    locations.requireDeletable(List.of(found));
    left.remove(found);
    return new ImageChange(
        image.version(),
        ImageAttributes.of(image),
        null,
        new Relocation(left, null, null, null, null));
  }

  /** What is no id names no image; the registry need not be asked. */
  private Image show(Caller caller, String id) {
    if (ImageId.parse(id).isEmpty()) {
      throw GlanceException.imageNotFound(id);
    }
    return images.show(caller.scope(), id);
  }
}
