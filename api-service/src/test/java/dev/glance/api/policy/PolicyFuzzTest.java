package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.glance.api.policy.PropertyProtectionConfig.Format;

/** Whatever an operator's files say, they are read or refused with a reason. */
class PolicyFuzzTest {
  @FuzzTest
  void anyCheckIsReadOrRefused(FuzzedDataProvider data) {
    try {
      assertThat(CheckParser.parse(data.consumeRemainingAsString(), rule -> new Check.Never()))
          .isNotNull();
    } catch (PolicyException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @FuzzTest
  void anyProtectionFileIsReadOrRefused(FuzzedDataProvider data) {
    Format format = data.pickValue(Format.values());
    try {
      assertThat(ProtectionFile.parse(data.consumeRemainingAsString(), format)).isNotEmpty();
    } catch (PolicyException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
