package io.github.tandem4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;
import java.util.Objects;

/** An embedding model that its user says is local. */
record VouchedEmbeddingModel(EmbeddingModel model) implements EmbeddingModel, LocalModel {

    VouchedEmbeddingModel {
        Objects.requireNonNull(model, "embedding model");
    }

    @Override
    public Response<Embedding> embed(String text) {
        return model.embed(text);
    }

    @Override
    public Response<Embedding> embed(TextSegment segment) {
        return model.embed(segment);
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        return model.embedAll(segments);
    }

    @Override
    public int dimension() {
        return model.dimension();
    }

    @Override
    public String modelName() {
        return model.modelName();
    }
}
