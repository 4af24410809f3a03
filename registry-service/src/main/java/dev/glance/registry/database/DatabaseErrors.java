package dev.glance.registry.database;

import java.net.ConnectException;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the database's exceptions mean to those who did not write the statement. */
public final class DatabaseErrors {
  private DatabaseErrors() {}

  /** Whether the database could not be reached, or went away: trying again later makes sense. */
  public static boolean isUnavailable(Throwable failure) {
    return find(failure)
        .map(
            cause ->
                // No state: the pool gave up waiting for a connection. 08: connection lost or
                // refused. 57P0: PostgreSQL is stopping or starting. 53300: it has no free slot.
                cause.getSQLState() == null
                    || cause.getSQLState().startsWith("08")
                    || cause.getSQLState().startsWith("57P0")
                    || cause.getSQLState().equals("53300")
                    || cause.getCause() instanceof ConnectException)
        .orElse(false);
  }

  /** Whether a value is one that no column can hold, such as a text with a NUL in it. */
  public static boolean isInvalidValue(Throwable failure) {
    return find(failure)
        .map(cause -> cause.getSQLState() != null && cause.getSQLState().startsWith("22"))
        .orElse(false);
  }

  /** The database's own words, if {@code failure} comes from it. */
  public static Optional<String> words(Throwable failure) {
    return find(failure).map(SQLException::getMessage);
  }

  private static Optional<SQLException> find(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return Optional.of(sql);
      }
    }
    return Optional.empty();
  }
}
