package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * SentencePiece's BPE, as Llama 2, Gemma and Phi-3 have it. The file has scores and no merges: of two neighbours the
 * pair is merged whose piece has the highest score. That is BPE with the merges that this class finds, every way to cut
 * a piece in two pieces, ordered by the score of the whole and then as Hugging Face's converter orders them.
 *
 * <p>Special tokens, bytes and user-defined tokens take no part in merges. In llama.cpp they do, so that a user can
 * write {@code <s>} where a piece {@code <s} leads to it; SentencePiece itself never makes one of text.
 */
final class SentencePieceTokenizer implements GgufTokenizer {
    private static final String SPACE = "\u2581";

    /** Every way to cut a piece is tried, so that their length is what a hostile file could make expensive. */
    private static final int LONGEST_PIECE = 512;

    private final GgufTokens tokens;
    private final Set<Integer> special;
    private final Optional<String> unknown;
    private final boolean spacePrefix;
    private final List<Merge> merges;

    private record Merge(String left, String right, double score) {}

    /** @param special ids that no text becomes, whatever their type */
    SentencePieceTokenizer(GgufFile gguf, GgufTokens tokens, OptionalInt unknownId, Set<Integer> special) {
        this.tokens = tokens;
        this.special = special;
        this.unknown = unknownId.isPresent() ? Optional.of(tokens.text(unknownId.getAsInt())) : Optional.empty();
        this.spacePrefix =
                gguf.metadata().optionalFlag("tokenizer.ggml.add_space_prefix").orElse(true);
        this.merges = merges(gguf, tokens.scores());
        for (int value = 0; value < 256 && unknown.isEmpty(); value++) {
            if (tokens.id("<0x%02X>".formatted(value)).isEmpty()) {
                throw GgufFile.refused(
                        gguf.path(),
                        "has neither tokenizer.ggml.unknown_token_id nor a token <0x%02X>".formatted(value),
                        "a token for what no other token covers");
            }
        }
    }

    private List<Merge> merges(GgufFile gguf, List<Double> scores) {
        List<Merge> merges = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (!isPiece(id)) {
                continue;
            }
            String piece = tokens.text(id);
            if (piece.length() > LONGEST_PIECE) {
                throw GgufFile.refused(
                        gguf.path(),
                        "has the token " + id + " of " + piece.length() + " characters",
                        "pieces of at most " + LONGEST_PIECE);
            }
            List<Merge> cuts = new ArrayList<>();
            for (int cut = 1; cut < piece.length(); cut++) {
                String left = piece.substring(0, cut);
                if (isPiece(left) && isPiece(piece.substring(cut))) {
                    cuts.add(new Merge(left, piece.substring(cut), scores.get(id)));
                }
            }
            cuts.sort(Comparator.comparing((Merge cut) -> tokens.id(cut.left).orElseThrow())
                    .thenComparing(cut -> tokens.id(cut.right).orElseThrow()));
            merges.addAll(cuts);
        }
        merges.sort(Comparator.comparingDouble(Merge::score)
                .thenComparingInt(merge -> merge.left.length())
                .thenComparingInt(merge -> merge.right.length())
                .reversed());
        return merges;
    }

    private boolean isPiece(int id) {
        return tokens.type(id) == GgufTokens.NORMAL && !special.contains(id);
    }

    private boolean isPiece(String text) {
        return tokens.id(text).filter(this::isPiece).isPresent();
    }

    @Override
    public void addTo(ObjectNode root) {
        ArrayNode normalizers =
                root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        if (spacePrefix) {
            normalizers.addObject().put("type", "Prepend").put("prepend", SPACE);
        }
        replace(normalizers.addObject(), " ", SPACE);
        root.putNull("pre_tokenizer").putNull("post_processor");
        ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
        replace(decoders.addObject(), SPACE, " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (spacePrefix) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE").putNull("dropout").put("unk_token", unknown.orElse(null));
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        model.put("fuse_unk", true).put("byte_fallback", true).put("ignore_merges", false);
        tokens.addTo(model.putObject("vocab"));
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(merge -> pairs.addArray().add(merge.left).add(merge.right));
    }

    private static void replace(ObjectNode step, String from, String to) {
        step.put("type", "Replace").putObject("pattern").put("String", from);
        step.put("content", to);
    }

    @Override
    public boolean beginsTexts() {
        return true;
    }
}
