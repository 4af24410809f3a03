package dev.glance.it;

import static dev.glance.it.ModelledService.compare;
import static dev.glance.it.ModelledService.compareDocument;
import static dev.glance.it.ModelledService.compareMembers;
import static dev.glance.it.ModelledService.encoded;
import static dev.glance.it.ModelledService.json;
import static dev.glance.it.ModelledService.path;

import dev.glance.it.ImageModel.Answer;
import dev.glance.it.ImageModel.Change;
import dev.glance.it.ImageModel.Filter;
import dev.glance.it.ImageModel.Order;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.state.Transformer;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * One call of one caller. An image is named by its age among all that were created so far, so that
 * a step keeps its meaning when those before it are left out.
 */
sealed interface ImageStep extends Transformer<ModelledService> {
  /** What jqwik counts the steps of all sequences under. */
  String STEPS = "steps";

  /** Calls the service and the model, and compares. */
  void run(ModelledService service);

  @Override
  default ModelledService apply(ModelledService service) {
    Statistics.label(STEPS).collect(getClass().getSimpleName());
    run(service);
    return service;
  }

  @Override
  default String transformation() {
    return toString();
  }

  /**
   * Registers an image.
   *
   * @param takenId the age of the image whose id is asked for again; negative for a new one
   */
  record Create(Persona who, Map<String, @Nullable Object> body, int takenId) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      Map<String, @Nullable Object> whole = new LinkedHashMap<>(body);
      ModelledImage taken = service.image(takenId);
      if (taken != null) {
        whole.put("id", taken.id());
      }
      Answer expected = service.model.create(who, whole);
      HttpResponse<byte[]> response = service.send(who, "POST", "/v2/images", json(whole));
      if (expected.status() == 201 && response.statusCode() == 201) {
        service.learnId(response);
      }
      compareDocument(response, expected);
    }
  }

  record Show(Persona who, int age) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compareDocument(service.send(who, "GET", path(image), ""), service.model.show(who, image));
    }
  }

  /**
   * Changes an image.
   *
   * @param isOlderForm in the media type of API 2.0, which names the operation by its member
   */
  record Patch(Persona who, int age, List<Change> changes, boolean isOlderForm)
      implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      List<Map<String, @Nullable Object>> operations = new ArrayList<>();
      for (Change change : changes) {
        String pointer = "/" + change.property().replace("~", "~0").replace("/", "~1");
        Map<String, @Nullable Object> operation = new LinkedHashMap<>();
        if (isOlderForm) {
          operation.put(change.verb(), pointer);
        } else {
          operation.put("op", change.verb());
          operation.put("path", pointer);
        }
        if (!change.verb().equals("remove")) {
          operation.put("value", change.value());
        }
        operations.add(operation);
      }
      HttpResponse<byte[]> response =
          service.send(
              who,
              "PATCH",
              path(image),
              "application/openstack-images-v2." + (isOlderForm ? "0" : "1") + "-json-patch",
              json(operations).getBytes(StandardCharsets.UTF_8));
      compareDocument(response, service.model.patch(who, image, changes, isOlderForm));
    }
  }

  record Delete(Persona who, int age) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compare(service.send(who, "DELETE", path(image), ""), service.model.delete(who, image));
    }
  }

  record Upload(Persona who, int age, String contentType, int length) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      byte[] data = new byte[length];
      for (int i = 0; i < length; i++) {
        data[i] = (byte) (i * 31 + age);
      }
      compare(
          service.send(who, "PUT", path(image) + "/file", contentType, data),
          service.model.upload(who, image, contentType, data));
    }
  }

  record Download(Persona who, int age) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compare(
          service.send(who, "GET", path(image) + "/file", ""), service.model.download(who, image));
    }
  }

  /**
   * Withholds an image's data or gives it free.
   *
   * @param verb {@code deactivate} or {@code reactivate}
   */
  record Act(Persona who, int age, String verb) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compare(
          service.send(who, "POST", path(image) + "/actions/" + verb, ""),
          service.model.act(who, image, verb.equals("deactivate") ? "deactivated" : "active"));
    }
  }

  record AddTag(Persona who, int age, String tag) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compare(
          service.send(who, "PUT", path(image) + "/tags/" + encoded(tag), ""),
          service.model.addTag(who, image, tag));
    }
  }

  record RemoveTag(Persona who, int age, String tag) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compare(
          service.send(who, "DELETE", path(image) + "/tags/" + encoded(tag), ""),
          service.model.removeTag(who, image, tag));
    }
  }

  record ListMembers(Persona who, int age) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compareMembers(
          service.send(who, "GET", path(image) + "/members", ""),
          service.model.members(who, image));
    }
  }

  record ShowMember(Persona who, int age, String project) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compareDocument(
          service.send(who, "GET", path(image) + "/members/" + project, ""),
          service.model.showMember(who, image, project));
    }
  }

  record AddMember(Persona who, int age, String project) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compareDocument(
          service.send(who, "POST", path(image) + "/members", json(Map.of("member", project))),
          service.model.addMember(who, image, project));
    }
  }

  record ChangeMember(Persona who, int age, String project, String memberStatus)
      implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compareDocument(
          service.send(
              who,
              "PUT",
              path(image) + "/members/" + project,
              json(Map.of("status", memberStatus))),
          service.model.changeMember(who, image, project, memberStatus));
    }
  }

  record RemoveMember(Persona who, int age, String project) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      ModelledImage image = service.image(age);
      compare(
          service.send(who, "DELETE", path(image) + "/members/" + project, ""),
          service.model.removeMember(who, image, project));
    }
  }

  /** Lists images from the first page to the last. */
  record ListImages(Persona who, Set<Filter> filters, Order order, int limit) implements ImageStep {
    @Override
    public void run(ModelledService service) {
      service.compareList(who, filters, order, limit);
    }
  }
}
