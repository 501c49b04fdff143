package io.github.tandem4j.onnx.gguf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts a split GGUF file together, {@code name-00001-of-00003.gguf} and so on, as {@code llama-gguf-split} makes them.
 * Any part leads to the others. Each must say that it is the one that its name says, and together they must have as
 * many tensors as the first one promises, none of them twice.
 */
final class GgufSplit {
    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final String NUMBER = "split.no";
    private static final String COUNT = "split.count";
    private static final String TENSORS = "split.tensors.count";

    private GgufSplit() {}

    static boolean isPart(GgufFile file) throws IOException {
        try {
            return file.metadata().optionalInt(COUNT).orElse(1) > 1;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Opens the other parts; closes all if one is not as it should be. */
    static GgufFile open(GgufFile any) throws IOException {
        List<GgufFile> opened = new ArrayList<>(List.of(any));
        try {
            return GgufFile.joined(parts(any, opened));
        } catch (IOException | RuntimeException | Error e) {
            for (GgufFile file : opened) {
                file.close();
            }
            throw e;
        }
    }

    private static List<GgufFile> parts(GgufFile any, List<GgufFile> opened) throws IOException {
        int count = any.metadata().optionalInt(COUNT).orElseThrow();
        int number = number(any);
        Path name = any.path().getFileName();
        Matcher matcher = NAME.matcher(name == null ? "" : name.toString());
        if (!matcher.matches()
                || Integer.parseInt(matcher.group(2)) != number + 1
                || Integer.parseInt(matcher.group(3)) != count) {
            throw GgufFile.refused(
                    any.path(),
                    "is part " + (number + 1) + " of " + count + ", which its name does not say",
                    "a name that ends with " + ending(number, count));
        }
        List<GgufFile> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i == number) {
                parts.add(any);
                continue;
            }
            GgufFile part = GgufFile.openPart(any.path().resolveSibling(matcher.group(1) + ending(i, count)));
            opened.add(part);
            int claimed = part.metadata().optionalInt(COUNT).orElse(1);
            if (number(part) != i || claimed != count) {
                throw GgufFile.refused(
                        part.path(),
                        "says that it is part " + (number(part) + 1) + " of " + claimed,
                        "part " + (i + 1) + " of " + count + ", as "
                                + any.path().getFileName());
            }
            parts.add(part);
        }
        checkTensors(parts);
        return parts;
    }

    private static int number(GgufFile part) {
        return part.metadata()
                .optionalInt(NUMBER)
                .orElseThrow(() -> GgufFile.refused(part.path(), "has no " + NUMBER, "the number of the part, from 0"));
    }

    private static void checkTensors(List<GgufFile> parts) {
        Map<String, GgufFile> places = new HashMap<>();
        for (GgufFile part : parts) {
            for (String tensor : part.tensors().keySet()) {
                GgufFile before = places.put(tensor, part);
                if (before != null) {
                    throw GgufFile.refused(
                            part.path(),
                            "has the tensor " + tensor + ", which "
                                    + before.path().getFileName() + " has too",
                            "parts that share no tensor");
                }
            }
        }
        for (GgufFile part : parts) {
            int promised = part.metadata().optionalInt(TENSORS).orElse(places.size());
            if (promised != places.size()) {
                throw GgufFile.refused(
                        part.path(),
                        "has " + TENSORS + " " + promised + ", and its " + parts.size() + " parts have "
                                + places.size(),
                        "all parts of one model");
            }
        }
    }

    private static String ending(int number, int count) {
        return "-%05d-of-%05d.gguf".formatted(number + 1, count);
    }
}
