package dev.glance.api.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ceph's radosgw, whose keys can be replaced while it runs. */
class S3FaultsTest extends S3FaultsContract {
  S3FaultsTest() {
    super(RealS3.radosgw());
  }

  @Test
  void credentialsThatAreReplacedDuringAnUploadAreRenewed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("credentials");
    writeKey(file, "first-" + bucket);
    byte[] bytes = bytes(6 * PART);
    try (S3Store store = store(Map.of("credentials-file", file.toString()))) {
      StoreLocation at;
      try (Upload upload = store.upload(key, OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes, 0, 3 * PART));
        writeKey(file, "second-" + bucket);
        s3.admin("key", "rm", "--uid=glance", "--access-key=first-" + bucket);
        upload.write(ByteBuffer.wrap(bytes, 3 * PART, 3 * PART));
        at = upload.commit();
      }

      assertThat(read(store, at, 0, bytes.length)).isEqualTo(bytes);
      store.delete(at);
      s3.admin("key", "rm", "--uid=glance", "--access-key=second-" + bucket);
    }
  }

  private void writeKey(Path file, String key) throws IOException {
    s3.admin("key", "create", "--uid=glance", "--access-key=" + key, "--secret-key=changing");
    Path other = file.resolveSibling("new");
    Files.writeString(
        other, "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = changing\n");
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  void limit() {
    s3.admin("quota", "set", "--quota-scope=bucket", "--bucket=" + bucket, "--max-size=50K");
    s3.admin("quota", "enable", "--quota-scope=bucket", "--bucket=" + bucket);
  }
}
