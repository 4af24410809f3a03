package dev.glance.api.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store of two directories, with permissions of its own and a metadata file. */
class FileDirectoriesTest extends StoreContract {
  @TempDir Path folder;

  @Override
  protected Store open() throws IOException {
    Files.writeString(
        folder.resolve("metadata.json"),
        """
        [{"id": "a", "mountpoint": "%s"}, {"id": "b", "mountpoint": "%s"}]
        """
            .formatted(first(), second()));
    Store opened =
        new FileStore(
            "nfs",
            null,
            0,
            FileSettings.of(
                "directories",
                first() + "," + second() + ":7",
                "file-perm",
                "0644",
                "metadata-file",
                folder.resolve("metadata.json").toString()));
    opened.check();
    return opened;
  }

  private Path first() {
    return folder.resolve("first");
  }

  private Path second() {
    return folder.resolve("second");
  }

  @Override
  protected long leftovers() throws IOException {
    Files.delete(folder.resolve("metadata.json"));
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> !Files.isDirectory(file)).count();
    }
  }

  @Override
  protected long openHandles() throws IOException {
    return openFilesBelow(folder);
  }

  @Override
  protected StoreLocation absent() {
    return new StoreLocation(first().resolve("nothing").toUri());
  }

  @Override
  protected Stream<String> foreignLocations() {
    return Stream.of(folder.resolve("nothing").toUri().toString(), first().toUri() + "../third/x");
  }

  @Test
  void theDirectoryWithTheHigherPriorityTakesImagesAndBothLendThem() throws IOException {
    StoreLocation at = put(key(), randomBytes(10));
    assertThat(Path.of(at.uri())).hasParent(second());
    Path old = Files.write(first().resolve("old"), randomBytes(5));

    assertThat(store.size(new StoreLocation(old.toUri()))).hasValue(5);
    assertThat(store.delete(new StoreLocation(old.toUri()))).isTrue();
    store.delete(at);
  }

  @Test
  void imagesHaveThePermissionsThatAreAskedForAndCanBeReached() throws IOException {
    Path image = Path.of(put(key(), randomBytes(10)).uri());

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image)))
        .isEqualTo("rw-r--r--");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(second())))
        .isEqualTo("rwxr-x--x");
    Files.delete(image);
  }

  @Test
  void aLocationSaysWhichMountPointItIsBelow() {
    StoreLocation at = put(key(), randomBytes(10));

    assertThat(store.metadata(at)).isEqualTo(Map.of("id", "b", "mountpoint", second().toString()));
    assertThat(store.metadata(absent())).containsEntry("id", "a");
    store.delete(at);
  }

  @Test
  void aNameThatIsTakenInAnotherDirectoryIsTaken() throws IOException {
    UploadKey key = key();
    Path other = Files.write(first().resolve(key.objectName()), randomBytes(5));

    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(10)));
      assertThatThrownBy(upload::commit).isInstanceOf(StoreException.AlreadyExists.class);
    }

    assertThat(other).hasSize(5);
    Files.delete(other);
  }

  @Test
  void discardFindsWhatAnAttemptHasLeftInEitherDirectory() throws IOException {
    UploadKey key = key();
    Path others = Files.write(second().resolve(key.objectName()), randomBytes(5));
    Files.write(first().resolve(".uploads/" + key.attemptName() + ".part"), randomBytes(5));

    store.discard(key);
    assertThat(others).as("of another attempt, as there was a part file").exists();

    store.discard(key);
    assertThat(others).doesNotExist();
  }

  @Test
  void aDirectoryThatCannotBeUsedIsNamedAndTheOthersServe() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    try (Store lame =
        new FileStore(
            "nfs", null, 0, FileSettings.of("directories", file.resolve("x") + ":9," + first()))) {
      lame.check();
      assertThat(lame.impairment().orElseThrow()).contains(file.resolve("x").toString());
      try (Upload upload = lame.upload(key(), OptionalLong.of(1))) {
        upload.write(ByteBuffer.wrap(randomBytes(1)));
        Path image = Path.of(upload.commit().uri());
        assertThat(image).hasParent(first());
        Files.delete(image);
      }
      Files.delete(file);
      lame.check();
      assertThat(lame.impairment()).isEmpty();
    }
  }

  @Test
  void everyContradictionIsNamed() throws IOException {
    Path noJson = Files.writeString(folder.resolve("no.json"), "{");
    Path noMount = Files.writeString(folder.resolve("no-mount.json"), "[{\"id\": \"x\"}]");

    assertThat(findings()).singleElement().asString().contains("s.directory or .directories");
    assertThat(findings("directory", "/a", "directories", "/b")).hasSize(1);
    assertThat(findings("directories", "/a:1,/b,/a/../a:2"))
        .singleElement()
        .asString()
        .contains("/a twice");
    assertThat(findings("directory", "/a", "file-perm", "044"))
        .singleElement()
        .asString()
        .contains("file-perm");
    assertThat(findings("directory", "/a", "file-perm", "0660")).isEmpty();
    assertThat(findings("directory", "/a", "timeout", "0s"))
        .singleElement()
        .asString()
        .contains("timeout");
    for (Path file : List.of(noJson, noMount, folder.resolve("missing"))) {
      assertThat(findings("directory", "/a", "metadata-file", file.toString()))
          .singleElement()
          .asString()
          .contains("metadata-file", file.toString());
    }
    Files.delete(noJson);
    Files.delete(noMount);
  }

  private static List<String> findings(String... settings) {
    return FileConfig.findings("s", FileSettings.of(settings));
  }
}
