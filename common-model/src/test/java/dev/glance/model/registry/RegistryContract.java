package dev.glance.model.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Member;
import dev.glance.model.image.MemberStatus;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.JobsApi.Job;
import dev.glance.model.registry.JobsApi.JobClaim;
import dev.glance.model.registry.JobsApi.JobFailure;
import dev.glance.model.registry.JobsApi.JobKind;
import dev.glance.model.registry.JobsApi.JobOwner;
import dev.glance.model.registry.JobsApi.ShareJob;
import dev.glance.model.registry.MembersApi.MemberChange;
import dev.glance.model.registry.MembersApi.NewMember;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every registry does, whatever keeps its rows. A subclass says how to reach one. Cases share
 * one registry: each works in a project of its own.
 */
public abstract class RegistryContract extends CopyContract {
  private static final Duration LEASE = FakeRegistry.LEASE;
  private static final Duration PAST_LEASE = LEASE.plusSeconds(1);
  private static final String WORKER = "worker-1";
  private static final UploadResult RESULT = result("file:///images/a", 3);

  private final String project = UUID.randomUUID().toString();
  private final Scope member = scope(project);
  private final Scope admin = new Scope("ops", "root", List.of("admin"), true, false);

  /** The member calls of the registry under test. */
  protected abstract MembersApi members();

  @BeforeEach
  void finishWhatOtherCasesLeft() {
    passTime(Duration.ofHours(1));
    sweep();
    while (true) {
      List<Job> left = jobs().claim(new JobClaim("cleaner", 100));
      if (left.isEmpty()) {
        return;
      }
      left.forEach(job -> jobs().done(job.id(), new JobOwner("cleaner")));
    }
  }

  // Images

