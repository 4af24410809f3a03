package dev.glance.api.store.swift;

import dev.glance.api.net.CaCertificates;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Readers;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Tenant;
import dev.glance.api.store.TransferMemory;
import dev.glance.api.store.Upload;
import dev.glance.api.store.swift.Accounts.Home;
import dev.glance.api.store.swift.Accounts.Place;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.UploadKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each image as an object {@code <object name>}: all in {@link OneAccount}, or each in the
 * account of its project, see {@link TenantAccounts}.
 *
 * <p>Static large objects are written, dynamic ones read and deleted, too. Swift decides by the
 * time at which requests begin, so what was deleted cannot come back from a request that began
 * before.
 */
public final class SwiftStore implements Store {
  /** On a published object: which upload made it. */
  static final String UPLOAD_HEADER = "X-Object-Meta-Glance-Upload";

  /** On a manifest: how the names of what it joins begin. */
  static final String PARTS_HEADER = "X-Object-Meta-Glance-Parts";

  /** For looking whether Swift is there at all. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  private static final Pattern PUBLISHED_NAME = Pattern.compile("([^.]+)(?:\\.\\d+)?");
  private static final Pattern PART_NAME = Pattern.compile("((.{36})(?:\\.\\d+)?-).+");

  private final StoreInfo info;
  private final SwiftConfig config;
  private final HttpClient http;
  private final TransferMemory memory;
  private final Accounts accounts;

  /**
   * Makes the store; Swift is not asked for anything yet.
   *
   * @throws StoreException when a file that the settings name cannot be used
   */
  public SwiftStore(String name, @Nullable String description, int weight, SwiftConfig config) {
    this.config = config;
    this.info =
        new StoreInfo(
            name,
            "swift",
            description,
            weight,
            config.multiTenant()
                ? EnumSet.allOf(Capability.class)
                : EnumSet.complementOf(EnumSet.of(Capability.SHARE)),
            Map.of(
                "container",
                config.container(),
                "large_object_size",
                config.largeObjectChunkSize().asLongValue(),
                "large_object_chunk_size",
                config.largeObjectChunkSize().asLongValue()));
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .connectTimeout(config.timeout());
    config.cacert().ifPresent(file -> builder.sslContext(CaCertificates.context(file)));
    this.http = builder.build();
    this.memory = new TransferMemory(config.uploadBuffer().asLongValue());
    Sessions sessions = login(config.user().orElseThrow(), key(config));
    SwiftClient own = client(sessions);
    OneAccount one =
        new OneAccount(name, config, own, user -> client(login(user.getFirst(), user.getLast())));
    this.accounts =
        config.multiTenant() ? new TenantAccounts(name, config, sessions, one, this::client) : one;
  }

  private Sessions login(String user, String key) {
    return new SwiftAuth(info.name(), config, user, key, http);
  }

  private SwiftClient client(Sessions sessions) {
    return new SwiftClient(info.name(), config, sessions, http);
  }

  private SwiftClient client(Sessions sessions, BiConsumer<SwiftClient, String> makeContainer) {
    return new SwiftClient(info.name(), config, sessions, http, makeContainer);
  }

  private static String key(SwiftConfig config) {
    return config
        .keyFile()
        .map(
            file -> {
              try {
                return Files.readString(file).strip();
              } catch (IOException e) {
                throw new UncheckedIOException("the file " + file + " cannot be read", e);
              }
            })
        .or(config::key)
        .orElseThrow();
  }

