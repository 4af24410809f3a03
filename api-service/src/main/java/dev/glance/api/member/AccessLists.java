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
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.Scope;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ProcessingException;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Tells the stores that have access lists who may read an image, whenever that or the image's
 * locations have changed (API reference section 2.12). The registry is asked again afterwards, and
 * the lists written again if it says something else by then: of two changes at once, neither may
 * end with what the other began with.
 */
@Singleton
public final class AccessLists {
  private static final Logger LOG = Logger.getLogger(AccessLists.class);

  /** By then others, who changed the image meanwhile, write what is right. */
  private static final int MOST_ROUNDS = 5;

  private final Stores stores;
  private final ImagesApi images;
  private final MembersApi members;

  private record Wanted(List<Location> locations, Readers readers) {}

  /** Asks the registry on the service's own behalf. */
  public AccessLists(Stores stores, ImagesApi images, MembersApi members) {
    this.stores = stores;
    this.images = images;
    this.members = members;
  }

  /**
   * Makes the stores' lists say what the registry says by now. What cannot be done is logged: the
   * change itself has been made.
   */
  public void renew(String imageId) {
    if (stores.all().stream().noneMatch(AccessLists::hasLists)) {
      return;
    }
    try {
      Wanted told = null;
      for (int round = 0; round < MOST_ROUNDS; round++) {
        Wanted wanted = wanted(imageId);
        if (wanted.equals(told)) {
          return;
        }
        wanted.locations().forEach(at -> share(imageId, at, wanted.readers()));
        told = wanted;
      }
    } catch (GlanceException | ProcessingException e) {
      boolean isGone = e instanceof GlanceException g && g.code() == ErrorCode.IMAGE_NOT_FOUND;
      if (!isGone) {
        LOG.errorf("who may read image %s could not be told to its stores: %s", imageId, e);
      }
    }
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

  private void share(String imageId, Location at, Readers readers) {
    try {
      stores.resolve(at).ifPresent(store -> store.share(StoreLocation.of(at.url()), readers));
    } catch (StoreException e) {
      LOG.errorf(
          "who may read image %s could not be told to its store: %s", imageId, e.getMessage());
    }
  }
}
