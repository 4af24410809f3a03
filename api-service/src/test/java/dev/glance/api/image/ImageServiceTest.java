package dev.glance.api.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.data.DataConfig;
import dev.glance.api.http.PatchMedia;
import dev.glance.api.job.JobRunner;
import dev.glance.api.job.JobsConfig;
import dev.glance.api.keymanager.KeyManager;
import dev.glance.api.keymanager.KeyManagerConfig;
import dev.glance.api.location.LocationConfig;
import dev.glance.api.location.Locations;
import dev.glance.api.member.AccessLists;
import dev.glance.api.policy.Policies;
import dev.glance.api.quota.TestQuotas;
import dev.glance.api.store.Stores;
import dev.glance.api.store.StoresConfig;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Scope;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.ws.rs.ProcessingException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A create whose answer is lost makes one image; updates at the same time all happen. */
class ImageServiceTest {
  private static final Caller CALLER =
      new Caller("admin", "admin", Set.of("admin", "member", "reader")).asAdmin(true);

  private final FakeRegistry registry = new FakeRegistry();

  /** What each call of create throws in the place of its answer; those that never arrive first. */
  private final Queue<RuntimeException> faults = new ArrayDeque<>();

  private boolean arrives = true;
  private int creates;

  private final SmallRyeConfig config =
      new SmallRyeConfigBuilder()
          .addDiscoveredConverters()
          .withMapping(ImageConfig.class)
          .withMapping(StoresConfig.class)
          .withMapping(JobsConfig.class)
          .withMapping(LocationConfig.class)
          .withMapping(DataConfig.class)
          .withMapping(KeyManagerConfig.class)
          .build();
  private final ImageSchema schema =
      new ImageSchema(
          config.getConfigMapping(ImageConfig.class), config.getConfigMapping(StoresConfig.class));
  private final ImageService service = service();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLostAnswerIsAskedForOnceMore(boolean arrives) {
    this.arrives = arrives;
    faults.add(new ProcessingException("timed out"));

    Image image = service.create(CALLER, body(null));

    assertThat(images()).containsExactly(image);
    assertThat(creates).isEqualTo(2);
  }

  @Test
  void theSecondFailureIsTold() {
    arrives = false;
    faults.add(new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "timed out"));
    faults.add(new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "timed out again"));

    assertThatThrownBy(() -> service.create(CALLER, body(null))).hasMessage("timed out again");

    assertThat(creates).isEqualTo(2);
  }

  @Test
  void aRefusalIsTold() {
    faults.add(GlanceException.forbidden("no"));

    assertThatThrownBy(() -> service.create(CALLER, body(null))).hasMessage("no");

    assertThat(creates).isEqualTo(1);
  }

  @Test
  void anIdThatTheClientChoseAndIsTakenIsRefused() {
    String id = UUID.randomUUID().toString();
    service.create(CALLER, body(id));

    assertThatThrownBy(() -> service.create(CALLER, body(id)))
        .isInstanceOfSatisfying(
            GlanceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IMAGE_EXISTS));
  }

  @Test
  void updatesAtTheSameTimeAllHappen() throws Exception {
    String id = service.create(CALLER, body(null)).id();
    List<Callable<Image>> updates = new ArrayList<>();
    for (int client = 0; client < 8; client++) {
      for (int i = 0; i < 5; i++) {
        ArrayNode operations = JsonNodeFactory.instance.arrayNode();
        operations
            .addObject()
            .put("op", "add")
            .put("path", "/p" + client + "-" + i)
            .put("value", "x");
        updates.add(
            () ->
                service.update(
                    CALLER, id, ImagePatch.of(operations, PatchMedia.V2_1, schema), _ -> true));
      }
    }

    try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
      for (Future<Image> update : clients.invokeAll(updates)) {
        update.get();
      }
    }

    assertThat(registry.show(CALLER.scope(), id).properties()).hasSize(40);
  }

  private List<Image> images() {
    return registry.list(CALLER.scope(), new ImageQuery(10, null, List.of(), List.of(), false));
  }

  private static ObjectNode body(@Nullable String id) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("name", "x");
    return id == null ? body : body.put("id", id);
  }

  private ImageService service() {
    return new ImageService(
        new Images(),
        schema,
        new JobRunner(
            registry,
            Stores.single(new MemoryStore("memory", null, 0)),
            accessLists(),
            config.getConfigMapping(JobsConfig.class)),
        Policies.images(),
        Policies.noProtections(),
        TestQuotas.with(Map.of()),
        new Locations(
            Stores.single(new MemoryStore("memory", null, 0)),
            config.getConfigMapping(LocationConfig.class),
            config.getConfigMapping(DataConfig.class)),
        new KeyManager(config.getConfigMapping(KeyManagerConfig.class)),
        accessLists());
  }

  private AccessLists accessLists() {
    return new AccessLists(
        Stores.single(new MemoryStore("memory", null, 0)), registry, registry, registry);
  }

  private final class Images implements ImagesApi {
    @Override
    public Image create(Scope scope, NewImage image) {
      creates++;
      RuntimeException fault = faults.poll();
      if (fault == null) {
        return registry.create(scope, image);
      }
      if (arrives) {
        registry.create(scope, image);
      }
      throw fault;
    }

    @Override
    public Image show(Scope scope, String id) {
      Image image = registry.show(scope, id);
      try {
        // As far away as the real one: others change the image in between.
        Thread.sleep(2);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return image;
    }

    @Override
    public List<Image> list(Scope scope, ImageQuery query) {
      return registry.list(scope, query);
    }

    @Override
    public Image update(Scope scope, String id, ImageChange change) {
      return registry.update(scope, id, change);
    }

    @Override
    public void delete(Scope scope, String id, @Nullable Long version) {
      registry.delete(scope, id, version);
    }

    @Override
    public Image deactivate(Scope scope, String id) {
      return registry.deactivate(scope, id);
    }

    @Override
    public Image reactivate(Scope scope, String id) {
      return registry.reactivate(scope, id);
    }
  }
}