  SwiftConfig config() {
    return config;
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  @Override
  public void check() {
    Duration limit = config.timeout().compareTo(SHORT) < 0 ? config.timeout() : SHORT;
    accounts.check(limit);
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    return new SwiftUpload(this, accounts.begin(key, null), memory, key);
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes, Tenant tenant) {
    return new SwiftUpload(this, accounts.begin(key, tenant), memory, key);
  }

  /**
   * By upstream's forms: every project, or some, whichever of their users asks. A container that
   * holds other images too stays as it is.
   */
  @Override
  public void share(StoreLocation at, Readers readers) {
    if (!config.multiTenant()) {
      Store.super.share(at, readers);
    }
    Home home = place(at).home();
    if (home.isOfOneImage()) {
      String list = readers.isEverybody() ? "*:*" : accessList(readers.projects());
      home.account().postContainer(home.container(), Map.of("X-Container-Read", list));
    }
  }

  static String accessList(List<String> projects) {
    return projects.stream().map(project -> project + ":*").collect(Collectors.joining(","));
  }

  /** What was published goes first: nobody shall read an image whose parts are disappearing. */
  @Override
  public void discard(UploadKey key) {
    accounts
        .find(key)
        .forEach(
            home -> {
              SwiftNames names = new SwiftNames(home.container(), key);
              deletePublished(home.account(), names);
              List<String> parts = new ArrayList<>();
              home.account()
                  .list(
                      home.container(),
                      names.prefix(),
                      object -> parts.add(home.path(object.getString("name"))));
              home.account().deleteAll(parts);
              tidy(home);
            });
  }

  /** Removes what was made for an attempt of which nothing is left. */
  void tidy(Home home) {
    accounts.tidy(home);
  }

  /** Removes the final name where it is this attempt's; the parts stay. */
  void deletePublished(SwiftClient account, SwiftNames names) {
    if (isPublishedBy(account, names)) {
      account.delete(names.path(names.published()));
    }
  }

  /** Whether the final name is there and this attempt's. */
  boolean isPublishedBy(SwiftClient account, SwiftNames names) {
    return header(account.head(names.path(names.published())), UPLOAD_HEADER)
        .filter(names.key().uploadId()::equals)
        .isPresent();
  }

  StoreLocation at(Home home, String object) {
    return accounts.at(home, object);
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    Place place = place(at);
    if (range.length() == 0) {
      requireFound(place.account().head(place.path()));
      return new ImageBytes.Stream(new ByteArrayInputStream(new byte[0]), 0);
    }
    return new ImageBytes.Stream(
        new SwiftDownload(info.name(), place.account(), place.path(), range, config).start(),
        range.length());
  }

  @Override
  public boolean holds(StoreLocation at) {
    return accounts.place(at).isPresent();
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    Place place = place(at);
    return requireFound(place.account().head(place.path()))
        .headers()
        .firstValueAsLong("Content-Length");
  }

  private HttpResponse<Void> requireFound(HttpResponse<Void> answer) {
    if (answer.statusCode() == 404) {
      throw new StoreException.NotFound("store " + info.name() + " holds nothing there", null);
    }
    return answer;
  }

  @Override
  public boolean delete(StoreLocation at) {
    Place place = place(at);
    return delete(place, place.account().head(place.path()));
  }

  /** Parts go first: of a deletion that fails half way the rest can still be found. */
  private boolean delete(Place place, HttpResponse<Void> found) {
    if (found.statusCode() == 404) {
      return false;
    }
    if (header(found, "X-Static-Large-Object").isPresent()) {
      List<String> parts = new ArrayList<>();
      addParts(place, place.path(), header(found, PARTS_HEADER), parts);
      place.account().deleteAll(parts);
    }
    header(found, "X-Object-Manifest")
        .ifPresent(manifest -> deleteDynamicParts(place.account(), manifest));
    boolean isDeleted = place.account().delete(place.path());
    accounts.tidy(place.home());
    return isDeleted;
  }

  /** By the manifest; radosgw shows none, so there by how the parts' names begin. */
  private static void addParts(
      Place place, String path, Optional<String> prefix, List<String> parts) {
    SwiftClient account = place.account();
    String text =
        account.get(path + "?multipart-manifest=get", Map.of(), BodyHandlers.ofString()).body();
    if (text.isEmpty() && prefix.isPresent()) {
      account.list(
          place.home().container(),
          prefix.get(),
          part -> parts.add(place.home().path(part.getString("name"))));
      return;
    }
    JsonArray manifest = new JsonArray(text);
    for (int i = 0; i < manifest.size(); i++) {
      JsonObject part = manifest.getJsonObject(i);
      String[] names = part.getString("name").split("/", 3);
      String partPath = SwiftClient.path(names[1], names[2]);
      if (part.getBoolean("sub_slo", false)) {
        addParts(place, partPath, Optional.empty(), parts);
      }
      parts.add(partPath);
    }
  }

  private static void deleteDynamicParts(SwiftClient account, String manifest) {
    String[] names = URLDecoder.decode(manifest, StandardCharsets.UTF_8).split("/", 2);
    if (names.length == 2 && !names[1].isEmpty()) {
      List<String> parts = new ArrayList<>();
      account.list(
          names[0],
          names[1],
          part -> parts.add(SwiftClient.path(names[0], part.getString("name"))));
      account.deleteAll(parts);
    }
  }

  /**
   * Parts of a published image are not named: they are the image. A part that no image has is what
   * an upload left, of this service or of upstream.
   */
  @Override
  public void list(Consumer<StoredObject> each) {
    accounts.list(home -> list(home, each));
  }

  private void list(Home home, Consumer<StoredObject> each) {
    Joined joined = new Joined(home);
    home.account()
        .list(
            home.container(),
            "",
            object -> {
              String name = object.getString("name");
              Matcher part = PART_NAME.matcher(name);
              UUID partOf = part.matches() ? ImageId.parse(part.group(2)).orElse(null) : null;
              if (partOf == null) {
                Matcher published = PUBLISHED_NAME.matcher(name);
                each.accept(
                    stored(
                        home,
                        object,
                        published.matches() ? ImageId.parse(published.group(1)).orElse(null) : null,
                        false));
              } else if (!joined.isJoined(part.group(2), part.group(1))) {
                each.accept(stored(home, object, partOf, true));
              }
            });
  }

  private StoredObject stored(
      Home home, JsonObject object, @Nullable UUID imageId, boolean isLeftover) {
    // In UTC; radosgw says so, and Swift does not.
    Instant changedAt =
        LocalDateTime.parse(object.getString("last_modified").replace("Z", ""))
            .toInstant(ZoneOffset.UTC)
            .truncatedTo(ChronoUnit.MILLIS);
    return new StoredObject(
        at(home, object.getString("name")),
        imageId,
        isLeftover,
        object.getLong("bytes"),
        changedAt,
        changedAt);
  }

  /** Whether a manifest joins parts, remembered for those that follow one another in a listing. */
  private static final class Joined {
    private final Home home;
    private String prefix = "";
    private boolean isJoined;

    Joined(Home home) {
      this.home = home;
    }

    boolean isJoined(String image, String partPrefix) {
      if (!prefix.equals(partPrefix)) {
        prefix = partPrefix;
        String fenced = partPrefix.substring(0, partPrefix.length() - 1);
        isJoined = joins(image) || (!fenced.equals(image) && joins(fenced));
      }
      return isJoined;
    }

    private boolean joins(String manifest) {
      HttpResponse<Void> head = home.account().head(home.path(manifest));
      return header(head, PARTS_HEADER).filter(prefix::equals).isPresent()
          || header(head, "X-Object-Manifest")
              .map(value -> URLDecoder.decode(value, StandardCharsets.UTF_8))
              .filter((home.container() + "/" + prefix)::equals)
              .isPresent();
    }
  }

  /** Swift has no conditional DELETE: what takes the name between look and deletion is lost. */
  @Override
  public boolean remove(StoredObject object) {
    Place place = place(object.at());
    HttpResponse<Void> found = place.account().head(place.path());
    Optional<Instant> changedAt = header(found, "X-Timestamp").map(SwiftStore::instant);
    return changedAt.filter(object.mark()::equals).isPresent() && delete(place, found);
  }

  /** Seconds since 1970, with digits that a listing may lack. */
  private static Instant instant(String seconds) {
    return Instant.ofEpochMilli(new BigDecimal(seconds).movePointRight(3).longValue());
  }

  private static Optional<String> header(HttpResponse<Void> answer, String name) {
    return answer.statusCode() == 404 ? Optional.empty() : answer.headers().firstValue(name);
  }

  private Place place(StoreLocation at) {
    return accounts
        .place(at)
        .orElseThrow(
            () ->
                new StoreException.BadLocation(
                    "the location is not of store " + info.name(), null));
  }

  /** Uploads and downloads under way fail. */
  @Override
  public void close() {
    http.shutdownNow();
  }

  /** How many pieces of memory uploads hold. */
  int memoryInUse() {
    return memory.used(config.uploadBuffer().asLongValue());
  }
}
