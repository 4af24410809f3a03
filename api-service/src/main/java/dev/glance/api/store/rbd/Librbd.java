package dev.glance.api.store.rbd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What this service calls of librados.so.2 and librbd.so.1 (the C headers {@code rados/librados.h}
 * and {@code rbd/librbd.h}). The libraries are loaded when a method is first called; where they are
 * not installed each throws {@link UnsatisfiedLinkError} or {@link NoClassDefFoundError}.
 *
 * <p>An {@code int} that a method returns is 0, or a negative errno. All but the {@code aio}
 * methods wait for the cluster, and are for threads that may do so.
 */
@SuppressWarnings("restricted") // Memory and functions of C libraries are what this class is for.
final class Librbd {
  static final int ENOENT = -2;
  static final int EBUSY = -16;
  static final int EEXIST = -17;
  static final int EINVAL = -22;
  static final int ERANGE = -34;
  static final int ENOTEMPTY = -39;

  /** {@code RBD_IMAGE_OPTION_…} */
  private static final int OPTION_FEATURES = 1;

  private static final int OPTION_ORDER = 2;
  private static final int OPTION_DATA_POOL = 10;

  private static final int TEXT_BYTES = 4096;

  /** What an image is called, and what it is called in the names of its objects. */
  record Named(String id, String name) {}

  private Librbd() {}

  private static final Linker LINKER = Linker.nativeLinker();

  /** Never unloaded: threads of the libraries live as long as the process. */
  private static final SymbolLookup SYMBOLS = libraries();

  private static SymbolLookup libraries() {
    try {
      return SymbolLookup.libraryLookup("librbd.so.1", Arena.global())
          .or(SymbolLookup.libraryLookup("librados.so.2", Arena.global()));
    } catch (IllegalArgumentException e) {
      UnsatisfiedLinkError error =
          new UnsatisfiedLinkError("librbd.so.1 and librados.so.2 are not installed");
      error.initCause(e);
      throw error;
    }
  }

