package dev.glance.api.store.swift;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Tenant;
import dev.glance.model.registry.UploadKey;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All images in the store's own account, in one container or, with a seed, in several, located as
 * {@code swift+config://<reference>/<container>/<object name>}. Older locations of the forms {@code
 * swift://}, {@code swift+http://} and {@code swift+https://project:user:key@address/…} are read
 * with the credentials that they hold, at the configured address only (API reference section 6.2).
 */
final class OneAccount implements Accounts {
  private static final Pattern ACCOUNT_URL =
      Pattern.compile("swift(\\+https?)?://([^@/]*):([^@/:]*)@(.+)/([^/]+)/([^/]+)");

  private final String store;
  private final SwiftConfig config;
  private final SwiftClient own;
  private final Function<List<String>, SwiftClient> login;

  /** The accounts of old locations. */
  private final Cache<List<String>, SwiftClient> others =
      Caffeine.newBuilder().maximumSize(100).build();

  /**
   * The store's account.
   *
   * @param login the account of another user, given with the password
   */
  OneAccount(
      String store,
      SwiftConfig config,
      SwiftClient own,
      Function<List<String>, SwiftClient> login) {
    this.store = store;
    this.config = config;
    this.own = own;
    this.login = login;
  }

  @Override
  public Home begin(UploadKey key, @Nullable Tenant tenant) {
    return home(key);
  }

  @Override
  public List<Home> find(UploadKey key) {
    return List.of(home(key));
  }

  private Home home(UploadKey key) {
    return new Home(own, container(key.imageId()), false);
  }

  @Override
  public void tidy(Home home) {
    // Nothing but the upload's own objects was made for it.
  }

  /**
   * Where an image is put: with a seed, the container of all whose ids begin alike; dashes are
   * there, but do not count.
   */
  private String container(String imageId) {
    int seed = config.multipleContainersSeed();
    if (seed == 0) {
      return config.container();
    }
    long dashes = imageId.substring(0, seed).chars().filter(each -> each == '-').count();
    return config.container() + "_" + imageId.substring(0, (int) (seed + dashes));
  }

  @Override
  public void check(Duration limit) {
    int status = own.probe(config.container(), limit).statusCode();
    if (status == 404 && config.multipleContainersSeed() == 0 && !config.createContainerOnPut()) {
      throw new StoreException.Unavailable(
          "store " + store + ": there is no container " + config.container(), null);
    }
  }

  @Override
  public void list(Consumer<Home> each) {
    each.accept(new Home(own, config.container(), false));
    int seed = config.multipleContainersSeed();
    if (seed > 0) {
      String prefix = config.container() + "_";
      own.listContainers(
          prefix,
          name -> {
            String suffix = name.substring(prefix.length());
            long dashes = suffix.chars().filter(letter -> letter == '-').count();
            if (suffix.matches("[0-9a-f-]+") && suffix.length() - dashes <= seed) {
              each.accept(new Home(own, name, false));
            }
          });
    }
  }

  @Override
  public StoreLocation at(Home home, String object) {
    return new StoreLocation(
        URI.create("swift+config://" + config.defaultSwiftReference() + home.path(object)));
  }

  @Override
  public Optional<Place> place(StoreLocation at) {
    URI uri = at.uri();
    if ("swift+config".equals(uri.getScheme())) {
      String[] names = String.valueOf(uri.getRawPath()).split("/", -1);
      return config.defaultSwiftReference().equals(uri.getRawAuthority())
              && names.length == 3
              && uri.getRawQuery() == null
          ? place(own, names[1], names[2])
          : Optional.empty();
    }
    Matcher old = ACCOUNT_URL.matcher(uri.toString());
    if (!old.matches() || !isAuthAddress(old.group(1), old.group(4))) {
      return Optional.empty();
    }
    List<String> user = List.of(decode(old.group(2)), decode(old.group(3)));
    return place(others.get(user, login), old.group(5), old.group(6));
  }

  /** Requests go to addresses that the operator has chosen only, not to those that users name. */
  private boolean isAuthAddress(@Nullable String protocol, String address) {
    String scheme = "+http".equals(protocol) ? "http" : "https";
    String own = config.authAddress().orElseThrow().toString().replaceFirst("/+$", "");
    return own.equals(scheme + "://" + address.replaceFirst("/+$", ""));
  }

  private static Optional<Place> place(SwiftClient account, String container, String object) {
    String name = decode(object);
    boolean isName = !name.isEmpty() && !name.equals(".") && !name.equals("..");
    String where = decode(container);
    boolean isContainer = !where.isEmpty() && !where.equals(".") && !where.equals("..");
    return isName && isContainer
        ? Optional.of(new Place(new Home(account, where, false), name))
        : Optional.empty();
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
