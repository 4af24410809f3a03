package dev.glance.it;

import static java.util.stream.Collectors.joining;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** An upload over a plain socket, so that a test can stop, cut and listen at any byte. */
final class SlowUpload implements AutoCloseable {
  private static final int ANSWER_WITHIN_MILLIS = 20_000;

  private final Socket socket;

  /** Begins an upload; more headers are whole lines. */
  SlowUpload(URI service, String id, long size, String... headers) {
    try {
      socket = new Socket(service.getHost(), service.getPort());
      socket.setSoTimeout(ANSWER_WITHIN_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String head =
        """
        PUT /v2/images/%s/file HTTP/1.1
        Host: %s
        Content-Type: application/octet-stream
        Content-Length: %d
        %s
        """
            .formatted(
                id,
                service.getAuthority(),
                size,
                Stream.of(headers).map(header -> header + "\n").collect(joining()))
            .replace("\n", "\r\n");
    send(head.getBytes(StandardCharsets.US_ASCII));
  }

  void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends the piece again and again, up to a total, until the answer begins; its status. */
  int sendUntilAnswered(byte[] piece, long total) {
    try {
      for (long sent = 0; sent < total && socket.getInputStream().available() == 0; ) {
        int length = (int) Math.min(piece.length, total - sent);
        socket.getOutputStream().write(piece, 0, length);
        sent += length;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answer();
  }

  /** Waits for the answer, which may come before the last byte was sent; its status. */
  int answer() {
    try {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String statusLine = in.readLine();
      if (statusLine == null) {
        throw new IOException("the connection was closed without an answer");
      }
      return Integer.parseInt(statusLine.split(" ", 3)[1]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Hangs up. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
