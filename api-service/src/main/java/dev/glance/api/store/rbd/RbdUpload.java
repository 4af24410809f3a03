package dev.glance.api.store.rbd;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes an RBD image {@code <id>.<attempt>.part} in pieces of 1 MiB, several on their way at once,
 * those of zeros not at all; then cuts it to size, makes the protected snapshot and renames it,
 * which never replaces anything.
 */
final class RbdUpload implements Upload {
  /** So many pieces of one upload are on their way at most. */
  private static final int WINDOW = 16;

  /** So many of them are written at once: an operation of Ceph costs as much as half a piece. */
  private static final int GROUP = 4;

  /** An image whose size is not known doubles, but grows by no more than this at once. */
  private static final long LARGEST_STEP = 8L << 30;

  private final RbdStore store;
  private final RbdCluster cluster;
  private final RbdMemory memory;
  private final RbdNames names;
  private final Semaphore window = new Semaphore(WINDOW);
  private final Semaphore ownIsFree = new Semaphore(1);

  /** The first errno that a write ended with, or 0. */
  private final AtomicLong failure = new AtomicLong();

  /** What was last asked of the image beside writes: one after the other. */
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  private volatile @Nullable MemorySegment image;
  private volatile boolean isCreated;
  private @Nullable MemorySegment own;
  private @Nullable MemorySegment filling;
  private int fillingBytes;

  /** Pieces that are complete and end at {@link #offset}, to be written at once. */
  private List<MemorySegment> gathered = new ArrayList<>();

  private long gatheredBytes;

  /** How long the image is, which may be more than was written. */
  private long room;

  /** Where {@link #filling} belongs. */
  private long offset;

  private long written;
  private boolean isDiscarded;
  private boolean isClosed;

  RbdUpload(RbdStore store, RbdNames names) {
    this.store = store;
    this.cluster = store.cluster();
    this.memory = store.memory();
    this.names = names;
  }

  RbdNames names() {
    return names;
  }

  /** Makes the image. */
  synchronized void begin(long bytes) {
    RbdConfig config = store.config();
    long features =
        config.features().stream()
            .mapToLong(feature -> RbdConfig.FEATURES.getOrDefault(feature, 0L))
            .reduce(0, (some, one) -> some | one);
    int order = Long.numberOfTrailingZeros(config.chunkSize().asLongValue());
    String dataPool = config.dataPool().orElse(null);
    inSequence(
        "making an image",
        io -> {
          cluster.check(
              "making an image",
              Librbd.createImage(io, names.part(), bytes, features, order, dataPool));
          isCreated = true;
          MemorySegment opened = cluster.open(io, names.part(), null);
          image = opened;
          return cluster.check(
              "naming the upload",
              Librbd.setMetadata(opened, RbdStore.UPLOAD, names.key().uploadId()));
        });
    room = bytes;
  }

  private <T> T inSequence(String doing, Function<MemorySegment, T> task) {
    return cluster.await(doing, cluster.limit(), next(task));
  }

  private <T> CompletableFuture<T> next(Function<MemorySegment, T> task) {
    CompletableFuture<T> next = cluster.startAfter(last, task);
    last = next;
    return next;
  }

  private MemorySegment image() {
    MemorySegment opened = image;
    if (opened == null) {
      throw new StoreException.Cancelled("the upload is closed", null);
    }
    return opened;
  }

  @Override
  public synchronized void write(ByteBuffer bytes) {
    requireOpen();
    if (isDiscarded) {
      written += bytes.remaining();
      bytes.position(bytes.limit());
      return;
    }
    failWhereAWriteDid();
    while (bytes.hasRemaining()) {
      MemorySegment piece = filling == null ? nextPiece() : filling;
      filling = piece;
      int count = Math.min(RbdMemory.PIECE_BYTES - fillingBytes, bytes.remaining());
      piece.asSlice(fillingBytes, count).asByteBuffer().put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      fillingBytes += count;
      written += count;
      if (fillingBytes == RbdMemory.PIECE_BYTES) {
        gather();
      }
    }
  }

  private MemorySegment nextPiece() {
    if (!window.tryAcquire()) {
      flush();
      acquire(window, 1);
    }
    MemorySegment piece = memory.poll();
    if (piece != null) {
      return piece;
    }
    try {
      flush();
      acquire(ownIsFree, 1);
    } catch (StoreException e) {
      window.release();
      throw e;
    }
    if (own == null) {
      own = memory.own();
    }
    return own;
  }

  private void acquire(Semaphore semaphore, int permits) {
    try {
      if (!semaphore.tryAcquire(permits, cluster.limit().toMillis(), TimeUnit.MILLISECONDS)) {
        throw new StoreException.Unavailable(
            "store " + store.info().name() + ": Ceph takes no more bytes", null);
      }
    } catch (InterruptedException e) {
      throw RbdErrors.cancelled(store.info().name(), e);
    }
  }

