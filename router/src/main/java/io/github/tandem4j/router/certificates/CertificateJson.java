package io.github.tandem4j.router.certificates;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.calibration.Bounds;
import io.github.tandem4j.router.calibration.JsonFields;
import io.github.tandem4j.router.calibration.VersionedJson;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;

/** Certificates as files. What is read is held to its own numbers: a bound that they do not show is refused. */
final class CertificateJson {

    private static final String FORMAT = "tandem certificate";
    private static final int VERSION = 1;
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final int LONGEST_NAME = 1024;

    private CertificateJson() {}

    static void save(Certificate certificate, Path file) {
        VersionedJson.write(file, FORMAT, VERSION, toJson(certificate));
    }

    static ObjectNode toJson(Certificate certificate) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("promise", certificate.promise());
        json.put("alpha", certificate.alpha());
        json.put("delta", certificate.delta());
        json.put("model", certificate.model());
        certificate.profile().ifPresent(profile -> json.put("profile", profile));
        json.put("measure", certificate.measure());
        json.put("threshold", certificate.threshold());
        json.put("graded", certificate.isGraded());
        json.put("n", certificate.rows());
        json.put("kept", certificate.kept());
        json.put("wrong", certificate.wrong());
        json.put("bound", certificate.bound());
        json.put("system_prompt_sha256", certificate.systemPromptFingerprint());
        json.put("data_sha256", certificate.dataFingerprint());
        json.put("date", certificate.date().toString());
        json.put("library", certificate.libraryVersionUsed());
        return json;
    }

    static Certificate load(Path file) {
        JsonFields json = new JsonFields(VersionedJson.read(file, FORMAT, VERSION), file.toString());
        Certificate.Terms terms = new Certificate.Terms();
        terms.alpha = json.number("alpha");
        terms.delta = json.number("delta");
        terms.model = name(json, "model");
        terms.profile = json.optionalText("profile").orElse(null);
        terms.measure = name(json, "measure");
        terms.threshold = json.number("threshold");
        terms.graded = json.flag("graded");
        terms.rows = json.count("n");
        terms.kept = json.count("kept");
        terms.loss = json.number("wrong");
        terms.bound = json.number("bound");
        terms.systemPrompt = json.text("system_prompt_sha256");
        terms.data = json.text("data_sha256");
        terms.library = name(json, "library");
        try {
            terms.date = Instant.parse(json.text("date"));
        } catch (DateTimeParseException e) {
            throw refused(json, "its date is " + json.text("date") + "; valid is one such as 2026-01-31T12:00:00Z");
        }
        requireSound(json, terms);
        return new Certificate(terms, Measures.named(terms.measure).orElse(null));
    }

    private static void requireSound(JsonFields json, Certificate.Terms terms) {
        if (!(terms.alpha > 0 && terms.alpha < 1 && terms.delta > 0 && terms.delta < 1)) {
            throw refused(json, "alpha is " + terms.alpha + " and delta " + terms.delta + "; valid is between 0 and 1");
        }
        if (!SHA_256.matcher(terms.data).matches()
                || !(SHA_256.matcher(terms.systemPrompt).matches() || terms.systemPrompt.equals(SystemPrompts.ANY))) {
            throw refused(json, "a fingerprint is no SHA-256 in hex");
        }
        if (terms.rows < Certifier.LEAST_ROWS
                || terms.kept < 1
                || terms.kept > terms.rows
                || !(terms.loss >= 0 && terms.loss <= terms.kept)) {
            throw refused(
                    json,
                    "of n " + terms.rows + " rows it keeps " + terms.kept + ", of which " + terms.loss + " wrong");
        }
        boolean shown = terms.graded
                ? terms.bound >= terms.loss / terms.kept
                : terms.loss == Math.rint(terms.loss)
                        && Math.abs(terms.bound - Bounds.clopperPearsonUpper((int) terms.loss, terms.kept, terms.delta))
                                < 1e-6;
        if (!shown || !(terms.bound <= terms.alpha + 1e-9)) {
            throw refused(
                    json,
                    "its bound " + terms.bound + " on " + terms.loss + " wrong of " + terms.kept
                            + " does not show what it promises");
        }
    }

    private static String name(JsonFields json, String field) {
        String name = json.text(field);
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw refused(json, field + " is blank or longer than " + LONGEST_NAME + " characters");
        }
        return name;
    }

    private static ModelFileException refused(JsonFields json, String why) {
        return new ModelFileException(json.from() + " is no sound certificate: " + why);
    }
}
