package dev.glance.api.image;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What clients see of images, and how long lists are. */
@ConfigMapping(prefix = "glance.api")
public interface ImageConfig {
  /**
   * Whether image documents show {@code direct_url}, the store's own address of the bytes; on for
   * clients that clone in the backend, which then learn where images are kept.
   */
  @WithDefault("false")
  boolean showImageDirectUrl();

  /** The length of a list page when the client asks for none. */
  @WithDefault("25")
  int limitParamDefault();

  /** The longest list page; larger limits are lowered to it. */
  @WithDefault("1000")
  int apiLimitMax();

  /**
   * Schemas of custom properties, in upstream's {@code schema-image.json} form; replaces those that
   * are shipped.
   */
  Optional<Path> schemaImageFile();

  /** The container formats that images may have. */
  @WithDefault("ami,ari,aki,bare,ovf,ova,docker,compressed")
  List<String> containerFormats();

  /** The disk formats that images may have. */
  @WithDefault("ami,ari,aki,vhd,vhdx,vmdk,raw,qcow2,vdi,iso,ploop")
  List<String> diskFormats();
}
