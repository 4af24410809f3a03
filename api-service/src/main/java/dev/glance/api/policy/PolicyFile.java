package dev.glance.api.policy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads policy files: YAML, or JSON as older ones are. */
final class PolicyFile {
  /** Many times what all rules with comments take. */
  private static final int MAX_BYTES = 1 << 20;

  /** A list of lists in a mapping needs three. */
  private static final int MAX_DEPTH = 10;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  private PolicyFile() {}

  /**
   * The check strings, or lists of them, by rule name.
   *
   * @throws PolicyException when the file cannot be read or is no mapping
   */
  static Map<String, Object> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new PolicyException("the file has more than " + MAX_BYTES + " bytes");
      }
      return parse(bytes);
    } catch (IOException e) {
      throw new PolicyException("the file cannot be read: " + e, e);
    }
  }

  static Map<String, Object> parse(byte[] bytes) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new PolicyException("the file is not UTF-8", e);
    }
    Object content = text.startsWith("{") ? json(text) : yaml(text);
    Map<String, Object> rules = new LinkedHashMap<>();
    if (content == null) {
      return rules;
    }
    if (!(content instanceof Map<?, ?> members)) {
      throw new PolicyException("the file is no mapping of rule names to check strings");
    }
    for (Map.Entry<?, ?> member : members.entrySet()) {
      if (!(member.getKey() instanceof String name)) {
        throw new PolicyException("'" + member.getKey() + "' is no rule name: quote it");
      }
      Object check = member.getValue();
      if (check == null) {
        throw new PolicyException(
            "the rule '" + name + "' has no check string; '\"\"' or '\"@\"' allows everyone");
      }
      rules.put(name, check);
    }
    return rules;
  }

  private static @Nullable Object json(String text) {
    try {
      return JSON.readValue(text, Object.class);
    } catch (JsonProcessingException _) {
      // A mapping in braces may be YAML all the same, and that parser says where it went wrong.
      return yaml(text);
    }
  }

  private static @Nullable Object yaml(String text) {
    LoaderOptions limits = new LoaderOptions();
    limits.setAllowDuplicateKeys(false);
    limits.setAllowRecursiveKeys(false);
    limits.setMaxAliasesForCollections(0);
    limits.setNestingDepthLimit(MAX_DEPTH);
    limits.setCodePointLimit(MAX_BYTES);
    try {
      return new Yaml(new SafeConstructor(limits)).load(text);
    } catch (MarkedYAMLException e) {
      String where =
          e.getProblemMark() == null ? "" : " in line " + (e.getProblemMark().getLine() + 1);
      throw new PolicyException("the file is no YAML" + where + ": " + e.getProblem(), e);
    } catch (YAMLException | IllegalArgumentException e) {
      throw new PolicyException("the file is no YAML: " + e.getMessage(), e);
    }
  }
}
