package dev.glance.api.data;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Closes the connection of a client that has stopped reading its download: it would keep a file, a
 * socket and, with some stores, a connection to the store for ever. What counts is bytes that the
 * kernel took, and not whole writes, of which a slow client's may each take minutes.
 */
final class IdleReader extends IdleStateHandler {
  private static final Logger LOG = Logger.getLogger(IdleReader.class);

  private final String imageId;

  private IdleReader(String imageId, Duration idleTimeout) {
    super(true, 0, idleTimeout.toNanos(), 0, TimeUnit.NANOSECONDS);
    this.imageId = imageId;
  }

  /**
   * Watches a connection that is about to carry an image.
   *
   * @param idleTimeout closed at the soonest after this time without a byte, at the latest after
   *     twice as long
   * @return ends the watch; on the connection's event loop
   */
  static Runnable watch(HttpConnection connection, String imageId, Duration idleTimeout) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    IdleReader handler = new IdleReader(imageId, idleTimeout);
    pipeline.addFirst(handler);
    return () -> {
      // A connection that was closed has lost its handlers.
      if (pipeline.context(handler) != null) {
        pipeline.remove(handler);
      }
    };
  }

  /**
   * The first event after a whole write says nothing of the bytes since; at the second nothing has
   * moved since the first. An empty queue is the store's slowness, not the client's.
   */
  @Override
  protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
    if (!event.isFirst() && isOwed(context.channel())) {
      LOG.infof("download of image %s cut: the client has stopped reading", imageId);
      ChannelFuture _ = context.close();
    }
  }

  private static boolean isOwed(Channel channel) {
    var queue = channel.unsafe().outboundBuffer();
    return queue != null && !queue.isEmpty();
  }
}
