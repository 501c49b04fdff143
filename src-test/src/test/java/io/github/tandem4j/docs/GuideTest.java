package io.github.tandem4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the README and the guides show compiles: each of their blocks of Java stands, line for line, in a source of the
 * examples; and where they lead to is there.
 */
final class GuideTest {

    private static Path root;
    private static List<Document> documents;
    private static List<CompiledSource> sources;

    @BeforeAll
    static void read() throws IOException {
        root = Path.of("..").toRealPath();
        documents = Document.all(root);
        sources = CompiledSource.below(root.resolve("examples/src/main/java"));
    }

    @Test
    void everyBlockOfJavaStandsInACompiledExample() {
        List<Document.Block> blocks = documents.stream()
                .flatMap(document -> document.javaBlocks().stream())
                .toList();
        assertThat(blocks).hasSizeGreaterThan(20);
        List<String> drifted = new ArrayList<>();
        blocks.forEach(block -> drift(block, sources).ifPresent(drifted::add));
        assertThat(drifted).isEmpty();
    }

    /** {@return where the block first differs from the example that is most like it; empty if it stands in one} */
    private static Optional<String> drift(Document.Block block, List<CompiledSource> among) {
        List<String> lines = CompiledSource.stripped(block.lines());
        CompiledSource.Match best = among.stream()
                .map(source -> source.bestMatch(lines))
                .max(Comparator.comparingInt(CompiledSource.Match::lines))
                .orElseThrow();
        if (best.lines() == lines.size()) {
            return Optional.empty();
        }
        String differing = block.lines().get(best.lines()).strip();
        String start = block + " is in no compiled example; line " + (block.firstLine() + best.lines())
                + " is the first" + " that differs: '" + differing + "'";
        if (best.lines() == 0) {
            return Optional.of(start + "; no example has it");
        }
        List<String> source = among.stream()
                .filter(file -> file.file().equals(best.file()))
                .findFirst()
                .orElseThrow()
                .lines();
        int at = best.at() + best.lines();
        String there = at < source.size() ? "'" + source.get(at) + "'" : "the end of the file";
        return Optional.of(start + "; " + best.file().getFileName() + " line " + (at + 1) + " is " + there);
    }

    @Test
    void everySnippetIsShown() {
        Set<List<String>> shown = new HashSet<>();
        for (Document document : documents) {
            document.javaBlocks().forEach(block -> shown.add(CompiledSource.stripped(block.lines())));
        }
        List<String> hidden = sources.stream()
                .flatMap(source -> source.snippets().stream())
                .filter(snippet -> !shown.contains(snippet.lines()))
                .map(snippet -> snippet.file().getFileName() + ": snippet " + snippet.name() + " is shown nowhere")
                .toList();
        assertThat(hidden).isEmpty();
    }

    @Test
    void everyLinkLeadsToAFileAndAHeading() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Document document : documents) {
            for (String link : document.localLinks()) {
                int hash = link.indexOf('#');
                String path = hash < 0 ? link : link.substring(0, hash);
                Path target = path.isEmpty()
                        ? document.file()
                        : document.file().resolveSibling(path).normalize();
                if (!Files.exists(target)) {
                    broken.add(document.file().getFileName() + ": no file " + link);
                } else if (hash >= 0
                        && !new Document(target, Files.readAllLines(target))
                                .anchors()
                                .contains(link.substring(hash + 1))) {
                    broken.add(document.file().getFileName() + ": no heading " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void aBlockThatDriftsIsNamedWithItsFirstDifferingLine() {
        Path page = root.resolve("docs/page.md");
        CompiledSource example =
                new CompiledSource(Path.of("Example.java"), List.of("int a = 1;", "int b = 2;", "end"));
        Document document = new Document(
                page, List.of("# Page", "```java", "  int a = 1;", "  int b = 3;", "```", "```java", "c", "```"));
        assertThat(document.javaBlocks().stream().map(block -> drift(block, List.of(example))))
                .containsExactly(
                        Optional.of(
                                "page.md, Java block 1 at line 3 is in no compiled example; line 4 is the first that"
                                        + " differs: 'int b = 3;'; Example.java line 2 is 'int b = 2;'"),
                        Optional.of(
                                "page.md, Java block 2 at line 7 is in no compiled example; line 7 is the first that"
                                        + " differs: 'c'; no example has it"));
        Document kept = new Document(page, List.of("```java", "int b = 2;", "    end", "```"));
        assertThat(drift(kept.javaBlocks().get(0), List.of(example))).isEmpty();
    }
}
