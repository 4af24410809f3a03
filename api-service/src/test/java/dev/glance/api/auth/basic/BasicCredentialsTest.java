package dev.glance.api.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an Authorization header may look like. */
class BasicCredentialsTest {
  @Test
  void aPasswordMayHoldColonsAndMore() {
    assertThat(BasicCredentials.parse(header("jürgen:a:b 🔑", StandardCharsets.UTF_8)))
        .contains(new BasicCredentials("jürgen", "a:b 🔑"));
    assertThat(BasicCredentials.parse("bASIC  " + base64("a:", StandardCharsets.UTF_8)))
        .contains(new BasicCredentials("a", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YTpi\u0001",
        "Bearer YTpi",
        "YTpi",
        "Basic YTpi,YTpi",
        "Basic Y"
      })
  void whatIsMalformedIsNobodys(String header) {
    assertThat(BasicCredentials.parse(header)).isEmpty();
  }

  @Test
  void soIsWhatNobodyCouldBeCalled() {
    assertThat(BasicCredentials.parse(header("no colon", StandardCharsets.UTF_8))).isEmpty();
    assertThat(BasicCredentials.parse(header(":no name", StandardCharsets.UTF_8))).isEmpty();
    assertThat(BasicCredentials.parse(header("a\n:b", StandardCharsets.UTF_8))).isEmpty();
    assertThat(BasicCredentials.parse(header("a:b\0", StandardCharsets.UTF_8))).isEmpty();
    assertThat(BasicCredentials.parse(header("jürgen:b", StandardCharsets.ISO_8859_1))).isEmpty();
    assertThat(BasicCredentials.parse(header("a:" + "b".repeat(9000), StandardCharsets.UTF_8)))
        .isEmpty();
  }

  @Test
  void thePasswordIsNotPrinted() {
    assertThat(new BasicCredentials("a", "secret").toString()).isEqualTo("a");
  }

  private static String header(String text, Charset charset) {
    return "Basic " + base64(text, charset);
  }

  private static String base64(String text, Charset charset) {
    return Base64.getEncoder().encodeToString(text.getBytes(charset));
  }
}
