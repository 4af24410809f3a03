package dev.glance.api.data;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.buffer.impl.BufferImpl;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.VertxHandler;
import java.util.IdentityHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands the body of a request on in the memory that the socket was read into, which is only lent:
 * whoever gets a piece gives it back. Vert.x would copy each piece to the heap, since nobody gives
 * its buffers back: a copy and a garbage collection more for all that is uploaded.
 *
 * <p>Everything here happens on the event loop of the connection.
 */
final class LentBytes extends ChannelInboundHandlerAdapter {
  private final ConnectionBase connection;
  private final ByteBufAllocator own;
  private boolean isLending;

  /** What Vert.x hands on, and the memory it is in. */
  private final IdentityHashMap<ByteBuf, ByteBuf> lent = new IdentityHashMap<>();

  private LentBytes(ConnectionBase connection) {
    this.connection = connection;
    this.own = connection.channel().config().getAllocator();
  }

  /**
   * Has the socket read into chunks from now on, which saves the copy into them. What arrives is
   * lent as ever.
   *
   * @param chunks see {@link ReadTarget}
   */
  void readInto(Supplier<@Nullable Chunk> chunks) {
    // What a TLS connection reads is not yet the body.
    if (isLending && !connection.isSsl()) {
      connection.channel().config().setAllocator(new ReadTarget(own, chunks));
    }
  }

  /** Lends what arrives for the connection's request from now on; {@link #end} must follow. */
  static LentBytes of(HttpConnection connection) {
    LentBytes bytes = new LentBytes((ConnectionBase) connection);
    ChannelPipeline pipeline = bytes.connection.channel().pipeline();
    ChannelHandlerContext vertx = pipeline.context(VertxHandler.class);
    // A connection that was closed has lost its handlers.
    if (vertx != null) {
      pipeline.addBefore(vertx.name(), null, bytes);
      bytes.isLending = true;
    }
    return bytes;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof LastHttpContent) {
      // The next request on this connection is another's.
      stopLending();
    }
    context.fireChannelRead(message instanceof HttpContent content ? lend(content) : message);
  }

  private HttpContent lend(HttpContent content) {
    ByteBuf memory = content.content();
    boolean isLendable =
        content.decoderResult().isSuccess()
            && memory.isReadable()
            && memory.isDirect()
            && memory.nioBufferCount() == 1;
    if (!isLendable) {
      return content;
    }
    ByteBuf view = Unpooled.wrappedBuffer(memory.nioBuffer());
    lent.put(view, memory);
    return content.replace(view);
  }

  /** Ends the loan of a piece; its bytes must not be looked at any more. */
  void giveBack(Buffer piece) {
    ByteBuf memory = lent.remove(((BufferImpl) piece).byteBuf());
    if (memory != null) {
      memory.release();
    }
  }

  /** Stops reading the socket; Vert.x alone would read on until it has eight pieces in store. */
  void pause() {
    if (isLending) {
      connection.doPause();
    }
  }

  /** Reads the socket again. */
  void resume() {
    if (isLending) {
      connection.doResume();
    }
  }

  /** Ends all loans, and lends nothing more: what still arrives is copied by Vert.x again. */
  void end() {
    stopLending();
    lent.values().forEach(ByteBuf::release);
    lent.clear();
  }

  private void stopLending() {
    connection.channel().config().setAllocator(own);
    ChannelPipeline pipeline = connection.channel().pipeline();
    if (pipeline.context(this) != null) {
      pipeline.remove(this);
    }
    resume();
    isLending = false;
  }
}
