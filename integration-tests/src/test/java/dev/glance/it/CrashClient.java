package dev.glance.it;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A client that creates, uploads, downloads and deletes images of its own, one call after another,
 * and remembers what it was answered. A call that fails in whatever way is one without an
 * acknowledgement.
 */
final class CrashClient {
  /** Below, at and above a network buffer, a chunk and some chunks. */
  private static final int[] SIZES = {1, 5_000, 300_000, (1 << 20) + 1, 3 << 20, 6 << 20};

  private static final int PIECE = 128 << 10;
  private static final long PAUSE_MILLIS = 2;
  private static final int ENOUGH_IMAGES = 6;

  private final Images images;
  private final Random random;
  private final List<CrashImage> own = new CopyOnWriteArrayList<>();
  private final List<String> wrongDownloads = new CopyOnWriteArrayList<>();
  private volatile boolean isToStop;

  CrashClient(Images images, long seed) {
    this.images = images;
    this.random = new Random(seed);
  }

  /** Its images; those whose delete was acknowledged stay among them. */
  List<CrashImage> images() {
    return own;
  }

  /** Downloads that were answered in full with bytes that are not the image's. */
  List<String> wrongDownloads() {
    return wrongDownloads;
  }

  /** Calls on, until {@link #stop}. */
  void run() {
    isToStop = false;
    while (!isToStop) {
      try {
        step();
      } catch (UncheckedIOException | AssertionError _) {
        pause();
      }
    }
  }

  /** Lets {@link #run} end after the call that it is in. */
  void stop() {
    isToStop = true;
  }

  private void step() {
    List<CrashImage> stored =
        own.stream().filter(i -> !i.isDeleteAsked() && i.acknowledged().isPresent()).toList();
    Optional<CrashImage> empty =
        own.stream().filter(i -> !i.isDeleteAsked() && i.acknowledged().isEmpty()).findFirst();
    int choice = random.nextInt(10);
    if (stored.isEmpty() || (choice < 5 && stored.size() < ENOUGH_IMAGES)) {
      upload(empty.orElseGet(this::create));
    } else if (choice < 7) {
      download(stored.get(random.nextInt(stored.size())));
    } else {
      delete(stored.get(random.nextInt(stored.size())));
    }
  }

  private CrashImage create() {
    CrashImage image = new CrashImage(images.create("crash"));
    own.add(image);
    return image;
  }

  private void upload(CrashImage image) {
    byte[] bytes = new byte[SIZES[random.nextInt(SIZES.length)]];
    random.nextBytes(bytes);
    image.beginUpload(bytes);
    boolean isAcknowledged = false;
    try (SlowUpload upload = images.beginUpload(image.id, bytes.length)) {
      for (int at = 0; at < bytes.length; at += PIECE) {
        upload.send(Arrays.copyOfRange(bytes, at, Math.min(at + PIECE, bytes.length)));
        pause();
      }
      isAcknowledged = upload.answer() == 204;
    } finally {
      image.endUpload(isAcknowledged);
    }
  }

  private void download(CrashImage image) {
    HttpResponse<byte[]> response = images.download(image.id);
    if (response.statusCode() == 200
        && !image.acknowledged().equals(Optional.of(sha512(response.body())))) {
      wrongDownloads.add(image.id);
    }
  }

  private void delete(CrashImage image) {
    image.beginDelete();
    if (images.delete(image.id).statusCode() == 204) {
      image.endDelete();
    }
  }

  /** As slow as a network, so that every phase of an upload is met. */
  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static String sha512(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