  @Test
  void createdImageIsShownAsGiven() {
    ImageAttributes attributes =
        new ImageAttributes(
            "rhel7 🐧",
            Visibility.PRIVATE,
            true,
            true,
            project,
            List.of("b", "a"),
            10,
            512,
            "bare",
            "qcow2",
            Map.of("os_type", "linux", "empty", ""));

    Image created = images().create(member, new NewImage(null, attributes));

    assertThat(created.status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(created.version()).isEqualTo(1);
    assertThat(created.size()).isNull();
    assertThat(created.checksum()).isNull();
    assertThat(created.locations()).isEmpty();
    assertThat(created.createdAt()).isEqualTo(created.updatedAt());
    assertThat(created.tags()).containsExactlyInAnyOrder("a", "b");
    assertThat(ImageAttributes.of(created).properties()).isEqualTo(attributes.properties());
    assertThat(created.name()).isEqualTo("rhel7 🐧");
    assertThat(created.minDisk()).isEqualTo(10);
    assertThat(created.minRam()).isEqualTo(512);
    assertThat(images().show(member, created.id())).isEqualTo(created);
  }

  @Test
  void idIsMatchedInAnyCaseAndShownAsGiven() {
    String id = UUID.randomUUID().toString().toUpperCase(Locale.ROOT);

    images().create(member, new NewImage(id, attributes("x")));

    assertThat(images().show(member, id.toLowerCase(Locale.ROOT)).id()).isEqualTo(id);
    assertRefused(
        ErrorCode.IMAGE_EXISTS,
        () ->
            images()
                .create(member, new NewImage(id.toLowerCase(Locale.ROOT), attributes("again"))));
  }

  @Test
  void idIsNeverUsedAgain() {
    Image image = create("x");
    images().delete(member, image.id());

    assertRefused(
        ErrorCode.IMAGE_EXISTS,
        () -> images().create(member, new NewImage(image.id(), attributes("again"))));
  }

  @Test
  void idIsNeverUsedAgainWhenTheBytesAreGoneToo() {
    Image image = create("x");
    uploads().commit(startUpload(image.id()).uploadId(), RESULT);
    images().delete(member, image.id());
    Job removal = claimed(image).getFirst();
    jobs().done(removal.id(), new JobOwner(WORKER));

    assertRefused(
        ErrorCode.IMAGE_EXISTS,
        () -> images().create(member, new NewImage(image.id(), attributes("again"))));
  }

  @Test
  void malformedIdIsRefusedOnCreateAndUnknownElsewhere() {
    assertRefused(
        ErrorCode.INVALID_REQUEST,
        () -> images().create(member, new NewImage("1-1-1-1-1", attributes("x"))));
    for (String id : List.of("1-1-1-1-1", "no-uuid", UUID.randomUUID().toString())) {
      assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().show(member, id));
      assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().delete(member, id));
      assertRefused(
          ErrorCode.IMAGE_NOT_FOUND,
          () -> images().update(member, id, new ImageChange(1, attributes("y"))));
      assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> startUpload(id));
    }
  }

  @Test
  void updateReplacesWhatUsersMayWrite() {
    Image image = create("before");
    ImageAttributes wanted =
        new ImageAttributes(
            null,
            Visibility.COMMUNITY,
            true,
            true,
            "other",
            List.of("t"),
            1,
            2,
            null,
            "raw",
            Map.of("k", "v"));

    Image updated = images().update(member, image.id(), new ImageChange(image.version(), wanted));

    assertThat(ImageAttributes.of(updated)).isEqualTo(wanted);
    assertThat(updated.version()).isGreaterThan(image.version());
    assertThat(updated.updatedAt()).isAfterOrEqualTo(image.updatedAt());
    assertThat(updated.createdAt()).isEqualTo(image.createdAt());
    assertThat(images().show(admin, image.id())).isEqualTo(updated);
  }

  @Test
  void updateForAStaleVersionIsRefused() {
    Image image = create("x");
    images().update(member, image.id(), new ImageChange(image.version(), attributes("y")));

    assertRefused(
        ErrorCode.VERSION_CONFLICT,
        () ->
            images().update(member, image.id(), new ImageChange(image.version(), attributes("z"))));
    assertThat(images().show(member, image.id()).name()).isEqualTo("y");
  }

  @Test
  void ofManyUpdatesForOneVersionOneWins() throws Exception {
    Image image = create("x");

    List<Object> outcomes =
        race(
            8,
            i ->
                images()
                    .update(
                        member, image.id(), new ImageChange(image.version(), attributes("n" + i))));

    assertThat(outcomes).filteredOn(Image.class::isInstance).hasSize(1);
    assertThat(outcomes).filteredOn(o -> o == ErrorCode.VERSION_CONFLICT).hasSize(7);
  }

  @Test
  void deletedImageIsGone() {
    Image image = create("x");

    images().delete(member, image.id());

    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().show(admin, image.id()));
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().delete(admin, image.id()));
    assertRefused(
        ErrorCode.IMAGE_NOT_FOUND,
        () -> images().update(admin, image.id(), new ImageChange(2, attributes("y"))));
    assertThat(list(member, query(10))).isEmpty();
  }

  @Test
  void protectedImageIsNotDeleted() {
    Image image = create("x");
    ImageAttributes isProtected =
        new ImageAttributes(
            "x", Visibility.SHARED, true, false, project, List.of(), 0, 0, "bare", "raw", Map.of());
    images().update(member, image.id(), new ImageChange(image.version(), isProtected));

    assertRefused(ErrorCode.FORBIDDEN, () -> images().delete(member, image.id()));
    assertThat(images().show(member, image.id()).name()).isEqualTo("x");
  }

  @Test
  void deletingAnActiveImagePutsItsBytesInTheOutbox() {
    Image image = create("x");
    String uploadId = startUpload(image.id()).uploadId();
    uploads().commit(uploadId, RESULT);

    images().delete(member, image.id());

    assertThat(claimed(image))
        .singleElement()
        .satisfies(
            job -> {
              assertThat(job.kind()).isEqualTo(JobKind.DELETE);
              assertThat(job.location()).isEqualTo(RESULT.location());
              assertThat(job.store()).isEqualTo("file");
              assertThat(job.attempts()).isEqualTo(1);
            });
  }

  @Test
  void rangesCompareNumbersAndTimes() {
    Image small = create("small");
    Image large = create("large");
    small = uploads().commit(startUpload(small.id()).uploadId(), result("file:///images/s", 3));
    large = uploads().commit(startUpload(large.id()).uploadId(), result("file:///images/l", 4));
    Image queued = create("queued");

    assertThat(list(member, query(9, range("size", "3", "4")))).containsExactly(small);
    assertThat(list(member, query(9, range("size", "4", "")))).containsExactly(large);
    assertThat(list(member, query(9, range("size", "", "5")))).containsExactly(large, small);
    assertThat(list(member, query(9, outside("size", "3", "4")))).containsExactly(large);
    assertThat(list(member, query(9, range("min_ram", "0", "1"))))
        .containsExactly(queued, large, small);
    String created = large.createdAt().toString();
    assertThat(list(member, query(9, range("created_at", created, ""))))
        .containsExactly(queued, large);
    assertThat(list(member, query(9, range("created_at", "", created)))).containsExactly(small);
    assertThat(
            list(
                member,
                query(9, outside("created_at", created, large.createdAt().plusNanos(1000) + ""))))
        .containsExactly(queued, small);
    assertThat(list(member, query(9, range("updated_at", queued.updatedAt().toString(), ""))))
        .containsExactly(queued);
    assertRefused(ErrorCode.INVALID_REQUEST, () -> list(member, query(9, range("name", "a", ""))));
  }

  @Test
  void memberStatusSaysWhichSharedImagesAreListed() {
    Scope friend = scope("friend-of-" + project);
    Image pending = sharedWith(friend, MemberStatus.PENDING);
    Image accepted = sharedWith(friend, MemberStatus.ACCEPTED);
    Image rejected = sharedWith(friend, MemberStatus.REJECTED);

    assertThat(list(friend, query(9))).containsExactly(accepted);
    assertThat(list(friend, query(9, memberStatus("pending")))).containsExactly(pending);
    assertThat(list(friend, query(9, memberStatus("rejected")))).containsExactly(rejected);
    assertThat(list(friend, query(9, memberStatus("pending", "accepted", "rejected"))))
        .containsExactly(rejected, accepted, pending);
    assertThat(list(member, query(9, memberStatus("pending"))))
        .as("the owner's own list does not ask")
        .containsExactly(rejected, accepted, pending);
  }

  private Image sharedWith(Scope friend, MemberStatus status) {
    Image image = create("x", Visibility.SHARED, project);
    String friendProject = friend.project() == null ? "" : friend.project();
    members().add(member, image.id(), new NewMember(friendProject, null));
    members().update(friend, image.id(), friendProject, new MemberChange(status));
    return image;
  }

  // Who sees what

  @Test
  void visibilityDecidesWhoSeesAnImage() {
    Scope stranger = scope("stranger-of-" + project);
    Scope nobody = new Scope(null, null, List.of(), false, false);
    for (Visibility visibility : Visibility.values()) {
      Image image = create("x", visibility, project);
      boolean isOpen = visibility == Visibility.PUBLIC || visibility == Visibility.COMMUNITY;
      for (Scope other : List.of(stranger, nobody)) {
        if (isOpen) {
          assertThat(images().show(other, image.id())).isEqualTo(image);
        } else {
          assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().show(other, image.id()));
          assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().delete(other, image.id()));
        }
      }
      assertThat(images().show(member, image.id())).isEqualTo(image);
      assertThat(images().show(admin, image.id())).isEqualTo(image);
    }
  }

  @Test
  void unownedPrivateImageIsForAdminsOnly() {
    Image image = create("x", Visibility.PRIVATE, null);

    assertThat(images().show(admin, image.id()).owner()).isNull();
    assertRefused(
        ErrorCode.IMAGE_NOT_FOUND,
        () -> images().show(new Scope(null, "u", List.of("member"), false, false), image.id()));
  }

  @Test
  void sharedImageIsShownToItsMembersAndListedOnceAccepted() {
    String friendProject = "friend-of-" + project;
    Scope friend = scope(friendProject);
    Image image = create("x", Visibility.SHARED, project);

    members().add(member, image.id(), new NewMember(friendProject, null));
    assertThat(images().show(friend, image.id())).isEqualTo(image);
    assertThat(list(friend, query(10, base("owner", project)))).isEmpty();

    members().update(friend, image.id(), friendProject, new MemberChange(MemberStatus.ACCEPTED));
    assertThat(list(friend, query(10, base("owner", project)))).containsExactly(image);
  }

  @Test
  void membersAreSharedWithAndSayWhatTheyThinkOfIt() {
    String friendProject = "friend-of-" + project;
    String otherProject = "other-friend-of-" + project;
    Image image = create("x", Visibility.SHARED, project);

    Member added = members().add(member, image.id(), new NewMember(friendProject, null));
    assertThat(added.imageId()).isEqualTo(image.id());
    assertThat(added.project()).isEqualTo(friendProject);
    assertThat(added.status()).isEqualTo(MemberStatus.PENDING);
    Member other = members().add(member, image.id(), new NewMember(otherProject, null));

    assertThat(members().list(member, image.id())).containsExactly(added, other);
    assertThat(members().list(admin, image.id())).containsExactly(added, other);
    assertThat(members().list(scope(friendProject), image.id())).containsExactly(added);
    assertThat(members().show(scope(friendProject), image.id(), friendProject)).isEqualTo(added);
    assertRefused(
        ErrorCode.NOT_FOUND, () -> members().show(scope(friendProject), image.id(), otherProject));

    for (MemberStatus status :
        List.of(MemberStatus.REJECTED, MemberStatus.ACCEPTED, MemberStatus.PENDING)) {
      Member changed =
          members()
              .update(scope(friendProject), image.id(), friendProject, new MemberChange(status));
      assertThat(changed.status()).isEqualTo(status);
      assertThat(changed.createdAt()).isEqualTo(added.createdAt());
      assertThat(changed.updatedAt()).isAfterOrEqualTo(added.updatedAt());
    }

    members().remove(member, image.id(), friendProject);
    assertThat(members().list(member, image.id())).containsExactly(other);
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().show(scope(friendProject), image.id()));
    assertRefused(ErrorCode.NOT_FOUND, () -> members().remove(member, image.id(), friendProject));
    assertThat(members().add(member, image.id(), new NewMember(friendProject, null)).status())
        .isEqualTo(MemberStatus.PENDING);
  }

  @Test
  void memberIsAddedOnceAndUpToTheLimit() {
    Image image = create("x", Visibility.SHARED, project);
    members().add(member, image.id(), new NewMember("a", 2));

    assertRefused(
        ErrorCode.CONFLICT, () -> members().add(member, image.id(), new NewMember("a", 2)));
    members().add(member, image.id(), new NewMember("b", 2));
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED, () -> members().add(member, image.id(), new NewMember("c", 2)));
    assertThat(members().list(member, image.id())).hasSize(2);
  }

  @Test
  void onlySharedImagesHaveMembersAndOthersKeepTheirRows() {
    Image image = create("x", Visibility.SHARED, project);
    members().add(member, image.id(), new NewMember("friend", null));
    Image hidden = images().update(member, image.id(), as(image, Visibility.PRIVATE));

    assertRefused(ErrorCode.FORBIDDEN, () -> members().list(member, image.id()));
    assertRefused(
        ErrorCode.FORBIDDEN, () -> members().add(member, image.id(), new NewMember("b", null)));
    assertRefused(ErrorCode.FORBIDDEN, () -> members().show(member, image.id(), "friend"));
    assertRefused(ErrorCode.FORBIDDEN, () -> members().remove(member, image.id(), "friend"));
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> members().list(scope("friend"), image.id()));

    images().update(member, image.id(), as(hidden, Visibility.SHARED));
    assertThat(members().list(scope("friend"), image.id())).hasSize(1);
  }

  @Test
  void membersOfImagesOutOfSightAreNotThere() {
    Image image = create("x", Visibility.SHARED, project);
    Scope stranger = scope("stranger-of-" + project);

    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> members().list(stranger, image.id()));
    assertRefused(
        ErrorCode.IMAGE_NOT_FOUND,
        () -> members().add(stranger, image.id(), new NewMember("b", null)));
    images().delete(member, image.id());
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> members().list(member, image.id()));
  }

  @Test
  void deleteOfAVersionLeavesANewerOne() {
    Image image = create("x");
    Image newer = images().update(member, image.id(), as(image, Visibility.PRIVATE));

    assertRefused(
        ErrorCode.VERSION_CONFLICT, () -> images().delete(member, image.id(), image.version()));
    assertThat(images().show(member, image.id())).isEqualTo(newer);
    images().delete(member, image.id(), newer.version());
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().show(member, image.id()));
  }

  @Test
  void deactivatedImageIsReactivatedAndKeepsItsData() {
    Image image = uploaded();

    Image deactivated = images().deactivate(member, image.id());
    assertThat(deactivated.status()).isEqualTo(ImageStatus.DEACTIVATED);
    assertThat(deactivated.locations()).isEqualTo(image.locations());
    assertThat(images().deactivate(member, image.id())).isEqualTo(deactivated);

    Image active = images().reactivate(member, image.id());
    assertThat(active.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(images().reactivate(member, image.id())).isEqualTo(active);
  }

  @Test
  void onlyImagesWithDataAreDeactivated() {
    Image queued = create("x", Visibility.SHARED, project);

    assertRefused(ErrorCode.STATUS_CONFLICT, () -> images().deactivate(member, queued.id()));
    assertRefused(ErrorCode.STATUS_CONFLICT, () -> images().reactivate(member, queued.id()));
    assertRefused(
        ErrorCode.IMAGE_NOT_FOUND,
        () -> images().deactivate(scope("stranger-of-" + project), queued.id()));
  }

  @Test
  void listShowsWhatItsCallerMayFind() {
    Scope stranger = scope("stranger-of-" + project);
    Image ofPublic = create("public", Visibility.PUBLIC, project);
    Image ofCommunity = create("community", Visibility.COMMUNITY, project);
    Image ofPrivate = create("private", Visibility.PRIVATE, project);
    Image ofShared = create("shared", Visibility.SHARED, project);
    Filter mine = base("owner", project);
    Filter community = base("visibility", "community");

    assertThat(list(member, query(10, mine)))
        .containsExactlyInAnyOrder(ofPublic, ofCommunity, ofPrivate, ofShared);
    assertThat(list(stranger, query(10, mine))).containsExactly(ofPublic);
    assertThat(list(stranger, query(10, mine, community))).containsExactly(ofCommunity);
    assertThat(
            list(
                stranger,
                query(10, mine, base("visibility", "public", "private", "shared", "community"))))
        .containsExactlyInAnyOrder(ofPublic, ofCommunity);
    assertThat(list(admin, query(10, mine)))
        .containsExactlyInAnyOrder(ofPublic, ofPrivate, ofShared);
    assertThat(list(admin, query(10, mine, community))).containsExactly(ofCommunity);
  }

  // Lists

  @Test
  void listIsNewestFirst() {
    Image first = create("1");
    Image second = create("2");
    Image third = create("3");

    assertThat(list(member, query(10))).containsExactly(third, second, first);
    assertThat(list(member, query(2))).containsExactly(third, second);
    assertThat(list(member, query(0))).isEmpty();
  }

  @Test
  void hiddenImagesAreListedOnlyWhenAskedFor() {
    Image shown = create("shown");
    Image hidden =
        images()
            .create(
                member,
                new NewImage(
                    null,
                    new ImageAttributes(
                        "hidden",
                        Visibility.SHARED,
                        false,
                        true,
                        project,
                        List.of(),
                        0,
                        0,
                        null,
                        null,
                        Map.of())));

    assertThat(list(member, query(10))).containsExactly(shown);
    assertThat(list(member, new ImageQuery(10, null, List.of(), List.of(), true)))
        .containsExactly(hidden);
  }

  @Test
  void filtersMustAllHold() {
    Image linux = create("a", List.of("x", "y"), Map.of("os", "linux", "arch", "x86"));
    Image bsd = create("b", List.of("x"), Map.of("os", "bsd", "arch", "x86"));
    Image active = create("c", List.of(), Map.of());
    active = uploads().commit(startUpload(active.id()).uploadId(), RESULT);

    assertThat(list(member, query(9, base("name", "a")))).containsExactly(linux);
    assertThat(list(member, query(9, base("name", "a", "b")))).containsExactly(bsd, linux);
    assertThat(list(member, query(9, base("name", "A")))).isEmpty();
    assertThat(list(member, query(9, base("status", "active")))).containsExactly(active);
    assertThat(list(member, query(9, base("id", linux.id().toUpperCase(Locale.ROOT), "no-uuid"))))
        .containsExactly(linux);
    assertThat(list(member, query(9, base("size", "3")))).containsExactly(active);
    assertThat(list(member, query(9, base("min_ram", "0"), base("name", "b"))))
        .containsExactly(bsd);
    assertThat(list(member, query(9, base("protected", "true")))).isEmpty();
    assertThat(list(member, query(9, base("checksum", RESULT.checksum())))).containsExactly(active);
    assertThat(list(member, query(9, base("os_hash_value", RESULT.hashValue()))))
        .containsExactly(active);
    assertThat(list(member, query(9, property("os", "linux")))).containsExactly(linux);
    assertThat(list(member, query(9, property("os", "linux", "bsd")))).containsExactly(bsd, linux);
    assertThat(list(member, query(9, property("arch", "x86"), property("os", "bsd"))))
        .containsExactly(bsd);
    assertThat(list(member, query(9, property("no'such", "\"x\"")))).isEmpty();
    assertThat(list(member, query(9, tags("x")))).containsExactly(bsd, linux);
    assertThat(list(member, query(9, tags("x", "y")))).containsExactly(linux);
    assertRefused(
        ErrorCode.INVALID_REQUEST, () -> list(member, query(9, base("no_such_column", "x"))));
  }

  @Test
  void pagesOfAnySizeInAnyOrderWalkTheWholeSetOnce() {
    Random random = new Random(42);
    List<String> names = new ArrayList<>(List.of("a", "b", "B", "é", "z", "", "a b"));
    names.add(null);
    List<String> diskFormats = new ArrayList<>(List.of("raw", "qcow2"));
    diskFormats.add(null);
    for (int i = 0; i < 40; i++) {
      ImageAttributes attributes =
          new ImageAttributes(
              pick(names, random),
              Visibility.PRIVATE,
              false,
              false,
              project,
              List.of(),
              0,
              0,
              null,
              pick(diskFormats, random),
              Map.of());
      Image image = images().create(member, new NewImage(null, attributes));
      if (random.nextInt(3) == 0) {
        uploads().commit(startUpload(image.id()).uploadId(), result("x", random.nextInt(3)));
      }
    }
    for (int round = 0; round < 30; round++) {
      List<Sort> sort = new ArrayList<>();
      List<SortKey> keys = new ArrayList<>(List.of(SortKey.values()));
      Collections.shuffle(keys, random);
      for (SortKey key : keys.subList(0, random.nextInt(4))) {
        sort.add(new Sort(key, random.nextBoolean()));
      }
      List<Image> whole = list(member, new ImageQuery(1000, null, sort, List.of(), false));
      assertThat(whole).hasSize(40);
      if (!sort.isEmpty() && sort.getFirst().key() == SortKey.NAME) {
        assertNamesInOrder(whole, sort.getFirst().isAscending());
      }
      assertThat(walk(sort, 1 + random.nextInt(15))).as("sorted by %s", sort).isEqualTo(whole);
    }
  }

  @Test
  void walkSurvivesWhatIsDeletedAndAddedMeanwhile() {
    Image first = create("1");
    Image second = create("2");
    Image third = create("3");
    List<Image> page = list(member, query(1));
    assertThat(page).containsExactly(third);
    images().delete(member, second.id());
    create("4");

    assertThat(list(member, new ImageQuery(5, third.id(), List.of(), List.of(), false)))
        .containsExactly(first);
  }

  @Test
  void markerMustBeAVisibleImage() {
    Image deleted = create("x");
    images().delete(member, deleted.id());
    Image foreign = create("x", Visibility.PRIVATE, "stranger-of-" + project);

    for (String marker : List.of(deleted.id(), UUID.randomUUID().toString(), "no-uuid")) {
      assertRefused(
          ErrorCode.MARKER_NOT_FOUND,
          () -> list(member, new ImageQuery(5, marker, List.of(), List.of(), false)));
    }
    assertRefused(
        ErrorCode.FORBIDDEN,
        () -> list(member, new ImageQuery(5, foreign.id(), List.of(), List.of(), false)));
  }

  // Uploads

  @Test
  void committedUploadMakesTheImageActive() {
    Image image = create("x");

    UploadsApi.UploadLease lease =
        uploads().start(member, image.id(), new UploadStart("file", WORKER, 3L));
    assertThat(lease.leaseMillis()).isEqualTo(LEASE.toMillis());
    assertThat(lease.key().imageId()).isEqualTo(image.id());
    assertThat(lease.key().attempt()).isEqualTo(1);
    assertThat(lease.key().isFenced()).isFalse();
    assertThat(images().show(member, image.id()).status()).isEqualTo(ImageStatus.SAVING);
    uploads().heartbeat(lease.key().uploadId(), new UploadProgress(2));
    Image active = uploads().commit(lease.key().uploadId(), RESULT);

    assertThat(active.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(active.size()).isEqualTo(3);
    assertThat(active.virtualSize()).isEqualTo(10);
    assertThat(active.checksum()).isEqualTo(RESULT.checksum());
    assertThat(active.hashAlgorithm()).isEqualTo("sha512");
    assertThat(active.hashValue()).isEqualTo(RESULT.hashValue());
    assertThat(active.locations()).containsExactly(RESULT.location());
    assertThat(images().show(member, image.id())).isEqualTo(active);
    assertThat(claimed(image)).isEmpty();
  }

  @Test
  void repeatedCommitSucceeds() {
    Image image = create("x");
    String uploadId = startUpload(image.id()).uploadId();
    Image active = uploads().commit(uploadId, RESULT);

    assertThat(uploads().commit(uploadId, RESULT)).isEqualTo(active);
  }

  @Test
  void abortAfterCommitChangesNothing() {
    Image image = create("x");
    String uploadId = startUpload(image.id()).uploadId();
    Image active = uploads().commit(uploadId, RESULT);

    uploads().abort(uploadId, new UploadFailure(false, "late"));

    assertThat(images().show(member, image.id())).isEqualTo(active);
    assertThat(claimed(image)).isEmpty();
  }

  @Test
  void uploadNeedsAQueuedImage() {
    Image image = create("x");
    String uploadId = startUpload(image.id()).uploadId();
    assertRefused(ErrorCode.STATUS_CONFLICT, () -> startUpload(image.id()));
    uploads().commit(uploadId, RESULT);
    assertRefused(ErrorCode.STATUS_CONFLICT, () -> startUpload(image.id()));
  }

  @Test
  void startRepeatedWithItsIdIsTheSameUpload() {
    Image image = create("x");
    UploadStart start = new UploadStart("file", WORKER, 3L);
    UploadLease lease = uploads().start(member, image.id(), start);
    assertThat(lease.key().uploadId()).isEqualTo(start.uploadId());

    assertThat(uploads().start(member, image.id(), start)).isEqualTo(lease);
    assertRefused(
        ErrorCode.STATUS_CONFLICT,
        () -> uploads().start(member, image.id(), new UploadStart("file", WORKER, 3L)));

    uploads().abort(start.uploadId(), new UploadFailure(true, "never began"));
    assertThat(images().show(member, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().heartbeat(start.uploadId(), new UploadProgress(0)));
  }

  @Test
  void ofManyUploadsOneWins() throws Exception {
    Image image = create("x");

    List<Object> outcomes = race(8, _ -> startUpload(image.id()));

    assertThat(outcomes).filteredOn(UploadKey.class::isInstance).hasSize(1);
    assertThat(outcomes).filteredOn(o -> o == ErrorCode.STATUS_CONFLICT).hasSize(7);
  }

  @Test
  void discardedAbortLeavesNothingBehind() {
    Image image = create("x");
    UploadKey key = startUpload(image.id());

    uploads().abort(key.uploadId(), new UploadFailure(true, "client gone"));
    uploads().abort(key.uploadId(), new UploadFailure(false, "repeated"));

    assertThat(images().show(member, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(claimed(image)).isEmpty();
    UploadKey next = startUpload(image.id());
    assertThat(next.attempt()).isEqualTo(2);
    assertThat(next.isFenced()).isFalse();
    assertThat(next.objectName()).isEqualTo(image.id());
  }

  @Test
  void abortOverATakenNameIsAFenceWithoutAJob() {
    Image image = create("x");

    uploads().abort(startUpload(image.id()).uploadId(), new UploadFailure(true, true, "taken"));

    assertThat(claimed(image)).isEmpty();
    UploadKey next = startUpload(image.id());
    assertThat(next.isFenced()).isTrue();
    assertThat(next.objectName()).isEqualTo(image.id() + ".2");
  }

  @Test
  void abortThatDiscardedNothingBecomesAJobAndAFence() {
    Image image = create("x");
    UploadKey key = startUpload(image.id());

    uploads().abort(key.uploadId(), new UploadFailure(false, "store unavailable"));

    assertThat(claimed(image))
        .singleElement()
        .satisfies(
            job -> {
              assertThat(job.kind()).isEqualTo(JobKind.DISCARD);
              assertThat(job.uploadKey()).isEqualTo(key);
              assertThat(job.store()).isEqualTo("file");
            });
    UploadKey next = startUpload(image.id());
    assertThat(next.isFenced()).isTrue();
    assertThat(next.objectName()).isEqualTo(image.id() + ".2");
  }

  @Test
  void unknownUploadIsGone() {
    for (String uploadId : List.of(UUID.randomUUID().toString(), "no-uuid")) {
      assertRefused(
          ErrorCode.UPLOAD_GONE, () -> uploads().heartbeat(uploadId, new UploadProgress(1)));
      assertRefused(ErrorCode.UPLOAD_GONE, () -> uploads().commit(uploadId, RESULT));
    }
    uploads().abort(UUID.randomUUID().toString(), new UploadFailure(true, "nothing there"));
  }

  @Test
  void expiredLeaseReturnsTheImageAndFencesItsWriter() {
    Image image = create("x");
    UploadKey key = startUpload(image.id());

    passTime(PAST_LEASE);
    sweep();

    assertThat(images().show(member, image.id()).status()).isEqualTo(ImageStatus.QUEUED);
    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().heartbeat(key.uploadId(), new UploadProgress(1)));
    assertRefused(ErrorCode.UPLOAD_GONE, () -> uploads().commit(key.uploadId(), RESULT));
    assertThat(claimed(image)).extracting(Job::uploadKey).containsExactly(key);
    UploadKey next = startUpload(image.id());
    assertThat(next.isFenced()).isTrue();
    assertThat(next.attempt()).isEqualTo(2);
    assertRefused(ErrorCode.UPLOAD_GONE, () -> uploads().commit(key.uploadId(), RESULT));
    assertThat(uploads().commit(next.uploadId(), RESULT).status()).isEqualTo(ImageStatus.ACTIVE);
  }

  @Test
  void heartbeatsKeepALease() {
    Image image = create("x");
    UploadKey key = startUpload(image.id());

    for (int i = 0; i < 4; i++) {
      passTime(LEASE.minusSeconds(5));
      uploads().heartbeat(key.uploadId(), new UploadProgress(i));
      sweep();
    }

    assertThat(uploads().commit(key.uploadId(), RESULT).status()).isEqualTo(ImageStatus.ACTIVE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deleteInMidUploadTellsTheWriter(boolean isDiscarded) {
    Image image = create("x");
    UploadKey key = startUpload(image.id());

    images().delete(member, image.id());

    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().heartbeat(key.uploadId(), new UploadProgress(1)));
    assertRefused(ErrorCode.UPLOAD_GONE, () -> uploads().commit(key.uploadId(), RESULT));
    assertThat(claimed(image)).isEmpty();
    uploads().abort(key.uploadId(), new UploadFailure(isDiscarded, "deleted"));
    assertThat(claimed(image))
        .extracting(Job::uploadKey)
        .containsExactlyElementsOf(isDiscarded ? List.of() : List.of(key));
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().show(admin, image.id()));
  }

  @Test
  void deletedUnderAWriterThatDiedIsDiscardedByAJob() {
    Image image = create("x");
    UploadKey key = startUpload(image.id());
    images().delete(member, image.id());

    passTime(PAST_LEASE);
    sweep();

    assertThat(claimed(image)).extracting(Job::uploadKey).containsExactly(key);
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().show(admin, image.id()));
  }

  @Test
  void deleteAndCommitAtOnceLeaveNoBytesUnaccounted() throws Exception {
    for (int round = 0; round < 10; round++) {
      Image image = create("x");
      UploadKey key = startUpload(image.id());

      List<Object> outcomes =
          race(
              2,
              i -> {
                if (i == 0) {
                  return uploads().commit(key.uploadId(), RESULT);
                }
                images().delete(member, image.id());
                return "deleted";
              });

      assertThat(outcomes.get(1)).isEqualTo("deleted");
      if (outcomes.get(0) instanceof Image) {
        assertThat(claimed(image)).extracting(Job::kind).containsExactly(JobKind.DELETE);
      } else {
        assertThat(outcomes.get(0)).isEqualTo(ErrorCode.UPLOAD_GONE);
        assertThat(claimed(image)).isEmpty();
      }
    }
  }

  // Jobs

  @Test
  void jobIsClaimedOnceAndForgottenWhenDone() throws Exception {
    Image image = withJob();

    List<Object> outcomes = race(6, i -> jobs().claim(new JobClaim("w" + i, 5)));

    List<Job> claims =
        outcomes.stream()
            .flatMap(claimed -> ((List<?>) claimed).stream())
            .map(Job.class::cast)
            .toList();
    assertThat(claims).extracting(Job::imageId).containsExactly(image.id());
    Job job = claims.getFirst();
    JobOwner owner = new JobOwner(ownerOf(outcomes, job));
    jobs().heartbeat(job.id(), owner);
    jobs().done(job.id(), owner);
    jobs().done(job.id(), owner);
    passTime(Duration.ofHours(1));
    assertThat(claimed(image)).isEmpty();
  }

  @Test
  void claimThatStopsBeatingGoesToAnother() {
    Image image = withJob();
    Job job = claimed(image).getFirst();
    passTime(LEASE.minusSeconds(5));
    jobs().heartbeat(job.id(), new JobOwner(WORKER));
    passTime(LEASE.minusSeconds(5));
    assertThat(jobs().claim(new JobClaim("worker-2", 5))).isEmpty();

    passTime(PAST_LEASE);

    assertThat(jobs().claim(new JobClaim("worker-2", 5)))
        .singleElement()
        .satisfies(again -> assertThat(again.attempts()).isEqualTo(2));
    assertRefused(ErrorCode.CONFLICT, () -> jobs().heartbeat(job.id(), new JobOwner(WORKER)));
    jobs().done(job.id(), new JobOwner(WORKER));
    jobs().heartbeat(job.id(), new JobOwner("worker-2"));
  }

  @Test
  void failedJobIsPutOffLongerEachTime() {
    Image image = withJob();
    for (int backOffSeconds : List.of(1, 2, 4, 8)) {
      Job job = claimed(image).getFirst();
      jobs().failed(job.id(), new JobFailure(WORKER, "store unavailable"));
      assertThat(claimed(image)).isEmpty();
      // Two seconds early is never due; the clock of the real registry goes on by itself.
      if (backOffSeconds > 2) {
        passTime(Duration.ofSeconds(backOffSeconds - 2));
        assertThat(claimed(image)).isEmpty();
      }
      passTime(Duration.ofSeconds(backOffSeconds));
    }
    assertThat(claimed(image).getFirst().attempts()).isEqualTo(5);
  }

  @Test
  void aShareIsDueAMinuteLater() {
    Image image = create("x");
    jobs().share(new ShareJob(image.id()));
    jobs().share(new ShareJob(UUID.randomUUID().toString()));
    passTime(Duration.ofSeconds(50));
    assertThat(claimed(image)).isEmpty();

    passTime(Duration.ofSeconds(15));

    assertThat(claimed(image))
        .singleElement()
        .satisfies(job -> assertThat(job.kind()).isEqualTo(JobKind.SHARE));
  }

  @Test
  void claimTakesNoMoreThanAskedFor() {
    withJob();
    withJob();
    withJob();

    assertThat(jobs().claim(new JobClaim(WORKER, 2))).hasSize(2);
    assertThat(jobs().claim(new JobClaim(WORKER, 2))).hasSize(1);
    assertThat(jobs().claim(new JobClaim(WORKER, 2))).isEmpty();
  }

  // Words of the cases

  private static Scope scope(String project) {
    return new Scope(project, "user", List.of("member"), false, false);
  }

  private static UploadResult result(String url, long size) {
    return new UploadResult(
        new Location(url, Map.of("store", "file")),
        size,
        10L,
        "900150983cd24fb0d6963f7d28e17f72",
        "sha512",
        "ddaf35a193617aba");
  }

  private ImageAttributes attributes(String name) {
    return attributes(name, Visibility.SHARED, project, List.of(), Map.of());
  }

  private static ImageAttributes attributes(
      String name,
      Visibility visibility,
      @Nullable String owner,
      List<String> tags,
      Map<String, String> properties) {
    return new ImageAttributes(
        name, visibility, false, false, owner, tags, 0, 0, "bare", "raw", properties);
  }

  private Image create(String name) {
    return images().create(member, new NewImage(null, attributes(name)));
  }

  private Image create(String name, List<String> tags, Map<String, String> properties) {
    return images()
        .create(
            member,
            new NewImage(null, attributes(name, Visibility.SHARED, project, tags, properties)));
  }

  private Image create(String name, Visibility visibility, @Nullable String owner) {
    return images()
        .create(
            admin, new NewImage(null, attributes(name, visibility, owner, List.of(), Map.of())));
  }

  private Image uploaded() {
    return uploads().commit(startUpload(create("x").id()).uploadId(), RESULT);
  }

  private static ImageChange as(Image image, Visibility visibility) {
    return new ImageChange(
        image.version(),
        attributes(String.valueOf(image.name()), visibility, image.owner(), List.of(), Map.of()));
  }

  private UploadKey startUpload(String id) {
    return uploads().start(member, id, new UploadStart("file", WORKER, null)).key();
  }

  private Image withJob() {
    Image image = create("x");
    uploads().abort(startUpload(image.id()).uploadId(), new UploadFailure(false, "cut"));
    return image;
  }

  private List<Job> claimed(Image image) {
    return jobs().claim(new JobClaim(WORKER, 100)).stream()
        .filter(job -> job.imageId().equals(image.id()))
        .toList();
  }

  private List<Image> list(Scope scope, ImageQuery query) {
    // Public images of other cases are in sight of all: narrowed to this case's.
    return images().list(scope, query).stream()
        .filter(image -> project.equals(image.owner()))
        .toList();
  }

  private static ImageQuery query(int limit, Filter... filters) {
    return new ImageQuery(limit, null, List.of(), List.of(filters), false);
  }

  private static Filter base(String name, String... values) {
    return new Filter(Filter.Kind.BASE, name, List.of(values));
  }

  private static Filter property(String name, String... values) {
    return new Filter(Filter.Kind.PROPERTY, name, List.of(values));
  }

  private static Filter range(String name, String from, String to) {
    return new Filter(Filter.Kind.RANGE, name, List.of(from, to));
  }

  private static Filter outside(String name, String from, String to) {
    return new Filter(Filter.Kind.OUTSIDE, name, List.of(from, to));
  }

  private static Filter memberStatus(String... values) {
    return new Filter(Filter.Kind.MEMBER_STATUS, "member_status", List.of(values));
  }

  private static Filter tags(String... values) {
    return new Filter(Filter.Kind.TAGS, "tag", List.of(values));
  }

  private List<Image> walk(List<Sort> sort, int pageSize) {
    List<Image> walked = new ArrayList<>();
    String marker = null;
    while (true) {
      List<Image> page =
          images()
              .list(
                  member,
                  new ImageQuery(pageSize, marker, sort, List.of(base("owner", project)), false));
      walked.addAll(page);
      if (page.size() < pageSize) {
        return walked;
      }
      marker = page.getLast().id();
    }
  }

  private static void assertNamesInOrder(List<Image> images, boolean isAscending) {
    List<Image> ascending = isAscending ? images : images.reversed();
    for (int i = 1; i < ascending.size(); i++) {
      String before = ascending.get(i - 1).name();
      String after = ascending.get(i).name();
      assertThat(before == null || (after != null && before.compareTo(after) <= 0))
          .as("%s before %s", before, after)
          .isTrue();
    }
  }

  private static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  private static String ownerOf(List<Object> claims, Job job) {
    for (int i = 0; i < claims.size(); i++) {
      if (((List<?>) claims.get(i)).contains(job)) {
        return "w" + i;
      }
    }
    throw new AssertionError("nobody claimed " + job);
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GlanceException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }

  /** One of several things done at the same moment. */
  private interface Racer {
    Object run(int index) throws Exception;
  }

  /** What each racer returned, or the code it was refused with. */
  private static List<Object> race(int racers, Racer racer) throws Exception {
    List<Callable<Object>> calls = new ArrayList<>();
    for (int i = 0; i < racers; i++) {
      int index = i;
      calls.add(
          () -> {
            try {
              return racer.run(index);
            } catch (GlanceException refusal) {
              return refusal.code();
            }
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(racers)) {
      List<Object> outcomes = new ArrayList<>();
      for (Future<Object> outcome : threads.invokeAll(calls)) {
        outcomes.add(outcome.get());
      }
      return outcomes;
    }
  }
}
