package dev.glance.api.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.file.FileStore;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Location;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoresTest {
  @TempDir Path folder;

  @Test
  void withNothingConfiguredThereIsOneFileStore() {
    try (Stores stores = Stores.open(config(Map.of()), Optional.empty(), folder)) {
      assertThat(stores.isMultistore()).isFalse();
      assertThat(stores.byDefault().info().name()).isEqualTo("file");
      assertThat(folder.resolve("images")).isDirectory();
      assertThat(stores.location(stores.byDefault(), StoreLocation.of("file:///x")))
          .isEqualTo(new Location("file:///x", Map.of()));
    }
  }

  @Test
  void everySettingHasItsName() {
    StoresConfig config =
        config(
            Map.of(
                "glance.stores.fast.type", "file",
                "glance.stores.fast.description", "the fast one",
                "glance.stores.fast.weight", "7",
                "glance.stores.fast.file.directory", folder.resolve("fast").toString(),
                "glance.stores.fast.file.reserve", "1M",
                "glance.stores.slow.type", "memory"));

    try (Stores stores = Stores.open(config, Optional.of("fast"), folder)) {
      assertThat(stores.isMultistore()).isTrue();
      StoreInfo info = stores.byDefault().info();
      assertThat(info.name()).isEqualTo("fast");
      assertThat(info.description()).isEqualTo("the fast one");
      assertThat(info.weight()).isEqualTo(7);
      assertThat(stores.all()).hasSize(2);
      assertThat(folder.resolve("fast")).isDirectory();
    }
    assertThat(config.stores())
        .hasEntrySatisfying(
            "slow", slow -> assertThat(slow.file().reserve().asLongValue()).isEqualTo(512L << 20));
  }

  /** Sizes in bytes, as upstream's detail call shows them. */
  @Test
  void propertiesHaveUpstreamsNames() {
    StoresConfig config =
        config(
            Map.of(
                "glance.stores.a.type", "swift",
                "glance.stores.a.swift.auth-address", "http://127.0.0.1:1/v3",
                "glance.stores.a.swift.user", "service:glance",
                "glance.stores.a.swift.key", "secret",
                "glance.stores.b.type", "s3",
                "glance.stores.b.s3.host", "http://127.0.0.1:1",
                "glance.stores.b.s3.bucket", "images",
                "glance.stores.b.s3.access-key", "glance",
                "glance.stores.b.s3.secret-key", "secret"));

    try (Stores stores = Stores.open(config, Optional.of("a"), folder)) {
      assertThat(stores.all().getFirst().info().properties())
          .isEqualTo(
              Map.of(
                  "container", "glance",
                  "large_object_size", 16L << 20,
                  "large_object_chunk_size", 16L << 20));
      assertThat(stores.all().getLast().info().properties())
          .isEqualTo(
              Map.of(
                  "s3_store_large_object_size", 16L << 20,
                  "s3_store_large_object_chunk_size", 16L << 20,
                  "s3_store_thread_pools", 4L));
    }
  }

  @Test
  void oneBadDirectoryStopsTheStartOnlyWhereThereIsNoOtherStore() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    String bad = file.resolve("images").toString();
    StoresConfig two =
        config(
            Map.of(
                "glance.stores.bad.type", "file",
                "glance.stores.bad.file.directory", bad,
                "glance.stores.good.type", "memory"));
    try (Stores stores = Stores.open(two, Optional.of("good"), folder)) {
      assertThatThrownBy(stores.named("bad").orElseThrow()::check)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(bad);
    }

    StoresConfig one =
        config(Map.of("glance.stores.bad.type", "file", "glance.stores.bad.file.directory", bad));
    assertThatThrownBy(() -> Stores.open(one, Optional.empty(), folder))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(bad);
  }

  @Test
  void everyContradictionIsNamed() {
    StoresConfig config =
        config(
            Map.of(
                "glance.stores.a.type", "file",
                "glance.stores.b.type", "cinder",
                "glance.stores.c.type", "vmware",
                "glance.stores.d.type", "tape",
                "glance.stores.os_glance_x.type", "memory"));

    assertThat(Stores.findings(config, Optional.empty()))
        .satisfiesExactlyInAnyOrder(
            each -> assertThat(each).contains("glance.stores.a.file.directory"),
            each -> assertThat(each).contains("glance.stores.b.type is cinder"),
            each -> assertThat(each).contains("glance.stores.c.type is vmware"),
            each -> assertThat(each).contains("glance.stores.d.type is tape"),
            each -> assertThat(each).contains("os_glance_x"),
            each -> assertThat(each).contains("glance.api.default-store is required"));
    assertThatThrownBy(() -> Stores.open(config, Optional.empty(), folder))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Stores.findings(config(Map.of()), Optional.of("moon")))
        .singleElement()
        .asString()
        .contains("moon");
  }

  @Test
  void aLocationIsReadWhereItsMetadataSays() {
    Store fast = new MemoryStore("fast", null, 1);
    Store slow = new MemoryStore("slow", null, 0);
    Stores stores = Stores.of(List.of(fast, slow), "fast");

    assertThat(stores.resolve(new Location("memory://slow/x", Map.of("store", "slow"))))
        .contains(slow);
    assertThat(stores.resolve(new Location("memory://fast/x", Map.of("store", "moon")))).isEmpty();
    assertThat(stores.resolve(new Location("memory://moon/x", Map.of()))).isEmpty();
    assertThat(stores.resolve(new Location("s3://bucket/x", Map.of()))).isEmpty();
    assertThat(stores.resolve(new Location("not a URI", Map.of()))).isEmpty();
    assertThat(stores.location(slow, StoreLocation.of("memory://slow/x")).metadata())
        .containsEntry("store", "slow");
  }

  @Test
  void aLocationFromSingleStoreTimesIsReadByTheStoreThatHoldsIt() {
    Path old = folder.resolve("old");
    Location location = new Location(old.resolve("x").toUri().toString(), Map.of());
    try (Stores stores =
        Stores.of(
            List.of(
                new FileStore("fast", null, 9, folder.resolve("fast"), 0),
                new FileStore("old", null, 0, old, 0)),
            "fast")) {
      assertThat(stores.resolve(location)).isEqualTo(stores.named("old")).isPresent();
    }
  }

  @Test
  void aLocationOfAPlaceThatItsStoreHasLeftIsReadByTheStoreThatHasThePlaceNow() {
    Path left = folder.resolve("left");
    String url = left.resolve("x").toUri().toString();
    try (Stores stores =
        Stores.of(
            List.of(
                new FileStore("fast", null, 9, folder.resolve("fast"), 0),
                new FileStore("before", null, 0, left, 0)),
            "fast")) {
      assertThat(stores.resolve(new Location(url, Map.of("store", "fast"))))
          .isEqualTo(stores.named("before"))
          .isPresent();
      String nobodys = folder.resolve("nobodys/x").toUri().toString();
      assertThat(stores.resolve(new Location(nobodys, Map.of("store", "fast"))))
          .isEqualTo(stores.named("fast"))
          .isPresent();
    }
  }

  @Test
  void aDirectoryWithCharactersThatUpstreamDoesNotEscapeIsRead() throws IOException {
    Path odd = folder.resolve("my images {100%}");
    try (Store store = new FileStore("odd", null, 0, odd, 0)) {
      store.check();
      Files.writeString(odd.resolve("x"), "image");

      assertThat(store.size(StoreLocation.of("file://" + odd + "/x"))).hasValue(5);
      assertThat(store.size(StoreLocation.of(odd.resolve("x").toUri().toString()))).hasValue(5);
    }
  }

  @Test
  void eachReferenceOfUpstreamsFileForSwiftIsAStore() {
    Map<String, String> settings = new HashMap<>();
    for (String reference : List.of("ref1", "ref2")) {
      settings.put("glance.stores." + reference + ".type", "swift");
      String swift = "glance.stores." + reference + ".swift.";
      settings.put(swift + "auth-address", "http://127.0.0.1:1/v3");
      settings.put(swift + "user", "service:" + reference);
      settings.put(swift + "key", "secret");
      settings.put(swift + "default-swift-reference", reference);
    }

    try (Stores stores = Stores.open(config(settings), Optional.of("ref1"), folder)) {
      String url = "swift+config://ref2/glance/" + UUID.randomUUID();
      for (Map<String, Object> metadata :
          List.<Map<String, Object>>of(Map.of(), Map.of("store", "ref1"))) {
        assertThat(stores.resolve(new Location(url, metadata)))
            .isEqualTo(stores.named("ref2"))
            .isPresent();
      }
    }
  }

  @Test
  void aStoreThatWasRenamedIsReadButNothingIsDeletedInIt() {
    Store fast = new MemoryStore("fast", null, 0);
    Stores stores = Stores.of(List.of(fast), "fast");
    Location location = new Location("memory://fast/x", Map.of("store", "swift-of-old"));

    assertThat(stores.readable(location)).contains(fast);
    assertThat(stores.resolve(location)).as("where a deletion goes").isEmpty();
    assertThat(stores.readable(new Location("memory://moon/x", Map.of("store", "moon")))).isEmpty();
  }

  @Test
  void aLocationFromSingleStoreTimesIsNamedByTheStoreThatHoldsIt() {
    Stores stores = Stores.of(List.of(new MemoryStore("fast", null, 0)), "fast");

    assertThat(stores.nameOf(new Location("memory://fast/x", Map.of()))).contains("fast");
    assertThat(stores.nameOf(new Location("memory://fast/x", Map.of("store", "edge"))))
        .contains("edge");
    assertThat(stores.nameOf(new Location("memory://moon/x", Map.of()))).isEmpty();
  }

  @Test
  void anUploadNamesAStoreOrTakesTheDefault() {
    Store fast = new MemoryStore("fast", null, 0);
    Stores stores = Stores.of(List.of(fast), "fast");

    assertThat(stores.forUpload(null)).isSameAs(fast);
    assertThat(stores.forUpload("fast")).isSameAs(fast);
    assertThatThrownBy(() -> stores.forUpload("moon"))
        .isInstanceOf(GlanceException.class)
        .hasMessageContaining("moon");
  }

  @Test
  void withoutMultistoreTheNameOfAStoreDoesNotCount() {
    Store only = new MemoryStore("only", null, 0);

    assertThat(Stores.single(only).forUpload("moon")).isSameAs(only);
  }

  private static StoresConfig config(Map<String, String> values) {
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withMapping(StoresConfig.class)
        .withDefaultValues(values)
        .build()
        .getConfigMapping(StoresConfig.class);
  }
}
