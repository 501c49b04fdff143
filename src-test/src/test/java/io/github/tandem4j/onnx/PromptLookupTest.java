package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptLookupTest {
    private static final boolean THOROUGH = Boolean.getBoolean("tandem.thorough");

    @TempDir
    static Path place;

    @Test
    void draftsWhatFollowedTheLastTokensBefore() {
        PromptLookup lookup = new PromptLookup(new int[] {1, 2, 3, 4, 5, 9, 2, 3});

        assertThat(lookup.draft(3)).containsExactly(4, 5, 9);
        lookup.add(7);
        assertThat(lookup.draft(3)).isEmpty();
    }

    @Test
    void threeTokensSayMoreThanTwo() {
        PromptLookup lookup = new PromptLookup(new int[] {1, 2, 3, 40, 9, 2, 3, 50, 1, 2, 3});

        assertThat(lookup.draft(1)).containsExactly(40);
    }

    @Test
    void whatRepeatsGoesOnRepeating() {
        assertThat(new PromptLookup(new int[] {7, 1, 2, 1, 2}).draft(5)).containsExactly(1, 2, 1, 2, 1);
        assertThat(new PromptLookup(new int[] {3, 3, 3}).draft(2)).containsExactly(3, 3);
    }

    @Test
    void aShortPromptIsNoDraft() {
        assertThat(new PromptLookup(new int[] {1}).draft(4)).isEmpty();
        assertThat(new PromptLookup(new int[0]).draft(4)).isEmpty();
    }

    @Test
    void draftingCeasesWhereItCostsAndIsTriedAgainEverMoreSeldom() {
        DraftPace pace = new DraftPace();
        pace.single(10);
        pace.draft(30, 1);
        int first = singlesUntilAllowed(pace);
        pace.draft(30, 1);

        assertThat(first).isPositive();
        assertThat(singlesUntilAllowed(pace)).isEqualTo(2 * first);
        pace.draft(30, 8);
        assertThat(pace.allows()).isTrue();
    }

    private static int singlesUntilAllowed(DraftPace pace) {
        int count = 0;
        for (; !pace.allows(); count++) {
            pace.single(10);
        }
        return count;
    }

    @Test
    void tokensAndScoresAreThoseOfDecodingWithoutItToTheLastBit() throws IOException {
        for (TensorType type :
                List.of(TensorType.F32, TensorType.F16, TensorType.Q4_0, TensorType.Q4_1, TensorType.Q8_0)) {
            Path directory =
                    TinyLlama.of(type).importInto(Files.createDirectory(place.resolve("tiny-" + type)), Weights.EXACT);
            try (OnnxModel model = OnnxModel.open(directory, 1)) {
                for (long seed = 0; seed < (THOROUGH ? 4 : 2); seed++) {
                    String text = TinyLlama.text(90, seed);
                    same(model, model.tokenize(text + text + text.substring(0, 40)), 160);
                }
            }
        }
    }

    @Test
    void draftsAreTakenWhereAModelRepeatsItself() throws IOException {
        // Elsewhere the sessions may differ in roundings, and then nothing is drafted.
        assumeTrue(System.getProperty("os.arch").equals("amd64"));
        // A model that is given its own greedy text again goes on in the same way for a while, or repeats itself.
        Path directory = TinyLlama.of(TensorType.F32)
                .importInto(Files.createDirectory(place.resolve("repeats")), Weights.FLOAT32);
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            int[] prompt = model.tokenize("a b");
            Generation plain =
                    model.generate(prompt, Decoding.greedy().maxTokens(1500).pastTurnEnds());
            long before = model.decoder().fed();
            Generation drafted = model.generate(
                    prompt, Decoding.greedy().maxTokens(1500).pastTurnEnds().lookUpPrompt());

            assertThat(drafted.tokenIds()).isEqualTo(plain.tokenIds());
            // What the first session was spared, the second computed.
            assertThat(model.decoder().fed() - before).isLessThan(prompt.length + 1499L);
        }
    }

    @Test
    void stopsAndTurnEndsWithinADraftEndTheAnswerThere() throws IOException {
        Path directory =
                TinyLlama.of(TensorType.F32).importInto(Files.createDirectory(place.resolve("stops")), Weights.FLOAT32);
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            int[] prompt = model.tokenize("a b");
            Decoding plain = Decoding.greedy().maxTokens(400).pastTurnEnds();
            String free = model.generate(prompt, plain).text();
            for (int at = 0; at < 8; at++) {
                String stop = free.substring(300 + at, 303 + at);

                assertThat(model.generate(prompt, plain.stopAt(List.of(stop)).lookUpPrompt())
                                .text())
                        .isEqualTo(free.substring(0, free.indexOf(stop)));
            }
            for (int most = 1; most < 20; most++) {
                assertThat(model.generate(prompt, plain.maxTokens(most).lookUpPrompt())
                                .tokenIds())
                        .hasSize(most);
            }
        }
    }

    @Test
    void anAnswerThatTakesAReadPromptOverIsTheSame() throws IOException {
        Path directory =
                TinyLlama.of(TensorType.Q8_0).importInto(Files.createDirectory(place.resolve("taken")), Weights.EXACT);
        Decoding plain = Decoding.greedy().maxTokens(200).pastTurnEnds();
        try (OnnxEndpoint without =
                        OnnxEndpoint.builder(directory).decoding(plain).open();
                OnnxEndpoint with = OnnxEndpoint.builder(directory)
                        .decoding(plain.lookUpPrompt())
                        .open()) {
            String expected = without.answer("Say it again").text();
            for (int i = 0; i < 2; i++) {
                with.evidence(EvidenceKey.NEXT_TOKEN, Request.of("Say it again"));
                Reply reply = with.answer("Say it again");

                assertThat(reply.text()).isEqualTo(expected);
                assertThat(reply.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS))
                        .isPresent();
            }
        }
    }

    @Test
    void decodingsThatDraftNothingAreLeftAlone() throws IOException {
        Path directory =
                TinyLlama.of(TensorType.F16).importInto(Files.createDirectory(place.resolve("alone")), Weights.EXACT);
        Decoding drawn = Decoding.greedy().temperature(1).seed(5).maxTokens(30).pastTurnEnds();
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            assertThat(model.generate("draw", drawn.lookUpPrompt()).tokenIds())
                    .isEqualTo(model.generate("draw", drawn).tokenIds());
        }
        assertThat(drawn.lookUpPrompt().drafts()).isFalse();
        assertThat(Decoding.greedy().lookUpPrompt().drafts()).isTrue();
        assertThat(Decoding.greedy().lookUpPrompt().alternatives(2).drafts()).isFalse();
        assertThat(Decoding.greedy()
                        .lookUpPrompt()
                        .constrainedTo(OutputConstraint.jsonObject())
                        .drafts())
                .isFalse();
        assertThat(Decoding.greedy().lookUpPrompt().presencePenalty(1).drafts()).isFalse();
    }

    @Test
    void theEndOfTheWindowIsReachedAsWithoutIt() throws IOException {
        Path directory =
                TinyLlama.of(TensorType.Q8_0).importInto(Files.createDirectory(place.resolve("window")), Weights.EXACT);
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            int[] prompt = new int[TinyLlama.WINDOW - 30];
            for (int i = 0; i < prompt.length; i++) {
                prompt[i] = 40 + i % 20;
            }
            same(model, prompt, 30);
        }
    }

    @Test
    void smolLm2WritesTheSameWithDraftsOnExtractionCorrectionAndFreeText() throws IOException {
        String passage = Files.readString(Path.of("golden/passage.txt"));
        String part = passage.substring(0, Math.min(THOROUGH ? 600 : 300, passage.length()));
        List<String> prompts = List.of(
                "Correct the spelling, change nothing else:\n" + part.replace("the", "teh"),
                "Quote the first two sentences of this text:\n" + part,
                "Write a short story about a lighthouse.",
                "Count from 1 to 60, separated by commas.");
        try (OnnxModel model = OnnxModel.open(SmolLm2.directory(), 2)) {
            ChatPrompt chat = model.chatPrompt().orElseThrow();
            same(model, model.tokenize("Count"), 1); // opens the second session and compares the two
            long spared = 0;
            for (String prompt : prompts) {
                spared += same(model, model.tokenize(chat, List.of(UserMessage.from(prompt))), THOROUGH ? 64 : 24);
            }
            assumeTrue(
                    model.draftVerifier().isExact(),
                    "skipped: this processor's kernels round several tokens at once otherwise than each alone");
            assertThat(spared).as("tokens of drafts that were taken").isPositive();
        }
    }

    /** {@return how many tokens the first session need not be fed} */
    private static long same(OnnxModel model, int[] prompt, int tokens) {
        Decoding plain = Decoding.greedy().maxTokens(tokens).pastTurnEnds();

        long start = model.decoder().fed();
        Generation expected = model.generate(prompt, plain);
        long alone = model.decoder().fed();
        Generation drafted = model.generate(prompt, plain.lookUpPrompt());
        long together = model.decoder().fed();

        assertThat(drafted.tokenIds()).isEqualTo(expected.tokenIds());
        assertThat(drafted.text()).isEqualTo(expected.text());
        assertThat(drafted.scores().logProbabilities())
                .isEqualTo(expected.scores().logProbabilities());
        assertThat(drafted.scores().margins()).isEqualTo(expected.scores().margins());
        assertThat(drafted.scores().entropies())
                .containsExactly(expected.scores().entropies(), Offset.offset(1e-4f));
        return alone - start - (together - alone);
    }
}
