package dev.glance.api.data.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The inspector against images that the field's own tools make. */
class QemuImagesTest {
  private static final long DISK_BYTES = 64L << 20;

  @TempDir Path folder;

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "qcow2, compat=0.10, QCOW2",
    "qcow2, compat=1.1, QCOW2",
    "qcow2, 'cluster_size=2M,lazy_refcounts=on', QCOW2",
    "qed, cluster_size=65536, QED",
    "vdi, static=off, VDI",
    "vdi, static=on, VDI",
    "vhdx, subformat=dynamic, VHDX",
    "vhdx, subformat=fixed, VHDX",
    "vpc, 'subformat=dynamic,force_size=on', VHD",
    "vpc, 'subformat=fixed,force_size=on', VHD",
    "vmdk, subformat=monolithicSparse, VMDK",
    "vmdk, subformat=streamOptimized, VMDK"
  })
  void readsWhatQemuWrites(String format, String options, DetectedFormat detected)
      throws Exception {
    Path raw = folder.resolve("disk.raw");
    Files.write(raw, DiskHeaders.partitioned());
    run("qemu-img", "resize", "-q", "-f", "raw", raw.toString(), Long.toString(DISK_BYTES));
    Path image = folder.resolve("disk." + format);

    run(
        "qemu-img",
        "convert",
        "-f",
        "raw",
        "-O",
        format,
        "-o",
        options,
        raw.toString(),
        image.toString());

    assertThat(inspect(raw))
        .isEqualTo(new Inspection(DetectedFormat.GPT, OptionalLong.of(DISK_BYTES), DISK_BYTES));
    assertThat(inspect(image))
        .isEqualTo(new Inspection(detected, OptionalLong.of(DISK_BYTES), Files.size(image)));
  }

  @ParameterizedTest
  @CsvSource({"vpc", "vmdk", "qcow2"})
  void agreesWithQemuOnSizesThatItRounds(String format) throws Exception {
    Path image = folder.resolve("disk");
    run("qemu-img", "create", "-q", "-f", format, image.toString(), "123456789");

    String info = run("qemu-img", "info", "--output=json", "-f", format, image.toString());

    assertThat(info)
        .contains("\"virtual-size\": " + inspect(image).virtualSize().orElseThrow() + ",");
  }

  @Test
  void readsLuksVolumesOfQemu() throws Exception {
    Path image = folder.resolve("disk.luks");
    runOnceItCanTell(
        "qemu-img",
        "create",
        "-q",
        "--object",
        "secret,id=key,data=secret",
        "-f",
        "luks",
        "-o",
        "key-secret=key,iter-time=10",
        image.toString(),
        Long.toString(DISK_BYTES));

    assertThat(inspect(image))
        .isEqualTo(
            new Inspection(DetectedFormat.LUKS, OptionalLong.of(DISK_BYTES), Files.size(image)));
  }

  @Test
  void readsDiscs() throws Exception {
    Path content = Files.createDirectory(folder.resolve("content"));
    Files.writeString(content.resolve("meta-data"), "instance-id: i-1\n");
    Path image = folder.resolve("disc.iso");

    run("genisoimage", "-quiet", "-J", "-r", "-o", image.toString(), content.toString());

    long size = Files.size(image);
    assertThat(inspect(image))
        .isEqualTo(new Inspection(DetectedFormat.ISO, OptionalLong.of(size), size));
  }

  private static Inspection inspect(Path image) throws IOException {
    FormatInspector inspector = new FormatInspector();
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    try (FileChannel channel = FileChannel.open(image)) {
      while (channel.read(buffer.clear()) >= 0) {
        inspector.accept(buffer.flip());
      }
    }
    return inspector.finish();
  }

  /**
   * Runs qemu-img again while it says that it could not measure how fast it derives keys, which
   * happens by chance on a busy machine and says nothing of the image.
   */
  private static void runOnceItCanTell(String... command) throws Exception {
    for (int attempt = 1; ; attempt++) {
      try {
        run(command);
        return;
      } catch (AssertionError e) {
        if (attempt == 20 || !String.valueOf(e.getMessage()).contains("accurate CPU usage")) {
          throw e;
        }
      }
    }
  }

  private static String run(String... command) throws Exception {
    requireTool(command[0]);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
    return output;
  }

  /** Leaves the test out, by name, where the tool is missing; a failure where none may be. */
  private static void requireTool(String tool) {
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, tool))) {
        return;
      }
    }
    String message = tool + " is not installed";
    if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
      fail(message);
    }
    abort(message);
  }
}
