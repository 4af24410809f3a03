package dev.glance.registry.inventory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import dev.glance.model.registry.InventoryApi.Known;
import dev.glance.registry.image.ImageRows;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads across {@code images}, {@code uploads} and {@code jobs}; changes nothing. */
@ApplicationScoped
public class InventoryRepository {
  private static final TypeReference<List<Location>> LOCATIONS = new TypeReference<>() {};
  private static final UUID BEFORE_ALL = new UUID(0, 0);

  private final ImageRows rows;
  private final EntityManager database;
  private final ObjectMapper json;

  InventoryRepository(ImageRows rows, EntityManager database, ObjectMapper json) {
    this.rows = rows;
    this.database = database;
    this.json = json;
  }

  /** In the order of their ids. */
  List<Image> withData(@Nullable UUID after, int limit) {
    return rows.statement(
            """
            SELECT * FROM images
            WHERE deleted_at IS NULL AND locations <> '[]' AND id > :after
            ORDER BY id LIMIT :limit
            """)
        .with("after", after == null ? BEFORE_ALL : after)
        .with("limit", limit)
        .all();
  }

  /**
   * One statement, so one snapshot: an upload that commits between two of them would look as if its
   * bytes belonged to nobody.
   */
  @SuppressWarnings("unchecked") // The query is made for this class.
  List<Known> known(List<UUID> ids) {
    List<Tuple> rows =
        database
            .createNativeQuery(
                """
                SELECT i.id::text,
                  CASE WHEN i.deleted_at IS NULL THEN i.locations::text ELSE '[]' END,
                  EXISTS (SELECT FROM uploads u WHERE u.image_id = i.id AND u.state <> 'committed')
                    OR EXISTS (SELECT FROM jobs j WHERE j.image_id = i.id AND j.kind <> 'share')
                FROM images i WHERE i.id = ANY (:ids)
                """,
                Tuple.class)
            .setParameter("ids", ids.toArray(UUID[]::new))
            .getResultList();
    return rows.stream()
        .map(
            row ->
                new Known(
                    row.get(0, String.class),
                    locations(row.get(1, String.class)),
                    row.get(2, Boolean.class)))
        .toList();
  }

  private List<Location> locations(String text) {
    try {
      return json.readValue(text, LOCATIONS);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("images.locations holds something else", e);
    }
  }
}
