package dev.glance.api.data;

import dev.glance.api.http.Drain;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request as chunks. Where its length is known the event loop reads the socket into
 * pooled buffers; other bodies are copied into them, since sizes of pieces stand between the bytes.
 * Nothing is read while there is no buffer.
 *
 * <p>A chunk is handed on when it is full, or {@link #LINGER} after its first byte: so a silent
 * client keeps no buffer, and a fast one fills whole buffers.
 */
final class RequestBody implements ChunkSource, AutoCloseable {
  private static final long LINGER = TimeUnit.MILLISECONDS.toNanos(100);

  private final HttpServerRequest request;
  private final Context eventLoop;
  private final LentBytes arriving;
  private final BufferPool.Share buffers;
  private final long idleNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Chunk> ready = new ArrayDeque<>();
  private @Nullable Chunk filling;
  private long fillingSince;

  /** What arrived and found no buffer; nothing is read while there is such a rest. */
  private @Nullable Buffer rest;

  private int restStart;

  /** Of the body; 0 where its length is not known. */
  private long unreadBytes;

  private long lastArrival = System.nanoTime();
  private boolean isEnded;
  private boolean isClosed;
  private @Nullable RuntimeException failure;

  /**
   * Takes over a paused request; call on its event loop, and {@link #start} when bytes are wanted.
   *
   * @param eventLoop the context of the request
   * @param buffers closed with this
   * @param idleTimeout how long the client may be silent
   */
  RequestBody(
      HttpServerRequest request,
      Context eventLoop,
      BufferPool.Share buffers,
      Duration idleTimeout) {
    this.request = request;
    this.eventLoop = eventLoop;
    this.buffers = buffers;
    this.idleNanos = idleTimeout.toNanos();
    this.arriving = LentBytes.of(request.connection());
    this.unreadBytes = length(request);
    arriving.pause();
    if (unreadBytes > 0) {
      arriving.readInto(this::room);
    }
    request.handler(this::arrived);
    request.endHandler(_ -> ended());
    request.exceptionHandler(
        e ->
            failed(
                new GlanceException(
                    ErrorCode.SIZE_MISMATCH,
                    "The connection was cut before the end of the image.",
                    e)));
  }

  private static long length(HttpServerRequest request) {
    // Sizes of pieces stand between the bytes otherwise.
    boolean isPlain = request.getHeader("Transfer-Encoding") == null;
    String length = request.getHeader("Content-Length");
    return isPlain && length != null ? Long.parseLong(length.strip()) : 0;
  }

  /**
   * Where the socket may be read to now: a chunk held for the read, or null for none, when the
   * bytes have to wait for one elsewhere. The event loop asks before each read.
   */
  private @Nullable Chunk room() {
    lock.lock();
    try {
      if (isClosed || failure != null || rest != null) {
        return null;
      }
      Chunk chunk = filling;
      if (chunk == null) {
        chunk = buffers.take();
        if (chunk == null) {
          return null;
        }
        begin(chunk);
      }
      // More than the body would be the next request's.
      return chunk.space().remaining() <= unreadBytes ? chunk.hold() : null;
    } catch (RuntimeException | Error _) {
      // What arrives asks for memory again, where the fault can be told.
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Answers {@code Expect: 100-continue} where the client waits for it. */
  @Override
  public void start() {
    eventLoop.runOnContext(
        _ -> {
          lock.lock();
          try {
            lastArrival = System.nanoTime();
            if (isClosed || failure != null) {
              return;
            }
          } finally {
            lock.unlock();
          }
          if (Drain.expectsContinue(request)) {
            request.response().writeContinue();
          }
          resume();
        });
  }

  private void resume() {
    arriving.resume();
    request.resume();
  }

  private void pause() {
    arriving.pause();
    request.pause();
  }

  private void arrived(Buffer bytes) {
    lock.lock();
    try {
      lastArrival = System.nanoTime();
      unreadBytes -= bytes.length();
      if (!isClosed && failure == null) {
        rest = bytes;
        restStart = 0;
        fillOrFail();
      } else {
        arriving.giveBack(bytes);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Whatever goes wrong here would end in the event loop's log, and the body would go on without
   * the bytes at hand: it ends with them instead.
   */
  private void fillOrFail() {
    try {
      fill();
    } catch (RuntimeException | Error e) {
      rest = null;
      failure =
          e instanceof OutOfMemoryError
              ? new GlanceException(
                  ErrorCode.STORE_UNAVAILABLE,
                  "There is no memory for the upload at the moment. Try again.",
                  e)
              : new IllegalStateException("the body could not be taken in", e);
      changed.signal();
    }
  }

  /** Puts the rest into buffers, or pauses the request until there is one. */
  @SuppressWarnings("deprecation") // getByteBuf, internal in Vert.x 5, is the way without a copy
  private void fill() {
    while (rest != null) {
      Chunk chunk = filling;
      if (chunk == null) {
        chunk = buffers.take(this::given);
        if (chunk == null) {
          pause();
          return;
        }
        begin(chunk);
      }
      ByteBuffer space = chunk.space();
      int length = Math.min(space.remaining(), rest.length() - restStart);
      ByteBuffer bytes = rest.getByteBuf().nioBuffer(restStart, length);
      if (!isAt(bytes, space)) {
        space.slice(space.position(), length).put(bytes);
      }
      space.position(space.position() + length);
      restStart += length;
      if (restStart == rest.length()) {
        arriving.giveBack(rest);
        rest = null;
      }
      if (!space.hasRemaining()) {
        ready.add(chunk);
        filling = null;
        changed.signal();
      }
    }
  }

  /** Whether bytes are where they belong already, since the socket was read into that space. */
  private static boolean isAt(ByteBuffer bytes, ByteBuffer space) {
    return bytes.isDirect()
        && space.isDirect()
        && MemorySegment.ofBuffer(bytes).address() == MemorySegment.ofBuffer(space).address();
  }

  private void begin(Chunk chunk) {
    filling = chunk;
    fillingSince = System.nanoTime();
    changed.signal();
  }

  /** A buffer became free; on whichever thread freed it. */
  private void given(Chunk chunk) {
    eventLoop.runOnContext(
        _ -> {
          lock.lock();
          try {
            if (isClosed || failure != null) {
              chunk.release();
              return;
            }
            begin(chunk);
            fillOrFail();
            if (rest != null) {
              return;
            }
            lastArrival = System.nanoTime();
          } finally {
            lock.unlock();
          }
          resume();
        });
  }

  private void ended() {
    lock.lock();
    try {
      isEnded = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void failed(RuntimeException cause) {
    lock.lock();
    try {
      if (!isEnded && failure == null) {
        failure = cause;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable Chunk next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (failure != null) {
          throw failure;
        }
        if (!ready.isEmpty()) {
          return ready.poll();
        }
        if (isEnded) {
          return takeFilling();
        }
        long now = System.nanoTime();
        long silent = now - lastArrival;
        if (filling != null) {
          if (now - fillingSince >= LINGER) {
            return takeFilling();
          }
          changed.awaitNanos(LINGER - (now - fillingSince));
        } else if (rest != null) {
          changed.await();
        } else if (silent < idleNanos) {
          changed.awaitNanos(idleNanos - silent);
        } else {
          throw GlanceException.invalid(
              "No bytes arrived for " + TimeUnit.NANOSECONDS.toSeconds(idleNanos) + " seconds.");
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Chunk takeFilling() {
    Chunk chunk = filling;
    filling = null;
    return chunk;
  }

  /** Gives the buffers back. What still arrives is dropped; the request may have to be resumed. */
  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      rest = null;
      if (filling != null) {
        ready.add(filling);
        filling = null;
      }
      ready.forEach(Chunk::release);
      ready.clear();
    } finally {
      lock.unlock();
    }
    buffers.close();
    eventLoop.runOnContext(_ -> arriving.end());
  }
}
