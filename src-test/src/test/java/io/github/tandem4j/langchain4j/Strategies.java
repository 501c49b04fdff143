package io.github.tandem4j.langchain4j;

import static io.github.tandem4j.ModelCapability.IMAGES;
import static io.github.tandem4j.ModelCapability.JSON_SCHEMA;
import static io.github.tandem4j.ModelCapability.TOOLS;

import io.github.tandem4j.Model;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;

/** A routing and a cascade over a small and a large endpoint, both of which answer by the same script. */
final class Strategies {

    private Strategies() {}

    /** Questions with tools go to the large endpoint, the others to the small one. */
    static ModelEndpoint routing() {
        return routing(new ObedientModel("small-1"), new ObedientModel("large-1"));
    }

    static ModelEndpoint routing(Model small, Model large) {
        ModelEndpoint cheap = local(small);
        ModelEndpoint dear = remote(large);
        return Routing.among(cheap, dear)
                .by((request, candidates) ->
                        hasTools(request) ? Choice.of(dear, "has tools") : Choice.of(cheap, "plain"))
                .build();
    }

    /** Keeps the small endpoint's answers to questions without tools, if they are short; the others are deferred. */
    static ModelEndpoint cascade() {
        return cascade(new ObedientModel("small-1"), new ObedientModel("large-1"));
    }

    static ModelEndpoint cascade(Model small, Model large) {
        return Cascade.startingWith(local(small))
                .keepWhen((request, reply) -> hasTools(request) || reply.text().length() > 60
                        ? Verdict.defer("has tools, or is long")
                        : Verdict.keep("plain and short"))
                .deferTo(remote(large))
                .build();
    }

    static ModelEndpoint local(Model model) {
        return ScriptedEndpoint.named("small")
                .profile(ModelProfile.local()
                        .provider("scripted")
                        .can(TOOLS, JSON_SCHEMA, IMAGES)
                        .build())
                .plays(model)
                .build();
    }

    static ModelEndpoint remote(Model model) {
        return ScriptedEndpoint.named("large")
                .profile(ModelProfile.remote()
                        .provider("openai")
                        .price(Price.perMillionTokens("2.50", "10"))
                        .can(TOOLS, JSON_SCHEMA, IMAGES)
                        .build())
                .plays(model)
                .build();
    }

    private static boolean hasTools(Request request) {
        return request.chat().toolSpecifications() != null
                && !request.chat().toolSpecifications().isEmpty();
    }
}
