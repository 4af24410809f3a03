package dev.glance.it;

import dev.glance.it.ImageModel.Change;
import dev.glance.it.ImageModel.Filter;
import dev.glance.it.ImageModel.Order;
import dev.glance.it.ImageStep.Act;
import dev.glance.it.ImageStep.AddMember;
import dev.glance.it.ImageStep.AddTag;
import dev.glance.it.ImageStep.ChangeMember;
import dev.glance.it.ImageStep.Create;
import dev.glance.it.ImageStep.Delete;
import dev.glance.it.ImageStep.Download;
import dev.glance.it.ImageStep.ListImages;
import dev.glance.it.ImageStep.ListMembers;
import dev.glance.it.ImageStep.Patch;
import dev.glance.it.ImageStep.RemoveMember;
import dev.glance.it.ImageStep.RemoveTag;
import dev.glance.it.ImageStep.Show;
import dev.glance.it.ImageStep.ShowMember;
import dev.glance.it.ImageStep.Upload;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.Transformer;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Random calls by people of several projects and roles do what the API reference says, as {@link
 * ImageModel} understands it. A failure prints the shortest sequence that was found for it and the
 * seed; {@code @Property(seed = "…")} repeats it.
 */
class ImageModelIT {
  private static final int SEQUENCES = 110;
  private static final int STEPS = 100;

  /** What is promised is 10,000; a run that did less has not shown it. */
  private static final int LEAST_STEPS = 10_000;

  /** No image has this age: such a step is about one that does not exist. */
  private static final int NONE = -1;

  private static final List<Filter> FILTERS =
      List.of(
          new Filter("visibility", "all"),
          new Filter("visibility", "public"),
          new Filter("visibility", "community"),
          new Filter("visibility", "shared"),
          new Filter("visibility", "private"),
          new Filter("member_status", "all"),
          new Filter("member_status", "pending"),
          new Filter("member_status", "rejected"),
          new Filter("os_hidden", "true"),
          new Filter("os_hidden", "false"),
          new Filter("protected", "true"),
          new Filter("protected", "false"),
          new Filter("status", "active"),
          new Filter("status", "queued"),
          new Filter("status", "deactivated"),
          new Filter("owner", "p1"),
          new Filter("owner", "p2"),
          new Filter("tag", "a"),
          new Filter("tag", "b"),
          new Filter("tag", "é 😀"),
          new Filter("name", "ann"),
          new Filter("name", "in:ann,bert"),
          new Filter("colour", "red"),
          new Filter("a/b~c", "grün 😀"),
          new Filter("disk_format", "raw"),
          new Filter("size_min", "100"),
          new Filter("size_max", "100"));

  /** What everybody's lists are compared by at the end of each sequence. */
  private static final List<Set<Filter>> LAST_LISTS =
      List.of(
          Set.of(),
          Set.of(new Filter("visibility", "all")),
          Set.of(new Filter("visibility", "all"), new Filter("os_hidden", "true")),
          Set.of(new Filter("visibility", "shared"), new Filter("member_status", "all")),
          Set.of(new Filter("visibility", "private")),
          Set.of(new Filter("visibility", "community")),
          Set.of(new Filter("member_status", "pending")),
          Set.of(new Filter("tag", "a"), new Filter("tag", "b")),
          Set.of(new Filter("status", "active")),
          Set.of(new Filter("owner", "p1"), new Filter("visibility", "all")));

  private static final Order LATEST_FIRST = new Order("created_at", false);
  private static final Installation GLANCE = new Installation();

  @BeforeContainer
  static void start() {
    GLANCE
        .api()
        .set("glance.auth.mode", "headers")
        .set("glance.auth.headers.trusted-peers", "127.0.0.0/8");
    GLANCE.start();
  }

  @AfterContainer
  static void stop() throws IOException {
    GLANCE.close();
  }

  @Property(tries = SEQUENCES, shrinking = ShrinkingMode.BOUNDED)
  void theServiceDoesWhatTheModelSays(@ForAll("calls") ActionChain<ModelledService> calls) {
    Statistics.label(ImageStep.STEPS)
        .coverage(steps -> steps.checkQuery(_ -> true).count(n -> n >= LEAST_STEPS));
    // A run of refusals alone would show little.
    Statistics.label(ModelledService.ANSWERS)
        .coverage(
            answers -> {
              for (int status : List.of(200, 201, 204, 400, 403, 404, 409, 415)) {
                answers.check(status).count(n -> n >= 20);
              }
            });

    ModelledService service = calls.run();

    for (Persona who : Persona.values()) {
      for (Set<Filter> filters : LAST_LISTS) {
        service.compareList(who, filters, LATEST_FIRST, 7);
      }
    }
  }

