package dev.glance.api.check;

import dev.glance.api.registry.CommandRegistry;
import dev.glance.api.registry.RegistryConfig;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreDefaultsConfig;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Stores;
import dev.glance.api.store.StoresConfig;
import dev.glance.model.error.GlanceException;
import io.smallrye.config.SmallRyeConfig;
import java.io.PrintStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code ./glance store}: what operators ask of the stores. */
public final class StoreCommand {
  static final String USAGE =
      """
      Usage: glance store COMMAND
        check [NAME] [--deep] [--repair]
                whether the stores, or the one named, hold what the registry says and nothing else, while the service
                runs. A line for each finding:
                  missing, wrong-size    a location of an image where the store has no bytes, or another number
                  rotten                 with --deep, which reads everything: bytes that are not those uploaded
                  orphan, leftover       bytes of a deleted image or of an upload that is no more; --repair removes
                                         them when they are older than an hour
                  foreign                what carries nobody's name, or is younger; never removed
                  unreadable             what could not be looked at
        test NAME
                whether the store works: looks whether it is there, writes an image of its own, reads a part, lists and
                deletes it, and prints how long each took. What it writes is gone afterwards. Of a read-only store only
                the first.
        copy IMAGE --to NAME [--from NAME]
                copies the bytes of an image to another store, from the heaviest one that has them or from the
                one named, checks them against the image's digests on the way, and adds the location; while the service
                runs. An image that is there already is left as it is.
        copy --all --from NAME --to NAME
                the same with every image of a store, one after another; started again it goes on where it ended.
      Exit code: 0 all is well, 1 something is not, 2 what was asked makes no sense or could not be done.""";

  private final Stores stores;
  private final InventoryClient registry;
  private final Clock clock;
  private final PrintStream out;
  private final PrintStream err;

  StoreCommand(
      Stores stores, InventoryClient registry, Clock clock, PrintStream out, PrintStream err) {
    this.stores = stores;
    this.registry = registry;
    this.clock = clock;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs one command on the stores and the registry that the process's configuration names.
   *
   * @return the exit code
   */
  @SuppressWarnings("SystemOut")
  public static int run(SmallRyeConfig config, List<String> arguments) {
    StoreDefaultsConfig defaults = config.getConfigMapping(StoreDefaultsConfig.class);
    try (Stores stores =
            Stores.open(
                config.getConfigMapping(StoresConfig.class),
                defaults.defaultStore(),
                defaults.dataDir());
        CommandRegistry registry =
            new CommandRegistry(config.getConfigMapping(RegistryConfig.class))) {
      return new StoreCommand(
              stores, new InventoryClient(registry), Clock.systemUTC(), System.out, System.err)
          .run(arguments);
    } catch (StoreException | IllegalArgumentException e) {
      System.err.println("glance store: " + e.getMessage());
      return 2;
    }
  }

  int run(List<String> arguments) {
    if (!arguments.isEmpty() && arguments.getFirst().equals("copy")) {
      return copy(arguments.subList(1, arguments.size()));
    }
    Set<String> options = new HashSet<>();
    List<String> words = new ArrayList<>();
    arguments.forEach(word -> (word.startsWith("-") ? options : words).add(word));
    String command = words.isEmpty() ? "help" : words.removeFirst();
    if (command.equals("help") || options.contains("--help") || options.contains("-h")) {
      out.println(USAGE);
      return 0;
    }
    if (command.equals("test")) {
      return options.isEmpty() && words.size() == 1
          ? stores
              .named(words.getFirst())
              .map(store -> new StoreTrial(store, out).run() ? 0 : 1)
              .orElseGet(() -> senseless("no store is named " + words.getFirst() + "."))
          : senseless("test takes the name of a store.");
    }
    if (!command.equals("check")) {
      return senseless("there is no command " + command + ".");
    }
    boolean isDeep = options.remove("--deep");
    boolean isRepairing = options.remove("--repair");
    if (!options.isEmpty() || words.size() > 1) {
      return senseless("too many words for check.");
    }
    @Nullable String only = words.isEmpty() ? null : words.getFirst();
    if (only != null && stores.named(only).isEmpty()) {
      return senseless("no store is named " + only + ".");
    }
    try {
      return check(only, isDeep, isRepairing);
    } catch (GlanceException | StoreException e) {
      err.println("glance store: " + e.getMessage());
      return 2;
    }
  }

  private int copy(List<String> arguments) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.println(USAGE);
      return 0;
    }
    try (StoreCopy copy = StoreCopy.of(arguments, stores, registry, out)) {
      return copy.run() ? 0 : 1;
    } catch (IllegalArgumentException e) {
      return senseless(e.getMessage());
    } catch (GlanceException | StoreException e) {
      err.println("glance store: " + e.getMessage());
      return 2;
    }
  }

  private int check(@Nullable String only, boolean isDeep, boolean isRepairing) {
    List<Finding> findings = new ArrayList<>();
    long[] removed = {0};
    StoreCheck check =
        new StoreCheck(
            stores,
            registry,
            clock,
            finding -> {
              findings.add(finding);
              out.println(finding.line());
            });
    out.printf("%d locations of images looked at%n", check.checkImages(only, isDeep));
    boolean isComplete = true;
    for (Store store : stores.all()) {
      String name = store.info().name();
      if (only == null || name.equals(only)) {
        try {
          OptionalLong looked =
              check.checkStore(
                  store,
                  object -> {
                    if (isRepairing && remove(store, object)) {
                      removed[0]++;
                    }
                  });
          out.println(
              looked.isPresent()
                  ? "store %s: %d objects looked at".formatted(name, looked.getAsLong())
                  : "store %s cannot be listed; only its images' locations were looked at"
                      .formatted(name));
        } catch (StoreException e) {
          // The other stores are looked at all the same.
          err.println("glance store: " + e.getMessage());
          isComplete = false;
        }
      }
    }
    out.printf("%d findings, %d removed%n", findings.size(), removed[0]);
    if (!isComplete) {
      return 2;
    }
    return findings.size() == removed[0] ? 0 : 1;
  }

  private boolean remove(Store store, StoredObject object) {
    try {
      return store.remove(object);
    } catch (StoreException e) {
      err.println("glance store: " + e.getMessage());
      return false;
    }
  }

  private int senseless(@Nullable String problem) {
    err.println("glance store: " + problem + "\n" + USAGE);
    return 2;
  }
}
