package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Price;
import io.github.tandem4j.remote.PriceTable;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what models cost. */
@Command(
        name = "prices",
        description = "Shows what models' tokens cost, in US dollars per million, and as of when.",
        mixinStandardHelpOptions = true)
final class ShowPrices implements Callable<Integer> {

    private final Surroundings surroundings;

    @Option(
            names = "--file",
            paramLabel = "JSON",
            description = "A table of one's own (default: the list prices that came with this release).")
    private @Nullable Path file;

    @Option(
            names = "--json",
            description = "Print one JSON object, a price table, and nothing else on standard output.")
    private boolean json;

    ShowPrices(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        PriceTable table = file == null ? PriceTable.shipped() : PriceTable.read(file);
        if (json) {
            surroundings.print(asJson(table));
            return ExitCode.OK.number();
        }
        surroundings
                .out()
                .printf(Locale.ROOT, "%-40s %10s %10s %10s%n", "USD per million tokens", "input", "output", "cached");
        for (String model : table.models()) {
            Price price = table.price(model).orElseThrow();
            surroundings
                    .out()
                    .printf(
                            Locale.ROOT,
                            "%-40s %10s %10s %10s%n",
                            model,
                            price.perMillionInputTokens().toPlainString(),
                            price.perMillionOutputTokens().toPlainString(),
                            price.perMillionCachedInputTokens().toPlainString());
        }
        table.asOf().ifPresent(day -> surroundings.out().println("As of " + day));
        table.source().ifPresent(source -> surroundings.out().println("Source: " + source));
        return ExitCode.OK.number();
    }

    private static ObjectNode asJson(PriceTable table) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        table.asOf().ifPresent(day -> result.put("as_of", day.toString()));
        table.source().ifPresent(source -> result.put("source", source));
        for (String model : table.models()) {
            Price price = table.price(model).orElseThrow();
            result.putObject(model)
                    .put("usd_per_million_input_tokens", price.perMillionInputTokens())
                    .put("usd_per_million_output_tokens", price.perMillionOutputTokens())
                    .put("usd_per_million_cached_input_tokens", price.perMillionCachedInputTokens());
        }
        return result;
    }
}
