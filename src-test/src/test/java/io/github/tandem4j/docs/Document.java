package io.github.tandem4j.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A page of Markdown: its fenced blocks of Java, its links and the names of its headings. */
record Document(Path file, List<String> lines) {

    private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^]]*]\\(([^)\\s]+)\\)");

    /** A fenced block, without its fences; its first line has this number in the page, from 1. */
    record Block(Path file, int number, int firstLine, List<String> lines) {

        @Override
        public String toString() {
            return file.getFileName() + ", Java block " + number + " at line " + firstLine;
        }
    }

    /** {@return the README and the pages under docs} */
    static List<Document> all(Path root) throws IOException {
        List<Path> files = new ArrayList<>(List.of(root.resolve("README.md")));
        try (Stream<Path> pages = Files.list(root.resolve("docs"))) {
            pages.filter(page -> page.toString().endsWith(".md")).sorted().forEach(files::add);
        }
        List<Document> documents = new ArrayList<>();
        for (Path file : files) {
            documents.add(new Document(file, Files.readAllLines(file)));
        }
        return documents;
    }

    List<Block> javaBlocks() {
        List<Block> blocks = new ArrayList<>();
        List<String> block = null;
        int firstLine = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (block == null && line.equals("```java")) {
                block = new ArrayList<>();
                firstLine = i + 2;
            } else if (block != null && line.equals("```")) {
                blocks.add(new Block(file, blocks.size() + 1, firstLine, block));
                block = null;
            } else if (block != null) {
                block.add(lines.get(i));
            }
        }
        if (block != null) {
            throw new IllegalStateException(file + ": the Java block at line " + firstLine + " has no end");
        }
        return blocks;
    }

    /** {@return what its links lead to, except to other hosts} */
    List<String> localLinks() {
        List<String> links = new ArrayList<>();
        for (String line : lines) {
            for (Matcher link = LINK.matcher(line); link.find(); ) {
                if (!link.group(1).contains("://")) {
                    links.add(link.group(1));
                }
            }
        }
        return links;
    }

    /** {@return what leads to its headings, as GitHub names them} */
    List<String> anchors() {
        return lines.stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+\\s*", "").toLowerCase(Locale.ROOT))
                .map(title -> title.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
                .collect(Collectors.toList());
    }
}
