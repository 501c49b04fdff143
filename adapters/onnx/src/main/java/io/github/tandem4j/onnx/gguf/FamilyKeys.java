package io.github.tandem4j.onnx.gguf;

import io.github.tandem4j.ModelFileException;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The metadata of one family: keys that begin with its name. A key that nobody here knows might change what the
 * network computes, so it is refused by name; those that are known to change nothing are let pass.
 */
final class FamilyKeys {
    private static final Set<String> KNOWN = Set.of(
            "block_count",
            "context_length",
            "embedding_length",
            "feed_forward_length",
            "attention.head_count",
            "attention.head_count_kv",
            "attention.key_length",
            "attention.value_length",
            "attention.layer_norm_rms_epsilon",
            "attention.layer_norm_epsilon", // of the other kind of norm, which none of the families has
            "attention.sliding_window",
            "attention.sliding_window_pattern",
            "rope.dimension_count",
            "rope.freq_base",
            "rope.freq_base_swa",
            "rope.scale_linear",
            "rope.scaling.type",
            "rope.scaling.factor",
            "rope.scaling.original_context_length",
            "rope.scaling.attn_factor",
            "rope.scaling.yarn_beta_fast",
            "rope.scaling.yarn_beta_slow",
            "vocab_size",
            "rope.scaling.finetuned",
            "tensor_data_layout");

    /** Keys of the picture's side of a model that also reads pictures; the text's side does not depend on them. */
    private static final List<String> OF_PICTURES = List.of("vision.", "mm.");

    /** Keys that change nothing as long as they have this value. */
    private static final Set<String> VALID_IF_ZERO = Set.of(
            "expert_count",
            "expert_used_count",
            "attn_logit_softcapping",
            "final_logit_softcapping",
            "attention.clamp_kqv",
            "attention.max_alibi_bias",
            "nextn_predict_layers");

    private final GgufFile gguf;
    private final GgufMetadata metadata;
    private final String prefix;

    FamilyKeys(GgufFile gguf, Family family) {
        this.gguf = gguf;
        this.metadata = gguf.metadata();
        this.prefix = family.ggufName() + ".";
    }

    void refuseUnknown() {
        for (String key : metadata.keys()) {
            if (!key.startsWith(prefix)) {
                continue;
            }
            String name = key.substring(prefix.length());
            if (VALID_IF_ZERO.contains(name)) {
                if (!metadata.isZero(key)) {
                    throw GgufFile.refused(
                            gguf.path(), "has " + key + " " + metadata.text(key), "0, or a model without it");
                }
            } else if (!KNOWN.contains(name) && OF_PICTURES.stream().noneMatch(name::startsWith)) {
                throw GgufFile.refused(
                        gguf.path(),
                        "has " + key + " " + metadata.text(key) + ", which the import does not know",
                        "a model of plain " + prefix.substring(0, prefix.length() - 1));
            }
        }
    }

    int positiveInt(String name) {
        return metadata.positiveInt(prefix + name);
    }

    OptionalInt optionalInt(String name) {
        return metadata.optionalInt(prefix + name);
    }

    double positive(String name, double otherwise) {
        return metadata.positive(prefix + name, otherwise);
    }

    boolean has(String name) {
        return metadata.has(prefix + name);
    }

    String string(String name, String otherwise) {
        return metadata.optionalString(prefix + name).orElse(otherwise);
    }

    boolean isList(String name) {
        return metadata.isList(prefix + name);
    }

    List<Boolean> flags(String name) {
        return metadata.list(prefix + name, Boolean.class);
    }

    int vocabulary() {
        return metadata.list("tokenizer.ggml.tokens", String.class).size();
    }

    ModelFileException refused(String name, Object found, String valid) {
        return GgufFile.refused(gguf.path(), "has " + prefix + name + " " + found, valid);
    }
}