  private void giveBack(MemorySegment piece) {
    if (piece.equals(own)) {
      ownIsFree.release();
    } else {
      memory.giveBack(piece);
    }
    window.release();
  }

  /** Adds what was filled to what is written next; zeros are not written at all. */
  private void gather() {
    MemorySegment piece = filling;
    if (piece == null || fillingBytes == 0) {
      return;
    }
    int length = fillingBytes;
    boolean isZero = RbdMemory.isZero(piece, length);
    if (isZero) {
      flush();
    } else {
      filling = null;
      gathered.add(piece);
      gatheredBytes += length;
    }
    offset += length;
    fillingBytes = 0;
    if (gathered.size() == GROUP) {
      flush();
    }
  }

  /** Sends what has been gathered, while the caller goes on. */
  private void flush() {
    if (gathered.isEmpty()) {
      return;
    }
    growTo(offset);
    List<MemorySegment> pieces = gathered;
    long bytes = gatheredBytes;
    gathered = new ArrayList<>();
    gatheredBytes = 0;
    List<MemorySegment> filled = new ArrayList<>(pieces);
    long last = bytes - (pieces.size() - 1L) * RbdMemory.PIECE_BYTES;
    filled.set(pieces.size() - 1, pieces.getLast().asSlice(0, last));
    Librbd.write(
        image(),
        offset - bytes,
        filled,
        result -> {
          if (result < 0) {
            failure.compareAndSet(0, result);
          }
          pieces.forEach(this::giveBack);
        });
  }

  private void growTo(long bytes) {
    if (bytes <= room) {
      return;
    }
    long step = Math.clamp(room, store.config().chunkSize().asLongValue(), LARGEST_STEP);
    long next = Math.max(bytes, room + step);
    inSequence(
        "growing an image", _ -> cluster.check("growing an image", Librbd.resize(image(), next)));
    room = next;
  }

  private void failWhereAWriteDid() {
    cluster.check("a write", failure.get());
  }

  @Override
  public synchronized long written() {
    return written;
  }

  @Override
  public synchronized StoreLocation commit() {
    requireOpen();
    if (isDiscarded) {
      throw discarded(null);
    }
    gather();
    flush();
    releaseFilling();
    acquire(window, WINDOW);
    window.release(WINDOW);
    failWhereAWriteDid();
    inSequence(
        "publishing an image",
        io -> {
          MemorySegment opened = image();
          if (room != written) {
            cluster.check("cutting an image to size", Librbd.resize(opened, written));
          }
          cluster.check("a snapshot", Librbd.createSnapshot(opened, RbdStore.SNAPSHOT));
          cluster.check("protecting a snapshot", Librbd.protect(opened, RbdStore.SNAPSHOT));
          closeImage();
          return publish(io);
        });
    isClosed = true;
    ended();
    return store.at(names.published());
  }

  private long publish(MemorySegment io) {
    int error = Librbd.rename(io, names.part(), names.published());
    if (error == Librbd.EEXIST) {
      throw new StoreException.AlreadyExists(
          "store " + store.info().name() + ": the name is taken", null);
    }
    if (error == Librbd.ENOENT) {
      throw discarded(RbdErrors.of(store.info().name(), "renaming", error));
    }
    return cluster.check("renaming an image", error);
  }

  private static StoreException discarded(@Nullable Throwable cause) {
    return new StoreException.Cancelled("the upload was discarded", cause);
  }

  /** Removes the image; the uploader may go on writing, to no effect. */
  synchronized void abandon() {
    if (isClosed || isDiscarded) {
      CompletableFuture<?> cleared = last.handle((_, _) -> true);
      cluster.await("removing an image", cluster.limit(), cleared);
    } else {
      isDiscarded = true;
      clear();
    }
  }

  @Override
  public synchronized void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    if (!isDiscarded) {
      clear();
    }
  }

  /** Removes the image, after what is on its way; in the background, if that takes too long. */
  private void clear() {
    releaseFilling();
    inSequence(
        "removing an image",
        io -> {
          closeImage();
          ended();
          return isCreated && store.remove(io, names.part(), RbdStore.SNAPSHOT);
        });
  }

  private void closeImage() {
    MemorySegment opened = image;
    image = null;
    if (opened != null) {
      cluster.close(opened);
    }
  }

  /** Nothing is on its way any more. */
  private void ended() {
    store.ended(this);
    if (own != null) {
      memory.giveBackOwn(own);
      own = null;
    }
  }

  private void releaseFilling() {
    MemorySegment piece = filling;
    filling = null;
    fillingBytes = 0;
    if (piece != null) {
      giveBack(piece);
    }
    gathered.forEach(this::giveBack);
    gathered = new ArrayList<>();
    gatheredBytes = 0;
  }

  private void requireOpen() {
    if (isClosed) {
      throw new StoreException.Cancelled("the upload is closed", null);
    }
  }
}
