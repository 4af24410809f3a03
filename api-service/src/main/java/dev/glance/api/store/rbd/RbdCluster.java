package dev.glance.api.store.rbd;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.glance.api.store.StoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a cluster and one pool of it, made when it is first needed. What blocks runs on
 * a few platform threads: a native call would pin a virtual thread's carrier. Who waits for it
 * waits for a limited time; what came too late is undone by its own thread. Thread-safe.
 */
final class RbdCluster implements AutoCloseable {
  /** So many calls may be stuck in a cluster that does not answer. */
  private static final int THREADS = 16;

  /** For what may take long because there is much to do; each step of it is limited by itself. */
  static final Duration LONG = Duration.ofHours(1);

  private static final int ESHUTDOWN = -108;

  private record Connection(MemorySegment cluster, MemorySegment io) {}

  private final String store;
  private final RbdConfig config;
  private final ThreadPoolExecutor threads;
  private final AtomicInteger openImages = new AtomicInteger();
  private @Nullable CompletableFuture<Connection> connection;
  private boolean isClosed;
  private volatile @Nullable String fsid;

  RbdCluster(String store, RbdConfig config) {
    this.store = store;
    this.config = config;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("rbd-" + store + "-", 1).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * How long to wait for a call of a few operations, opening and closing above all: they may hang.
   */
  Duration limit() {
    return config.timeout().multipliedBy(3);
  }

  /**
   * Runs a task with the pool's handle and waits for it.
   *
   * @throws StoreException.Unavailable when it takes longer; it may still happen
   */
  <T> T call(String doing, Duration limit, Function<MemorySegment, T> task) {
    return await(doing, limit, start(task));
  }

  /** Runs a task as soon as there is a connection and a thread. */
  <T> CompletableFuture<T> start(Function<MemorySegment, T> task) {
    return connected().thenApplyAsync(connected -> task.apply(connected.io()), threads);
  }

  /** Runs a task after another one has ended in whatever way. */
  <T> CompletableFuture<T> startAfter(CompletableFuture<?> other, Function<MemorySegment, T> task) {
    return other.handle((_, _) -> 0).thenCompose(_ -> start(task));
  }

  <T> T await(String doing, Duration limit, CompletableFuture<T> result) {
    try {
      return result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw RbdErrors.cancelled(store, e);
    } catch (TimeoutException e) {
      throw new StoreException.Unavailable(
          "store " + store + ": Ceph did not answer in time to " + doing, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() instanceof CompletionException c ? c.getCause() : e.getCause();
      if (cause instanceof StoreException known) {
        throw known;
      }
      throw new StoreException.Unavailable(
          "store " + store + ": Ceph could not be asked for " + doing + ": " + cause, cause);
    }
  }

  private synchronized CompletableFuture<Connection> connected() {
    if (isClosed) {
      return CompletableFuture.failedFuture(
          new StoreException.Unavailable("store " + store + " is closed", null));
    }
    CompletableFuture<Connection> current = connection;
    if (current == null || current.isCompletedExceptionally()) {
      current = CompletableFuture.supplyAsync(this::connect, threads);
      connection = current;
    }
    return current;
  }

  /** Lets the next call connect anew; what the cluster holds against the old one is for ever. */
  private synchronized void forget() {
    connection = null;
  }

  private Connection connect() {
    MemorySegment cluster;
    try {
      cluster = Librbd.create(config.user());
    } catch (LinkageError e) {
      throw new StoreException.Unavailable(
          "store "
              + store
              + ": librbd.so.1 and librados.so.2 cannot be loaded; Debian's package"
              + " librbd1 has them",
          e);
    }
    try {
      check(
          "reading " + config.cephConf(),
          Librbd.readConfiguration(cluster, config.cephConf().toString()));
      set(cluster, "client_mount_timeout", Long.toString(config.connectTimeout().toSeconds()));
      set(cluster, "rados_mon_op_timeout", Long.toString(config.timeout().toSeconds()));
      set(cluster, "rados_osd_op_timeout", Long.toString(config.timeout().toSeconds()));
      // Uploads bring whole objects and wait until they are there; a cache would only copy them.
      set(cluster, "rbd_cache", "false");
      set(cluster, "rbd_disable_zero_copy_writes", "false");
      String configured = Librbd.get(cluster, "fsid");
      if (!configured.replaceAll("[0-]", "").isEmpty()) {
        fsid = configured;
      }
      check("connecting", Librbd.connect(cluster));
      fsid = Librbd.fsid(cluster);
      return new Connection(cluster, openPool(cluster));
    } catch (RuntimeException e) {
      Librbd.shutdown(cluster);
      throw e;
    }
  }

  private MemorySegment openPool(MemorySegment cluster) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment io = arena.allocate(ADDRESS);
      int error = Librbd.openPool(cluster, config.pool(), io);
      if (error == Librbd.ENOENT) {
        throw noPool();
      }
      check("opening the pool " + config.pool(), error);
      return io.get(ADDRESS, 0);
    }
  }

