package io.github.tandem4j.router.learning;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.WholeFile;
import io.github.tandem4j.router.features.Features;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A router on disk: one JSON object with what it is and what it was made from, and its numbers in base64, little-endian, so
 * that it loads to the same bit.
 */
final class RouterFile {

    private static final String FORMAT = "tandem-router";
    private static final int VERSION = 1;
    private static final long MOST_BYTES = 1L << 30;
    private static final int MOST_OPINIONS = 64;
    private static final int MOST_MODELS = 1024;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxStringLength((int) MOST_BYTES) // the weights of a head are one text
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final List<Head> heads;
    private final Map<String, Features> views;

    private RouterFile(Path file, List<Head> heads, Map<String, Features> views) {
        this.file = file;
        this.heads = heads;
        this.views = views;
    }

    static void write(LearnedRouter router, Path file) {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT).put("version", VERSION).put("library", library());
        TrainedQuality quality = router.quality();
        Provenance made = quality.provenance();
        ObjectNode provenance = root.putObject("provenance");
        provenance
                .put("recipe", made.recipe())
                .put("fingerprint", made.fingerprint())
                .put("queries", made.queries())
                .put("seed", made.seed())
                .put("date", made.date().toString());
        ObjectNode metrics = provenance.putObject("metrics");
        made.metrics().forEach((name, value) -> {
            if (Double.isFinite(value)) {
                metrics.put(name, value);
            }
        });
        root.putObject("policy")
                .put("kind", router.policy().kind().name())
                .put("number", router.policy().number());
        ArrayNode groups = root.putArray("groups");
        for (Group group : quality.groups()) {
            write(group, groups.addObject());
        }
        Weights reference = new Weights().put("costs", quality.reference().costs());
        for (int m = 0; m < quality.models().size(); m++) {
            reference.put("qualities." + m, quality.reference().qualities()[m]);
        }
        root.set("reference", NumberArrays.write(reference));
        WholeFile.write(file, out -> JSON.writeValue(out, root));
    }

    private static void write(Group group, ObjectNode to) {
        ArrayNode models = to.putArray("models");
        group.team().models().forEach(models::add);
        to.put("pair", group.team().pair());
        Mixture mixture = group.mixture();
        to.set(
                "scale",
                NumberArrays.write(new Weights().put("priors", mixture.priors()).put("slopes", mixture.slopes())));
        Weights task = new Weights();
        mixture.task().write(task);
        to.set("task", NumberArrays.write(task));
        ArrayNode opinions = to.putArray("opinions");
        for (Opinion opinion : mixture.opinions()) {
            Weights scores = new Weights();
            Weights likeness = new Weights();
            Weights usual = new Weights();
            opinion.write(scores, likeness, usual);
            ObjectNode node = opinions.addObject();
            node.put("head", opinion.scorer().head().name())
                    .put("view", opinion.scorer().features().id())
                    .put("dimension", opinion.scorer().features().dimension());
            node.set("weights", NumberArrays.write(scores));
            node.set("familiarity", NumberArrays.write(likeness));
            node.set("usual", NumberArrays.write(usual));
        }
    }

    private static String library() {
        String version = RouterFile.class.getPackage().getImplementationVersion();
        return version == null ? "unreleased" : version;
    }

    static LearnedRouter read(Path file, List<Features> views, List<Head> heads) {
        Map<String, Features> byId = new LinkedHashMap<>();
        views.forEach(view -> byId.put(view.id(), view));
        RouterFile reader = new RouterFile(file, heads, byId);
        return reader.router(reader.root());
    }

    /** {@return which views a file needs beside those that read the text alone} */
    static Set<String> views(Path file) {
        RouterFile reader = new RouterFile(file, List.of(), Map.of());
        Set<String> ids = new LinkedHashSet<>();
        for (JsonNode group : reader.list(reader.root(), "groups", MOST_MODELS)) {
            for (JsonNode opinion : reader.list(group, "opinions", MOST_OPINIONS)) {
                for (String id : opinion.path("view").asText().split("\\+", -1)) {
                    if (KnownViews.of(id, Map.of()) == null) {
                        ids.add(id);
                    }
                }
            }
        }
        return ids;
    }

    private JsonNode root() {
        try {
            long size = Files.size(file);
            if (size > MOST_BYTES) {
                throw wrong("has " + size + " bytes; valid is up to " + MOST_BYTES);
            }
            JsonNode root = JSON.readTree(file.toFile());
            if (!root.path("format").asText().equals(FORMAT)) {
                throw wrong("is no router file; valid is one that a training has written");
            }
            if (!root.path("version").isInt() || root.get("version").intValue() != VERSION) {
                throw wrong("is of version " + root.path("version") + "; valid is " + VERSION
                        + ". Train the router anew, or load it with the library that wrote it: "
                        + root.path("library"));
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new ModelFileException(
                    "router file " + file + " is cut or no JSON: " + e.getOriginalMessage() + "; valid is a whole file",
                    e);
        } catch (IOException e) {
            throw new ModelFileException("router file " + file + " cannot be read: " + e, e);
        }
    }

    private LearnedRouter router(JsonNode root) {
        List<Group> groups = new ArrayList<>();
        for (JsonNode group : list(root, "groups", MOST_MODELS)) {
            groups.add(group(group));
        }
        if (groups.isEmpty()) {
            throw wrong("has no models");
        }
        int models =
                groups.stream().mapToInt(group -> group.team().models().size()).sum();
        Weights numbers = numbers(root, "reference");
        double[][] qualities = new double[models][];
        for (int m = 0; m < models; m++) {
            qualities[m] = numbers.doubles("qualities." + m, m == 0 ? -1 : qualities[0].length);
        }
        if (qualities[0].length == 0) {
            throw wrong("has an empty reference");
        }
        TrainedQuality quality = new TrainedQuality(
                groups,
                new Reference(qualities, numbers.doubles("costs", models)),
                provenance(root.path("provenance")));
        return LearnedRouter.of(quality, policy(root.path("policy"), quality));
    }

    private Group group(JsonNode node) {
        List<String> models = new ArrayList<>();
        for (JsonNode model : list(node, "models", MOST_MODELS)) {
            models.add(model.asText());
        }
        boolean pair = node.path("pair").asBoolean();
        if (models.isEmpty() || (pair && models.size() != 2)) {
            throw wrong("has a group of the models " + models);
        }
        Weights scale = numbers(node, "scale");
        List<Opinion> opinions = new ArrayList<>();
        for (JsonNode opinion : list(node, "opinions", MOST_OPINIONS)) {
            opinions.add(opinion(opinion, models.size()));
        }
        if (opinions.isEmpty()) {
            throw wrong("has a group without scorers");
        }
        return new Group(
                new Team(models, pair),
                new Mixture(
                        opinions,
                        task(node),
                        scale.doubles("priors", models.size()),
                        scale.doubles("slopes", models.size())));
    }

    private Familiarity task(JsonNode node) {
        Familiarity task = Familiarity.read(numbers(node, "task"));
        try {
            task.of(TaskSigns.of(List.of(Request.of("any"))), 0);
            return task;
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            throw new ModelFileException("router file " + file + " knows tasks by other signs than this library", e);
        }
    }

    private Opinion opinion(JsonNode node, int targets) {
        String id = node.path("view").asText();
        Features view = KnownViews.of(id, views);
        if (view == null) {
            throw wrong("was trained on the view '" + id + "'; given are " + views.keySet()
                    + ". Valid is the same encoder, under the same name");
        }
        if (view.dimension() != node.path("dimension").asInt(-1)) {
            throw wrong("was trained on " + node.path("dimension") + " features of " + id + "; given are "
                    + view.dimension());
        }
        Head head = Heads.named(node.path("head").asText(), heads);
        Weights usual = numbers(node, "usual");
        Opinion opinion = new Opinion(
                head.over(view),
                head.read(numbers(node, "weights")),
                Familiarity.read(numbers(node, "familiarity")),
                usual.doubles("means", targets),
                usual.doubles("spreads", targets));
        opinion.requireFor(view, targets, file);
        return opinion;
    }

    private Policy policy(JsonNode node, TrainedQuality quality) {
        String kind = node.path("kind").asText();
        double number = node.path("number").asDouble(Double.NaN);
        for (Policy.Kind each : Policy.Kind.values()) {
            if (each.name().equals(kind)
                    && Double.isFinite(number)
                    && (each != Policy.Kind.GAIN || quality.isPair())
                    && (each != Policy.Kind.PRICE || number > 0)) {
                return new Policy(each, number);
            }
        }
        throw wrong("has the policy " + node + ", which is none");
    }

    private Provenance provenance(JsonNode node) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        node.path("metrics")
                .properties()
                .forEach(entry -> metrics.put(entry.getKey(), entry.getValue().asDouble()));
        try {
            return new Provenance(
                    node.path("recipe").asText(),
                    node.path("fingerprint").asText(),
                    node.path("queries").asInt(),
                    node.path("seed").asLong(),
                    LocalDate.parse(node.path("date").asText()),
                    metrics);
        } catch (DateTimeException e) {
            throw new ModelFileException("router file " + file + " has the date " + node.path("date"), e);
        }
    }

    private Iterable<JsonNode> list(JsonNode node, String field, int most) {
        JsonNode list = node.path(field);
        if (!list.isArray() || list.size() > most) {
            throw wrong("has no list of up to " + most + " " + field);
        }
        return list;
    }

    private Weights numbers(JsonNode node, String field) {
        try {
            return NumberArrays.read(node.path(field));
        } catch (ModelFileException e) {
            throw new ModelFileException("router file " + file + ", " + field + ": " + e.getMessage(), e);
        }
    }

    private ModelFileException wrong(String what) {
        return new ModelFileException("router file " + file + " " + what);
    }
}
