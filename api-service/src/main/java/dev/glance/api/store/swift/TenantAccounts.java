package dev.glance.api.store.swift;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Tenant;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.UploadKey;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Each image in a container {@code <container>_<image id>} of its own in the account of the project
 * that uploaded it, located as {@code swift+https://<host>/v1/AUTH_<project>/<container>/<object>},
 * upstream's multi-tenant form. Locations in the store's own account, from before, stay readable.
 *
 * <p>The upload is made with the user's token, and all else with the store's own, whose user has to
 * be a reseller admin of Swift. Which project an upload went to is remembered in the store's own
 * account before anything is sent, by an empty object {@code <image id>/<project>} in {@code
 * <container>_index}: so any replica can find what an attempt left, and name all images.
 */
final class TenantAccounts implements Accounts {
  /** As Keystone and tempauth make them; whatever else there is could name another path. */
  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");

  private static final String[] NONE = {};

  private final String store;
  private final SwiftConfig config;
  private final Sessions sessions;
  private final SwiftClient own;
  private final OneAccount before;
  private final Clients clients;
  private final String index;

  /** Makes the client of an account. */
  interface Clients {
    /**
     * One whose requests go where the sessions say.
     *
     * @param makeContainer makes one that is missing for an object
     */
    SwiftClient of(Sessions sessions, BiConsumer<SwiftClient, String> makeContainer);
  }

  /**
   * The accounts beside the store's own.
   *
   * @param sessions those of the store's own user
   * @param before where images were before there were tenants
   */
  TenantAccounts(
      String store, SwiftConfig config, Sessions sessions, OneAccount before, Clients clients) {
    this.store = store;
    this.config = config;
    this.sessions = sessions;
    this.before = before;
    this.clients = clients;
    this.index = config.container() + "_index";
    this.own = clients.of(sessions, (client, name) -> client.createContainer(name, Map.of()));
  }

  /** What the URLs of all accounts begin with. */
  private String base() {
    String url = sessions.session().storageUrl();
    int end = url.lastIndexOf('/') + 1;
    if (!url.startsWith(config.resellerPrefix(), end)) {
      throw new StoreException.Unavailable(
          "store "
              + store
              + ": the URL of its account does not end in "
              + config.resellerPrefix()
              + "<project>, so those of other projects are unknown",
          null);
    }
    return url.substring(0, end) + config.resellerPrefix();
  }

  private String ownProject() {
    return sessions.session().storageUrl().substring(base().length());
  }

  private Home home(String project, @Nullable String token, String imageId) {
    String container = config.container() + "_" + imageId;
    TenantSessions there = new TenantSessions(sessions, base() + project, token);
    return new Home(
        clients.of(there, (client, _) -> create(client, imageId, project)), container, true);
  }

  @Override
  public Home begin(UploadKey key, @Nullable Tenant tenant) {
    String project = tenant == null ? ownProject() : tenant.project();
    if (!PROJECT.matcher(project).matches()) {
      throw new StoreException.Denied("store " + store + ": the project can have no account", null);
    }
    Home home = home(project, tenant == null ? null : tenant.token(), key.imageId());
    try {
      create(home.account(), key.imageId(), project);
    } catch (StoreException e) {
      forget(home, key.imageId(), project);
      throw e;
    }
    return home;
  }

  /**
   * Makes the container, and again where an attempt finds that it was removed since. What is in a
   * container can always be found.
   */
  private void create(SwiftClient account, String imageId, String project) {
    remember(imageId, project);
    account.createContainer(config.container() + "_" + imageId, writers());
  }

  private void remember(String imageId, String project) {
    own.put(index, marker(imageId, project), Map.of(), BodyPublishers::noBody);
  }

  /** An upload that began anew meanwhile has a container by now, and shall be found. */
  private void forget(Home home, String imageId, String project) {
    own.delete(marker(imageId, project));
    SwiftClient account = home(project, null, imageId).account();
    if (account.probe(home.container(), config.timeout()).statusCode() != 404) {
      remember(imageId, project);
    }
  }

  private String marker(String imageId, String project) {
    return SwiftClient.path(index, imageId + "/" + project);
  }

  /** Who may write to containers of images, the account's own users aside. */
  private Map<String, String> writers() {
    return config
        .adminTenants()
        .map(projects -> Map.of("X-Container-Write", SwiftStore.accessList(projects)))
        .orElse(Map.of());
  }

  @Override
  public List<Home> find(UploadKey key) {
    List<Home> homes = new ArrayList<>();
    String prefix = key.imageId() + "/";
    own.list(
        index,
        prefix,
        object ->
            homes.add(
                home(object.getString("name").substring(prefix.length()), null, key.imageId())));
    return homes;
  }

  /** The container goes when it is empty: another attempt may have something there. */
  @Override
  public void tidy(Home home) {
    if (home.isOfOneImage() && home.account().deleteContainer(home.container())) {
      forget(
          home,
          home.container().substring(config.container().length() + 1),
          home.account().storageUrl().substring(base().length()));
    }
  }

  @Override
  public StoreLocation at(Home home, String object) {
    return new StoreLocation(
        URI.create("swift+" + home.account().storageUrl() + home.path(object)));
  }

  /** Only containers of images: the store's user could read whatever is in Swift. */
  @Override
  public Optional<Place> place(StoreLocation at) {
    String uri = at.uri().toString();
    if (!uri.startsWith("swift+http://") && !uri.startsWith("swift+https://")) {
      return before.place(at);
    }
    String base = "swift+" + base();
    String[] names = uri.startsWith(base) ? uri.substring(base.length()).split("/", -1) : NONE;
    String prefix = SwiftClient.path(config.container() + "_").substring(1);
    if (names.length != 3
        || !PROJECT.matcher(names[0]).matches()
        || !names[1].startsWith(prefix)
        || !names[2].matches("[A-Za-z0-9.-]+")) {
      return before.place(at);
    }
    String imageId = names[1].substring(prefix.length());
    return ImageId.parse(imageId).isPresent() && names[2].startsWith(imageId)
        ? Optional.of(new Place(home(names[0], null, imageId), names[2]))
        : Optional.empty();
  }

  /** A reseller admin is told that no such project is there, and others are turned away. */
  @Override
  public void check(Duration limit) {
    String nobodys = base() + "0".repeat(32);
    try {
      clients
          .of(new TenantSessions(sessions, nobodys, null), (_, _) -> {})
          .probe(config.container(), limit);
    } catch (StoreException.Denied e) {
      throw new StoreException.Denied(
          "store " + store + ": its user is no reseller admin, so other accounts are closed to it",
          e);
    }
  }

  @Override
  public void list(Consumer<Home> each) {
    before.list(each);
    own.list(
        index,
        "",
        object -> {
          String[] names = object.getString("name").split("/", 2);
          each.accept(home(names[1], null, names[0]));
        });
  }
}
