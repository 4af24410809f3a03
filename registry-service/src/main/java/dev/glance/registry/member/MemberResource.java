package dev.glance.registry.member;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.Member;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.Scope;
import java.util.List;
import java.util.UUID;

/** The registry's side of {@link MembersApi}. */
public class MemberResource implements MembersApi {
  private final MemberRepository members;
  private final ImagesApi images;

  MemberResource(MemberRepository members, ImagesApi images) {
    this.members = members;
    this.images = images;
  }

  @Override
  public List<Member> list(Scope scope, String id) {
    Image image = shared(scope, id);
    return members.list(scope, key(image)).stream().map(row -> row.toModel(image.id())).toList();
  }

  @Override
  public Member add(Scope scope, String id, NewMember member) {
    Image image = shared(scope, id);
    return members
        .add(key(image), member)
        .orElseThrow(
            () ->
                new GlanceException(
                    ErrorCode.CONFLICT,
                    "Member "
                        + member.project()
                        + " is duplicated for image "
                        + shared(scope, id).id()))
        .toModel(image.id());
  }

  @Override
  public Member show(Scope scope, String id, String project) {
    Image image = shared(scope, id);
    return members
        .find(scope, key(image), project)
        .orElseThrow(() -> unknown(project, image))
        .toModel(image.id());
  }

  @Override
  public Member update(Scope scope, String id, String project, MemberChange change) {
    Image image = shared(scope, id);
    return members
        .update(scope, key(image), project, change.status())
        .orElseThrow(() -> unknown(project, image))
        .toModel(image.id());
  }

  @Override
  public void remove(Scope scope, String id, String project) {
    Image image = shared(scope, id);
    if (!members.remove(scope, key(image), project)) {
      throw unknown(project, image);
    }
  }

  /** The statements ask for the visibility once more: it may change in between. */
  private Image shared(Scope scope, String id) {
    Image image = images.show(scope, id);
    if (image.visibility() != Visibility.SHARED) {
      throw GlanceException.forbidden("Only shared images have members.");
    }
    return image;
  }

  private static UUID key(Image image) {
    return ImageId.parse(image.id()).orElseThrow(() -> GlanceException.imageNotFound(image.id()));
  }

  private static GlanceException unknown(String project, Image image) {
    return new GlanceException(
        ErrorCode.NOT_FOUND,
        project + " not found in the member list of the image " + image.id() + ".");
  }
}
