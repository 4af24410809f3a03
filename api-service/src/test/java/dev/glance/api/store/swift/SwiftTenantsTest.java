package dev.glance.api.store.swift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.Readers;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Tenant;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Images in the accounts of their projects, in a real Swift. The contract's uploads are made for no
 * project, and go to the account of the store's own user.
 */
class SwiftTenantsTest extends StoreContract {
  private static RealSwift swift;

  private final String container = "t-" + UUID.randomUUID();

  /** What the store's user sees, and a user of each of two projects. */
  private final SwiftClient reseller = client("service:reseller");

  private final SwiftAuth alices = auth("one:alice");
  private final SwiftClient alice = client("one:alice");

  @BeforeAll
  static void startSwift() throws IOException {
    swift = RealSwift.running();
  }

  private SwiftConfig config(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.put("user", "service:reseller");
    all.put("multi-tenant", "true");
    all.put("create-container-on-put", "false");
    all.put("admin-tenants", "service,ops");
    return swift.config(container, all);
  }

  private SwiftAuth auth(String user) {
    return new SwiftAuth("raw", config(Map.of()), user, "secret", HttpClient.newHttpClient());
  }

  private SwiftClient client(String user) {
    return new SwiftClient("raw", config(Map.of()), auth(user), HttpClient.newHttpClient());
  }

  @Override
  protected Store open() {
    return new SwiftStore("cloud", null, 0, config(Map.of()));
  }

  /** The containers and all that is in them; of the index only what it holds. */
  @Override
  protected long leftovers() {
    List<String> names = new ArrayList<>();
    for (SwiftClient account : List.of(reseller, alice)) {
      account.listContainers(
          container + "_",
          name -> {
            boolean isIndex = name.equals(container + "_index");
            if (!isIndex) {
              names.add(name);
            }
            account.list(name, "", object -> names.add(object.getString("name")));
          });
    }
    return names.size();
  }

  @Override
  protected long openHandles() {
    return ((SwiftStore) store).memoryInUse();
  }

  private String base() {
    return "swift+http://127.0.0.1:" + swift.port() + "/v1/AUTH_";
  }

  @Override
  protected StoreLocation absent() {
    String id = UUID.randomUUID().toString();
    return StoreLocation.of(base() + "one/" + container + "_" + id + "/" + id);
  }

  @Override
  protected Stream<String> foreignLocations() {
    String id = UUID.randomUUID().toString();
    String of = container + "_" + id;
    return Stream.of(
        "swift+https://127.0.0.1:" + swift.port() + "/v1/AUTH_one/" + of + "/" + id,
        "swift+http://127.0.0.1:1/v1/AUTH_one/" + of + "/" + id,
        "swift+http://127.0.0.1:" + swift.port() + "/v1/OTHER_one/" + of + "/" + id,
        base() + "one/" + of,
        base() + "one/" + of + "/",
        base() + "one/" + of + "/" + id + "/x",
        base() + "one/" + of + "/" + UUID.randomUUID(),
        base() + "one/" + of + "/" + id + "?x",
        base() + "one/" + container + "_index/" + id,
        base() + "one/secrets/" + id,
        base() + "../" + of + "/" + id,
        "x");
  }

  private StoreLocation put(UploadKey key, byte[] bytes, Tenant tenant) {
    try (Upload upload = store.upload(key, OptionalLong.empty(), tenant)) {
      upload.write(ByteBuffer.wrap(bytes));
      return upload.commit();
    }
  }

  private Tenant one() {
    return new Tenant("one", alices.session().token());
  }

