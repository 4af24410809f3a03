package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.it.ServiceProcess.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SIGKILL of glance-api while uploads into a store are at several points, from the first byte to
 * the commit. Parts of this store's objects should be of 1 MiB, and leases short.
 */
final class KilledUploads {
  private static final int SIZE = (6 << 20) + 1;
  private static final int[] SENT = {1, (2 << 20) + 1, 4 << 20, SIZE - 1};

  private static final int COMMITS = 4;
  private static final int COMMIT_TAKES_MILLIS = 200;

  /**
   * Ceph removes no image while a reader watches it, for half a minute after a killed one, and
   * every look into the store is a reader: a removal that is refused is tried again after 1, 2, 4 …
   * s.
   */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final Pattern OBJECTS = Pattern.compile(": (\\d+) objects looked at");

  private final Installation glance;
  private final Images images;
  private final String store;
  private final int begun;
  private final byte[] bytes = new byte[SIZE];
  private final List<String> ids = new ArrayList<>();

  /**
   * Uploads to this store, which must be the default and hold nothing.
   *
   * @param begun how many objects it lists when one upload has sent one byte and three of them more
   *     than a part
   */
  KilledUploads(Installation glance, String store, int begun) {
    this.begun = begun;
    this.glance = glance;
    this.images = glance.images();
    this.store = store;
    new Random(1).nextBytes(bytes);
  }

  /** Kills, starts again, and waits until each image is whole or has no byte in the store. */
  void leaveNothing() throws InterruptedException {
    Await.until(LIMIT, "the store is empty", () -> objects() == 0);
    List<SlowUpload> uploads = new ArrayList<>();
    for (int sent : SENT) {
      uploads.add(begin(sent));
    }
    Await.until(LIMIT, "parts are in the store", () -> objects() >= begun);
    for (int i = 0; i < COMMITS; i++) {
      uploads.add(begin(SIZE));
      Thread.sleep(COMMIT_TAKES_MILLIS / COMMITS);
    }
    glance.api().kill();
    uploads.forEach(SlowUpload::close);
    glance.start();

    for (String id : ids) {
      Await.until(
          LIMIT,
          id + " is queued or active",
          () -> List.of("queued", "active").contains(images.status(id)));
    }
    long active = ids.stream().filter(id -> images.status(id).equals("active")).count();
    Await.until(LIMIT, "only whole images are in the store", () -> objects() == active);
    for (String id : ids) {
      if (images.status(id).equals("queued")) {
        assertThat(images.upload(id, bytes).statusCode()).isEqualTo(204);
      }
      assertThat(images.download(id).body()).isEqualTo(bytes);
    }
    Outcome check = glance.api().command("store", "check", store, "--deep");
    assertThat(check.output()).endsWith("0 findings, 0 removed\n");
    ids.forEach(images::delete);
    Await.until(LIMIT, "the store is empty", () -> objects() == 0);
  }

  private SlowUpload begin(int sent) {
    String id = images.create("killed");
    ids.add(id);
    SlowUpload upload = images.beginUpload(id, SIZE);
    upload.send(Arrays.copyOf(bytes, sent));
    return upload;
  }

  /** How many images, parts and notes of uploads are in the store. */
  private int objects() {
    String output = glance.api().command("store", "check", store).output();
    Matcher count = OBJECTS.matcher(output);
    assertThat(count.find()).as(output).isTrue();
    return Integer.parseInt(count.group(1));
  }
}
