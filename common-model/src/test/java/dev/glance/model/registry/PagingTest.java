package dev.glance.model.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi.NewImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/** Paging for any set of images, any order and any page size. */
class PagingTest {
  private static final Scope ADMIN = new Scope("p", "u", List.of(), true, false);

  @Property(tries = 300)
  void pagesWalkTheWholeSetOnceAndInOrder(
      @ForAll("names") List<@Nullable String> names,
      @ForAll @Size(max = 4) List<SortKey> keys,
      @ForAll boolean isAscending,
      @ForAll @IntRange(min = 1, max = 9) int pageSize) {
    FakeRegistry registry = new FakeRegistry();
    for (@Nullable String name : names) {
      registry.create(ADMIN, new NewImage(null, attributes(name)));
    }
    List<Sort> sort = new ArrayList<>();
    for (SortKey key : keys) {
      sort.add(new Sort(key, isAscending ^ (sort.size() % 2 == 1)));
    }

    List<Image> whole = registry.list(ADMIN, query(names.size() + 1, null, sort));
    List<Image> walked = new ArrayList<>();
    List<Image> page = registry.list(ADMIN, query(pageSize, null, sort));
    while (!page.isEmpty()) {
      walked.addAll(page);
      page = registry.list(ADMIN, query(pageSize, page.getLast().id(), sort));
    }

    assertThat(whole).hasSize(names.size()).doesNotHaveDuplicates();
    assertThat(walked).isEqualTo(whole);
  }

  @Provide
  static Arbitrary<List<@Nullable String>> names() {
    return Arbitraries.strings().ofMinLength(0).ofMaxLength(2).injectNull(0.3).list().ofMaxSize(25);
  }

  private static ImageQuery query(int limit, @Nullable String marker, List<Sort> sort) {
    return new ImageQuery(limit, marker, sort, List.of(), false);
  }

  private static ImageAttributes attributes(@Nullable String name) {
    return new ImageAttributes(
        name, Visibility.PRIVATE, false, false, "p", List.of(), 0, 0, null, null, Map.of());
  }
}