  @Test
  void anImageIsInItsProjectsAccount() {
    UploadKey key = key();
    byte[] bytes = randomBytes(3 * BUFFER);

    StoreLocation at = put(key, bytes, one());

    String of = container + "_" + key.imageId();
    assertThat(at.uri()).hasToString(base() + "one/" + of + "/" + key.imageId());
    assertThat(
            alice
                .get(SwiftClient.path(of, key.imageId()), Map.of(), BodyHandlers.ofByteArray())
                .body())
        .isEqualTo(bytes);
    assertThat(readAll(at, 5, 10)).hasSize(10);
    assertThat(store.size(at)).hasValue(bytes.length);
    assertThat(listed())
        .singleElement()
        .matches(object -> object.at().equals(at) && object.bytes() == bytes.length);
    assertThat(store.delete(at)).isTrue();
    assertThat(leftovers()).isZero();
  }

  @Test
  void aUserCannotStoreAnythingInTheAccountOfAnotherProject() {
    assertThatThrownBy(
            () -> put(key(), randomBytes(1), new Tenant("two", alices.session().token())))
        .isInstanceOf(StoreException.Denied.class);
  }

  @Test
  void whatAnAttemptLeftIsFoundWithItsKeyAlone() {
    UploadKey key = key();
    Upload upload = store.upload(key, OptionalLong.empty(), one());
    upload.write(ByteBuffer.wrap(randomBytes(3 * BUFFER)));
    assertThat(leftovers()).isPositive();

    try (SwiftStore other = new SwiftStore("cloud", null, 0, config(Map.of()))) {
      other.discard(key);
      other.discard(key);
    }

    upload.close();
    assertThat(leftovers()).isZero();
  }

  @Test
  void anUploadGoesOnWhenTheUsersTokenEnds() {
    byte[] bytes = randomBytes(5 * BUFFER);
    StoreLocation at;
    try (Upload upload = store.upload(key(), OptionalLong.empty(), one())) {
      upload.write(ByteBuffer.wrap(bytes, 0, 2 * BUFFER));
      swift.forgetTokens();
      upload.write(ByteBuffer.wrap(bytes, 2 * BUFFER, 3 * BUFFER));
      at = upload.commit();
    }

    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    assertThat(store.delete(at)).isTrue();
  }

  @Test
  void accessListsSayWhoMayReadAndWrite() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(1), one());
    String of = container + "_" + key.imageId();
    assertThat(store.info().capabilities()).contains(Capability.SHARE);
    assertThat(header(of, "X-Container-Write")).hasValue("service:*,ops:*");
    assertThat(header(of, "X-Container-Read")).isEmpty();

    store.share(at, new Readers(false, List.of("two", "three")));
    assertThat(header(of, "X-Container-Read")).hasValue("two:*,three:*");
    store.share(at, new Readers(true, List.of("two")));
    assertThat(header(of, "X-Container-Read")).hasValue("*:*");
    store.share(at, new Readers(false, List.of()));
    assertThat(header(of, "X-Container-Read")).isEmpty();

    assertThat(header(of, "X-Container-Write")).hasValue("service:*,ops:*");
    store.delete(at);
    assertThatThrownBy(() -> store.share(at, new Readers(true, List.of())))
        .isInstanceOf(StoreException.NotFound.class);
  }

  private Optional<String> header(String of, String name) {
    HttpResponse<String> answer =
        alice.get(SwiftClient.path(of) + "?format=json", Map.of(), BodyHandlers.ofString());
    return answer.headers().firstValue(name);
  }

  @Test
  void imagesFromBeforeThereWereTenantsStayReadable() {
    byte[] bytes = randomBytes(10);
    try (SwiftStore single =
        new SwiftStore(
            "cloud", null, 0, swift.config(container, Map.of("user", "service:reseller")))) {
      StoreLocation at;
      try (Upload upload = single.upload(key(), OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes));
        at = upload.commit();
      }

      assertThat(readAll(at, 0, 10)).isEqualTo(bytes);
      store.share(at, new Readers(true, List.of()));
      assertThat(
              reseller
                  .get(
                      SwiftClient.path(container) + "?format=json",
                      Map.of(),
                      BodyHandlers.ofString())
                  .headers()
                  .firstValue("X-Container-Read"))
          .as("it holds other images too")
          .isEmpty();
      assertThat(store.delete(at)).isTrue();
    }
  }
}
