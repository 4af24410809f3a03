package dev.glance.api.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** What lies between a store and its server: passes everything on, or does what a test says. */
public final class FaultyNetwork implements AutoCloseable {
  /** What happens to one connection. */
  public sealed interface Fault {
    /** It breaks after so many bytes of the client. */
    record BreakUpload(int afterBytes) implements Fault {}

    /** No more than so many bytes of the client get through, and no answer. */
    record StallUpload(int afterBytes) implements Fault {}

    /** It breaks after so many bytes of the server. */
    record BreakDownload(int afterBytes) implements Fault {}

    /** No more than so many bytes of the server get through. */
    record StallDownload(int afterBytes) implements Fault {}

    /** None: everything is passed on. */
    record None() implements Fault {}

    /** Something on the way answers the first request with this status. */
    record Answer(int status) implements Fault {}
  }

  private final int server;
  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger faulted = new AtomicInteger();
  private volatile boolean isClosed;

  /** In front of the server that listens on this port. */
  public FaultyNetwork(int server) throws IOException {
    this.server = server;
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** The next connection that is opened has this fault, one after that the next. */
  public void next(Fault fault) {
    faults.add(fault);
  }

  /** How many faults have met their connection. */
  public int faulted() {
    return faulted.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        opened(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException _) {
      // Closed.
    }
  }

  /**
   * One that was on its way while the others were closed would go on as if nothing had happened.
   */
  private void opened(Socket socket) throws IOException {
    open.add(socket);
    if (isClosed) {
      socket.close();
    }
  }

  private void serve(Socket client) {
    Fault fault = Objects.requireNonNullElse(faults.poll(), new Fault.None());
    try (client;
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server)) {
      opened(upstream);
      if (!(fault instanceof Fault.None)) {
        faulted.incrementAndGet();
      }
      if (fault instanceof Fault.Answer(int status)) {
        byte[] head = new byte[8192];
        int _ = client.getInputStream().read(head);
        client
            .getOutputStream()
            .write(
                ("HTTP/1.1 "
                        + status
                        + " Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        // Else what was not read would make this a reset.
        client.shutdownOutput();
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
        return;
      }
      Thread up =
          Thread.ofVirtual()
              .start(
                  () -> {
                    switch (fault) {
                      case Fault.BreakUpload(int bytes) -> pass(client, upstream, bytes, true);
                      case Fault.StallUpload(int bytes) -> pass(client, upstream, bytes, false);
                      default -> pass(client, upstream, Long.MAX_VALUE, true);
                    }
                  });
      switch (fault) {
        case Fault.BreakDownload(int bytes) -> pass(upstream, client, bytes, true);
        case Fault.StallDownload(int bytes) -> pass(upstream, client, bytes, false);
        default -> pass(upstream, client, Long.MAX_VALUE, true);
      }
      up.join();
    } catch (IOException | InterruptedException _) {
      // One of them is gone.
    }
  }

  /** Passes at most so many bytes on, then breaks the connection, or swallows the rest. */
  private static void pass(Socket from, Socket to, long bytes, boolean isBreaking) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16384];
      long left = bytes;
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          to.shutdownOutput();
          return;
        }
        out.write(buffer, 0, count);
        left -= count;
      }
      if (isBreaking) {
        from.setSoLinger(true, 0);
        to.setSoLinger(true, 0);
        from.close();
        to.close();
      } else {
        in.transferTo(OutputStream.nullOutputStream());
      }
    } catch (IOException _) {
      // One of them is gone.
    }
  }

  @Override
  public void close() throws IOException {
    isClosed = true;
    listening.close();
    for (Socket each : open) {
      each.close();
    }
  }
}
