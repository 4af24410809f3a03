package dev.glance.model;

import java.util.regex.Pattern;

/**
 * Tells settings from what Kubernetes injects into every pod for a Service whose name begins with
 * {@code glance-}: its variables look like ours ({@code GLANCE_REGISTRY_PORT=tcp://…}).
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables">the
 *     variables</a>
 */
public final class ServiceLinks {
  private static final Pattern NAME =
      Pattern.compile(
          "GLANCE_\\w+_(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");
  private static final Pattern PORT_NAME = Pattern.compile("GLANCE_\\w+_PORT");
  private static final Pattern URL = Pattern.compile("(tcp|udp|sctp)://.*");

  private ServiceLinks() {}

  /** Whether an environment variable is one of these. */
  public static boolean contains(String name, String value) {
    return NAME.matcher(name).matches()
        || (PORT_NAME.matcher(name).matches() && URL.matcher(value).matches());
  }
}
