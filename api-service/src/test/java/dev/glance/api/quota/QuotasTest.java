package dev.glance.api.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Limits.StorageLimit;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotasTest {
  private static final Map<String, String> THREE =
      Map.of("image-tag-quota", "3", "image-property-quota", "3", "image-member-quota", "3");

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "7B, 7",
    "2KB, 2048",
    "2K, 2048",
    "3MB, 3145728",
    "200GB, 214748364800",
    "1TB, 1099511627776",
    "9223372036854775808, 9223372036854775807",
    "99999999999999TB, 9223372036854775807"
  })
  void storageQuotasHaveUnitsOf1024(String setting, long bytes) {
    assertThat(QuotaConfig.storageBytes(TestQuotas.config(Map.of("user-storage-quota", setting))))
        .isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1 GB", "1gb", "GB", "1PB", "1.5GB", "many"})
  void whatIsNoSizeIsFoundAtTheStart(String setting) {
    assertThat(
            QuotaConfig.findings(TestQuotas.config(Map.of("user-storage-quota", setting)), false))
        .singleElement()
        .asString()
        .contains("user-storage-quota", setting);
  }

  @Test
  void unifiedLimitsNeedAKeystoneThatShowsThem() {
    QuotaConfig config = TestQuotas.config(Map.of("use-keystone-limits", "true"));

    assertThat(QuotaConfig.findings(config, true)).isEmpty();
    assertThat(QuotaConfig.findings(config, false))
        .singleElement()
        .asString()
        .contains("system-scope");
  }

  @Test
  void storageIsLimitedByTheOwner() {
    Quotas quotas = TestQuotas.with(Map.of("user-storage-quota", "1KB"));

    assertThat(quotas.of("p"))
        .isEqualTo(new Limits("p", new StorageLimit("user_storage_quota", 1024), null, null));
    assertThat(quotas.of(null)).as("unowned").isNull();
    assertThat(TestQuotas.with(Map.of()).of("p")).isNull();
    assertThat(quotas.unified("p")).isEmpty();
  }

  @Test
  void unifiedLimitsCountInTheStorageQuotasPlace() {
    Quotas quotas =
        new Quotas(
            TestQuotas.config(Map.of("user-storage-quota", "1")),
            project -> new ProjectLimits(Map.of("image_size_total", 2L, "image_count_total", -1L)));

    assertThat(quotas.of("p"))
        .isEqualTo(new Limits("p", new StorageLimit("image_size_total", 2 << 20), null, 0L));
  }

  @Test
  void limitsBeyondAllBytesAreThoseOfAllBytes() {
    Limits limits =
        new ProjectLimits(Map.of("image_size_total", Long.MAX_VALUE, "image_count_uploading", -1L))
            .toLimits("p");

    assertThat(Objects.requireNonNull(limits.storage()).bytes())
        .isGreaterThan(Long.MAX_VALUE - (1 << 20));
    assertThat(limits.uploading()).isNull();
    assertThat(limits.images()).as("unregistered").isZero();
  }

  @Test
  void aNewImageHasNoMorePartsThanItMay() {
    Quotas quotas = TestQuotas.with(THREE);

    quotas.requireNew(attributes(3, 3));
    assertRefused(() -> quotas.requireNew(attributes(4, 0)));
    assertRefused(() -> quotas.requireNew(attributes(0, 4)));
    assertThat(quotas.members()).isEqualTo(3);
  }

  @Test
  void theServicesOwnPropertiesDoNotCount() {
    Map<String, String> properties = new HashMap<>(attributes(0, 3).properties());
    properties.put("os_glance_importing_to_stores", "fast");

    TestQuotas.with(THREE)
        .requireNew(
            new ImageAttributes(
                "x",
                Visibility.SHARED,
                false,
                false,
                "p",
                List.of(),
                0,
                0,
                null,
                null,
                properties));
  }

  @Test
  void negativeQuotasAreNone() {
    Quotas quotas =
        TestQuotas.with(
            Map.of(
                "image-tag-quota", "-1", "image-property-quota", "-1", "image-member-quota", "-1"));

    quotas.requireNew(attributes(1000, 1000));
    assertThat(quotas.members()).isNull();
  }

  @Test
  void anImageAboveALoweredQuotaMayBeChangedAndLosePartsButGetNoneAdded() {
    Quotas quotas = TestQuotas.with(THREE);
    Image image = image(6, 6);

    quotas.requireChange(image, attributes(6, 6));
    quotas.requireChange(image, attributes(6, 5));
    quotas.requireChange(image, attributes(3, 6));
    assertRefused(() -> quotas.requireChange(image, attributes(6, 7)));
    assertRefused(() -> quotas.requireChange(image, attributes(5, 6)));
    quotas.requireChange(image(2, 2), attributes(3, 3));
    assertRefused(() -> quotas.requireChange(image(2, 2), attributes(2, 4)));
  }

  private static ImageAttributes attributes(int tags, int properties) {
    Map<String, String> values = new HashMap<>();
    IntStream.range(0, properties).forEach(i -> values.put("p" + i, "v"));
    return new ImageAttributes(
        "x",
        Visibility.SHARED,
        false,
        false,
        "p",
        IntStream.range(0, tags).mapToObj(i -> "t" + i).toList(),
        0,
        0,
        null,
        null,
        values);
  }

  private static Image image(int tags, int properties) {
    ImageAttributes attributes = attributes(tags, properties);
    return new Image(
        "id",
        "x",
        ImageStatus.QUEUED,
        Visibility.SHARED,
        false,
        false,
        "p",
        attributes.tags(),
        0,
        0,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Instant.EPOCH,
        Instant.EPOCH,
        attributes.properties(),
        List.of(),
        1);
  }

  private static void assertRefused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GlanceException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED));
  }
}
