package dev.glance.api.store.swift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Upload;
import dev.glance.api.store.UpstreamStore;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract, and what Swift's API promises besides, in a container of each test's own. */
abstract class SwiftStoreContract extends StoreContract {
  private final RealSwift swift;
  private final String container = "c " + UUID.randomUUID();

  /** The same account, seen past the store. */
  private final SwiftClient raw;

  SwiftStoreContract(RealSwift swift) {
    this.swift = swift;
    SwiftConfig config = config(Map.of());
    this.raw =
        new SwiftClient(
            "raw",
            config,
            new SwiftAuth("raw", config, swift.user(), "secret", HttpClient.newHttpClient()),
            HttpClient.newHttpClient());
  }

  @Override
  protected Store open() {
    return open(Map.of());
  }

  SwiftStore open(Map<String, String> more) {
    return new SwiftStore("cloud", null, 0, config(more));
  }

  private SwiftConfig config(Map<String, String> more) {
    return swift.config(container, more);
  }

  @Override
  protected long leftovers() {
    return names().size();
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    raw.list(container, "", object -> names.add(object.getString("name")));
    return names;
  }

  @Override
  protected long openHandles() {
    return ((SwiftStore) store).memoryInUse();
  }

  @Override
  protected StoreLocation absent() {
    return StoreLocation.of("swift+config://ref1/nowhere/nothing");
  }

  @Override
  protected Stream<String> foreignLocations() {
    String address = "127.0.0.1:" + swift.port();
    return Stream.of(
        "swift+config://ref2/glance/x",
        "swift+config://ref1/glance",
        "swift+config://ref1/glance/",
        "swift+config://ref1//x",
        "swift+config://ref1/glance/x/y",
        "swift+config://ref1/glance/%2e%2e",
        "swift+config://ref1/../x",
        "swift+http://" + address + "/auth/v1.0/glance/x",
        "swift+https://service%3Aglance:secret@" + address + "/auth/v1.0/glance/x",
        "swift+http://service%3Aglance:secret@127.0.0.1:1/auth/v1.0/glance/x",
        "swift+http://service%3Aglance:secret@evil@" + address + "/auth/v1.0/glance/x",
        "swift+http://service%3Aglance:secret@" + address + "/other/glance/x",
        "file:///glance/x",
        "x");
  }

  @Test
  void aLocationIsUpstreamsReferenceForm() {
    UploadKey key = key();

    StoreLocation at = put(key, randomBytes(1));

    assertThat(at.uri())
        .hasToString("swift+config://ref1/" + container.replace(" ", "%20") + "/" + key.imageId());
    assertThat(names()).containsExactly(key.imageId());
    store.delete(at);
  }

  /** In several parts, by both of upstream's forms: with the user in it, and with a reference. */
  @Test
  void whatUpstreamStoredIsReadAndDeleted(@TempDir Path folder) throws IOException {
    byte[] bytes = randomBytes((2 << 20) + 3);
    String user = UUID.randomUUID().toString();
    String reference = UUID.randomUUID().toString();
    String address = swift.authAddress();
    Path references =
        Files.writeString(
            folder.resolve("references"),
            "[ref1]\nuser = %s\nkey = secret\nauth_address = %s\nauth_version = 1\n"
                .formatted(swift.user(), address));
    String[] common = {
      "swift_store_auth_version=1",
      "swift_store_auth_address=" + address,
      "swift_store_user=" + swift.user(),
      "swift_store_key=secret",
      "swift_store_container=" + container,
      "swift_store_create_container_on_put=true",
      "swift_store_large_object_size=1",
      "swift_store_large_object_chunk_size=1"
    };
    String[] withReferences = Arrays.copyOf(common, common.length + 1);
    withReferences[common.length] = "swift_store_config_file=" + references;

    String url = UpstreamStore.write("swift+http", user, bytes, common);
    assertThat(url).startsWith("swift+http://").contains(":secret@");
    assertImage(url, user, bytes);
    url = UpstreamStore.write("swift+http", reference, bytes, withReferences);
    assertThat(url).isEqualTo("swift+config://ref1/" + container + "/" + reference);
    assertImage(url, reference, bytes);
  }