  private static MethodHandle function(
      String name, @Nullable MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        SYMBOLS.findOrThrow(name),
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments));
  }

  private static MethodHandle returnsInt(String name, MemoryLayout... arguments) {
    return function(name, JAVA_INT, arguments);
  }

  private static final MethodHandle CREATE =
      returnsInt("rados_create2", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle CONF_READ_FILE =
      returnsInt("rados_conf_read_file", ADDRESS, ADDRESS);
  private static final MethodHandle CONF_SET =
      returnsInt("rados_conf_set", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle CONF_GET =
      returnsInt("rados_conf_get", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle CONNECT = returnsInt("rados_connect", ADDRESS);
  private static final MethodHandle SHUTDOWN = function("rados_shutdown", null, ADDRESS);
  private static final MethodHandle FSID =
      returnsInt("rados_cluster_fsid", ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle LATEST_MAP =
      returnsInt("rados_wait_for_latest_osdmap", ADDRESS);
  private static final MethodHandle POOL_LOOKUP =
      function("rados_pool_lookup", JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle IOCTX_CREATE =
      returnsInt("rados_ioctx_create", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle IOCTX_DESTROY = function("rados_ioctx_destroy", null, ADDRESS);
  private static final MethodHandle FULL_TRY = function("rados_set_pool_full_try", null, ADDRESS);
  private static final MethodHandle STAT =
      returnsInt("rados_stat", ADDRESS, ADDRESS, ADDRESS, ADDRESS);

  private static final MethodHandle OPTIONS_CREATE =
      function("rbd_image_options_create", null, ADDRESS);
  private static final MethodHandle OPTIONS_DESTROY =
      function("rbd_image_options_destroy", null, ADDRESS);
  private static final MethodHandle OPTIONS_SET_LONG =
      returnsInt("rbd_image_options_set_uint64", ADDRESS, JAVA_INT, JAVA_LONG);
  private static final MethodHandle OPTIONS_SET_STRING =
      returnsInt("rbd_image_options_set_string", ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle IMAGE_CREATE =
      returnsInt("rbd_create4", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle IMAGE_REMOVE = returnsInt("rbd_remove", ADDRESS, ADDRESS);
  private static final MethodHandle IMAGE_RENAME =
      returnsInt("rbd_rename", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle TRASH_MOVE =
      returnsInt("rbd_trash_move", ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle LIST = returnsInt("rbd_list2", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle LIST_CLEANUP =
      function("rbd_image_spec_list_cleanup", null, ADDRESS, JAVA_LONG);
  private static final MethodHandle OPEN =
      returnsInt("rbd_open", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle OPEN_READ_ONLY =
      returnsInt("rbd_open_read_only", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle CLOSE = returnsInt("rbd_close", ADDRESS);
  private static final MethodHandle RESIZE = returnsInt("rbd_resize", ADDRESS, JAVA_LONG);
  private static final MethodHandle GET_SIZE = returnsInt("rbd_get_size", ADDRESS, ADDRESS);
  private static final MethodHandle GET_ID = returnsInt("rbd_get_id", ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle GET_MODIFIED =
      returnsInt("rbd_get_modify_timestamp", ADDRESS, ADDRESS);
  private static final MethodHandle SNAP_LIST =
      returnsInt("rbd_snap_list", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle SNAP_LIST_END = function("rbd_snap_list_end", null, ADDRESS);
  private static final MethodHandle SNAP_CREATE = returnsInt("rbd_snap_create", ADDRESS, ADDRESS);
  private static final MethodHandle SNAP_REMOVE = returnsInt("rbd_snap_remove", ADDRESS, ADDRESS);
  private static final MethodHandle SNAP_PROTECT = returnsInt("rbd_snap_protect", ADDRESS, ADDRESS);
  private static final MethodHandle SNAP_UNPROTECT =
      returnsInt("rbd_snap_unprotect", ADDRESS, ADDRESS);
  private static final MethodHandle METADATA_GET =
      returnsInt("rbd_metadata_get", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle METADATA_SET =
      returnsInt("rbd_metadata_set", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle WATCHERS =
      returnsInt("rbd_watchers_list", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle WATCHERS_CLEANUP =
      function("rbd_watchers_list_cleanup", null, ADDRESS, JAVA_LONG);
  private static final MethodHandle AIO_CREATE =
      returnsInt("rbd_aio_create_completion", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle AIO_RESULT =
      function("rbd_aio_get_return_value", JAVA_LONG, ADDRESS);
  private static final MethodHandle AIO_RELEASE = function("rbd_aio_release", null, ADDRESS);
  private static final MethodHandle AIO_WRITE =
      returnsInt("rbd_aio_writev", ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle AIO_READ =
      returnsInt("rbd_aio_readv", ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS);

  private static final MemoryLayout IMAGE_SPEC =
      MemoryLayout.structLayout(ADDRESS.withName("id"), ADDRESS.withName("name"));
  private static final MemoryLayout SNAP_INFO =
      MemoryLayout.structLayout(
          JAVA_LONG.withName("id"), JAVA_LONG.withName("size"), ADDRESS.withName("name"));
  private static final MemoryLayout WATCHER =
      MemoryLayout.structLayout(
          ADDRESS.withName("addr"), JAVA_LONG.withName("id"), JAVA_LONG.withName("cookie"));
  private static final MemoryLayout IOVEC =
      MemoryLayout.structLayout(ADDRESS.withName("base"), JAVA_LONG.withName("length"));
  private static final MemoryLayout TIMESPEC =
      MemoryLayout.structLayout(JAVA_LONG.withName("seconds"), JAVA_LONG.withName("nanos"));

  /** Who waits for which asynchronous call: the library hands back the number. */
  private static final Map<Long, LongConsumer> WAITING = new ConcurrentHashMap<>();

  private static final AtomicLong CALLS = new AtomicLong();
  private static final MemorySegment ON_DONE = onDone();

  private static MemorySegment onDone() {
    try {
      return LINKER.upcallStub(
          MethodHandles.lookup()
              .findStatic(
                  Librbd.class,
                  "done",
                  MethodType.methodType(void.class, MemorySegment.class, MemorySegment.class)),
          FunctionDescriptor.ofVoid(ADDRESS, ADDRESS),
          Arena.global());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the callback cannot be linked", e);
    }
  }

  /** Called by a thread of the library. What it throws would end the process. */
  @SuppressWarnings("UnusedMethod") // Found by name.
  private static void done(MemorySegment completion, MemorySegment number) {
    LongConsumer waiting = WAITING.remove(number.address());
    long result = -5; // EIO
    try {
      result = (long) AIO_RESULT.invokeExact(completion);
      AIO_RELEASE.invokeExact(completion);
    } catch (Throwable e) {
      System.getLogger(Librbd.class.getName()).log(System.Logger.Level.ERROR, "librbd", e);
    } finally {
      if (waiting != null) {
        waiting.accept(result);
      }
    }
  }

  /** A call of a function; invokeExact declares Throwable, but the functions throw nothing. */
  private interface Call<T> {
    T make() throws Throwable;
  }

  private static <T> T call(Call<T> call) {
    try {
      return call.make();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Text for the time of one call. */
  private interface TextCall {
    int make(MemorySegment text) throws Throwable;
  }

  private static int withText(String text, TextCall call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(text);
      return call(() -> call.make(copy));
    }
  }

  private static String text(MemorySegment pointer) {
    return pointer.reinterpret(TEXT_BYTES).getString(0, StandardCharsets.UTF_8);
  }

  /** A handle on a cluster that is not connected yet. */
  static MemorySegment create(String user) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ADDRESS);
      MemorySegment cluster = arena.allocateFrom("ceph");
      MemorySegment name = arena.allocateFrom("client." + user);
      int error = call(() -> (int) CREATE.invokeExact(result, cluster, name, 0L));
      if (error != 0) {
        throw new IllegalStateException("rados_create2: " + error);
      }
      return result.get(ADDRESS, 0);
    }
  }

  static int readConfiguration(MemorySegment cluster, String file) {
    return withText(file, path -> (int) CONF_READ_FILE.invokeExact(cluster, path));
  }

  static int set(MemorySegment cluster, String option, String value) {
    return withText(
        option, key -> withText(value, text -> (int) CONF_SET.invokeExact(cluster, key, text)));
  }

  /** The value of an option, or empty. */
  static String get(MemorySegment cluster, String option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(TEXT_BYTES);
      int error =
          withText(
              option, key -> (int) CONF_GET.invokeExact(cluster, key, value, (long) TEXT_BYTES));
      return error < 0 ? "" : value.getString(0);
    }
  }

  static int connect(MemorySegment cluster) {
    return call(() -> (int) CONNECT.invokeExact(cluster));
  }

  static void shutdown(MemorySegment cluster) {
    call(
        () -> {
          SHUTDOWN.invokeExact(cluster);
          return 0;
        });
  }

  static String fsid(MemorySegment cluster) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(64);
      int length = call(() -> (int) FSID.invokeExact(cluster, value, 64L));
      return length < 0 ? "" : value.getString(0);
    }
  }

  static int waitForLatestMap(MemorySegment cluster) {
    return call(() -> (int) LATEST_MAP.invokeExact(cluster));
  }

  static int lookUpPool(MemorySegment cluster, String pool) {
    return withText(
        pool,
        name -> {
          long id = (long) POOL_LOOKUP.invokeExact(cluster, name);
          return id < 0 ? (int) id : 0;
        });
  }

  /** Opens a pool into {@code result}, so that what does not fit in it fails instead of waiting. */
  static int openPool(MemorySegment cluster, String pool, MemorySegment result) {
    return withText(
        pool,
        name -> {
          int error = (int) IOCTX_CREATE.invokeExact(cluster, name, result);
          if (error == 0) {
            MemorySegment io = result.get(ADDRESS, 0);
            FULL_TRY.invokeExact(io);
          }
          return error;
        });
  }

  static void closePool(MemorySegment io) {
    call(
        () -> {
          IOCTX_DESTROY.invokeExact(io);
          return 0;
        });
  }

  /** Asks the OSD for an object: ENOENT when it is not there. */
  static int stat(MemorySegment io, String object) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      MemorySegment time = arena.allocate(JAVA_LONG);
      return withText(object, name -> (int) STAT.invokeExact(io, name, size, time));
    }
  }

  /**
   * Makes an image.
   *
   * @param features the bits of {@code RBD_FEATURE_…}
   * @param order its objects hold 2^order bytes
   */
  static int createImage(
      MemorySegment io,
      String name,
      long bytes,
      long features,
      int order,
      @Nullable String dataPool) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointer = arena.allocate(ADDRESS);
      return call(
          () -> {
            OPTIONS_CREATE.invokeExact(pointer);
            MemorySegment options = pointer.get(ADDRESS, 0);
            try {
              int error = (int) OPTIONS_SET_LONG.invokeExact(options, OPTION_FEATURES, features);
              if (error == 0) {
                error = (int) OPTIONS_SET_LONG.invokeExact(options, OPTION_ORDER, (long) order);
              }
              if (error == 0 && dataPool != null) {
                MemorySegment pool = arena.allocateFrom(dataPool);
                error = (int) OPTIONS_SET_STRING.invokeExact(options, OPTION_DATA_POOL, pool);
              }
              return error != 0
                  ? error
                  : (int) IMAGE_CREATE.invokeExact(io, arena.allocateFrom(name), bytes, options);
            } finally {
              OPTIONS_DESTROY.invokeExact(options);
            }
          });
    }
  }

  static int remove(MemorySegment io, String name) {
    return withText(name, text -> (int) IMAGE_REMOVE.invokeExact(io, text));
  }

  /** EEXIST when the new name is taken. Open handles go on: they know an image by its id. */
  static int rename(MemorySegment io, String from, String to) {
    return withText(
        from, old -> withText(to, name -> (int) IMAGE_RENAME.invokeExact(io, old, name)));
  }

  static int moveToTrash(MemorySegment io, String name) {
    return withText(name, text -> (int) TRASH_MOVE.invokeExact(io, text, 0L));
  }

  /** Adds what the pool has to {@code result}. */
  static int list(MemorySegment io, List<Named> result) {
    for (long room = 1000; ; ) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment count = arena.allocateFrom(JAVA_LONG, room);
        MemorySegment specs = arena.allocate(IMAGE_SPEC, room);
        int error = call(() -> (int) LIST.invokeExact(io, specs, count));
        long found = count.get(JAVA_LONG, 0);
        if (error == ERANGE) {
          room = found + 100;
          continue;
        }
        if (error < 0) {
          return error;
        }
        for (long i = 0; i < found; i++) {
          MemorySegment spec = specs.asSlice(i * IMAGE_SPEC.byteSize(), IMAGE_SPEC);
          result.add(
              new Named(text(spec.get(ADDRESS, 0)), text(spec.get(ADDRESS, ADDRESS.byteSize()))));
        }
        return call(
            () -> {
              LIST_CLEANUP.invokeExact(specs, found);
              return 0;
            });
      }
    }
  }

  /**
   * Opens an image into {@code result}, with a watch that keeps others from removing it.
   *
   * @param snapshot null for the image itself
   */
  static int open(MemorySegment io, String name, @Nullable String snapshot, MemorySegment result) {
    return open(OPEN, io, name, snapshot, result);
  }

  /** The same without a watch, for a look. */
  static int openReadOnly(MemorySegment io, String name, MemorySegment result) {
    return open(OPEN_READ_ONLY, io, name, null, result);
  }

  private static int open(
      MethodHandle how,
      MemorySegment io,
      String name,
      @Nullable String snapshot,
      MemorySegment result) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = snapshot == null ? MemorySegment.NULL : arena.allocateFrom(snapshot);
      return withText(name, text -> (int) how.invokeExact(io, text, result, at));
    }
  }

  static int close(MemorySegment image) {
    return call(() -> (int) CLOSE.invokeExact(image));
  }

  static int resize(MemorySegment image, long bytes) {
    return call(() -> (int) RESIZE.invokeExact(image, bytes));
  }

  /** The length in bytes, or a negative errno. */
  static long size(MemorySegment image) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      int error = call(() -> (int) GET_SIZE.invokeExact(image, size));
      return error < 0 ? error : size.get(JAVA_LONG, 0);
    }
  }

  static String id(MemorySegment image) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = arena.allocate(TEXT_BYTES);
      int error = call(() -> (int) GET_ID.invokeExact(image, id, (long) TEXT_BYTES));
      return error < 0 ? "" : id.getString(0);
    }
  }

  /** When it was last written, to the minute. */
  static Instant modifiedAt(MemorySegment image) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(TIMESPEC);
      int error = call(() -> (int) GET_MODIFIED.invokeExact(image, time));
      return error < 0
          ? Instant.EPOCH
          : Instant.ofEpochSecond(time.get(JAVA_LONG, 0), time.get(JAVA_LONG, 8));
    }
  }

  /** Adds the names of its snapshots to {@code result}. */
  static int snapshots(MemorySegment image, List<String> result) {
    for (int room = 16; ; ) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment count = arena.allocateFrom(JAVA_INT, room);
        MemorySegment infos = arena.allocate(SNAP_INFO, room);
        int found = call(() -> (int) SNAP_LIST.invokeExact(image, infos, count));
        if (found == ERANGE) {
          room = count.get(JAVA_INT, 0) + 16;
          continue;
        }
        for (int i = 0; i < found; i++) {
          result.add(text(infos.get(ADDRESS, i * SNAP_INFO.byteSize() + 2 * JAVA_LONG.byteSize())));
        }
        if (found > 0) {
          call(
              () -> {
                SNAP_LIST_END.invokeExact(infos);
                return 0;
              });
        }
        return Math.min(found, 0);
      }
    }
  }

  static int createSnapshot(MemorySegment image, String name) {
    return withText(name, text -> (int) SNAP_CREATE.invokeExact(image, text));
  }

  static int removeSnapshot(MemorySegment image, String name) {
    return withText(name, text -> (int) SNAP_REMOVE.invokeExact(image, text));
  }

  static int protect(MemorySegment image, String snapshot) {
    return withText(snapshot, text -> (int) SNAP_PROTECT.invokeExact(image, text));
  }

  /** EBUSY when there are clones, EINVAL when it is not protected. */
  static int unprotect(MemorySegment image, String snapshot) {
    return withText(snapshot, text -> (int) SNAP_UNPROTECT.invokeExact(image, text));
  }

  /** A value that was set on the image, or null. */
  static @Nullable String metadata(MemorySegment image, String key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(TEXT_BYTES);
      MemorySegment length = arena.allocateFrom(JAVA_LONG, (long) TEXT_BYTES);
      int error = withText(key, text -> (int) METADATA_GET.invokeExact(image, text, value, length));
      return error < 0 ? null : value.getString(0);
    }
  }

  static int setMetadata(MemorySegment image, String key, String value) {
    return withText(
        key, name -> withText(value, text -> (int) METADATA_SET.invokeExact(image, name, text)));
  }

  /** How many have it open with a watch, or a negative errno. */
  static long watchers(MemorySegment image) {
    try (Arena arena = Arena.ofConfined()) {
      long room = 64;
      MemorySegment count = arena.allocateFrom(JAVA_LONG, room);
      MemorySegment watchers = arena.allocate(WATCHER, room);
      int error = call(() -> (int) WATCHERS.invokeExact(image, watchers, count));
      long found = count.get(JAVA_LONG, 0);
      if (error == 0) {
        call(
            () -> {
              WATCHERS_CLEANUP.invokeExact(watchers, found);
              return 0;
            });
      }
      return error == 0 || error == ERANGE ? found : error;
    }
  }

  /**
   * Writes pieces one after the other and returns at once. The memory has to stay as it is until
   * {@code then} gets the result, on a thread of the library which must not wait for anything: 0 or
   * a negative errno.
   */
  static void write(
      MemorySegment image, long offset, List<MemorySegment> pieces, LongConsumer then) {
    start(AIO_WRITE, image, offset, pieces, then);
  }

  /** Reads like {@link #write}; the result is how many bytes there were, or a negative errno. */
  static void read(
      MemorySegment image, long offset, List<MemorySegment> pieces, LongConsumer then) {
    start(AIO_READ, image, offset, pieces, then);
  }

  private static void start(
      MethodHandle how,
      MemorySegment image,
      long offset,
      List<MemorySegment> pieces,
      LongConsumer then) {
    long number = CALLS.incrementAndGet();
    // The library looks at the vector until it is done.
    MemorySegment vector = Arena.ofAuto().allocate(IOVEC, pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      vector.set(ADDRESS, i * IOVEC.byteSize(), pieces.get(i));
      vector.set(JAVA_LONG, i * IOVEC.byteSize() + ADDRESS.byteSize(), pieces.get(i).byteSize());
    }
    WAITING.put(
        number,
        result -> {
          try {
            then.accept(result);
          } finally {
            Reference.reachabilityFence(vector);
            Reference.reachabilityFence(pieces);
          }
        });
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pointer = arena.allocate(ADDRESS);
      MemorySegment argument = MemorySegment.ofAddress(number);
      int error = call(() -> (int) AIO_CREATE.invokeExact(argument, ON_DONE, pointer));
      if (error == 0) {
        MemorySegment completion = pointer.get(ADDRESS, 0);
        int count = pieces.size();
        error = call(() -> (int) how.invokeExact(image, vector, count, offset, completion));
        if (error < 0) {
          call(
              () -> {
                AIO_RELEASE.invokeExact(completion);
                return 0;
              });
        }
      }
      if (error < 0 && WAITING.remove(number) != null) {
        then.accept(error);
      }
    }
  }
}
