package dev.glance.registry.http;

/** The keys of what is put beside log messages. */
public final class LogKeys {
  /** In the log context: the request id that the client or glance-api gave, ready to print. */
  public static final String REQUEST_ID = "request_id";

  private LogKeys() {}
}
