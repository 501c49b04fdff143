package io.github.tandem4j;

/** What a model can do beyond answering text with text. */
public enum ModelCapability {
    /** Takes tool specifications and answers with tool calls. */
    TOOLS,
    /** Keeps to a JSON schema that the request names. */
    JSON_SCHEMA,
    /** Reads images. */
    IMAGES,
    /** Reads audio, video or PDF documents. */
    DOCUMENTS,
    /** Scores the tokens of its own completions. */
    TOKEN_SCORES
}
