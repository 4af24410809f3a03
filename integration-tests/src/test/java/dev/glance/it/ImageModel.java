package dev.glance.it;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the API reference says of images, sections 2.1 to 2.12, 3 and 4, as a program over maps: no
 * class of the services is used, so that a mistake of theirs cannot be repeated here.
 */
final class ImageModel {
  private static final Set<String> READ_ONLY =
      Set.of(
          "created_at",
          "updated_at",
          "status",
          "checksum",
          "size",
          "virtual_size",
          "direct_url",
          "self",
          "file",
          "schema",
          "id",
          "os_hash_algo",
          "os_hash_value",
          "stores");
  private static final Set<String> VISIBILITIES =
      Set.of("public", "private", "shared", "community");
  private static final Set<String> FORMATS = Set.of("disk_format", "container_format");

  private final List<ModelledImage> images = new ArrayList<>();

  /**
   * What the service must answer.
   *
   * @param document what the body says, as maps and lists, or its bytes; null when there is none or
   *     it does not matter
   */
  record Answer(int status, @Nullable Object document) {
    static Answer of(int status) {
      return new Answer(status, null);
    }
  }

  /**
   * One operation of a PATCH.
   *
   * @param verb {@code add}, {@code replace} or {@code remove}
   */
  record Change(String verb, String property, @Nullable Object value) {}

  /** A parameter of a list that leaves images out. */
  record Filter(String name, String value) {}

  /** The one sort key of a list; its direction counts for the ties too, by the time of creation. */
  record Order(String key, boolean isAscending) {}

  /** Every image there was, deleted ones too, in the order of their creation. */
  List<ModelledImage> images() {
    return images;
  }

  // --- images

  /** Registers an image; the service's id is set by the caller afterwards. */
  Answer create(Persona who, Map<String, @Nullable Object> body) {
    for (String name : body.keySet()) {
      if (Set.of("direct_url", "self", "file", "schema", "stores").contains(name)) {
        return Answer.of(403);
      }
    }
    for (Map.Entry<String, @Nullable Object> member : body.entrySet()) {
      if (!isValid(member.getKey(), member.getValue())) {
        return Answer.of(400);
      }
    }
    for (String name : body.keySet()) {
      if (name.startsWith("os_glance")) {
        return Answer.of(403);
      }
    }
    Object owner = body.containsKey("owner") ? body.get("owner") : who.project();
    if (!who.isAdmin() && !(who.isMember() && who.project().equals(owner))) {
      return Answer.of(403);
    }
    if ("public".equals(body.get("visibility")) && !who.isAdmin()) {
      return Answer.of(403);
    }
    for (String name : body.keySet()) {
      if (READ_ONLY.contains(name) && !name.equals("id")) {
        return Answer.of(403);
      }
    }
    if (images.stream().anyMatch(image -> image.is("id", body.get("id")))) {
      return Answer.of(409);
    }
    ModelledImage image = new ModelledImage();
    image.document().put("owner", owner);
    body.forEach((name, value) -> set(image.document(), name, value));
    images.add(image);
    return new Answer(201, image.document());
  }

  Answer show(Persona who, @Nullable ModelledImage image) {
    return image != null && mayGet(who, image) ? new Answer(200, image.document()) : Answer.of(404);
  }

  Answer patch(
      Persona who, @Nullable ModelledImage image, List<Change> changes, boolean isOlderForm) {
    for (Change change : changes) {
      if (READ_ONLY.contains(change.property()) || change.property().startsWith("os_glance")) {
        return Answer.of(403);
      }
      if (!change.verb().equals("remove") && !isValid(change.property(), change.value())) {
        return Answer.of(400);
      }
    }
    if (image == null || !mayGet(who, image)) {
      return Answer.of(404);
    }
    Map<String, @Nullable Object> draft = new LinkedHashMap<>(image.document());
    for (Change change : changes) {
      int refusal = refusal(who, image, draft, change, isOlderForm);
      if (refusal != 0) {
        return Answer.of(refusal);
      }
      if (change.verb().equals("remove")) {
        draft.remove(change.property());
      } else {
        set(draft, change.property(), change.value());
      }
    }
    image.replaceDocument(draft);
    return new Answer(200, draft);
  }

