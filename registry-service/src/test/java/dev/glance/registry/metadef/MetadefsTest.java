package dev.glance.registry.metadef;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Visibility;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.NamespaceQuery;
import dev.glance.model.metadef.NamespaceQuery.SortKey;
import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.metadef.ResourceTypeAssociation;
import dev.glance.model.registry.MetadefCatalogueApi;
import dev.glance.model.registry.MetadefCatalogueApi.LoadMode;
import dev.glance.model.registry.MetadefCatalogueApi.LoadOutcome;
import dev.glance.model.registry.MetadefCatalogueApi.LoadRequest;
import dev.glance.model.registry.MetadefsApi;
import dev.glance.model.registry.MetadefsApi.NewTags;
import dev.glance.model.registry.Scope;
import dev.glance.registry.EmbeddedDatabase;
import dev.glance.registry.database.DatabaseErrors;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Metadata definitions in PostgreSQL. */
@QuarkusTest
@QuarkusTestResource(EmbeddedDatabase.class)
class MetadefsTest {
  private static final Scope OWNER = new Scope("owner", "user", List.of("member"), false, false);
  private static final Scope OTHER = new Scope("other", "user", List.of("member"), false, false);
  private static final Scope NOBODY = new Scope(null, null, List.of(), false, false);
  private static final Scope ADMIN = new Scope("ops", "root", List.of("admin"), true, false);

  @Inject MetadefsApi metadefs;
  @Inject MetadefCatalogueApi catalogue;

  @BeforeEach
  void startEmpty() {
    catalogue.unload();
  }

  // Namespaces

  @Test
  void aNamespaceIsShownWithEverythingInItAndInItsOrder() {
    metadefs.create(OWNER, full("OS::Full 🐧"));

    NamespaceContent shown = metadefs.show(OWNER, "OS::Full 🐧");

    assertThat(shown.namespace().value()).isEqualTo(full("OS::Full 🐧").namespace());
    assertThat(shown.namespace().createdAt()).isEqualTo(shown.namespace().updatedAt());
    assertThat(values(shown.resourceTypes())).isEqualTo(full("x").resourceTypes());
    assertThat(values(shown.properties())).isEqualTo(full("x").properties());
    assertThat(values(shown.properties()).getFirst().schema().keySet())
        .containsExactly("type", "title", "default", "minimum");
    assertThat(values(shown.objects())).isEqualTo(full("x").objects());
    assertThat(values(shown.tags())).containsExactly("z", "a", "🐧");
  }

  @Test
  void aNameIsTakenOnce() {
    metadefs.create(OWNER, empty("taken"));

    assertRefused(ErrorCode.CONFLICT, () -> metadefs.create(OTHER, empty("taken")));
  }

