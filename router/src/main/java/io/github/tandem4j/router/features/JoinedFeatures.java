package io.github.tandem4j.router.features;

import io.github.tandem4j.Request;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.stream.Collectors;

/** Dense views, one behind the other. */
final class JoinedFeatures implements Features {

    private final List<Features> views;

    JoinedFeatures(List<Features> views) {
        if (views.isEmpty()) {
            throw new IllegalArgumentException("no view to join; valid is one or more");
        }
        this.views = views;
    }

    @Override
    public String id() {
        return views.stream().map(Features::id).collect(Collectors.joining("+"));
    }

    @Override
    public int dimension() {
        return views.stream().mapToInt(Features::dimension).sum();
    }

    @Override
    public List<FeatureRows.Block> blocks() {
        return views.stream().flatMap(view -> view.blocks().stream()).toList();
    }

    @Override
    public boolean isBoundToTask() {
        return views.stream().anyMatch(Features::isBoundToTask);
    }

    @Override
    public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
        float[][] rows = new float[requests.size()][dimension()];
        int offset = 0;
        for (int v = 0; v < views.size(); v++) {
            double before = (double) v / views.size();
            FeatureRows part = views.get(v).read(requests, done -> progress.accept(before + done / views.size()));
            if (part.isSparse()) {
                throw new IllegalArgumentException(
                        views.get(v).id() + " is sparse and cannot be joined; valid are dense views");
            }
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(part.values(i), 0, rows[i], offset, part.dimension());
            }
            offset += part.dimension();
        }
        return FeatureRows.dense(offset, rows);
    }
}
