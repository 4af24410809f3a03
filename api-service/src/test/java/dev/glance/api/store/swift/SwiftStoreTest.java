package dev.glance.api.store.swift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Swift itself. */
class SwiftStoreTest extends SwiftStoreContract {
  private static final RealSwift SWIFT = RealSwift.running();

  SwiftStoreTest() {
    super(SWIFT);
  }

  @Test
  void aTokenThatEndsDuringAnUploadIsRenewed() {
    byte[] bytes = randomBytes(5 * BUFFER);
    StoreLocation at;
    try (Upload upload = store.upload(key(), OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(bytes, 0, 2 * BUFFER));
      SWIFT.forgetTokens();
      upload.write(ByteBuffer.wrap(bytes, 2 * BUFFER, 3 * BUFFER));
      SWIFT.forgetTokens();
      at = upload.commit();
    }
    SWIFT.forgetTokens();

    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    assertThat(store.delete(at)).isTrue();
  }
}