  @Test
  void aCreateThatFailsInsideLeavesNothing() {
    NamespaceDefinition twice =
        new NamespaceDefinition(
            namespace("half", Visibility.PUBLIC, false),
            List.of(new ResourceTypeAssociation("OS::New", null, null)),
            List.of(),
            List.of(),
            List.of("t", "t"));

    assertRefused(ErrorCode.CONFLICT, () -> metadefs.create(OWNER, twice));

    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.show(ADMIN, "half"));
    assertThat(metadefs.resourceTypes(ADMIN)).isEmpty();
  }

  @Test
  void privateNamespacesAreTheOwnersAndTheAdmins() {
    metadefs.create(OWNER, with(namespace("private", Visibility.PRIVATE, false)));
    metadefs.create(OWNER, with(namespace("public", Visibility.PUBLIC, false)));

    for (Scope scope : List.of(OWNER, ADMIN)) {
      assertThat(names(scope, page(10, null, SortKey.NAMESPACE, true)))
          .containsExactly("private", "public");
      assertThat(metadefs.show(scope, "private").namespace().value().owner()).isEqualTo("owner");
    }
    for (Scope scope : List.of(OTHER, NOBODY)) {
      assertThat(names(scope, page(10, null, SortKey.NAMESPACE, true))).containsExactly("public");
      assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.show(scope, "private"));
      assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.delete(scope, "private"));
      assertRefused(
          ErrorCode.NOT_FOUND,
          () -> metadefs.update(scope, "private", namespace("private", Visibility.PUBLIC, false)));
      assertRefused(ErrorCode.NOT_FOUND, () -> tag(scope, "private", "t"));
      assertRefused(
          ErrorCode.NOT_FOUND, () -> metadefs.list(scope, page(1, "private", SortKey.ID, true)));
    }
  }

  @Test
  void anUpdateReplacesTheNamespaceAndKeepsWhatIsInIt() {
    metadefs.create(OWNER, full("before"));
    Namespace change = new Namespace("after", null, "new", Visibility.PRIVATE, true, "other");

    Dated<Namespace> updated = metadefs.update(OWNER, "before", change);

    assertThat(updated.value()).isEqualTo(change);
    assertThat(updated.updatedAt()).isAfter(updated.createdAt());
    assertThat(metadefs.show(OTHER, "after").tags()).hasSize(3);
    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.show(ADMIN, "before"));
  }

  @Test
  void anUpdateToATakenNameIsRefused() {
    metadefs.create(OWNER, empty("a"));
    metadefs.create(OWNER, empty("b"));

    assertRefused(
        ErrorCode.CONFLICT,
        () -> metadefs.update(OWNER, "a", namespace("b", Visibility.PUBLIC, false)));
  }

  @Test
  void whatIsProtectedStays() {
    NamespaceDefinition full = full("kept");
    metadefs.create(
        OWNER,
        new NamespaceDefinition(
            namespace("kept", Visibility.PUBLIC, true),
            full.resourceTypes(),
            full.properties(),
            full.objects(),
            full.tags()));

    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.delete(OWNER, "kept"));
    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.dissociate(ADMIN, "kept", "OS::A"));
    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.deleteProperty(ADMIN, "kept", "p2"));
    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.deleteProperties(ADMIN, "kept"));
    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.deleteObject(ADMIN, "kept", "o1"));
    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.deleteObjects(ADMIN, "kept"));
    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.deleteTag(ADMIN, "kept", "a"));
    assertRefused(ErrorCode.FORBIDDEN, () -> metadefs.deleteTags(ADMIN, "kept"));
    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.deleteTag(ADMIN, "kept", "none"));
    assertThat(values(metadefs.show(OWNER, "kept").objects())).isEqualTo(full.objects());
  }

  @Test
  void aDeleteTakesEverythingInsideButResourceTypes() {
    metadefs.create(OWNER, full("gone"));

    metadefs.delete(OWNER, "gone");

    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.delete(OWNER, "gone"));
    assertThat(values(metadefs.resourceTypes(ADMIN))).containsExactly("OS::A", "OS::B");
    metadefs.create(OWNER, empty("gone"));
    assertThat(metadefs.show(OWNER, "gone").tags()).isEmpty();
  }

  // Lists

  @ParameterizedTest
  @EnumSource(SortKey.class)
  void pagesJoinToTheWholeListInBothDirections(SortKey key) {
    for (int i = 0; i < 7; i++) {
      metadefs.create(
          OWNER,
          with(
              new Namespace(
                  "ns-" + i * 3 % 7,
                  i % 2 == 0 ? null : "display " + i % 3,
                  i % 3 == 0 ? null : "d",
                  i % 2 == 0 ? Visibility.PUBLIC : Visibility.PRIVATE,
                  i % 3 == 1,
                  i % 2 == 0 ? "owner" : null)));
    }

    List<String> ascending = names(ADMIN, page(100, null, key, true));
    List<String> descending = names(ADMIN, page(100, null, key, false));

    assertThat(ascending).hasSize(7);
    assertThat(descending).isEqualTo(ascending.reversed());
    assertThat(inPages(key, true)).isEqualTo(ascending);
    assertThat(inPages(key, false)).isEqualTo(descending);
  }

  @Test
  void listsAreFilteredByVisibilityAndResourceType() {
    metadefs.create(OWNER, full("full"));
    metadefs.create(OWNER, with(namespace("private", Visibility.PRIVATE, false)));
    metadefs.associate(OWNER, "private", new ResourceTypeAssociation("OS::B", "b_", null));

    assertThat(names(OWNER, filtered(Visibility.PRIVATE, null))).containsExactly("private");
    assertThat(names(OWNER, filtered(null, List.of("OS::A")))).containsExactly("full");
    assertThat(names(OWNER, filtered(null, List.of("OS::A", "OS::B"))))
        .containsExactly("full", "private");
    assertThat(names(OTHER, filtered(null, List.of("OS::B")))).containsExactly("full");
    assertThat(names(OWNER, filtered(null, List.of()))).isEmpty();
    assertThat(names(OWNER, page(0, null, SortKey.ID, true))).isEmpty();
    assertThat(metadefs.list(OWNER, filtered(Visibility.PRIVATE, null)).getFirst().resourceTypes())
        .extracting(Dated::value)
        .containsExactly(new ResourceTypeAssociation("OS::B", "b_", null));
  }

  // What is inside

  @Test
  void definitionsAreAddedReplacedAndDeleted() {
    metadefs.create(OWNER, empty("ns"));
    ObjectDefinition object = new ObjectDefinition("o", null, List.of(), List.of());
    PropertyDefinition property = property("p", Map.of("type", "string"));
    ResourceTypeAssociation association = new ResourceTypeAssociation("OS::C", "c:", "target");

    assertThat(metadefs.addObject(OWNER, "ns", object).value()).isEqualTo(object);
    assertThat(metadefs.addProperty(OWNER, "ns", property).value()).isEqualTo(property);
    assertThat(metadefs.associate(OWNER, "ns", association).value()).isEqualTo(association);
    assertThat(tag(OWNER, "ns", "t")).isEqualTo("t");
    assertRefused(ErrorCode.CONFLICT, () -> metadefs.addObject(OWNER, "ns", object));
    assertRefused(ErrorCode.CONFLICT, () -> metadefs.addProperty(OWNER, "ns", property));
    assertRefused(ErrorCode.CONFLICT, () -> metadefs.associate(OWNER, "ns", association));
    assertRefused(ErrorCode.CONFLICT, () -> tag(OWNER, "ns", "t"));

    ObjectDefinition other =
        new ObjectDefinition("o2", "d", List.of("a,b"), List.of(property("q", Map.of())));
    Dated<ObjectDefinition> replaced = metadefs.replaceObject(OWNER, "ns", "o", other);
    assertThat(replaced.value()).isEqualTo(other);
    assertThat(replaced.updatedAt()).isAfter(replaced.createdAt());
    metadefs.replaceProperty(OWNER, "ns", "p", property("p2", Map.of("type", "array")));
    assertThat(metadefs.renameTag(OWNER, "ns", "t", "t2").value()).isEqualTo("t2");
    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.replaceObject(OWNER, "ns", "o", other));
    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.renameTag(OWNER, "ns", "t", "t3"));

    NamespaceContent content = metadefs.show(OWNER, "ns");
    assertThat(values(content.objects())).containsExactly(other);
    assertThat(values(content.properties()))
        .containsExactly(property("p2", Map.of("type", "array")));
    assertThat(values(content.tags())).containsExactly("t2");

    metadefs.deleteObject(OWNER, "ns", "o2");
    metadefs.deleteProperty(OWNER, "ns", "p2");
    metadefs.deleteTag(OWNER, "ns", "t2");
    metadefs.dissociate(OWNER, "ns", "OS::C");
    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.dissociate(OWNER, "ns", "OS::C"));
    assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.deleteObject(OWNER, "ns", "o2"));
    NamespaceContent left = metadefs.show(OWNER, "ns");
    assertThat(left.objects()).isEmpty();
    assertThat(left.properties()).isEmpty();
    assertThat(left.tags()).isEmpty();
    assertThat(left.resourceTypes()).isEmpty();
  }

  @Test
  void aReplacementWithATakenNameIsRefused() {
    metadefs.create(OWNER, full("ns"));

    assertRefused(ErrorCode.CONFLICT, () -> metadefs.renameTag(OWNER, "ns", "a", "z"));
    assertRefused(
        ErrorCode.CONFLICT,
        () -> metadefs.replaceProperty(OWNER, "ns", "p1", property("p2", Map.of())));
  }

  @Test
  void allOfAKindAreDeletedAtOnce() {
    metadefs.create(OWNER, full("ns"));

    metadefs.deleteObjects(OWNER, "ns");
    metadefs.deleteProperties(OWNER, "ns");
    metadefs.deleteTags(OWNER, "ns");
    metadefs.deleteTags(OWNER, "ns");

    NamespaceContent left = metadefs.show(OWNER, "ns");
    assertThat(left.objects()).isEmpty();
    assertThat(left.properties()).isEmpty();
    assertThat(left.tags()).isEmpty();
    assertThat(left.resourceTypes()).hasSize(2);
  }

  @Test
  void tagsAreAppendedOrReplaceTheOthers() {
    metadefs.create(OWNER, full("ns"));

    metadefs.addTags(OWNER, "ns", new NewTags(List.of("b", "c"), false));
    assertThat(values(metadefs.show(OWNER, "ns").tags())).containsExactly("z", "a", "🐧", "b", "c");
    metadefs.addTags(OWNER, "ns", new NewTags(List.of("c", "d"), true));
    assertThat(values(metadefs.show(OWNER, "ns").tags())).containsExactly("c", "d");
    metadefs.addTags(OWNER, "ns", new NewTags(List.of(), true));
    assertRefused(
        ErrorCode.CONFLICT,
        () -> metadefs.addTags(OWNER, "ns", new NewTags(List.of("e", "e"), true)));
    assertThat(values(metadefs.show(OWNER, "ns").tags())).containsExactly("c", "d");
    assertRefused(
        ErrorCode.NOT_FOUND, () -> metadefs.addTags(OWNER, "none", new NewTags(List.of(), true)));
  }

  @Test
  void addsAndADeleteAtOnceBreakNothing() throws Exception {
    for (int round = 0; round < 20; round++) {
      metadefs.create(OWNER, empty("race"));
      List<Callable<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String name = "t" + i;
        calls.add(() -> isThere(() -> tag(OWNER, "race", name)));
        calls.add(
            () ->
                isThere(
                    () -> metadefs.addTags(OWNER, "race", new NewTags(List.of(name, "x"), true))));
      }
      calls.add(() -> isThere(() -> metadefs.delete(OWNER, "race")));
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Future<Boolean> call : threads.invokeAll(calls)) {
          call.get();
        }
      }
      assertRefused(ErrorCode.NOT_FOUND, () -> metadefs.show(OWNER, "race"));
    }
  }

  @Test
  void aValueThatCannotBeKeptIsRefusedByTheDatabaseAlone() {
    metadefs.create(OWNER, empty("ns"));

    assertThatThrownBy(() -> tag(OWNER, "ns", "a\0b"))
        .satisfies(failure -> assertThat(DatabaseErrors.isInvalidValue(failure)).isTrue());
  }

  // The catalogue

  @Test
  void aLoadedNamespaceIsThereAndStaysUnlessToldOtherwise() {
    assertThat(load(full("f"), LoadMode.SKIP)).isEqualTo(LoadOutcome.CREATED);
    assertThat(load(empty("f"), LoadMode.SKIP)).isEqualTo(LoadOutcome.SKIPPED);
    assertThat(metadefs.show(OWNER, "f").tags()).hasSize(3);
    assertThat(load(empty("f"), LoadMode.OVERWRITE)).isEqualTo(LoadOutcome.OVERWRITTEN);
    assertThat(metadefs.show(OWNER, "f").tags()).isEmpty();
  }

  @Test
  void aMergeAddsWhatIsLackingAndPreferNewTakesTheNew() {
    load(full("f"), LoadMode.SKIP);
    PropertyDefinition changed = property("p1", Map.of("type", "boolean"));
    PropertyDefinition added = property("p3", Map.of("type", "string"));
    NamespaceDefinition news =
        new NamespaceDefinition(
            new Namespace("f", "new", null, Visibility.PRIVATE, true, "admin"),
            List.of(new ResourceTypeAssociation("OS::A", "new_", null)),
            List.of(changed, added),
            List.of(),
            List.of("z", "y"));

    assertThat(load(news, LoadMode.MERGE)).isEqualTo(LoadOutcome.MERGED);
    NamespaceContent merged = metadefs.show(ADMIN, "f");
    assertThat(merged.namespace().value()).isEqualTo(full("f").namespace());
    assertThat(values(merged.properties())).contains(added).doesNotContain(changed).hasSize(3);
    assertThat(values(merged.tags())).containsExactly("z", "a", "🐧", "y");

    assertThat(load(news, LoadMode.PREFER_NEW)).isEqualTo(LoadOutcome.MERGED);
    NamespaceContent replaced = metadefs.show(ADMIN, "f");
    assertThat(replaced.namespace().value()).isEqualTo(news.namespace());
    assertThat(values(replaced.properties())).contains(added, changed).hasSize(3);
    assertThat(values(replaced.resourceTypes()))
        .contains(new ResourceTypeAssociation("OS::A", "new_", null))
        .hasSize(2);
    assertThat(values(replaced.objects())).isEqualTo(full("f").objects());
  }

  @Test
  void theWholeCatalogueIsSavedAndUnloaded() {
    load(full("b"), LoadMode.SKIP);
    load(with(namespace("a", Visibility.PRIVATE, true)), LoadMode.SKIP);

    assertThat(catalogue.all())
        .extracting(content -> content.namespace().value().name())
        .containsExactly("b", "a");

    catalogue.unload();

    assertThat(catalogue.all()).isEmpty();
    assertThat(metadefs.resourceTypes(ADMIN)).isEmpty();
  }

  private LoadOutcome load(NamespaceDefinition definition, LoadMode mode) {
    return catalogue.load(new LoadRequest(definition, mode));
  }

  private String tag(Scope scope, String namespace, String name) {
    return metadefs.addTags(scope, namespace, new NewTags(List.of(name), false)).getFirst().value();
  }

  /** Whether the call found its namespace, and no name taken. */
  private static boolean isThere(Runnable call) {
    try {
      call.run();
      return true;
    } catch (GlanceException e) {
      assertThat(e.code()).isIn(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT);
      return false;
    }
  }

  private List<String> inPages(SortKey key, boolean isAscending) {
    List<String> names = new ArrayList<>();
    @Nullable String marker = null;
    while (true) {
      List<String> page = names(ADMIN, page(2, marker, key, isAscending));
      names.addAll(page);
      if (page.size() < 2) {
        return names;
      }
      marker = page.getLast();
    }
  }

  private List<String> names(Scope scope, NamespaceQuery query) {
    return metadefs.list(scope, query).stream()
        .map(entry -> entry.namespace().value().name())
        .toList();
  }

  private static NamespaceQuery page(
      int limit, @Nullable String marker, SortKey key, boolean isAscending) {
    return new NamespaceQuery(limit, marker, key, isAscending, null, null);
  }

  private static NamespaceQuery filtered(
      @Nullable Visibility visibility, @Nullable List<String> resourceTypes) {
    return new NamespaceQuery(100, null, SortKey.ID, true, visibility, resourceTypes);
  }

  private static <T> List<T> values(List<Dated<T>> dated) {
    return dated.stream().map(Dated::value).toList();
  }

  private static Namespace namespace(String name, Visibility visibility, boolean isProtected) {
    return new Namespace(name, null, null, visibility, isProtected, "owner");
  }

  private static NamespaceDefinition with(Namespace namespace) {
    return new NamespaceDefinition(namespace, List.of(), List.of(), List.of(), List.of());
  }

  private static NamespaceDefinition empty(String name) {
    return with(namespace(name, Visibility.PUBLIC, false));
  }

  private static NamespaceDefinition full(String name) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "integer");
    schema.put("title", "T");
    schema.put("default", null);
    schema.put("minimum", 1);
    return new NamespaceDefinition(
        new Namespace(name, "Full", "everything", Visibility.PUBLIC, false, "owner"),
        List.of(
            new ResourceTypeAssociation("OS::A", "a_", "image"),
            new ResourceTypeAssociation("OS::B", null, null)),
        List.of(new PropertyDefinition("p2", schema), property("p1", Map.of("type", "string"))),
        List.of(
            new ObjectDefinition(
                "o1",
                "d",
                List.of("q"),
                List.of(property("q", Map.of("enum", Arrays.asList("a", null))))),
            new ObjectDefinition("o0", null, List.of(), List.of())),
        List.of("z", "a", "🐧"));
  }

  private static PropertyDefinition property(String name, Map<String, Object> schema) {
    return new PropertyDefinition(name, schema);
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GlanceException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }
}
