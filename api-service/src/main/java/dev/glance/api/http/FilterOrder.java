package dev.glance.api.http;

/** The order of the request filters: the higher, the earlier. */
public final class FilterOrder {
  /** Before everything: its time counts. */
  static final int METRICS = 600;

  /** Before anything can answer: whatever is answered, the rest of the body is read. */
  static final int DRAIN = 550;

  /** Before all that may refuse, so that every answer carries its id. */
  static final int REQUEST_ID = 500;

  /** Before anything may refuse, and after the request has its id. */
  public static final int AUDIT = 495;

  /** Before anything can refuse: a page may read refusals too. */
  static final int CORS = 490;

  /** Before anything looks at the path. */
  static final int URL = 475;

  /** Before authentication, so that discovery needs no token (API reference section 1.1). */
  static final int VERSIONS = 450;

  /** Before every feature. */
  public static final int AUTH = 400;

  /** After authentication: who is unknown learns nothing of the routes. */
  static final int METHODS = 350;

  private FilterOrder() {}
}
