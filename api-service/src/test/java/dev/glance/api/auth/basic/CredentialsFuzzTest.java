package dev.glance.api.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever stands in an {@code Authorization} header or in a password file. */
class CredentialsFuzzTest {
  @FuzzTest
  void anyHeaderNamesSomebodyOrNobody(FuzzedDataProvider data) {
    String header = (data.consumeBoolean() ? "Basic " : "") + data.consumeRemainingAsString();

    BasicCredentials.parse(header)
        .ifPresent(caller -> assertThat(caller.name()).isNotEmpty().doesNotContain(":"));
  }

  @FuzzTest
  void anyHashIsReadOrRefusedWithoutQuotingIt(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    try {
      assertThat(PasswordHash.parse(text).kind()).containsAnyOf("bcrypt", "crypt");
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage())
          .isNotBlank()
          .satisfies(reason -> assertThat(text.length() > 8 && reason.contains(text)).isFalse());
    }
  }
}