  private static int refusal(
      Persona who,
      ModelledImage image,
      Map<String, @Nullable Object> draft,
      Change change,
      boolean isOlderForm) {
    String property = change.property();
    boolean isThere = draft.containsKey(property);
    boolean isRemoval = change.verb().equals("remove");
    if (!owns(who, image)
        || (property.equals("visibility") && "public".equals(change.value()) && !who.isAdmin())
        || (property.equals("owner") && !who.isAdmin())
        || (isRemoval && ModelledImage.isBase(property))) {
      return 403;
    }
    if (change.verb().equals("add") ? isThere && isOlderForm : !isThere) {
      return 409;
    }
    return FORMATS.contains(property) && !image.is("status", "queued") ? 403 : 0;
  }

  Answer delete(Persona who, @Nullable ModelledImage image) {
    if (image == null || !mayGet(who, image)) {
      return Answer.of(404);
    }
    if (!owns(who, image) || image.is("protected", true)) {
      return Answer.of(403);
    }
    image.isDeleted = true;
    return Answer.of(204);
  }

  // --- data

  Answer upload(Persona who, @Nullable ModelledImage image, String contentType, byte[] data) {
    if (!contentType.equals("application/octet-stream")) {
      return Answer.of(415);
    }
    if (image == null || !mayGet(who, image)) {
      return Answer.of(404);
    }
    if (!owns(who, image)) {
      return Answer.of(403);
    }
    if (image.is("disk_format", null) || image.is("container_format", null)) {
      return Answer.of(400);
    }
    if (!image.is("status", "queued")) {
      return Answer.of(409);
    }
    // Contents are looked into in bare containers only (section 7.4). All is raw here.
    boolean isInspected = image.is("container_format", "bare");
    image.data = data;
    Map<String, @Nullable Object> document = image.document();
    document.put("status", "active");
    document.put("size", data.length);
    document.put("virtual_size", isInspected && data.length > 0 ? data.length : null);
    document.put("checksum", digest("MD5", data));
    document.put("os_hash_algo", "sha512");
    document.put("os_hash_value", digest("SHA-512", data));
    return Answer.of(204);
  }

  Answer download(Persona who, @Nullable ModelledImage image) {
    if (image == null || !mayGet(who, image)) {
      return Answer.of(404);
    }
    if (!who.isMember() || (image.is("status", "deactivated") && !who.isAdmin())) {
      return Answer.of(403);
    }
    return image.is("status", "queued") ? Answer.of(204) : new Answer(200, image.data);
  }

  /**
   * Withholds the data, or gives it free.
   *
   * @param to {@code deactivated} or {@code active}
   */
  Answer act(Persona who, @Nullable ModelledImage image, String to) {
    if (image == null || !mayGet(who, image)) {
      return Answer.of(404);
    }
    if (!owns(who, image) || image.is("status", "queued")) {
      return Answer.of(403);
    }
    image.document().put("status", to);
    return Answer.of(204);
  }

  // --- tags

  Answer addTag(Persona who, @Nullable ModelledImage image, String tag) {
    int refusal = tagsRefusal(who, image);
    if (refusal != 0 || image == null) {
      return Answer.of(refusal);
    }
    Set<String> tags = image.tags();
    tags.add(tag);
    image.document().put("tags", tags);
    return Answer.of(204);
  }

  Answer removeTag(Persona who, @Nullable ModelledImage image, String tag) {
    int refusal = tagsRefusal(who, image);
    if (refusal != 0 || image == null) {
      return Answer.of(refusal);
    }
    Set<String> tags = image.tags();
    if (!tags.remove(tag)) {
      return Answer.of(404);
    }
    image.document().put("tags", tags);
    return Answer.of(204);
  }

  private static int tagsRefusal(Persona who, @Nullable ModelledImage image) {
    if (image == null || !mayGet(who, image)) {
      return 404;
    }
    return owns(who, image) ? 0 : 403;
  }