  private StoreException noPool() {
    return new StoreException.Unavailable(
        "store " + store + ": there is no pool " + config.pool(), null);
  }

  private void set(MemorySegment cluster, String option, String value) {
    check("setting " + option, Librbd.set(cluster, option, value));
  }

  /** Looks whether monitors and OSDs answer and the pool is there. */
  void look(Duration limit) {
    await(
        "a look at the pool",
        limit,
        connected()
            .thenApplyAsync(
                connected -> {
                  check("asking for the map", Librbd.waitForLatestMap(connected.cluster()));
                  int error = Librbd.lookUpPool(connected.cluster(), config.pool());
                  if (error == Librbd.ENOENT) {
                    throw noPool();
                  }
                  check("looking up the pool", error);
                  error = Librbd.stat(connected.io(), "rbd_directory");
                  return check(
                      "looking into the pool " + config.pool(), error == Librbd.ENOENT ? 0 : error);
                },
                threads));
  }

  /** The cluster's id if it is known by now. */
  @Nullable String knownFsid() {
    return fsid;
  }

  /** The cluster's id: that of the configuration file, or else of the cluster. */
  String fsid() {
    String known = fsid;
    if (known == null) {
      try {
        await("its id", config.connectTimeout(), connected());
      } catch (StoreException e) {
        if (fsid == null) {
          throw e;
        }
      }
      known = fsid;
    }
    return known == null ? "" : known;
  }

  /** The result, unless it is a negative errno. */
  long check(String doing, long result) {
    if (result == ESHUTDOWN) {
      forget();
    }
    if (result < 0) {
      throw RbdErrors.of(store, doing, result);
    }
    return result;
  }

  /** Opens an image, with a watch that keeps others from removing it. Blocks. */
  MemorySegment open(MemorySegment io, String name, @Nullable String snapshot) {
    return opened(result -> Librbd.open(io, name, snapshot, result));
  }

  /** Opens an image for a look. Blocks. */
  MemorySegment openReadOnly(MemorySegment io, String name) {
    return opened(result -> Librbd.openReadOnly(io, name, result));
  }

  private MemorySegment opened(Function<MemorySegment, Integer> open) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ADDRESS);
      check("opening an image", open.apply(result));
      openImages.incrementAndGet();
      return result.get(ADDRESS, 0);
    }
  }

  /** Closes an image, after what is on its way. Blocks. */
  void close(MemorySegment image) {
    Librbd.close(image);
    openImages.decrementAndGet();
  }

  /** How many images are open. */
  int openImages() {
    return openImages.get();
  }

  /** The libraries must not lose a connection that something still uses: then it stays. */
  @Override
  public void close() {
    CompletableFuture<Connection> last;
    synchronized (this) {
      last = connection;
      isClosed = true;
    }
    threads.shutdown();
    try {
      boolean isIdle = threads.awaitTermination(5, TimeUnit.SECONDS) && openImages.get() == 0;
      if (isIdle && last != null && last.isDone() && !last.isCompletedExceptionally()) {
        Librbd.closePool(last.join().io());
        Librbd.shutdown(last.join().cluster());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