  @Test
  void oldLocationsAreReadWithTheCredentialsInThem() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(10));
    String user = swift.user().replace(":", "%3A");
    String form = "swift+http://" + user.replace("%", "%%") + ":%s@127.0.0.1:%d/auth/v1.0/%s/%s";
    String path = container.replace(" ", "%20");

    StoreLocation old =
        StoreLocation.of(form.formatted("secret", swift.port(), path, key.imageId()));
    StoreLocation wrong =
        StoreLocation.of(form.formatted("wrong", swift.port(), path, key.imageId()));

    assertThat(readAll(old, 2, 8)).isEqualTo(readAll(at, 2, 8));
    assertThatThrownBy(() -> store.size(wrong)).isInstanceOf(StoreException.Denied.class);
    assertThat(store.delete(old)).isTrue();
  }

  @Test
  void partsAreJoinedByManifestsOfManifestsWhereOneIsNotEnough() {
    try (SwiftStore small = open(Map.of("large-object-chunk-size", "100K"))) {
      byte[] bytes = randomBytes(27 * 100 * 1024 + 1);
      UploadKey key = key();
      StoreLocation at;
      try (Upload upload = small.upload(key, OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes));
        at = upload.commit();
      }

      assertThat(names()).filteredOn(name -> name.contains("-join-")).hasSize(8);
      assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
      assertThat(readAll(at, bytes.length - 100 * 1024 - 5L, 10)).hasSize(10);
      assertThat(listed()).singleElement().matches(object -> object.bytes() == bytes.length);
      assertThat(store.delete(at)).isTrue();
    }
  }

  @Test
  void upstreamsDynamicLargeObjectsAreReadListedAndDeleted() {
    UploadKey key = key();
    String id = key.imageId();
    byte[] bytes = randomBytes(30);
    for (int i = 0; i < 3; i++) {
      byte[] part = Arrays.copyOfRange(bytes, 10 * i, 10 * i + 10);
      rawPut("%s-%05d".formatted(id, i + 1), part, Map.of());
    }
    assertThat(listed()).hasSize(3).allMatch(StoredObject::isLeftover);
    rawPut(
        id,
        new byte[0],
        Map.of("X-Object-Manifest", container.replace(" ", "%20") + "/" + id + "-"));
    StoreLocation at = at(container, id);

    assertThat(store.size(at)).hasValue(30);
    assertThat(readAll(at, 0, 30)).isEqualTo(bytes);
    assertThat(readAll(at, 5, 20)).isEqualTo(Arrays.copyOfRange(bytes, 5, 25));
    assertThat(listed())
        .singleElement()
        .matches(object -> !object.isLeftover() && UUID.fromString(id).equals(object.imageId()));
    assertThat(store.delete(at)).isTrue();
  }

  @Test
  void anUploadThatWaitsForItsClientKeepsNobodyFromUploading() {
    byte[] bytes = randomBytes(3 * BUFFER);
    try (SwiftStore full = open(Map.of("large-object-chunk-size", "4M"));
        Upload waiting = full.upload(key(), OptionalLong.empty())) {
      waiting.write(ByteBuffer.wrap(randomBytes(4 * BUFFER)));
      assertThat(full.memoryInUse()).isEqualTo(4);
      StoreLocation at;
      try (Upload upload = full.upload(key(), OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes));
        at = upload.commit();
      }

      assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
      store.delete(at);
    }
  }

  @Test
  void anExhaustedQuotaIsAFullStoreAndLeavesNothing() {
    raw.put(container, SwiftClient.path(container), quota("500000"), BodyPublishers::noBody);

    assertThatThrownBy(() -> put(key(), randomBytes(3 * BUFFER)))
        .isInstanceOf(StoreException.Full.class);

    assertThat(leftovers()).isZero();
    raw.put(container, SwiftClient.path(container), quota(""), BodyPublishers::noBody);
  }

  private static StoreLocation at(String container, String object) {
    return StoreLocation.of("swift+config://ref1" + SwiftClient.path(container, object));
  }

  private static Map<String, String> quota(String bytes) {
    return Map.of("X-Container-Meta-Quota-Bytes", bytes);
  }

  @Test
  void aMissingContainerIsAFaultUnlessItMayBeMade() {
    try (SwiftStore strict = open(Map.of("create-container-on-put", "false"))) {
      store.check();
      assertThatThrownBy(strict::check)
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessageContaining(container);
      try (Upload upload = strict.upload(key(), OptionalLong.of(1))) {
        upload.write(ByteBuffer.wrap(new byte[1]));
        assertThatThrownBy(upload::commit)
            .isInstanceOf(StoreException.Unavailable.class)
            .hasMessageContaining(container);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "9, 10", "32, 36"})
  void imagesAreSpreadOverContainersByTheBeginningsOfTheirIds(int seed, int length) {
    UploadKey key = key();
    byte[] bytes = randomBytes(3 * BUFFER);
    String spread = container + "_" + key.imageId().substring(0, length);
    StoreLocation before = put(key(), randomBytes(1));
    try (SwiftStore many = open(Map.of("multiple-containers-seed", Integer.toString(seed)))) {
      many.check();
      StoreLocation at;
      try (Upload upload = many.upload(key, OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes));
        at = upload.commit();
      }

      assertThat(at).isEqualTo(at(spread, key.imageId()));
      assertThat(readAll(at, 0, bytes.length)).as("whatever the seed is").isEqualTo(bytes);
      List<StoreLocation> listed = new ArrayList<>();
      many.list(object -> listed.add(object.at()));
      assertThat(listed).containsExactlyInAnyOrder(before, at);
      many.discard(key);
      List<String> left = new ArrayList<>();
      raw.list(spread, "", object -> left.add(object.getString("name")));
      assertThat(left).isEmpty();
    }
    store.delete(before);
  }

  @Test
  void wrongCredentialsAreDenied() {
    try (SwiftStore stranger = open(Map.of("key", "wrong"))) {
      assertThatThrownBy(stranger::check).isInstanceOf(StoreException.Denied.class);
    }
    try (SwiftStore stranger = open(Map.of("user", "service:nobody"))) {
      assertThatThrownBy(stranger::check).isInstanceOf(StoreException.Denied.class);
    }
  }

  @Test
  void discardLeavesWhatAnotherAttemptPublished() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(2 * BUFFER));

    store.discard(again(key));

    assertThat(readAll(at, 0, 2 * BUFFER)).isEqualTo(randomBytes(2 * BUFFER));
    store.delete(at);
  }

  @Test
  void partsThatACrashLeftAreLeftoversAndDiscarded() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(2 * BUFFER));
    UploadKey dead = again(key);
    rawPut(dead.attemptName() + "-00001", randomBytes(10), Map.of());

    assertThat(listed())
        .filteredOn(StoredObject::isLeftover)
        .singleElement()
        .matches(object -> object.bytes() == 10)
        .matches(object -> UUID.fromString(key.imageId()).equals(object.imageId()));

    store.discard(dead);
    assertThat(listed()).singleElement().matches(object -> object.at().equals(at));
    store.delete(at);
  }

  @Test
  void anObjectThatIsNoneOfOursIsForeign() {
    rawPut("notes/read me.txt", randomBytes(3), Map.of());

    assertThat(listed())
        .singleElement()
        .matches(object -> object.imageId() == null && !object.isLeftover())
        .satisfies(object -> assertThat(store.remove(object)).isTrue());
  }

  private void rawPut(String name, byte[] bytes, Map<String, String> headers) {
    raw.put(
        container,
        SwiftClient.path(container, name),
        headers,
        () -> BodyPublishers.ofByteArray(bytes));
  }
}
