package io.github.tandem4j.router.cascades;

/**
 * What a policy's training takes as given, since a few hundred rows cannot tell it.
 *
 * @param rate what the whole of the last stage's cost is worth in quality at first, in permitted losses
 * @param caution by how many of its standard errors the cross-fitted loss must exceed the permitted one before the price is
 *     lowered
 * @param prior the precision of the prior on a standardised weight, in examples
 */
record FitConstants(double rate, double caution, double prior) {

    static final FitConstants USUAL = new FitConstants(10, 1.5, 20);

    FitConstants {
        JsonFile.require(rate > 0 && rate <= 1_000, "exchange rate is " + rate + "; valid is above 0, at most 1,000");
        JsonFile.require(caution >= 0 && caution <= 10, "caution is " + caution + "; valid is 0..10 standard errors");
        JsonFile.require(prior > 0 && prior <= 1e6, "prior is " + prior + " examples; valid is above 0, at most 1e6");
    }
}
