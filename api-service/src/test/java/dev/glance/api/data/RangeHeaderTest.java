package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.ByteRange;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeHeaderTest {
  private static final String TOO_BIG = "99999999999999999999999999";

  @Test
  void withoutHeadersAllIsAskedFor() {
    assertThat(RangeHeader.parse(null, null, 10)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "bytes=0-9, 0, 10",
    "bytes=3-5, 3, 3",
    "bytes=3-, 3, 7",
    "bytes=9-, 9, 1",
    "bytes=-4, 6, 4",
    "bytes=-10, 0, 10",
    "bytes=-11, 0, 10",
    "bytes=5-10, 5, 5",
    "bytes=5-" + TOO_BIG + ", 5, 5",
    "bytes=-" + TOO_BIG + ", 0, 10",
    "Bytes = 3 - 5, 3, 3",
    "' bytes=3-5 ', 3, 3"
  })
  void readsRanges(String header, long offset, long length) {
    assertThat(RangeHeader.parse(header, null, 10)).contains(new ByteRange(offset, length));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes 0-0/*, 0, 1",
    "bytes 3-5/*, 3, 3",
    "bytes 3-9/*, 3, 7",
    "bytes 3-5/10, 3, 3",
    "bytes 3-5/6, 3, 3",
    "bytes 3-14/20, 3, 7"
  })
  void readsTheContentRangeOfOldClients(String header, long offset, long length) {
    assertThat(RangeHeader.parse(null, header, 10)).contains(new ByteRange(offset, length));
  }

  @Test
  void rangeWins() {
    assertThat(RangeHeader.parse("bytes=1-1", "bytes 3-5/*", 10)).contains(new ByteRange(1, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-1,3-4", "bytes=0-,", ",", "lines=1,2"})
  void refusesSeveralRanges(String header) {
    assertThatThrownBy(() -> RangeHeader.parse(header, null, 10))
        .isInstanceOfSatisfying(
            GlanceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=-0",
        "bytes=a-b",
        "bytes=1",
        "bytes=1-2-3",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=1-+2",
        "bytes=0x1-2",
        "bytes=\u0661-\u0662",
        "bytes 1-2",
        "lines=1-2",
        "1-2",
        "bytes=5-4",
        "bytes=10-",
        "bytes=10-12",
        "bytes=" + TOO_BIG + "-"
      })
  void refusesRanges(String header) {
    assertRefused(header, null, 10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "bytes 3-10/*", "bytes 3-10/10", "bytes 3-5/5", "bytes 5-4/*", "bytes 10-10/20",
        "bytes */10", "bytes */*", "bytes 3-/10", "bytes -3/10", "bytes=3-5", "bytes3-5/*",
        "lines 3-5/*", "bytes 3-5", "bytes 3-5/", "bytes 3-5/x"
      })
  void refusesContentRanges(String header) {
    assertRefused(null, header, 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-1"})
  void nothingOfAnEmptyImageCanBeAskedFor(String header) {
    assertRefused(header, null, 0);
  }

  @Property
  void agreesWithCountingBytes(
      @ForAll @IntRange(max = 40) int size,
      @ForAll("edge") Optional<Integer> first,
      @ForAll("edge") Optional<Integer> last) {
    String header =
        "bytes="
            + first.map(String::valueOf).orElse("")
            + "-"
            + last.map(String::valueOf).orElse("");
    boolean isBackwards =
        first.isPresent() && last.isPresent() && last.orElseThrow() < first.orElseThrow();
    int[] wanted =
        IntStream.range(0, size)
            .filter(
                at ->
                    first.isPresent()
                        ? at >= first.orElseThrow() && at <= last.orElse(size)
                        : last.isPresent() && at >= size - last.orElseThrow())
            .toArray();

    if (isBackwards || wanted.length == 0) {
      assertRefused(header, null, size);
    } else {
      assertThat(RangeHeader.parse(header, null, size))
          .contains(new ByteRange(wanted[0], wanted.length));
    }
  }

  @Property
  void anyHeaderIsReadOrRefused(
      @ForAll("noise") String range,
      @ForAll("noise") String contentRange,
      @ForAll @IntRange(max = 40) int size) {
    assertReadOrRefused(range, null, size);
    assertReadOrRefused(null, contentRange, size);
  }

  @Provide
  Arbitrary<Optional<Integer>> edge() {
    return Arbitraries.integers().between(0, 45).optional();
  }

  @Provide
  Arbitrary<String> noise() {
    return Arbitraries.oneOf(
        Arbitraries.strings(),
        Arbitraries.of("bytes", "=", " ", "-", "/", "*", "0", "7", TOO_BIG, ",", "\t", "x")
            .list()
            .ofMaxSize(9)
            .map(parts -> String.join("", parts)));
  }

  private static void assertReadOrRefused(
      @Nullable String range, @Nullable String contentRange, long size) {
    try {
      RangeHeader.parse(range, contentRange, size)
          .ifPresent(
              part -> {
                assertThat(part.length()).isPositive();
                assertThat(part.last()).isLessThan(size);
              });
    } catch (GlanceException e) {
      assertThat(e.code()).isIn(ErrorCode.INVALID_REQUEST, ErrorCode.RANGE_NOT_SATISFIABLE);
    }
  }

  private static void assertRefused(
      @Nullable String range, @Nullable String contentRange, long size) {
    assertThatThrownBy(() -> RangeHeader.parse(range, contentRange, size))
        .isInstanceOfSatisfying(
            GlanceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.RANGE_NOT_SATISFIABLE));
  }
}
