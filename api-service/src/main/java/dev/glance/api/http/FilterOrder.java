package dev.glance.api.http;

/** The order of the request filters: the higher, the earlier. */
public final class FilterOrder {
  /** First, so that every answer carries its id. */
  static final int REQUEST_ID = 500;

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