  // --- members

  Answer members(Persona who, @Nullable ModelledImage image) {
    int refusal = membersRefusal(who, image);
    if (refusal != 0 || image == null) {
      return Answer.of(refusal);
    }
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (String project : image.members.keySet()) {
      if (seesMember(who, image, project)) {
        all.add(member(image, project));
      }
    }
    return new Answer(200, all);
  }

  Answer showMember(Persona who, @Nullable ModelledImage image, String project) {
    return membersRefusal(who, image) != 0 || image == null || !seesMember(who, image, project)
        ? Answer.of(404)
        : new Answer(200, member(image, project));
  }

  Answer addMember(Persona who, @Nullable ModelledImage image, String project) {
    int refusal = membersRefusal(who, image);
    if (refusal != 0 || image == null) {
      return Answer.of(refusal);
    }
    if (!owns(who, image)) {
      return Answer.of(403);
    }
    if (image.members.containsKey(project)) {
      return Answer.of(409);
    }
    image.members.put(project, "pending");
    return new Answer(200, member(image, project));
  }

  Answer changeMember(
      Persona who, @Nullable ModelledImage image, String project, String memberStatus) {
    if (!Set.of("pending", "accepted", "rejected").contains(memberStatus)) {
      return Answer.of(400);
    }
    int refusal = membersRefusal(who, image);
    if (refusal != 0 || image == null) {
      return Answer.of(refusal);
    }
    if (!seesMember(who, image, project)) {
      return Answer.of(404);
    }
    boolean isTheMember = who.isMember() && !image.is("owner", who.project());
    if (!who.isAdmin() && !isTheMember) {
      return Answer.of(403);
    }
    image.members.put(project, memberStatus);
    return new Answer(200, member(image, project));
  }

  Answer removeMember(Persona who, @Nullable ModelledImage image, String project) {
    int refusal = membersRefusal(who, image);
    if (refusal != 0 || image == null) {
      return Answer.of(refusal);
    }
    if (!seesMember(who, image, project)) {
      return Answer.of(404);
    }
    if (!owns(who, image)) {
      return Answer.of(403);
    }
    image.members.remove(project);
    return Answer.of(204);
  }

  /** Out of sight, then not shared, then the policy: the order in which upstream looks. */
  private static int membersRefusal(Persona who, @Nullable ModelledImage image) {
    if (image == null || !isInSight(who, image)) {
      return 404;
    }
    if (!image.is("visibility", "shared")) {
      return 403;
    }
    return mayGet(who, image) ? 0 : 404;
  }

  private static boolean seesMember(Persona who, ModelledImage image, String project) {
    return image.members.containsKey(project)
        && (who.isAdmin() || image.is("owner", who.project()) || project.equals(who.project()));
  }

  private static Map<String, @Nullable Object> member(ModelledImage image, String project) {
    Map<String, @Nullable Object> member = new LinkedHashMap<>();
    member.put("member_id", project);
    member.put("image_id", image.id());
    member.put("status", image.members.get(project));
    member.put("schema", "/v2/schemas/member");
    return member;
  }

  // --- lists

  /** Whether the caller may list at all. */
  boolean mayList(Persona who) {
    return who.isReader();
  }

  /** The whole list, which the service gives in pages. */
  List<ModelledImage> list(Persona who, Set<Filter> filters, Order order) {
    return images.stream()
        .filter(image -> !image.isDeleted && isListed(who, image, filters))
        .filter(image -> image.is("os_hidden", filters.contains(new Filter("os_hidden", "true"))))
        .filter(image -> filters.stream().allMatch(filter -> matches(image, filter)))
        .sorted(comparator(order))
        .toList();
  }