  @Provide
  Arbitrary<ActionChain<ModelledService>> calls() {
    return ActionChain.<ModelledService>startWith(() -> new ModelledService(GLANCE.api().url()))
        .withAction(6, action(creates()))
        .withAction(8, action(patches()))
        .withAction(4, action(of(people(), ages()).map(t -> new Show(t.get1(), t.get2()))))
        .withAction(1, action(of(people(), ages()).map(t -> new Delete(t.get1(), t.get2()))))
        .withAction(5, action(uploads()))
        .withAction(4, action(of(people(), ages()).map(t -> new Download(t.get1(), t.get2()))))
        .withAction(
            3,
            action(
                Combinators.combine(people(), ages(), Arbitraries.of("deactivate", "reactivate"))
                    .as(Act::new)))
        .withAction(3, action(Combinators.combine(people(), ages(), tags()).as(AddTag::new)))
        .withAction(1, action(Combinators.combine(people(), ages(), tags()).as(RemoveTag::new)))
        .withAction(2, action(of(people(), ages()).map(t -> new ListMembers(t.get1(), t.get2()))))
        .withAction(
            2, action(Combinators.combine(people(), ages(), projects()).as(ShowMember::new)))
        .withAction(5, action(Combinators.combine(people(), ages(), projects()).as(AddMember::new)))
        .withAction(
            4,
            action(
                Combinators.combine(
                        people(),
                        ages(),
                        projects(),
                        Arbitraries.of("accepted", "pending", "rejected", "perhaps"))
                    .as(ChangeMember::new)))
        .withAction(
            1, action(Combinators.combine(people(), ages(), projects()).as(RemoveMember::new)))
        .withAction(3, action(lists()))
        .withMaxTransformations(STEPS);
  }

  private static Action.Independent<ModelledService> action(Arbitrary<? extends ImageStep> steps) {
    return () -> steps.map(step -> (Transformer<ModelledService>) step);
  }

  private static <A, B> Arbitrary<Tuple.Tuple2<A, B>> of(Arbitrary<A> one, Arbitrary<B> other) {
    return Combinators.combine(one, other).as(Tuple::of);
  }

  // --- what is asked for

