package dev.glance.api.member;

import dev.glance.api.store.Readers;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import dev.glance.model.image.Member;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.JobsApi;
import dev.glance.model.registry.JobsApi.ShareJob;
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.Scope;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ProcessingException;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Tells the stores that have access lists who may read an image, whenever that or the image's
 * locations have changed (API reference section 2.12). The registry is asked again afterwards, and
 * the lists written again if it says something else by then: of two changes at once, neither may
 * end with what the other began with.
 *
 * <p>Whoever makes a change that may take a right to read away calls {@link #expectChange} before
 * it, and {@link #renew} after each. Where a store is away, or this process ends between the two, a
 * job of the registry tells the stores. Upstream answers 500 then, though the change is made, and
 * leaves the lists as they were.
 */
@Singleton
public final class AccessLists {
  private static final Logger LOG = Logger.getLogger(AccessLists.class);

  /** By then others, who changed the image meanwhile, write what is right. */
  private static final int MOST_ROUNDS = 5;

  /** How long a caller waits for stores; a request to one that is silent takes minutes to fail. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Stores stores;
  private final ImagesApi images;
  private final MembersApi members;
  private final JobsApi jobs;

  private record Wanted(List<Location> locations, Readers readers) {}

  /** Asks the registry on the service's own behalf. */
  public AccessLists(Stores stores, ImagesApi images, MembersApi members, JobsApi jobs) {
    this.stores = stores;
    this.images = images;
    this.members = members;
    this.jobs = jobs;
  }

  /** From now on the lists of an image become what the registry says, whatever happens here. */
  public void expectChange(String imageId) {
    if (isNeeded()) {
      jobs.share(new ShareJob(imageId));
    }
  }

  /**
   * Makes the stores' lists say what the registry says by now. What cannot be done soon is left to
   * a job: the change itself has been made, and its caller waits.
   */
  public void renew(String imageId) {
    if (!isNeeded()) {
      return;
    }
    Thread teller = Thread.ofVirtual().start(() -> tellNowOrLater(imageId));
    try {
      if (!teller.join(PATIENCE)) {
        teller.interrupt();
      }
    } catch (InterruptedException _) {
      teller.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void tellNowOrLater(String imageId) {
    try {
      tell(imageId);
    } catch (StoreException | GlanceException | ProcessingException e) {
      LOG.warnf("who may read image %s could not be told to its stores yet: %s", imageId, e);
      // The registry is asked all the same when the patience is over.
      boolean _ = Thread.interrupted();
      try {
        expectChange(imageId);
      } catch (GlanceException | ProcessingException also) {
        LOG.errorf("nor could that be noted for later, image %s: %s", imageId, also);
      }
    }
  }

  /**
   * Makes the stores' lists say what the registry says by now; nothing for an image that is gone.
   *
   * @throws StoreException when a store could not be told; the others were
   */
  public void tell(String imageId) {
    try {
      Wanted told = null;
      for (int round = 0; isNeeded() && round < MOST_ROUNDS; round++) {
        Wanted wanted = wanted(imageId);
        if (wanted.equals(told)) {
          return;
        }
        share(wanted);
        told = wanted;
      }
    } catch (GlanceException e) {
      if (e.code() != ErrorCode.IMAGE_NOT_FOUND) {
        throw e;
      }
    }
  }

  private boolean isNeeded() {
    return stores.all().stream().anyMatch(AccessLists::hasLists);
  }

  private static boolean hasLists(Store store) {
    return store.info().capabilities().contains(Capability.SHARE);
  }

  /** Upstream's rule: who may see a community image may read it. */
  private Wanted wanted(String imageId) {
    Image image = images.show(Scope.service(), imageId);
    List<Location> shared =
        image.locations().stream()
            .filter(at -> stores.resolve(at).filter(AccessLists::hasLists).isPresent())
            .toList();
    boolean isEverybody =
        image.visibility() == Visibility.PUBLIC || image.visibility() == Visibility.COMMUNITY;
    List<String> projects =
        shared.isEmpty() || image.visibility() != Visibility.SHARED
            ? List.of()
            : members.list(Scope.service(), imageId).stream().map(Member::project).toList();
    return new Wanted(shared, new Readers(isEverybody, projects));
  }

  private void share(Wanted wanted) {
    StoreException failure = null;
    for (Location at : wanted.locations()) {
      try {
        stores
            .resolve(at)
            .ifPresent(store -> store.share(StoreLocation.of(at.url()), wanted.readers()));
      } catch (StoreException.NotFound _) {
        // Gone since the registry answered: nobody can read it.
      } catch (StoreException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
