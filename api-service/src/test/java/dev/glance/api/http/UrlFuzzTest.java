package dev.glance.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/**
 * Whatever a client sends as a query: it is refused as bad UTF-8, or its next page asks for the
 * same.
 */
class UrlFuzzTest {
  @FuzzTest
  void anyQueryIsRefusedOrKeptByItsLinks(FuzzedDataProvider data) {
    // The HTTP decoder gives each raw byte as one character, and no white space.
    String raw =
        new String(data.consumeRemainingAsBytes(), StandardCharsets.ISO_8859_1)
            .replaceAll("[\\x00-\\x20#]", "");
    if (!UrlCheck.isUtf8("/v2/images?" + raw)) {
      return;
    }
    QueryString query = QueryString.of(raw);
    QueryString next = QueryString.of(query.next("/v2/images", "a b").split("\\?", 2)[1]);

    assertThat(next.get("marker")).isEqualTo("a b");
    assertThat(query.names().stream().filter(name -> !name.equals("marker")))
        .allSatisfy(name -> assertThat(next.all(name)).isEqualTo(query.all(name)));
  }
}
