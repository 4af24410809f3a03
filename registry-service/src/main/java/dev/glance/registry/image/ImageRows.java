package dev.glance.registry.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.PersistenceException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Rows of {@code images}, read by plain JDBC: they are what is read most, and mapping them by
 * Hibernate took a quarter of the registry's processor time. A statement joins the transaction that
 * is under way, and is one of its own where there is none.
 */
@ApplicationScoped
public class ImageRows {
  /** No image is owned by or shared with it. */
  static final String NO_PROJECT = "";

  private static final TypeReference<Map<String, String>> PROPERTIES = new TypeReference<>() {};
  private static final TypeReference<List<Location>> LOCATIONS = new TypeReference<>() {};
  private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z]\\w*)");

  private final DataSource database;
  private final ObjectMapper json;

  ImageRows(DataSource database, ObjectMapper json) {
    this.database = database;
    this.json = json;
  }

  /**
   * A statement whose rows have every column of {@code images}.
   *
   * @param sql with named parameters, {@code :id}
   */
  public Statement statement(String sql) {
    return new Statement(sql);
  }

  /** Whether the values of the parameters count for the plan. */
  public enum Planning {
    ONCE("force_generic_plan"),
    FOR_EACH_VALUE("force_custom_plan");

    private final String mode;

    Planning(String mode) {
      this.mode = mode;
    }
  }

  /** Not yet run. */
  public final class Statement {
    private final String sql;
    private final Map<String, @Nullable Object> parameters = new HashMap<>();
    private String before = "";

    private Statement(String sql) {
      this.sql = sql;
    }

    /** Gives a parameter its value, wherever the statement names it. */
    public Statement with(String parameter, @Nullable Object value) {
      parameters.put(parameter, value);
      return this;
    }

    /** Fills in the parameters that {@link ImageRepository#MAY_SEE} asks for. */
    public Statement with(Scope scope) {
      return with("admin", scope.isAdmin())
          .with("project", Objects.requireNonNullElse(scope.project(), NO_PROJECT));
    }

    /**
     * Says whether PostgreSQL makes one plan for all values of the parameters, or looks at the
     * values each time. Its own choice compares what it expects of the plans, and takes planning
     * for far cheaper than it is. Holds for the connection until somebody else says otherwise; for
     * statements that say nothing it makes no difference.
     */
    public Statement planned(Planning planning) {
      before = "SET plan_cache_mode = " + planning.mode + "; ";
      return this;
    }

    /**
     * Runs it, and returns the only row, if there is one.
     *
     * @throws PersistenceException around the driver's {@link SQLException}
     */
    public Optional<Image> first() {
      return all().stream().findFirst();
    }

    /**
     * Runs it, and returns its rows in their order.
     *
     * @throws PersistenceException around the driver's {@link SQLException}
     */
    public List<Image> all() {
      List<@Nullable Object> values = new ArrayList<>();
      Matcher named = PARAMETER.matcher(sql);
      StringBuilder positional = new StringBuilder(before);
      while (named.find()) {
        named.appendReplacement(positional, "?");
        values.add(parameters.get(named.group(1)));
      }
      named.appendTail(positional);
      try (Connection connection = database.getConnection();
          PreparedStatement statement = connection.prepareStatement(positional.toString())) {
        for (int i = 0; i < values.size(); i++) {
          statement.setObject(i + 1, forDriver(values.get(i)));
        }
        statement.execute();
        if (!before.isEmpty()) {
          statement.getMoreResults();
        }
        try (ResultSet rows = statement.getResultSet()) {
          List<Image> images = new ArrayList<>();
          while (rows.next()) {
            images.add(image(rows));
          }
          return images;
        }
      } catch (SQLException e) {
        throw new PersistenceException(e);
      }
    }
  }

  private static @Nullable Object forDriver(@Nullable Object value) {
    return value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value;
  }

  private Image image(ResultSet row) throws SQLException {
    @Nullable String shownId = row.getString("shown_id");
    return new Image(
        shownId == null ? row.getObject("id", UUID.class).toString() : shownId,
        row.getString("name"),
        ImageStatus.of(row.getString("status")),
        Visibility.of(row.getString("visibility")),
        row.getBoolean("is_protected"),
        row.getBoolean("is_hidden"),
        row.getString("owner"),
        texts(row.getArray("tags")),
        row.getInt("min_disk"),
        row.getInt("min_ram"),
        row.getString("container_format"),
        row.getString("disk_format"),
        row.getObject("size", Long.class),
        row.getObject("virtual_size", Long.class),
        row.getString("checksum"),
        row.getString("hash_algorithm"),
        row.getString("hash_value"),
        time(row, "created_at"),
        time(row, "updated_at"),
        parse(PROPERTIES, row.getString("properties")),
        parse(LOCATIONS, row.getString("locations")),
        row.getLong("version"));
  }

  private static List<String> texts(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }

  private static Instant time(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private <T> T parse(TypeReference<T> type, String text) {
    try {
      return json.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("images holds JSON of another shape", e);
    }
  }
}
