package io.github.tandem4j.onnx.gguf;

import java.util.ArrayList;
import java.util.List;

/** Gathers what an import does, tensor by tensor. Not thread-safe. */
final class ReportBuilder {
    private final List<ImportReport.Tensor> tensors = new ArrayList<>();
    private final ErrorTally all = new ErrorTally();

    void add(GgufTensor tensor, String kept, long bytes, ErrorTally tally) {
        tensors.add(new ImportReport.Tensor(
                tensor.name(), tensor.type().name(), kept, tensor.bytes(), bytes, tally.relative()));
        all.add(tally);
    }

    ImportReport build() {
        return new ImportReport(tensors, all.relative());
    }
}
