package dev.glance.it;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * HTTP that sends a request exactly as it is written, where a client would refuse or mend what is
 * wrong with it. A connection for each request.
 */
final class RawHttp {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private RawHttp() {}

  /**
   * An answer as it came.
   *
   * @param headers in order, by their names in lower case
   * @param body a character for each byte
   */
  record Answer(int status, Map<String, List<String>> headers, String body) {
    /** All values of a header as one, as a client may read them. */
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)))
          .map(values -> String.join(", ", values));
    }

    String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    byte[] bytes() {
      return body.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Sends one request and reads its answer.
   *
   * @param body in one chunk when the headers ask for chunks; otherwise its length is announced
   *     unless the headers do
   */
  static Answer send(
      URI service, String method, String target, Map<String, String> headers, byte[] body) {
    Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    all.put("Host", service.getAuthority());
    all.put("Connection", "close");
    all.putAll(headers);
    boolean isChunked = all.containsKey("Transfer-Encoding");
    if (body.length > 0 && !isChunked) {
      all.putIfAbsent("Content-Length", Integer.toString(body.length));
    }
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    all.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("\r\n");
    try (Socket socket = new Socket(service.getHost(), service.getPort())) {
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
      if (isChunked) {
        if (body.length > 0) {
          bytes.writeBytes(
              (Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
          bytes.writeBytes(body);
          bytes.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        bytes.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      } else {
        bytes.writeBytes(body);
      }
      OutputStream out = socket.getOutputStream();
      out.write(bytes.toByteArray());
      out.flush();
      return read(new BufferedInputStream(socket.getInputStream()), method);
    } catch (IOException e) {
      return new Answer(0, Map.of(), e.toString());
    }
  }

  private static Answer read(InputStream in, String method) throws IOException {
    String statusLine = line(in);
    if (!statusLine.matches("HTTP/1\\.1 \\d{3}.*")) {
      throw new IOException("not an answer: " + statusLine);
    }
    int status = Integer.parseInt(statusLine.substring(9, 12));
    Map<String, List<String>> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String[] parts = line.split(":", 2);
      headers
          .computeIfAbsent(parts[0].toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
          .add(parts.length > 1 ? parts[1].strip() : "");
    }
    if (status == 100) {
      return read(in, method);
    }
    if (method.equals("HEAD") || status == 204 || status == 304) {
      return new Answer(status, headers, "");
    }
    if (headers.containsKey("transfer-encoding")) {
      return new Answer(status, headers, new String(chunks(in), StandardCharsets.ISO_8859_1));
    }
    List<String> length = headers.get("content-length");
    byte[] body =
        length == null ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length.getFirst()));
    return new Answer(status, headers, new String(body, StandardCharsets.ISO_8859_1));
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = size(in); size > 0; size = size(in)) {
      body.writeBytes(in.readNBytes(size));
      line(in);
    }
    return body.toByteArray();
  }

  private static int size(InputStream in) throws IOException {
    return Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the connection ended early");
      }
      line.write(next);
    }
    byte[] bytes = line.toByteArray();
    int length =
        bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
    return new String(Arrays.copyOf(bytes, length), StandardCharsets.ISO_8859_1);
  }
}
