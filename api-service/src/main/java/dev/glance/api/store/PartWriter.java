package dev.glance.api.store;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Gathers what an upload writes into parts that are on their way while the next one fills, each in
 * memory, so that it can be sent again.
 *
 * <p>Where the other uploads to the store leave no memory for more, a part is sent as soon as it
 * has the least length that the backend takes, and the upload goes on with the pieces that it has
 * for itself, as many as such a part needs: many uploads that wait for slow clients keep nobody
 * from uploading. Used by one thread at a time.
 *
 * @param <P> what is known of a part that was sent
 */
public final class PartWriter<P> {
  /** Sends a part, on a thread of its own that is interrupted when the upload is given up. */
  public interface Sender<P> {
    /**
     * Sends one part.
     *
     * @param number counts the parts from 1
     * @param bytes between position and limit of each buffer, whose positions stay
     * @throws StoreException when it cannot be sent
     */
    P send(int number, List<ByteBuffer> bytes);
  }

  private final String store;
  private final TransferMemory memory;
  private final long partBytes;
  private final long leastBytes;
  private final Sender<P> sender;
  private final ExecutorService sending = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<P>> parts = new ArrayList<>();
  private final Semaphore ownAreFree;
  private final Queue<ByteBuffer> ownIdle = new ConcurrentLinkedQueue<>();
  private List<Piece> filling = new ArrayList<>();
  private long fillingBytes;
  private long written;

  /** So many parts from the first on are known to be there. */
  private int settled;

  private record Piece(ByteBuffer bytes, boolean isOwn) {}

  /**
   * A writer of parts of which none is there yet.
   *
   * @param store its name, for messages
   * @param partBytes the length of all parts but the last where there is memory
   * @param leastBytes what all but the last must have, at most {@code partBytes}
   */
  public PartWriter(
      String store, TransferMemory memory, long partBytes, long leastBytes, Sender<P> sender) {
    this.store = store;
    this.memory = memory;
    this.partBytes = partBytes;
    this.leastBytes = leastBytes;
    this.sender = sender;
    this.ownAreFree =
        new Semaphore(Math.toIntExact(Math.ceilDiv(leastBytes, TransferMemory.PIECE_BYTES)));
  }

  /**
   * Takes the remaining bytes, all of them.
   *
   * @throws StoreException what an earlier part failed with
   */
  public void write(ByteBuffer bytes) {
    failWhereAPartDid();
    while (bytes.hasRemaining()) {
      if (fillingBytes == partBytes) {
        send();
      }
      ByteBuffer room = room();
      long count =
          Math.min(partBytes - fillingBytes, Math.min(room.remaining(), bytes.remaining()));
      room.put(bytes.slice(bytes.position(), (int) count));
      bytes.position(bytes.position() + (int) count);
      fillingBytes += count;
      written += count;
    }
  }

  /** The piece that is being filled, or a new one. */
  private ByteBuffer room() {
    if (!filling.isEmpty() && filling.getLast().bytes().hasRemaining()) {
      return filling.getLast().bytes();
    }
    ByteBuffer shared = memory.poll();
    if (shared == null && fillingBytes >= leastBytes) {
      send();
    }
    Piece piece = shared == null ? new Piece(own(), true) : new Piece(shared, false);
    filling.add(piece);
    return piece.bytes();
  }

  /** One of the upload's own pieces, once what it held before has been sent. */
  private ByteBuffer own() {
    try {
      ownAreFree.acquire();
    } catch (InterruptedException e) {
      throw cancelled(e);
    }
    ByteBuffer idle = ownIdle.poll();
    return idle == null ? TransferMemory.allocate() : idle.clear();
  }

  private void giveBack(Piece piece) {
    if (piece.isOwn()) {
      ownIdle.add(piece.bytes());
      ownAreFree.release();
    } else {
      memory.giveBack(piece.bytes());
    }
  }

  /** Sends what has been gathered as a part of its own, while the caller goes on. */
  private void send() {
    List<Piece> pieces = filling;
    List<ByteBuffer> bytes = unsent();
    int number = parts.size() + 1;
    filling = new ArrayList<>();
    fillingBytes = 0;
    parts.add(
        sending.submit(
            () -> {
              try {
                return sender.send(number, bytes);
              } finally {
                pieces.forEach(this::giveBack);
              }
            }));
  }

  private void failWhereAPartDid() {
    while (settled < parts.size() && parts.get(settled).isDone()) {
      P _ = await(parts.get(settled));
      settled++;
    }
  }

  private P await(Future<P> part) {
    try {
      return part.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StoreException known
          ? known
          : new StoreException.Unavailable("store " + store + ": a part could not be sent", e);
    } catch (InterruptedException e) {
      throw cancelled(e);
    }
  }

  private StoreException cancelled(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StoreException.Cancelled("store " + store + ": cancelled", e);
  }

  /** Bytes taken so far. */
  public long written() {
    return written;
  }

  /** How many parts have been sent, or are on their way. */
  public int sent() {
    return parts.size();
  }

  /** What has been gathered since the last part. */
  public List<ByteBuffer> unsent() {
    return filling.stream().map(piece -> piece.bytes().duplicate().flip()).toList();
  }

  /**
   * Sends what is left, and waits until all parts are there.
   *
   * @return what is known of each, in their order
   * @throws StoreException what one of them failed with
   */
  public List<P> finish() {
    if (fillingBytes > 0) {
      send();
    }
    List<P> all = new ArrayList<>();
    for (Future<P> part : parts) {
      all.add(await(part));
    }
    return all;
  }

  /**
   * Stops what is on its way, and gives all memory back.
   *
   * @throws StoreException.Unavailable when parts are still on their way after so long
   */
  public void stop(Duration patience) {
    sending.shutdownNow();
    try {
      // A request that is cancelled ends at once; one that is not would outlive its deletion.
      if (!sending.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new StoreException.Unavailable(
            "store " + store + ": parts on their way cannot be stopped", null);
      }
    } catch (InterruptedException e) {
      throw cancelled(e);
    } finally {
      filling.forEach(this::giveBack);
      filling = new ArrayList<>();
      fillingBytes = 0;
    }
  }
}
