package dev.glance.api.store.swift;

import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/** Bytes in several buffers as one body, which may be sent several times. */
record Pieces(List<ByteBuffer> buffers) implements Flow.Publisher<ByteBuffer> {
  /** The bytes between position and limit of each buffer, whose positions stay. */
  static BodyPublisher body(List<ByteBuffer> buffers) {
    long bytes = buffers.stream().mapToLong(ByteBuffer::remaining).sum();
    return bytes == 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(new Pieces(List.copyOf(buffers)), bytes);
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
    Iterator<ByteBuffer> left = buffers.iterator();
    AtomicLong demand = new AtomicLong();
    subscriber.onSubscribe(
        new Flow.Subscription() {
          private volatile boolean isOver;

          @Override
          public void request(long count) {
            // Whoever raises it from 0 serves it, those who come from within included.
            if (demand.getAndAccumulate(count, Pieces::plus) == 0) {
              do {
                next();
              } while (demand.decrementAndGet() > 0);
            }
          }

          private void next() {
            if (!isOver && left.hasNext()) {
              subscriber.onNext(left.next().duplicate());
            } else if (!isOver) {
              cancel();
              subscriber.onComplete();
            }
          }

          @Override
          public void cancel() {
            isOver = true;
          }
        });
  }

  private static long plus(long one, long other) {
    return Math.max(one, Long.MAX_VALUE - other) == one ? Long.MAX_VALUE : one + other;
  }
}
