package dev.glance.api.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hashes that libcrypt made, and lines that htpasswd files may not hold. */
class PasswordHashTest {
  private static final byte[] PASSWORD = bytes("s3cret pässword");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$2y$04$abcdefghijklmnopqrstuuoiW3QYfm72YKyU.BkkE9BGjxWgLbzGK",
        "$2b$04$abcdefghijklmnopqrstuuoiW3QYfm72YKyU.BkkE9BGjxWgLbzGK",
        "$2a$04$abcdefghijklmnopqrstuuoiW3QYfm72YKyU.BkkE9BGjxWgLbzGK",
        "$5$th4SOb58gaYgOpe0$MvXYu5nutcFFtGBLd0fSmCbv8Hxb6amB1KWYFzRbeT/",
        "$6$rounds=1000$uj.tJ1S.ZhUb7d2v$UgJn1KTJ8ZfOhty4DTOHYad1IBGCe8dlY/7fBuajLIxjh7jbUi3SNme6.HOCCP1PEC7UnZQCM9TdaRvMhn4WO.",
      })
  void thePasswordMatchesAndNoOther(String text) {
    PasswordHash hash = PasswordHash.parse(text);

    assertThat(hash.matches(PASSWORD)).isTrue();
    assertThat(hash.matches(PASSWORD)).as("a second time").isTrue();
    assertThat(hash.matches(bytes("s3cret pässworD"))).isFalse();
    assertThat(hash.matches(bytes(""))).isFalse();
    assertThat(hash.matches(bytes("x".repeat(3000)))).isFalse();
    assertThat(hash.toString()).doesNotContain(text.substring(10));
  }

  @Test
  void aLongPasswordThatHtpasswdCutStillMatches() {
    PasswordHash hash =
        PasswordHash.parse("$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i");

    assertThat(hash.matches(bytes("x".repeat(100)))).isTrue();
  }

  @Test
  void whatIsMadeHereMatches() {
    PasswordHash hash = PasswordHash.parse(PasswordHash.make(PASSWORD, 4));

    assertThat(hash.matches(PASSWORD)).isTrue();
    assertThat(hash.kind()).isEqualTo("bcrypt, cost 4");
  }

  @ParameterizedTest
  @CsvSource({
    "correct horse, plain text",
    "$apr1$hZXWbTxW$vWoKrfXmsx2PIZ9bbpYm/1, MD5",
    "$1$abcdefgh$G4BBsUmKbqxGKrAWUsC4X1, MD5",
    "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=, SHA-1",
    "abTk71qDTQKMY, DES",
    "$y$j9T$abc$def, not known",
    "'', no password",
    "$2x$04$abcdefghijklmnopqrstuuoiW3QYfm72YKyU.BkkE9BGjxWgLbzGK, damaged",
    "$2y$04$abcdefghijklmnopqrstuuoiW3QYfm72YKyU, damaged",
    "$2y$31$abcdefghijklmnopqrstuuoiW3QYfm72YKyU.BkkE9BGjxWgLbzGK, cost",
    "$6$th4SOb58gaYgOpe0$MvXYu5nutcFFtGBLd0fSmCbv8Hxb6amB1KWYFzRbeT/, damaged",
    "$5$rounds=999999999$th4SOb58gaYgOpe0$MvXYu5nutcFFtGBLd0fSmCbv8Hxb6amB1KWYFzRbeT/, rounds",
  })
  void whatIsNoStrongHashIsRefusedWithAReason(String text, String reason) {
    assertThatThrownBy(() -> PasswordHash.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason)
        .satisfies(
            e -> {
              if (text.length() > 5) {
                assertThat(e.getMessage()).doesNotContain(text.substring(5));
              }
            });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
