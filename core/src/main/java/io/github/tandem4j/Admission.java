package io.github.tandem4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a model may take a request, and on what terms: what its worst case is, and how long its completion may become.
 *
 * <p>The worst case is the prompt's upper bound plus the longest completion. A request that names the completion's length
 * must be covered as it is. One that leaves it open gets as much as the budgets cover, and at least
 * {@value #LEAST_COMPLETION} tokens, or is refused.
 */
record Admission(ChatRequest chat, Usd worstCase, long worstCaseTokens, boolean isCapped) {

    private static final int LEAST_COMPLETION = 16;

    /** {@return why a model of this profile refuses the request, budgets apart} */
    static Optional<TandemException> refusal(
            String id, ModelProfile profile, Request request, Function<ChatRequest, TokenCount> counter) {
        Optional<TandemException> refusal = refusal(id, profile, request.context());
        return refusal.isPresent() ? refusal : refusalOf(request, id, profile, counter);
    }

    /** {@return why a model of this profile refuses any call under these limits, budgets apart} */
    static Optional<TandemException> refusal(String id, ModelProfile profile, CallContext context) {
        try {
            context.throwIfOver(id);
        } catch (TandemException e) {
            return Optional.of(e);
        }
        if (profile.isRemote() && context.label() == PrivacyLabel.LOCAL_ONLY) {
            return Optional.of(new PrivacyException("request is labelled LOCAL_ONLY and " + id + " is remote"));
        }
        if (profile.isRemote() && context.label() == PrivacyLabel.MASKED_ONLY && !context.isMasked()) {
            return Optional.of(new PrivacyException(
                    "request is labelled MASKED_ONLY, and no assistant that masks stands before the remote " + id));
        }
        return Optional.empty();
    }

    private static Optional<TandemException> refusalOf(
            Request request, String id, ModelProfile profile, Function<ChatRequest, TokenCount> counter) {
        Integer completion = request.chat().maxOutputTokens();
        if (completion != null && completion < 1) {
            return Optional.of(new RejectedRequestException("longest completion that the request asks of " + id + " is "
                    + completion + " tokens; valid is 1 or more"));
        }
        String flaw = History.flaw(request.chat().messages());
        if (flaw != null) {
            return Optional.of(new RejectedRequestException(
                    "history of the request to " + id + " is one that no provider takes: " + flaw));
        }
        List<ToolSpecification> tools = request.chat().toolSpecifications();
        for (int i = 0; i < tools.size(); i++) {
            ToolSpecification tool = tools.get(i);
            if (tool == null || tool.name() == null || tool.name().isBlank()) {
                return Optional.of(new RejectedRequestException("tool " + (i + 1) + " of " + tools.size()
                        + " that the request to " + id + " offers has no name; valid is one such as get_weather"));
            }
        }
        Set<ModelCapability> missing = needs(request.chat());
        missing.removeAll(profile.capabilities());
        if (!missing.isEmpty()) {
            String message = id + " does not support " + inWords(missing) + ": the request needs " + missing
                    + ", and it can do " + profile.capabilities();
            return Optional.of(new RejectedRequestException(message, new UnsupportedFeatureException(message)));
        }
        return overflow(id, profile, request.chat(), counter);
    }

    private static Optional<TandemException> overflow(
            String id, ModelProfile profile, ChatRequest chat, Function<ChatRequest, TokenCount> counter) {
        if (profile.contextWindow().isEmpty()) {
            return Optional.empty();
        }
        int window = profile.contextWindow().getAsInt();
        int completion = chat.maxOutputTokens() == null ? 1 : chat.maxOutputTokens();
        if (TokenCount.estimate(chat).atMost() + completion <= window) {
            return Optional.empty(); // the rough bound fits, so the exact count need not be made
        }
        TokenCount prompt = counter.apply(chat);
        String size = prompt.isExact()
                ? "prompt of " + prompt.tokens() + " tokens"
                : "prompt of about " + prompt.tokens() + " tokens, estimated,";
        return prompt.tokens() + completion <= window
                ? Optional.empty()
                : Optional.of(new WindowExceededException(size + " and a completion of up to " + completion
                        + " exceed the window of " + id + ", which is " + window + " tokens"));
    }

    /** What the budgets of the call allow a model of this profile; throws if that is too little. */
    static Admission plan(String id, ModelProfile profile, Request request, Function<ChatRequest, TokenCount> counter) {
        ChatRequest chat = request.chat();
        CallContext context = request.context();
        if (context.budgets().isEmpty()) {
            return new Admission(chat, Usd.ZERO, 0, false);
        }
        Price price = priceUnder(id, profile, context);
        TokenCount count = counter.apply(chat);
        long prompt = count.atMost();
        Long completion = longestCompletion(profile, chat, count);
        boolean capped = false;
        if (chat.maxOutputTokens() == null) {
            Long affordable = affordable(context, price, prompt);
            if (affordable != null && (completion == null || affordable < completion)) {
                completion = affordable;
                if (completion < LEAST_COMPLETION) {
                    throw tooLittle(id, price, prompt, context);
                }
                capped = true;
                chat = withMaxOutputTokens(chat, (int) Math.min(completion, Integer.MAX_VALUE));
            }
        }
        long out = completion == null ? 0 : completion; // null: nothing that is limited here depends on it
        Usd worstCase = price == null ? Usd.ZERO : price.of(prompt, out);
        return new Admission(chat, worstCase, prompt + out, capped);
    }

    /** The model's price; null if it is not known, which no budget of money takes. */
    static @Nullable Price priceUnder(String id, ModelProfile profile, CallContext context) {
        Price price = profile.price().orElse(null);
        if (price == null && context.budgets().stream().anyMatch(Budget::limitsMoney)) {
            throw new BudgetExceededException("call has a money budget and " + id
                    + " has no known price; give its profile a price, Price.FREE if it is free");
        }
        return price;
    }

    private static BudgetExceededException tooLittle(
            String id, @Nullable Price price, long prompt, CallContext context) {
        Usd least = price == null ? Usd.ZERO : price.of(prompt, LEAST_COMPLETION);
        String missing = missing(context, least, prompt + LEAST_COMPLETION);
        return new BudgetExceededException("call of " + id + " with a prompt of up to " + prompt
                + " tokens and a completion of at least " + LEAST_COMPLETION + " "
                + (missing == null ? "is not covered by what was left of " + context.budgets() : missing));
    }

    /** The longest completion that the model may make of this request; null if nothing says. */
    static @Nullable Long longestCompletion(ModelProfile profile, ChatRequest chat, TokenCount prompt) {
        if (chat.maxOutputTokens() != null) {
            return chat.maxOutputTokens().longValue();
        }
        if (profile.maxOutputTokens().isPresent()) {
            return (long) profile.maxOutputTokens().getAsInt();
        }
        if (profile.contextWindow().isEmpty()) {
            return null;
        }
        // A prompt shorter than its estimate leaves more of the window to the completion, which is what costs most.
        long surelyPrompt = prompt.tokens() == prompt.atMost() ? prompt.tokens() : 0;
        return Math.max(0L, profile.contextWindow().getAsInt() - surelyPrompt);
    }

    /** How many completion tokens the budgets cover after the prompt; null if they cover any number. */
    private static @Nullable Long affordable(CallContext context, @Nullable Price price, long prompt) {
        Long least = null;
        for (Budget budget : context.budgets()) {
            if (budget.remainingTokens().isPresent()) {
                least = min(least, budget.remainingTokens().getAsLong() - prompt);
            }
            Usd left = budget.remaining().orElse(null);
            if (left != null && price != null) {
                // In dollars by million tokens. The whole call's price is rounded up to what the budget counts in, so
                // the exact quotient, rounded down, is what is covered, and not a token less.
                BigDecimal afterPrompt = left.amount()
                        .movePointRight(6)
                        .subtract(price.perMillionInputTokens().multiply(BigDecimal.valueOf(prompt)));
                if (afterPrompt.signum() < 0) {
                    least = min(least, -1);
                } else if (price.perMillionOutputTokens().signum() > 0) {
                    least = min(
                            least,
                            afterPrompt
                                    .divideToIntegralValue(price.perMillionOutputTokens())
                                    .min(BigDecimal.valueOf(Integer.MAX_VALUE))
                                    .longValue());
                }
            }
        }
        return least;
    }

    private static Long min(@Nullable Long a, long b) {
        return a == null ? b : Math.min(a, b);
    }

    /** {@return what the budgets of the call lack now in words, or null if they cover the worst case} */
    @Nullable
    String missing(CallContext context) {
        return missing(context, worstCase, worstCaseTokens);
    }

    private static @Nullable String missing(CallContext context, Usd worstCase, long worstCaseTokens) {
        for (Budget budget : context.budgets()) {
            String missing = budget.missing(worstCase, worstCaseTokens);
            if (missing != null) {
                return missing;
            }
        }
        return null;
    }

    /** Reserves the worst case on all budgets of the call or on none, and says what is missing. */
    @Nullable
    String reserve(CallContext context) {
        return reserve(context, worstCase, worstCaseTokens);
    }

    /** The same for what is no completion. */
    static @Nullable String reserve(CallContext context, Usd worstCase, long worstCaseTokens) {
        for (int i = 0; i < context.budgets().size(); i++) {
            String missing = context.budgets().get(i).reserve(worstCase, worstCaseTokens);
            if (missing != null) {
                for (int j = 0; j < i; j++) {
                    context.budgets().get(j).settle(worstCase, Usd.ZERO, worstCaseTokens, 0);
                }
                return missing;
            }
        }
        return null;
    }

    /** Gives back what was reserved and takes what was used. */
    void settle(CallContext context, Usd used, long usedTokens) {
        settle(context, worstCase, worstCaseTokens, used, usedTokens);
    }

    static void settle(CallContext context, Usd worstCase, long worstCaseTokens, Usd used, long usedTokens) {
        for (Budget budget : context.budgets()) {
            budget.settle(worstCase, used, worstCaseTokens, usedTokens);
        }
    }

    private static Set<ModelCapability> needs(ChatRequest chat) {
        Set<ModelCapability> needs = EnumSet.noneOf(ModelCapability.class);
        if (chat.toolSpecifications() != null && !chat.toolSpecifications().isEmpty()) {
            needs.add(ModelCapability.TOOLS);
        }
        if (chat.responseFormat() != null && chat.responseFormat().jsonSchema() != null) {
            needs.add(ModelCapability.JSON_SCHEMA);
        }
        for (ChatMessage message : chat.messages()) {
            if (message instanceof ToolExecutionResultMessage
                    || (message instanceof AiMessage ai && ai.hasToolExecutionRequests())) {
                needs.add(ModelCapability.TOOLS);
            }
            for (Content content : contentsOf(message)) {
                if (content instanceof ImageContent) {
                    needs.add(ModelCapability.IMAGES);
                } else if (!(content instanceof TextContent)) {
                    needs.add(ModelCapability.DOCUMENTS);
                }
            }
        }
        return needs;
    }

    private static String inWords(Set<ModelCapability> missing) {
        return missing.stream()
                .map(capability -> switch (capability) {
                    case TOOLS -> "tools";
                    case JSON_SCHEMA -> "JSON response format with a schema";
                    case IMAGES -> "images";
                    case DOCUMENTS -> "audio, video or PDF documents";
                    case TOKEN_SCORES -> "token scores";
                })
                .collect(Collectors.joining(", "));
    }

    private static List<Content> contentsOf(ChatMessage message) {
        if (message instanceof UserMessage user) {
            return user.contents();
        }
        return message instanceof ToolExecutionResultMessage result ? result.contents() : List.of();
    }

    private static ChatRequest withMaxOutputTokens(ChatRequest chat, int tokens) {
        return ChatRequest.builder()
                .messages(chat.messages())
                .parameters(chat.parameters()
                        .overrideWith(ChatRequestParameters.builder()
                                .maxOutputTokens(tokens)
                                .build()))
                .build();
    }
}
