package dev.glance.api.check;

import dev.glance.api.registry.CommandRegistry;
import dev.glance.api.registry.RegistryConfig;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import io.smallrye.config.SmallRyeConfig;
import java.util.List;

/** {@code ./glance image}: what operators do to images past the API and its policy. */
public final class ImageCommand {
  private static final String USAGE =
      """
      Usage: glance image COMMAND
        restore ID      brings a deleted image back as it was, its members included, while its bytes are still there:
                        for as long after the delete as glance.registry.delayed-delete says. An encryption key that
                        was deleted with it stays deleted.
      Exit code: 0 done, 1 it cannot be done, 2 what was asked makes no sense.""";

  private ImageCommand() {}

  /**
   * Runs one command on the registry that the process's configuration names.
   *
   * @return the exit code
   */
  @SuppressWarnings("SystemOut")
  public static int run(SmallRyeConfig config, List<String> arguments) {
    if (arguments.isEmpty() || List.of("help", "--help", "-h").contains(arguments.getFirst())) {
      System.out.println(USAGE);
      return 0;
    }
    if (arguments.size() != 2
        || !arguments.getFirst().equals("restore")
        || ImageId.parse(arguments.get(1)).isEmpty()) {
      System.err.println("glance image: restore and the id of an image, please.\n" + USAGE);
      return 2;
    }
    try (CommandRegistry registry =
        new CommandRegistry(config.getConfigMapping(RegistryConfig.class))) {
      Image image = new InventoryClient(registry).restore(arguments.get(1));
      System.out.printf("Image %s is %s again.%n", image.id(), image.status().wireName());
      return 0;
    } catch (GlanceException e) {
      System.err.println("glance image: " + e.getMessage());
      return 1;
    }
  }
}
