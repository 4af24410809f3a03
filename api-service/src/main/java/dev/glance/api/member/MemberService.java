package dev.glance.api.member;

import dev.glance.api.auth.Caller;
import dev.glance.api.policy.ImagePolicy;
import dev.glance.api.policy.Rule;
import dev.glance.api.quota.Quotas;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.Member;
import dev.glance.model.image.MemberStatus;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.MembersApi.MemberChange;
import dev.glance.model.registry.MembersApi.NewMember;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * The rules of sharing (API reference section 2.12), in upstream's order: the image must be in
 * sight, then {@code shared}, then the policy is asked.
 */
@Singleton
public final class MemberService {
  private final ImagesApi images;
  private final MembersApi members;
  private final ImagePolicy policy;
  private final Quotas quotas;
  private final AccessLists accessLists;

  MemberService(
      ImagesApi images,
      MembersApi members,
      ImagePolicy policy,
      Quotas quotas,
      AccessLists accessLists) {
    this.images = images;
    this.members = members;
    this.policy = policy;
    this.quotas = quotas;
    this.accessLists = accessLists;
  }

  List<Member> list(Caller caller, String id) {
    Image image = shared(caller, id);
    policy.require(caller, Rule.GET_MEMBERS, image);
    return policy.allows(caller, Rule.GET_MEMBER, image)
        ? members.list(caller.scope(), id)
        : List.of();
  }

  Member add(Caller caller, String id, String project) {
    Image image = shared(caller, id);
    policy.require(caller, Rule.ADD_MEMBER, image);
    accessLists.expectChange(id);
    Member added = members.add(caller.scope(), id, new NewMember(project, quotas.members()));
    accessLists.renew(id);
    return added;
  }

  /** Whatever hides a member hides it as if it were not there. */
  Member show(Caller caller, String id, String project) {
    try {
      Image image = shared(caller, id);
      policy.require(caller, Rule.GET_MEMBER, image);
      return members.show(caller.scope(), id, project);
    } catch (GlanceException e) {
      if (e.code() == ErrorCode.FORBIDDEN) {
        throw new GlanceException(ErrorCode.NOT_FOUND, e.message(), e);
      }
      throw e;
    }
  }

  Member update(Caller caller, String id, String project, MemberStatus status) {
    Image image = found(caller, id, project);
    policy.require(caller, Rule.MODIFY_MEMBER, image);
    return members.update(caller.scope(), id, project, new MemberChange(status));
  }

  void remove(Caller caller, String id, String project) {
    Image image = found(caller, id, project);
    policy.require(caller, Rule.DELETE_MEMBER, image);
    accessLists.expectChange(id);
    members.remove(caller.scope(), id, project);
    accessLists.renew(id);
  }

  /** Who may not see a member does not learn from a refusal that there is one. */
  private Image found(Caller caller, String id, String project) {
    Image image = shared(caller, id);
    policy.require(caller, Rule.GET_MEMBER, image);
    members.show(caller.scope(), id, project);
    return image;
  }

  private Image shared(Caller caller, String id) {
    if (ImageId.parse(id).isEmpty()) {
      throw GlanceException.imageNotFound(id);
    }
    Image image = images.show(caller.scope(), id);
    if (image.visibility() != Visibility.SHARED) {
      throw GlanceException.forbidden("Only shared images have members.");
    }
    return image;
  }
}
