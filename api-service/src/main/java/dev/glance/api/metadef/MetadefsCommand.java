package dev.glance.api.metadef;

import dev.glance.api.registry.CommandRegistry;
import dev.glance.api.registry.RegistryConfig;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.registry.MetadefCatalogueApi.LoadMode;
import dev.glance.model.registry.MetadefCatalogueApi.LoadRequest;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./glance metadefs}: definition files into the catalogue and out of it, with the meaning of
 * upstream's {@code glance-manage db load_metadefs}, {@code unload_metadefs} and {@code
 * export_metadefs}. Works on the registry, as those do on the database: no policy is asked, and
 * protection is for users only.
 */
public final class MetadefsCommand {
  static final String USAGE =
      """
      Usage: glance metadefs COMMAND
        load [PATH] [--merge [--prefer_new | --overwrite]]
                        brings in a definition file, or all *.json of a folder (default: /etc/glance/metadefs). A
                        namespace that is there stays as it is; with --merge it gets what it lacks, with --prefer_new
                        also takes what differs from the file, and with --overwrite it is deleted first.
        unload          deletes every namespace and resource type, protected or not
        export [PATH]   writes a file for each namespace into a folder (default: /etc/glance/metadefs)
      Exit code: 0 done, 1 something could not be done, 2 what was asked makes no sense.""";

  private static final Path DEFAULT_PATH = Path.of("/etc/glance/metadefs");
  private static final Pattern NOT_FOR_FILE_NAMES =
      Pattern.compile("[\\W_]+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final int MAX_FILE_NAME = 60;

  private final CatalogueClient catalogue;
  private final PrintStream out;
  private final PrintStream err;

  MetadefsCommand(CatalogueClient catalogue, PrintStream out, PrintStream err) {
    this.catalogue = catalogue;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs one command on the registry that the process's configuration names.
   *
   * @return the exit code
   */
  @SuppressWarnings("SystemOut")
  public static int run(SmallRyeConfig config, List<String> arguments) {
    try (CommandRegistry registry =
        new CommandRegistry(config.getConfigMapping(RegistryConfig.class))) {
      return new MetadefsCommand(new CatalogueClient(registry), System.out, System.err)
          .run(arguments);
    }
  }

  int run(List<String> arguments) {
    List<String> options = arguments.stream().filter(word -> word.startsWith("-")).toList();
    List<String> words = arguments.stream().filter(word -> !word.startsWith("-")).toList();
    String command = words.isEmpty() ? "help" : words.getFirst();
    @Nullable Path path = words.size() > 1 ? Path.of(words.get(1)) : null;
    if (options.contains("--help") || command.equals("help")) {
      out.println(USAGE);
      return 0;
    }
    boolean isPathless = command.equals("unload");
    if (words.size() > (isPathless ? 1 : 2) || (!options.isEmpty() && !command.equals("load"))) {
      return senseless("too many words for " + command + ".");
    }
    try {
      return switch (command) {
        case "load" -> load(path == null ? DEFAULT_PATH : path, options);
        case "unload" -> unload();
        case "export" -> export(path == null ? DEFAULT_PATH : path);
        default -> senseless("there is no command " + command + ".");
      };
    } catch (GlanceException | IOException e) {
      return failed(e);
    }
  }

  private int load(Path path, List<String> options) throws IOException {
    Set<String> known = new HashSet<>();
    for (String option : options) {
      String name = option.replace('-', '_').substring(2).toLowerCase(Locale.ROOT);
      if (!Set.of("merge", "prefer_new", "overwrite").contains(name)) {
        return senseless("load does not know " + option + ".");
      }
      known.add(name);
    }
    if (known.contains("prefer_new") && known.contains("overwrite")) {
      return senseless("--prefer_new and --overwrite exclude each other.");
    }
    if (!known.isEmpty() && !known.contains("merge")) {
      return senseless("--prefer_new and --overwrite go with --merge.");
    }
    LoadMode mode =
        known.contains("overwrite")
            ? LoadMode.OVERWRITE
            : known.contains("prefer_new")
                ? LoadMode.PREFER_NEW
                : known.isEmpty() ? LoadMode.SKIP : LoadMode.MERGE;
    List<Path> files = files(path);
    if (files.isEmpty()) {
      err.println("glance metadefs: " + path + " holds no *.json file.");
      return 1;
    }
    int failures = 0;
    for (Path file : files) {
      try {
        LoadRequest request = new LoadRequest(DefinitionFile.read(file), mode);
        String outcome = catalogue.load(request).name().toLowerCase(Locale.ROOT);
        out.println(outcome + " " + request.definition().namespace().name() + " from " + file);
      } catch (GlanceException | IOException e) {
        err.println("glance metadefs: " + file + " is not loaded: " + e.getMessage());
        failures++;
      }
    }
    out.println(files.size() - failures + " of " + files.size() + " files read.");
    return failures == 0 ? 0 : 1;
  }

  private static List<Path> files(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .filter(file -> file.getFileName().toString().endsWith(".json"))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  private int unload() {
    catalogue.unload();
    out.println("The catalogue is empty.");
    return 0;
  }

  private int export(Path folder) throws IOException {
    List<NamespaceContent> namespaces = catalogue.all();
    Files.createDirectories(folder);
    Set<String> names = new HashSet<>();
    List<Path> written = new ArrayList<>();
    for (NamespaceContent content : namespaces) {
      Path file = folder.resolve(fileName(content.namespace().value(), names));
      DefinitionFile.write(file, content);
      written.add(file);
      out.println("exported " + content.namespace().value().name() + " to " + file);
    }
    out.println(written.size() + " namespaces written.");
    return 0;
  }

  /**
   * Upstream's name for the file, made of the name for people; made of the namespace's own where
   * there is none, and numbered where two are alike.
   */
  private static String fileName(Namespace namespace, Set<String> taken) {
    String display = namespace.displayName() == null ? "" : namespace.displayName();
    String letters = NOT_FOR_FILE_NAMES.matcher(display).replaceAll("");
    if (letters.isEmpty()) {
      letters = NOT_FOR_FILE_NAMES.matcher(namespace.name()).replaceAll("");
    }
    String base =
        letters.isEmpty()
            ? "namespace"
            : letters.substring(
                0, letters.offsetByCodePoints(0, Math.min(MAX_FILE_NAME, count(letters))));
    String name = base + ".json";
    // Not every file system tells upper from lower case.
    for (int i = 2; !taken.add(name.toLowerCase(Locale.ROOT)); i++) {
      name = base + i + ".json";
    }
    return name;
  }

  private static int count(String text) {
    return text.codePointCount(0, text.length());
  }

  private int failed(Exception failure) {
    err.println(
        "glance metadefs: " + (failure instanceof IOException ? failure : failure.getMessage()));
    return 1;
  }

  private int senseless(String reason) {
    err.println("glance metadefs: " + reason + "\n" + USAGE);
    return 2;
  }
}
