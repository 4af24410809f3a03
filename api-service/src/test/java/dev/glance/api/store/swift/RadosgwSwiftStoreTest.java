package dev.glance.api.store.swift;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.Upload;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Ceph's radosgw, by its Swift API. */
class RadosgwSwiftStoreTest extends SwiftStoreContract {
  RadosgwSwiftStoreTest() {
    super(RealSwift.radosgw());
  }

  /** It takes no manifest for a part: an image ends where one manifest does. */
  @Override
  @Test
  void partsAreJoinedByManifestsOfManifestsWhereOneIsNotEnough() {
    try (SwiftStore small = open(Map.of("large-object-chunk-size", "100K"));
        Upload upload = small.upload(key(), OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(27 * 100 * 1024)));

      assertThatThrownBy(upload::commit).isInstanceOf(StoreException.Full.class);
    }
  }
}
