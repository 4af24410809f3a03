package dev.glance.model.registry;

import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.NamespaceEntry;
import dev.glance.model.metadef.NamespaceQuery;
import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.metadef.ResourceTypeAssociation;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.util.List;

/**
 * Metadata definitions. Every call answers only what its scope may see: a namespace outside it is
 * {@code NOT_FOUND}, like one that does not exist, and so is what is in it. Deleting anything in a
 * protected namespace is {@code FORBIDDEN}; a name that is taken is {@code CONFLICT}.
 *
 * <p>Names travel as query parameters: unlike path segments, those may hold anything.
 */
@Path("/metadefs")
public interface MetadefsApi {
  /**
   * One page of namespaces; shorter than the limit only when it is the last.
   *
   * @throws dev.glance.model.error.GlanceException {@code NOT_FOUND} when the marker names no
   *     namespace that the scope may see
   */
  @POST
  @Path("/namespaces/query")
  List<NamespaceEntry> list(@HeaderParam(Scope.HEADER) Scope scope, NamespaceQuery query);

  /** A namespace with everything in it. */
  @GET
  @Path("/namespace")
  NamespaceContent show(
      @HeaderParam(Scope.HEADER) Scope scope, @QueryParam("namespace") String namespace);

  /** Makes a namespace with everything in it, or nothing at all. */
  @POST
  @Path("/namespace")
  Dated<Namespace> create(@HeaderParam(Scope.HEADER) Scope scope, NamespaceDefinition definition);

  /** Replaces what a user may write of the namespace itself; its content stays. */
  @PUT
  @Path("/namespace")
  Dated<Namespace> update(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      Namespace change);

  /** Deletes a namespace with everything in it. */
  @DELETE
  @Path("/namespace")
  void delete(@HeaderParam(Scope.HEADER) Scope scope, @QueryParam("namespace") String namespace);

  /** Every resource type that a namespace was ever associated with, in the order of creation. */
  @GET
  @Path("/resource-types")
  List<Dated<String>> resourceTypes(@HeaderParam(Scope.HEADER) Scope scope);

  /** Associates a namespace with a resource type, which is made if there is none of the name. */
  @POST
  @Path("/association")
  Dated<ResourceTypeAssociation> associate(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      ResourceTypeAssociation association);

  /** Takes an association back; the resource type stays. */
  @DELETE
  @Path("/association")
  void dissociate(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      @QueryParam("name") String resourceType);

  /** Adds an object. */
  @POST
  @Path("/object")
  Dated<ObjectDefinition> addObject(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      ObjectDefinition object);

  /** Replaces an object, its name included. */
  @PUT
  @Path("/object")
  Dated<ObjectDefinition> replaceObject(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      @QueryParam("name") String name,
      ObjectDefinition object);

  /** Deletes an object. */
  @DELETE
  @Path("/object")
  void deleteObject(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      @QueryParam("name") String name);

  /** Deletes all objects of a namespace. */
  @DELETE
  @Path("/objects")
  void deleteObjects(
      @HeaderParam(Scope.HEADER) Scope scope, @QueryParam("namespace") String namespace);

  /** Adds a property. */
  @POST
  @Path("/property")
  Dated<PropertyDefinition> addProperty(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      PropertyDefinition property);

  /** Replaces a property, its name included. */
  @PUT
  @Path("/property")
  Dated<PropertyDefinition> replaceProperty(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      @QueryParam("name") String name,
      PropertyDefinition property);

  /** Deletes a property. */
  @DELETE
  @Path("/property")
  void deleteProperty(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      @QueryParam("name") String name);

  /** Deletes all properties of a namespace; those of its objects stay. */
  @DELETE
  @Path("/properties")
  void deleteProperties(
      @HeaderParam(Scope.HEADER) Scope scope, @QueryParam("namespace") String namespace);

  /** Adds tags, all or none; an empty list changes nothing. */
  @POST
  @Path("/tags")
  List<Dated<String>> addTags(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      NewTags tags);

  /** Gives a tag another name. */
  @PUT
  @Path("/tag")
  Dated<String> renameTag(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      @QueryParam("name") String name,
      @QueryParam("new-name") String newName);

  /** Deletes a tag. */
  @DELETE
  @Path("/tag")
  void deleteTag(
      @HeaderParam(Scope.HEADER) Scope scope,
      @QueryParam("namespace") String namespace,
      @QueryParam("name") String name);

  /** Deletes all tags of a namespace. */
  @DELETE
  @Path("/tags")
  void deleteTags(
      @HeaderParam(Scope.HEADER) Scope scope, @QueryParam("namespace") String namespace);

  /**
   * Tags to be added.
   *
   * @param names in the order of creation
   * @param isReplacing whether those that are there go away first
   */
  record NewTags(List<String> names, boolean isReplacing) {
    public NewTags {
      names = List.copyOf(names);
    }
  }
}
