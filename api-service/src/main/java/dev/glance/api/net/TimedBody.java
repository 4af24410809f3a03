package dev.glance.api.net;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an answer as they arrive, a bounded number ahead of the reader. Unlike the JDK's own
 * stream it ends a reader's waiting for a peer that has fallen silent.
 */
public final class TimedBody implements BodySubscriber<TimedBody>, AutoCloseable {
  /** So many of the client's buffers of 16 KiB are on their way ahead of the reader. */
  private static final int AHEAD = 32;

  private sealed interface Event {}

  private record Bytes(List<ByteBuffer> buffers) implements Event {}

  private record End(@Nullable Throwable failure) implements Event {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

  @Override
  public CompletionStage<TimedBody> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription subscribed) {
    subscription.complete(subscribed);
    subscribed.request(AHEAD);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    events.add(new Bytes(buffers));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new End(failure));
  }

  @Override
  public void onComplete() {
    events.add(new End(null));
  }

  /**
   * The next bytes.
   *
   * @throws HttpTimeoutException when none came for so long
   * @throws EOFException when there are no more
   * @throws IOException when the connection broke
   */
  public List<ByteBuffer> next(Duration patience) throws IOException {
    Event event;
    try {
      event = events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the download was cancelled");
    }
    return switch (event) {
      case null -> throw new HttpTimeoutException("the server sent nothing for " + patience);
      case Bytes(List<ByteBuffer> buffers) -> {
        subscription.join().request(1);
        yield buffers;
      }
      case End(Throwable failure) -> {
        events.add(event);
        if (failure == null) {
          throw new EOFException("the server sent fewer bytes than it said");
        }
        throw new IOException(failure);
      }
    };
  }

  /** Lets go of the connection; more bytes are not wanted. */
  @Override
  public void close() {
    CompletableFuture<Void> _ = subscription.thenAccept(Flow.Subscription::cancel);
  }
}
