package dev.glance.api.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** JSON pointers, for any name (API reference section 2.4). */
class PatchOpTest {
  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings()
        .withChars("ab~/01._: é")
        .ofMinLength(1)
        .map(String::strip)
        .filter(name -> !name.isEmpty());
  }

  @Property
  void everyNameHasAPointer(@ForAll("names") String name) {
    String escaped = name.replace("~", "~0").replace("/", "~1");

    assertThat(PatchOp.tokens("/" + escaped)).isEqualTo(List.of(name));
    assertThat(PatchOp.tokens("/ " + escaped + " ")).isEqualTo(List.of(name));
  }

  @Property
  void anyTextIsReadOrRefusedWith400(@ForAll String pointer) {
    try {
      assertThat(PatchOp.tokens(pointer)).isNotEmpty().doesNotContain("");
    } catch (GlanceException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
  }

  @Property
  void aSlashAtTheEndOrTwoInARowIsRefused(@ForAll("names") String name) {
    String escaped = name.replace("~", "~0").replace("/", "~1");

    for (String pointer : List.of("/" + escaped + "/", "//" + escaped, escaped)) {
      assertThatThrownBy(() -> PatchOp.tokens(pointer)).isInstanceOf(GlanceException.class);
    }
  }
}
