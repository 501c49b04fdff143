package io.github.tandem4j.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A Java file of the examples, line by line without its indentation, and the snippets that are marked in it. */
record CompiledSource(Path file, List<String> lines) {

    private static final String START = "// snippet: ";
    private static final String END = "// end";

    /** What stands between two marks. */
    record Snippet(Path file, String name, List<String> lines) {}

    /** How many of a block's lines a file has, one after the other, from that place on. */
    record Match(Path file, int at, int lines) {}

    /** {@return all files below this directory} */
    static List<CompiledSource> below(Path directory) throws IOException {
        List<CompiledSource> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                sources.add(new CompiledSource(file, stripped(Files.readAllLines(file))));
            }
        }
        return sources;
    }

    static List<String> stripped(List<String> lines) {
        return lines.stream().map(String::strip).toList();
    }

    /** {@return the place where most of the block's first lines are} */
    Match bestMatch(List<String> block) {
        Match best = new Match(file, 0, 0);
        for (int at = 0; at < lines.size(); at++) {
            int same = 0;
            while (same < block.size()
                    && at + same < lines.size()
                    && lines.get(at + same).equals(block.get(same))) {
                same++;
            }
            if (same > best.lines) {
                best = new Match(file, at, same);
            }
        }
        return best;
    }

    List<Snippet> snippets() {
        List<Snippet> snippets = new ArrayList<>();
        String name = null;
        List<String> body = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(START)) {
                requireThat(name == null, "snippet " + name + " has no end");
                name = line.substring(START.length());
                body = new ArrayList<>();
            } else if (line.equals(END)) {
                requireThat(name != null, "an end has no snippet");
                snippets.add(new Snippet(file, String.valueOf(name), List.copyOf(body)));
                name = null;
            } else {
                body.add(line);
            }
        }
        requireThat(name == null, "snippet " + name + " has no end");
        return snippets;
    }

    private void requireThat(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(file + ": " + otherwise);
        }
    }
}
