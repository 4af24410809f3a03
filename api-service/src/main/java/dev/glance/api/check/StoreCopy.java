package dev.glance.api.check;

import dev.glance.api.check.Finding.Kind;
import dev.glance.api.data.BadSource;
import dev.glance.api.data.ImageCopier;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.Stores;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code ./glance store copy}: one image, or all of a store, to another store. */
final class StoreCopy implements AutoCloseable {
  private static final int PAGE = 100;

  private static final Duration CLEAR_AWAY_WITHIN = Duration.ofSeconds(10);

  /** The image's id, or null for all of {@code from}. */
  private final @Nullable String imageId;

  private final @Nullable String from;
  private final Store to;
  private final InventoryClient inventory;
  private final CopyClient registry;
  private final ImageCopier copier;
  private final PrintStream out;
  private long copied;
  private long present;
  private long failed;
  private volatile boolean isToldToEnd;

  private StoreCopy(
      @Nullable String imageId,
      @Nullable String from,
      Store to,
      Stores stores,
      InventoryClient inventory,
      PrintStream out) {
    this.imageId = imageId;
    this.from = from;
    this.to = to;
    this.inventory = inventory;
    this.registry = new CopyClient(inventory.registry());
    this.copier = new ImageCopier(registry, stores);
    this.out = out;
  }

  /**
   * Reads the words after {@code copy}.
   *
   * @throws IllegalArgumentException with a sentence when they make no sense
   */
  static StoreCopy of(
      List<String> arguments, Stores stores, InventoryClient inventory, PrintStream out) {
    List<String> words = new ArrayList<>();
    @Nullable String from = null;
    @Nullable String to = null;
    boolean isAll = false;
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      switch (word) {
        case "--all" -> isAll = true;
        case "--from", "--to" -> {
          i++;
          if (i == arguments.size()) {
            throw new IllegalArgumentException(word + " takes the name of a store.");
          }
          Store store = named(stores, arguments.get(i));
          if (word.equals("--from")) {
            from = store.info().name();
          } else {
            to = store.info().name();
          }
        }
        default -> {
          if (word.startsWith("-")) {
            throw new IllegalArgumentException("copy does not know " + word + ".");
          }
          words.add(word);
        }
      }
    }
    if (to == null) {
      throw new IllegalArgumentException("copy takes --to and the name of a store.");
    }
    if (to.equals(from)) {
      throw new IllegalArgumentException("--from and --to name the same store.");
    }
    Store target = named(stores, to);
    if (target.info().isReadOnly()) {
      throw new IllegalArgumentException("store " + to + " is read-only.");
    }
    if (isAll ? !words.isEmpty() || from == null : words.size() != 1) {
      throw new IllegalArgumentException(
          "copy takes the id of an image, or --all and --from with the name of a store.");
    }
    @Nullable String id = isAll ? null : words.getFirst();
    if (id != null && ImageId.parse(id).isEmpty()) {
      throw new IllegalArgumentException(id + " is no image's id.");
    }
    return new StoreCopy(id, from, target, stores, inventory, out);
  }

  private static Store named(Stores stores, String name) {
    return stores
        .named(name)
        .orElseThrow(() -> new IllegalArgumentException("no store is named " + name + "."));
  }

  /**
   * Copies, and prints a line for each image. When the process is told to end, the copy under way
   * is given up and cleared away first.
   *
   * @return whether everything that was asked for is in the target
   * @throws GlanceException {@code REGISTRY_UNAVAILABLE}
   * @throws StoreException.Cancelled when the process is told to end
   */
  boolean run() {
    Thread copying = Thread.currentThread();
    CountDownLatch end = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  isToldToEnd = true;
                  copying.interrupt();
                  awaitEnd(end);
                }));
    try {
      return copyAsked();
    } finally {
      end.countDown();
    }
  }

  private static void awaitEnd(CountDownLatch end) {
    try {
      boolean _ = end.await(CLEAR_AWAY_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      // Nobody interrupts a shutdown.
    }
  }

  private boolean copyAsked() {
    if (imageId == null) {
      copyAll();
      out.printf("%d images copied, %d were there, %d not copied%n", copied, present, failed);
    } else {
      copyOne(imageId);
    }
    return failed == 0;
  }

  private void copyOne(String id) {
    Image image;
    try {
      image = registry.show(id);
    } catch (GlanceException e) {
      fail(id, e);
      return;
    }
    copy(image);
  }

  private void copyAll() {
    @Nullable String last = null;
    List<Image> page;
    do {
      page = inventory.withData(last, PAGE);
      for (Image image : page) {
        requireToGoOn();
        if (copier.isIn(image, from)) {
          copy(image);
        }
        last = image.id();
      }
    } while (page.size() == PAGE);
  }

  private void copy(Image image) {
    if (copier.isIn(image, to.info().name())) {
      present++;
      say(image.id(), "is in store " + to.info().name() + " already");
      return;
    }
    if (!image.status().isComplete()) {
      failed++;
      say(image.id(), "is " + image.status().wireName() + "; only images with data are copied");
      return;
    }
    long begun = System.nanoTime();
    try {
      Image now = copier.copy(image, from, to, bad -> report(image, bad));
      if (to.info().capabilities().contains(Capability.SHARE)) {
        registry.share(image.id());
      }
      copied++;
      double seconds = (System.nanoTime() - begun) / 1e9;
      say(
          image.id(),
          "copied to store %s, %d bytes in %.2f s"
              .formatted(to.info().name(), now.size(), seconds));
    } catch (GlanceException | StoreException e) {
      requireToGoOn();
      fail(image.id(), e);
    }
  }

  private void requireToGoOn() {
    if (isToldToEnd) {
      throw new StoreException.Cancelled("told to end", null);
    }
  }

  private void fail(String id, RuntimeException e) {
    if (e instanceof GlanceException refusal && refusal.code() == ErrorCode.REGISTRY_UNAVAILABLE) {
      throw e;
    }
    failed++;
    say(id, "not copied: " + e.getMessage());
  }

  private void report(Image image, BadSource bad) {
    Kind kind =
        switch (bad.getCause()) {
          case null -> Kind.ROTTEN;
          case StoreException.NotFound _ -> Kind.MISSING;
          default -> Kind.UNREADABLE;
        };
    String detail = String.valueOf(bad.getMessage());
    out.println(new Finding(kind, bad.store(), image.id(), bad.location().url(), detail).line());
  }

  private void say(String id, String what) {
    out.println("image " + id + ": " + what);
  }

  @Override
  public void close() {
    copier.close();
  }
}
