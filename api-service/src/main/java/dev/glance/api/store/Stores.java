package dev.glance.api.store;

import dev.glance.api.net.UrlRules;
import dev.glance.api.store.StoresConfig.StoreConfig;
import dev.glance.api.store.file.FileConfig;
import dev.glance.api.store.file.FileStore;
import dev.glance.api.store.http.HttpStore;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.api.store.rbd.RbdConfig;
import dev.glance.api.store.rbd.RbdStore;
import dev.glance.api.store.s3.S3Config;
import dev.glance.api.store.s3.S3Store;
import dev.glance.api.store.swift.SwiftConfig;
import dev.glance.api.store.swift.SwiftStore;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The configured stores by name: the one place that knows the backends. Built once at the start;
 * thread-safe.
 *
 * <p>An operator who configures no store gets {@link #BUILT_IN}, upstream's single-store mode;
 * configuring any switches multistore on, which shows in the announced API versions and in the
 * locations' {@code store} metadata.
 */
public final class Stores implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Stores.class);

  /** The name of the file store that is there when none is configured. */
  public static final String BUILT_IN = "file";

  /** What the built-in store keeps free; the default of {@code FileConfig.reserve}. */
  private static final long BUILT_IN_RESERVE_BYTES = 512L << 20;

  /** The member of a location's metadata that names the store. */
  private static final String STORE = "store";

  private final Map<String, Store> stores;
  private final Store byDefault;
  private final boolean isMultistore;

  private Stores(Map<String, Store> stores, Store byDefault, boolean isMultistore) {
    this.stores = Collections.unmodifiableMap(stores);
    this.byDefault = byDefault;
    this.isMultistore = isMultistore;
  }

  /**
   * What is wrong with the configuration, a sentence each that names the property; empty when
   * {@link #open} may be called.
   */
  public static List<String> findings(StoresConfig config, Optional<String> defaultStore) {
    List<String> findings = new ArrayList<>();
    new TreeMap<>(config.stores())
        .forEach((name, store) -> findings.addAll(findings("glance.stores." + name, name, store)));
    defaultStore.ifPresentOrElse(
        name -> {
          boolean isKnown =
              config.stores().isEmpty() ? name.equals(BUILT_IN) : config.stores().containsKey(name);
          if (!isKnown) {
            findings.add("glance.api.default-store names " + name + ", which is not configured");
          }
        },
        () -> {
          if (config.stores().size() > 1) {
            findings.add("glance.api.default-store is required with more than one store");
          }
        });
    boolean isDefaultReadOnly =
        config.stores().entrySet().stream()
            .filter(store -> store.getKey().equals(defaultStore.orElse(store.getKey())))
            .anyMatch(store -> store.getValue().type().equals("http"));
    if (isDefaultReadOnly && (defaultStore.isPresent() || config.stores().size() == 1)) {
      findings.add(
          "the default store is of type http, which is read-only: glance.api.default-store must"
              + " name one that takes uploads");
    }
    return findings;
  }

  private static List<String> findings(String property, String name, StoreConfig store) {
    List<String> findings = new ArrayList<>();
    if (name.startsWith("os_glance_")) {
      findings.add(property + ": names that begin with os_glance_ are reserved");
    }
    switch (store.type()) {
      case "file" -> findings.addAll(FileConfig.findings(property + ".file", store.file()));
      case "http" -> {
        findings.addAll(UrlRules.findings(property + ".http", store.http()));
        if (store.http().retries() < 0 || store.http().retryDelay().isNegative()) {
          findings.add(property + ".http.retries and .retry-delay must be 0 or more");
        }
        store
            .http()
            .caCertificatesFile()
            .filter(file -> !Files.isReadable(file))
            .ifPresent(
                file ->
                    findings.add(
                        property
                            + ".http.ca-certificates-file names a file that cannot be read: "
                            + file));
      }
      case "memory" -> {}
      case "rbd" -> findings.addAll(RbdConfig.findings(property + ".rbd", store.rbd()));
      case "s3" -> findings.addAll(S3Config.findings(property + ".s3", store.s3()));
      case "swift" -> findings.addAll(SwiftConfig.findings(property + ".swift", store.swift()));
      case "cinder", "vmware" ->
          findings.add(
              property
                  + ".type is "
                  + store.type()
                  + ", which this service does not offer; the types are file, http, memory, rbd, s3"
                  + " and swift");
      default ->
          findings.add(
              property
                  + ".type is "
                  + store.type()
                  + ", which is unknown; the types are file, http, memory, rbd, s3 and swift");
    }
    return findings;
  }

  /**
   * Opens the configured stores, or the built-in one below the data directory.
   *
   * @throws StoreException when a store, or the directory of the only one, cannot be opened; those
   *     opened before are closed again
   * @throws IllegalArgumentException when there are {@link #findings}
   */
  public static Stores open(
      StoresConfig config, Optional<String> defaultStore, Path dataDirectory) {
    List<String> findings = findings(config, defaultStore);
    if (!findings.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", findings));
    }
    if (config.stores().isEmpty()) {
      Store builtIn =
          new FileStore(BUILT_IN, null, 0, dataDirectory.resolve("images"), BUILT_IN_RESERVE_BYTES);
      look(builtIn, true);
      return single(builtIn);
    }
    Map<String, Store> stores = new LinkedHashMap<>();
    try {
      new TreeMap<>(config.stores()).forEach((name, store) -> stores.put(name, open(name, store)));
    } catch (RuntimeException e) {
      stores.values().forEach(Store::close);
      throw e;
    }
    stores.values().forEach(store -> look(store, stores.size() == 1));
    return of(stores.values(), defaultStore.orElseGet(() -> stores.keySet().iterator().next()));
  }

  /**
   * Looks whether directories can be used. The only store must from the start, unless it merely
   * does not answer; of several one that cannot is tried again by readiness.
   */
  private static void look(Store store, boolean isOnly) {
    if (!store.info().type().equals("file")) {
      return;
    }
    try {
      store.check();
    } catch (StoreException e) {
      // What the file system said is final; one that said nothing may come back.
      boolean hasAnswered =
          !(e instanceof StoreException.Unavailable) || e.getCause() instanceof IOException;
      if (isOnly && hasAnswered) {
        store.close();
        throw e;
      }
      LOG.errorf("%s", e.getMessage());
    }
  }

  private static Store open(String name, StoreConfig store) {
    @Nullable String description = store.description().orElse(null);
    return switch (store.type()) {
      case "file" -> new FileStore(name, description, store.weight(), store.file());
      case "http" -> new HttpStore(name, description, store.weight(), store.http());
      case "memory" -> new MemoryStore(name, description, store.weight());
      case "rbd" -> new RbdStore(name, description, store.weight(), store.rbd());
      case "s3" -> new S3Store(name, description, store.weight(), store.s3());
      case "swift" -> new SwiftStore(name, description, store.weight(), store.swift());
      default -> throw new IllegalArgumentException("unknown store type " + store.type());
    };
  }

  /** One store, and multistore off. */
  public static Stores single(Store store) {
    return new Stores(Map.of(store.info().name(), store), store, false);
  }

  /** Several stores, and multistore on. */
  public static Stores of(Iterable<Store> stores, String byDefault) {
    Map<String, Store> byName = new LinkedHashMap<>();
    stores.forEach(store -> byName.put(store.info().name(), store));
    Store chosen = byName.get(byDefault);
    if (chosen == null) {
      throw new IllegalArgumentException("no store is named " + byDefault);
    }
    return new Stores(byName, chosen, true);
  }

  /** Whether the operator configured stores by name. */
  public boolean isMultistore() {
    return isMultistore;
  }

  /** All stores, by name. */
  public List<Store> all() {
    return List.copyOf(stores.values());
  }

  /** The store that takes an upload which names none. */
  public Store byDefault() {
    return byDefault;
  }

  /** Whether a store of this type is configured. */
  public boolean hasType(String type) {
    return stores.values().stream().anyMatch(store -> store.info().type().equals(type));
  }

  /** The store of this name, or empty when it is not configured here. */
  public Optional<Store> named(String name) {
    return Optional.ofNullable(stores.get(name));
  }

  /**
   * The store that takes an upload.
   *
   * @param name what the client asked for, or null for the default; without multistore it does not
   *     count
   * @throws GlanceException {@code INVALID_REQUEST} when there is no such store, {@code
   *     STORE_READ_ONLY} when it takes none
   */
  public Store forUpload(@Nullable String name) {
    if (name == null || !isMultistore) {
      return byDefault;
    }
    Store store =
        named(name)
            .orElseThrow(
                () -> GlanceException.invalid("Store for image upload not found: " + name));
    if (store.info().isReadOnly()) {
      throw new GlanceException(
          ErrorCode.STORE_READ_ONLY, "Store " + name + " is read-only and takes no image data.");
    }
    return store;
  }

  /** How the registry is to remember bytes that an upload put into a store. */
  public Location location(Store store, StoreLocation at) {
    Map<String, Object> metadata = new HashMap<>(store.metadata(at));
    if (isMultistore) {
      metadata.put(STORE, store.info().name());
    }
    return new Location(at.uri().toString(), metadata);
  }

  /**
   * The store that a location is in: with several stores the one its metadata names, unless another
   * and not that one says it holds it, as after a store's pool or account was replaced and the old
   * one was given a store of its own; for a location in the single-store form, which names none,
   * the one that says so. Empty when that is not configured on this node.
   */
  public Optional<Store> resolve(Location location) {
    if (isMultistore && location.metadata().get(STORE) instanceof String name) {
      Optional<Store> named = named(name);
      boolean isThere = named.filter(store -> !holds(store, location.url())).isEmpty();
      return isThere ? named : holding(location.url()).or(() -> named);
    }
    return holding(location.url());
  }

  /**
   * The store to read a location from: {@link #resolve}, or, where its metadata names one that is
   * not configured, the one that says it holds it, as upstream has it for stores that were renamed
   * (API reference section 6.3). Only for reading: on another node there may be a store of that
   * name, and what is here under the same path is not what the location means.
   */
  public Optional<Store> readable(Location location) {
    return resolve(location).or(() -> holding(location.url()));
  }

  /**
   * The name of the store that a location is in: as its metadata says, or, in the single-store
   * form, that of {@link #resolve}. Empty when neither says.
   */
  public Optional<String> nameOf(Location location) {
    return location.metadata().get(STORE) instanceof String name
        ? Optional.of(name)
        : resolve(location).map(store -> store.info().name());
  }

  /** The store that says it holds what is at a URL, by the URL alone; the heaviest of several. */
  public Optional<Store> holding(String url) {
    return stores.values().stream()
        .filter(store -> holds(store, url))
        .max(Comparator.comparingInt(store -> store.info().weight()));
  }

  /** One that is away and cannot say is passed over: the others serve. */
  private static boolean holds(Store store, String url) {
    try {
      return store.holds(StoreLocation.of(url));
    } catch (StoreException _) {
      return false;
    }
  }

  /**
   * The location that is best read from: the one in the heaviest store, the first of several. Of
   * stores that are not configured here the weight is 0.
   */
  public Optional<Location> best(List<Location> locations) {
    return locations.size() < 2
        ? locations.stream().findFirst()
        // min keeps the first of equals.
        : locations.stream().min(Comparator.comparingInt(location -> -weight(location)));
  }

  /** By name where there is one: a document shall not wait for a store. */
  private int weight(Location location) {
    Optional<Store> store =
        isMultistore && location.metadata().get(STORE) instanceof String name
            ? named(name)
            : holding(location.url());
    return store.map(found -> found.info().weight()).orElse(0);
  }

  @Override
  public void close() {
    stores.values().forEach(Store::close);
  }
}
