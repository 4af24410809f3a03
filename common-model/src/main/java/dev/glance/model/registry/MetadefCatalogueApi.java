package dev.glance.model.registry;

import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.util.List;

/** The whole catalogue of metadata definitions, for the operator's loading and saving of files. */
@Path("/metadef-catalogue")
public interface MetadefCatalogueApi {
  /** Brings in a namespace, in one transaction. Its new resource types become protected ones. */
  @POST
  LoadOutcome load(LoadRequest request);

  /** Deletes everything, protected or not, resource types included. */
  @DELETE
  void unload();

  /** Every namespace with everything in it, in the order of creation. */
  @GET
  List<NamespaceContent> all();

  /** A namespace to be brought in. */
  record LoadRequest(NamespaceDefinition definition, LoadMode mode) {}

  /** What becomes of a namespace that is there already. */
  enum LoadMode {
    /** It stays as it is. */
    SKIP,
    /** It gets what it lacks. */
    MERGE,
    /** It gets what it lacks, and what both have is taken from the new one. */
    PREFER_NEW,
    /** It is deleted first. */
    OVERWRITE
  }

  /** What was done. */
  enum LoadOutcome {
    /** There was none of the name. */
    CREATED,
    /** See {@link LoadMode#SKIP}. */
    SKIPPED,
    /** See {@link LoadMode#MERGE} and {@link LoadMode#PREFER_NEW}. */
    MERGED,
    /** See {@link LoadMode#OVERWRITE}. */
    OVERWRITTEN
  }
}
