package dev.glance.api.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.glance.api.http.PatchMedia;
import dev.glance.api.http.RequestBody;
import dev.glance.api.store.StoresConfig;
import dev.glance.model.error.GlanceException;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.ByteArrayInputStream;

/** Whatever a client sends as the body of a PATCH, it is read or refused as the client's fault. */
class ImagePatchFuzzTest {
  private static final ImageSchema SCHEMA = schema();

  @FuzzTest
  void anyBodyIsReadOrRefused(byte[] body) {
    for (PatchMedia form : PatchMedia.values()) {
      readOrRefused(body, form);
    }
  }

  private static void readOrRefused(byte[] body, PatchMedia form) {
    try {
      ImagePatch patch =
          ImagePatch.of(RequestBody.json(new ByteArrayInputStream(body)), form, SCHEMA);
      assertThat(patch.isEmpty()).isEqualTo(new String(body, UTF_8).strip().matches("\\[\\s*]"));
    } catch (GlanceException e) {
      assertThat(e.code().status()).isBetween(400, 499);
    }
  }

  private static ImageSchema schema() {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(ImageConfig.class)
            .withMapping(StoresConfig.class)
            .build();
    return new ImageSchema(
        config.getConfigMapping(ImageConfig.class), config.getConfigMapping(StoresConfig.class));
  }
}