  /** Section 2.2, "which images a list shows". */
  private static boolean isListed(Persona who, ModelledImage image, Set<Filter> filters) {
    boolean isOwn = image.is("owner", who.project());
    boolean isVisibilityAsked = value(filters, "visibility") != null;
    if (isOwn || (who.isAdmin() && isVisibilityAsked)) {
      return true;
    }
    if (who.isAdmin()) {
      return !image.is("visibility", "community");
    }
    String asked = Objects.requireNonNullElse(value(filters, "member_status"), "accepted");
    return switch (String.valueOf(image.get("visibility"))) {
      case "public" -> true;
      case "community" -> isVisibilityAsked;
      case "shared" -> {
        String said = image.members.get(who.project());
        yield said != null && (asked.equals("all") || asked.equals(said));
      }
      default -> false;
    };
  }

  private static @Nullable String value(Set<Filter> filters, String name) {
    return filters.stream()
        .filter(filter -> filter.name().equals(name))
        .map(Filter::value)
        .findFirst()
        .orElse(null);
  }

  private static boolean matches(ModelledImage image, Filter filter) {
    String value = filter.value();
    return switch (filter.name()) {
      case "member_status", "os_hidden" -> true;
      case "visibility" -> value.equals("all") || image.is("visibility", value);
      case "tag" -> image.tags().contains(value);
      case "protected" -> image.is("protected", Boolean.valueOf(value));
      case "size_min" -> image.get("size") instanceof Integer size && size >= number(value);
      case "size_max" -> image.get("size") instanceof Integer size && size <= number(value);
      case "name" ->
          value.startsWith("in:")
              ? image.get("name") instanceof String name
                  && List.of(value.substring(3).split(",")).contains(name)
              : image.is("name", value);
      default -> image.is(filter.name(), value);
    };
  }

  private static int number(String value) {
    return Integer.parseInt(value);
  }

  private Comparator<ModelledImage> comparator(Order order) {
    Comparator<ModelledImage> byCreation = Comparator.comparingInt(images::indexOf);
    if (order.key().equals("created_at")) {
      return order.isAscending() ? byCreation : byCreation.reversed();
    }
    // What is not set is the least, as in the databases of upstream.
    Comparator<ModelledImage> byKey =
        order.key().equals("size")
            ? Comparator.comparing(
                image -> image.get("size") instanceof Integer size ? size : null,
                Comparator.nullsFirst(Comparator.naturalOrder()))
            : Comparator.comparing(
                image -> image.get(order.key()) instanceof String text ? text : null,
                Comparator.nullsFirst(Comparator.naturalOrder()));
    Comparator<ModelledImage> ascending = byKey.thenComparing(byCreation);
    return order.isAscending() ? ascending : ascending.reversed();
  }

  // --- who may

  /** What the registry lets the caller know of (section 4.4, first rule). */
  private static boolean isInSight(Persona who, ModelledImage image) {
    return !image.isDeleted
        && (who.isAdmin()
            || image.is("owner", who.project())
            || image.is("visibility", "public")
            || image.is("visibility", "community")
            || (image.is("visibility", "shared") && image.members.containsKey(who.project())));
  }

  private static boolean mayGet(Persona who, ModelledImage image) {
    return who.isReader() && isInSight(who, image);
  }

  /** What most rules ask for: an admin, or a member of the project that the image is of. */
  private static boolean owns(Persona who, ModelledImage image) {
    return who.isAdmin() || (who.isMember() && image.is("owner", who.project()));
  }

  // --- values

  private static boolean isValid(String property, @Nullable Object value) {
    return switch (property) {
      case "visibility" -> value instanceof String text && VISIBILITIES.contains(text);
      case "protected", "os_hidden" -> value instanceof Boolean;
      case "min_disk", "min_ram" -> value instanceof Integer number && number >= 0;
      case "tags" -> value instanceof List<?>;
      case "name", "owner" ->
          value == null || (value instanceof String text && text.length() <= 255);
      case "disk_format" -> value == null || value.equals("raw");
      case "container_format" -> value == null || Set.of("bare", "ovf").contains(value);
      default -> READ_ONLY.contains(property) || value instanceof String;
    };
  }

  private static void set(
      Map<String, @Nullable Object> document, String property, @Nullable Object value) {
    document.put(property, property.equals("tags") ? ModelledImage.set(value) : value);
  }

  private static String digest(String algorithm, byte[] data) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(data));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