  private static Arbitrary<Create> creates() {
    Arbitrary<Map<String, @Nullable Object>> bodies =
        Arbitraries.of(
                new Change("add", "name", "ann"),
                new Change("add", "name", "bert"),
                new Change("add", "visibility", "public"),
                new Change("add", "visibility", "community"),
                new Change("add", "visibility", "private"),
                new Change("add", "min_disk", 7),
                new Change("add", "visibility", "secret"),
                new Change("add", "protected", true),
                new Change("add", "os_hidden", true),
                new Change("add", "tags", List.of("a", "b", "a")),
                new Change("add", "owner", "p1"),
                new Change("add", "owner", null),
                new Change("add", "colour", "red"),
                new Change("add", "min_ram", 512),
                new Change("add", "status", "active"),
                new Change("add", "stores", "fast"),
                new Change("add", "os_hash_value", "00"),
                new Change("add", "os_glance_x", "1"))
            .list()
            .uniqueElements(Change::property)
            .ofMaxSize(2)
            .map(ImageModelIT::body);
    // Most are ready to take data.
    Arbitrary<Map<String, @Nullable Object>> formats =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.just(formats("raw", "bare"))),
            Tuple.of(2, Arbitraries.just(formats("raw", "ovf"))),
            Tuple.of(1, Arbitraries.just(formats("raw", null))),
            Tuple.of(1, Arbitraries.just(Map.of())));
    return Combinators.combine(
            people(),
            bodies,
            formats,
            Arbitraries.frequencyOf(
                Tuple.of(12, Arbitraries.just(NONE)),
                Tuple.of(1, Arbitraries.integers().between(0, 5))))
        .as(
            (who, body, format, taken) -> {
              Map<String, @Nullable Object> whole = new LinkedHashMap<>(body);
              whole.putAll(format);
              return new Create(who, whole, taken);
            });
  }

  private static Map<String, @Nullable Object> formats(String disk, @Nullable String container) {
    return body(
        List.of(
            new Change("add", "disk_format", disk),
            new Change("add", "container_format", container)));
  }

  private static Map<String, @Nullable Object> body(List<Change> members) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    members.forEach(member -> body.put(member.property(), member.value()));
    return body;
  }

  private static Arbitrary<Patch> patches() {
    Arbitrary<Change> usual =
        Combinators.combine(
                Arbitraries.of("replace", "add"),
                Arbitraries.of(
                    new Change("", "name", "ann"),
                    new Change("", "name", "zoë 😀"),
                    new Change("", "name", null),
                    new Change("", "visibility", "public"),
                    new Change("", "visibility", "community"),
                    new Change("", "visibility", "shared"),
                    new Change("", "visibility", "private"),
                    new Change("", "protected", true),
                    new Change("", "protected", false),
                    new Change("", "os_hidden", true),
                    new Change("", "os_hidden", false),
                    new Change("", "tags", List.of("b", "é 😀", "b")),
                    new Change("", "tags", List.of()),
                    new Change("", "min_disk", 3),
                    new Change("", "disk_format", "raw"),
                    new Change("", "container_format", "bare"),
                    new Change("", "container_format", "ovf"),
                    new Change("", "owner", "p2"),
                    new Change("", "owner", "p1"),
                    new Change("", "owner", null)))
            .as((verb, what) -> new Change(verb, what.property(), what.value()));
    Arbitrary<Change> custom =
        Combinators.combine(
                Arbitraries.of("add", "replace", "remove"),
                Arbitraries.of("colour", "a/b~c", "extra_properties", "os.version"),
                Arbitraries.of("red", "grün 😀", ""))
            .as(Change::new);
    Arbitrary<Change> wrong =
        Arbitraries.of(
            new Change("replace", "status", "active"),
            new Change("add", "stores", "fast"),
            new Change("add", "os_glance_x", "1"),
            new Change("replace", "name", 5),
            new Change("replace", "visibility", "secret"),
            new Change("add", "colour", 7),
            new Change("remove", "name", null));
    // A shared image is what most rules are about.
    Arbitrary<Change> shared = Arbitraries.just(new Change("replace", "visibility", "shared"));
    return Combinators.combine(
            people(),
            ages(),
            Arbitraries.frequencyOf(
                    Tuple.of(6, usual),
                    Tuple.of(4, custom),
                    Tuple.of(1, wrong),
                    Tuple.of(2, shared))
                .list()
                .ofMaxSize(3),
            Arbitraries.of(false, true))
        .as(Patch::new);
  }

  private static Arbitrary<Upload> uploads() {
    return Combinators.combine(
            people(),
            ages(),
            Arbitraries.frequency(
                Tuple.of(15, "application/octet-stream"), Tuple.of(1, "application/json")),
            Arbitraries.integers().between(0, 3000))
        .as(Upload::new);
  }

  private static Arbitrary<ListImages> lists() {
    Arbitrary<Set<Filter>> filters =
        Arbitraries.of(FILTERS)
            .list()
            .uniqueElements(filter -> filter.name().equals("tag") ? filter : (Object) filter.name())
            .ofMaxSize(3)
            .map(LinkedHashSet::new);
    return Combinators.combine(
            people(),
            filters,
            Combinators.combine(
                    Arbitraries.of("created_at", "name", "size", "status", "id", "disk_format"),
                    Arbitraries.of(false, true))
                .as(Order::new),
            Arbitraries.integers().between(1, 5))
        .as(ListImages::new);
  }

  /** Those who may do more call more often, or most answers would be refusals. */
  private static Arbitrary<Persona> people() {
    return Arbitraries.frequency(
        Tuple.of(9, Persona.ALICE),
        Tuple.of(1, Persona.RITA),
        Tuple.of(3, Persona.BOB),
        Tuple.of(1, Persona.RAY),
        Tuple.of(1, Persona.CAROL),
        Tuple.of(4, Persona.ADMIN),
        Tuple.of(1, Persona.NORA));
  }

  private static Arbitrary<Integer> ages() {
    return Arbitraries.frequencyOf(
        Tuple.of(30, Arbitraries.integers().between(0, 4)),
        Tuple.of(10, Arbitraries.integers().between(0, 15)),
        Tuple.of(1, Arbitraries.just(NONE)));
  }

  private static Arbitrary<String> tags() {
    return Arbitraries.of("a", "b", "é 😀", "c-d?");
  }

  private static Arbitrary<String> projects() {
    return Arbitraries.frequency(
        Tuple.of(5, "p2"), Tuple.of(2, "p3"), Tuple.of(1, "p1"), Tuple.of(1, "nobody"));
  }
}
