package dev.glance.api.data.format;

import static dev.glance.api.data.format.DiskHeaders.VIRTUAL_SIZE;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FormatInspectorTest {
  private static final OptionalLong UNKNOWN = OptionalLong.empty();

  static Stream<Arguments> images() {
    OptionalLong known = OptionalLong.of(VIRTUAL_SIZE);
    return Stream.of(
        image("nothing", new byte[0], DetectedFormat.RAW, OptionalLong.of(0)),
        image("one byte", new byte[1], DetectedFormat.RAW, OptionalLong.of(1)),
        image("zeros", new byte[1_000_000], DetectedFormat.RAW, OptionalLong.of(1_000_000)),
        image("qcow2 v2", DiskHeaders.qcow2(2, VIRTUAL_SIZE), DetectedFormat.QCOW2, known),
        image("qcow2 v3", DiskHeaders.qcow2(3, VIRTUAL_SIZE), DetectedFormat.QCOW2, known),
        image("qcow", DiskHeaders.qcow2(1, VIRTUAL_SIZE), DetectedFormat.RAW, OptionalLong.of(512)),
        image("qcow2 of 2^64-1", DiskHeaders.qcow2(3, -1), DetectedFormat.QCOW2, UNKNOWN),
        image("qed", DiskHeaders.qed(VIRTUAL_SIZE), DetectedFormat.QED, known),
        image("dynamic vhd", DiskHeaders.vhdFooter(3, VIRTUAL_SIZE), DetectedFormat.VHD, known),
        image(
            "fixed vhd",
            DiskHeaders.fixedVhd(new byte[1536]),
            DetectedFormat.VHD,
            OptionalLong.of(1536)),
        image(
            "fixed vhd with partitions",
            DiskHeaders.fixedVhd(DiskHeaders.partitioned()),
            DetectedFormat.VHD,
            OptionalLong.of(4096)),
        image("vhdx", DiskHeaders.vhdx(1024 * 1024, VIRTUAL_SIZE), DetectedFormat.VHDX, known),
        image(
            "vhdx with its metadata in front",
            DiskHeaders.vhdx(64 * 1024, 1),
            DetectedFormat.VHDX,
            UNKNOWN),
        image(
            "vhdx with its metadata far out",
            DiskHeaders.vhdx(Long.MAX_VALUE - 8, 1),
            DetectedFormat.VHDX,
            UNKNOWN),
        image("vmdk", DiskHeaders.vmdk(VIRTUAL_SIZE / 512), DetectedFormat.VMDK, known),
        image("vmdk too big", DiskHeaders.vmdk(Long.MAX_VALUE), DetectedFormat.VMDK, UNKNOWN),
        image("vmdk descriptor", DiskHeaders.vmdkDescriptor(), DetectedFormat.VMDK, UNKNOWN),
        image("vdi", DiskHeaders.vdi(VIRTUAL_SIZE), DetectedFormat.VDI, known),
        image("iso", DiskHeaders.iso(), DetectedFormat.ISO, OptionalLong.of(65536)),
        image("hybrid iso", DiskHeaders.hybridIso(), DetectedFormat.ISO, OptionalLong.of(65536)),
        image("gpt", DiskHeaders.partitioned(), DetectedFormat.GPT, OptionalLong.of(4096)),
        image("file system", DiskHeaders.bootSector(), DetectedFormat.RAW, OptionalLong.of(4096)),
        image("luks1", DiskHeaders.luks1(4, 1000), DetectedFormat.LUKS, OptionalLong.of(1000)),
        image(
            "luks1 with a payload behind its end",
            Arrays.copyOf(DiskHeaders.luks1(4, 1000), 2000),
            DetectedFormat.LUKS,
            UNKNOWN),
        image(
            "luks2",
            luks2("{'segments':{'0':{'type':'crypt','offset':'16384','size':'dynamic'}}}"),
            DetectedFormat.LUKS,
            OptionalLong.of(20_000 - 16_384)),
        image(
            "luks2 of fixed size",
            luks2("{'segments':{'0':{'type':'crypt','offset':'16384','size':'512'}}}"),
            DetectedFormat.LUKS,
            OptionalLong.of(512)),
        image(
            "luks2 being re-encrypted",
            luks2("{'segments':{'0':{'offset':'16384','size':'512'},'1':{}}}"),
            DetectedFormat.LUKS,
            UNKNOWN),
        image("luks2 without segments", luks2("{}"), DetectedFormat.LUKS, UNKNOWN),
        image("luks2 with other text", luks2("{'segm"), DetectedFormat.LUKS, UNKNOWN),
        image(
            "luks2 with an absurd offset",
            luks2("{'segments':{'0':{'offset':'-1','size':'dynamic'}}}"),
            DetectedFormat.LUKS,
            UNKNOWN),
        image(
            "luks2 with a header of 2^63 bytes",
            DiskHeaders.luks2(Long.MIN_VALUE, "{}", 20_000),
            DetectedFormat.LUKS,
            UNKNOWN),
        image("qcow2 and iso", qcow2AndIso(), DetectedFormat.AMBIGUOUS, UNKNOWN),
        image(
            "qcow2 and fixed vhd",
            DiskHeaders.fixedVhd(DiskHeaders.qcow2(3, VIRTUAL_SIZE)),
            DetectedFormat.AMBIGUOUS,
            UNKNOWN));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("images")
  void tellsFormatAndSize(String name, byte[] image, DetectedFormat format, OptionalLong size) {
    assertThat(inspect(image)).isEqualTo(new Inspection(format, size, image.length));
  }

  @Property(tries = 300)
  void chunksDoNotMatter(
      @ForAll("anyImage") byte[] image, @ForAll("cuts") int[] chunks, @ForAll boolean isDirect) {
    FormatInspector inspector = new FormatInspector();
    int position = 0;
    for (int i = 0; position < image.length; i++) {
      int length = Math.min(chunks[i % chunks.length], image.length - position);
      ByteBuffer chunk = isDirect ? ByteBuffer.allocateDirect(length + 3) : allocate(length + 3);
      chunk.put(2, image, position, length).position(2).limit(2 + length);
      inspector.accept(chunk);
      assertThat(chunk.remaining()).isEqualTo(length);
      position += length;
    }

    assertThat(inspector.finish()).isEqualTo(inspect(image));
  }

  @Property(tries = 2000)
  void hostileBytesAreJustAnotherFormat(
      @ForAll("anyImage") byte[] image, @ForAll("damage") int[] damage, @ForAll byte value) {
    byte[] damaged = image.clone();
    for (int at : damage) {
      if (at < damaged.length) {
        damaged[at] = (byte) (value + at);
      }
    }

    Inspection inspection = inspect(damaged);

    assertThat(inspection.sizeBytes()).isEqualTo(image.length);
    inspection.virtualSize().ifPresent(size -> assertThat(size).isNotNegative());
  }

  @Property(tries = 300)
  void randomBytesNeverThrow(@ForAll byte[] bytes) {
    assertThat(inspect(bytes).sizeBytes()).isEqualTo(bytes.length);
  }

  @Property(tries = 200)
  void truncatedImagesNeverThrow(@ForAll("anyImage") byte[] image, @ForAll("cuts") int[] cuts) {
    byte[] truncated = Arrays.copyOf(image, Math.min(cuts[0], image.length));

    assertThat(inspect(truncated).sizeBytes()).isEqualTo(truncated.length);
  }

  @Test
  void isNotHurriedByAnEndlessStream() {
    FormatInspector inspector = new FormatInspector();
    inspector.accept(ByteBuffer.wrap(DiskHeaders.qcow2(3, VIRTUAL_SIZE)));
    ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);

    // One tebibyte, in far less time than the bytes could even be looked at.
    for (int i = 0; i < 1 << 20; i++) {
      inspector.accept(zeros);
    }

    assertThat(inspector.finish())
        .isEqualTo(
            new Inspection(DetectedFormat.QCOW2, OptionalLong.of(VIRTUAL_SIZE), (1L << 40) + 512));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "unknown",
      textBlock =
          """
          QCOW2, qcow2,  bare,   700
          QCOW2, raw,    bare,   100
          QCOW2, vmdk,   bare,   unknown
          QCOW2, qcow2,  ovf,    unknown
          QCOW2, raw,    docker, unknown
          QCOW2, ami,    bare,   unknown
          RAW,   raw,    bare,   100
          RAW,   qcow2,  bare,   unknown
          RAW,   iso,    bare,   unknown
          RAW,   ami,    bare,   100
          RAW,   ami,    ami,    unknown
          RAW,   ploop,  bare,   100
          GPT,   raw,    bare,   100
          ISO,   iso,    bare,   100
          VHD,   vhd,    bare,   700
          AMBIGUOUS, qcow2, bare, unknown
          """)
  void virtualSizeIsThatOfTheDeclaredFormat(
      DetectedFormat found, String diskFormat, String containerFormat, Long expected) {
    boolean isPlain =
        switch (found) {
          case RAW, GPT, ISO -> true;
          default -> false;
        };
    OptionalLong size =
        found == DetectedFormat.AMBIGUOUS ? UNKNOWN : OptionalLong.of(isPlain ? 100 : 700);

    assertThat(new Inspection(found, size, 100).virtualSize(diskFormat, containerFormat))
        .isEqualTo(expected == null ? UNKNOWN : OptionalLong.of(expected));
  }

  /** API reference section 3.1: set only when it is not zero. */
  @ParameterizedTest
  @CsvSource({"RAW, raw, 0", "RAW, ami, 0", "VHD, vhd, 512"})
  void aDiskOfNoBytesHasNoVirtualSize(DetectedFormat found, String diskFormat, long bytes) {
    assertThat(new Inspection(found, OptionalLong.of(0), bytes).virtualSize(diskFormat, "bare"))
        .isEmpty();
  }

  @Provide
  Arbitrary<byte[]> anyImage() {
    return Arbitraries.of(images().map(image -> (byte[]) image.get()[1]).toList());
  }

  @Provide
  Arbitrary<int[]> cuts() {
    return Arbitraries.oneOf(
            Arbitraries.integers().between(1, 1000), Arbitraries.integers().between(1, 200_000))
        .array(int[].class)
        .ofMinSize(1)
        .ofMaxSize(8)
        .filter(chunks -> Arrays.stream(chunks).max().orElse(0) > 200);
  }

  @Provide
  Arbitrary<int[]> damage() {
    return Arbitraries.oneOf(
            Arbitraries.integers().between(0, 600),
            Arbitraries.integers().between(4096, 4400),
            Arbitraries.integers().between(192 * 1024, 192 * 1024 + 100),
            Arbitraries.integers().between(1024 * 1024, 1024 * 1024 + 100))
        .array(int[].class)
        .ofMaxSize(6);
  }

  private static Inspection inspect(byte[] image) {
    FormatInspector inspector = new FormatInspector();
    inspector.accept(ByteBuffer.wrap(image));
    return inspector.finish();
  }

  private static ByteBuffer allocate(int length) {
    return ByteBuffer.allocate(length);
  }

  private static Arguments image(
      String name, byte[] image, DetectedFormat format, OptionalLong size) {
    return Arguments.of(name, image, format, size);
  }

  private static byte[] luks2(String json) {
    return DiskHeaders.luks2(16_384, json.replace('\'', '"'), 20_000);
  }

  private static byte[] qcow2AndIso() {
    byte[] image = DiskHeaders.iso();
    System.arraycopy(DiskHeaders.qcow2(3, VIRTUAL_SIZE), 0, image, 0, 512);
    return image;
  }
}
