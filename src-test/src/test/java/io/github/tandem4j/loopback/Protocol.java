package io.github.tandem4j.loopback;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.loopback.LoopbackAnswer.ToolCall;
import java.util.ArrayList;
import java.util.List;

/** How an answer looks on the wire: as one body, or as the events of a stream. */
public enum Protocol {
    OPEN_AI("/chat/completions", "text/event-stream") {
        @Override
        String body(LoopbackRequest request, LoopbackAnswer answer) {
            ObjectNode body = envelope(request, "chat.completion");
            ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
            ObjectNode message = choice.putObject("message").put("role", "assistant");
            if (answer.pieces().isEmpty()) {
                message.putNull("content");
            } else {
                message.put("content", answer.text());
            }
            if (!answer.toolCalls().isEmpty()) {
                addToolCalls(message, answer.toolCalls(), false);
            }
            addLogProbabilities(request, choice, answer, 0, answer.pieces().size());
            choice.put("finish_reason", finishReason(answer));
            addUsage(body, answer);
            return Json.write(body);
        }

        @Override
        List<String> events(LoopbackRequest request, LoopbackAnswer answer) {
            List<String> events = new ArrayList<>();
            for (int i = 0; i < answer.pieces().size(); i++) {
                ObjectNode chunk = envelope(request, "chat.completion.chunk");
                ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
                choice.putObject("delta").put("content", answer.pieces().get(i));
                addLogProbabilities(request, choice, answer, i, i + 1);
                choice.putNull("finish_reason");
                events.add(event(chunk));
            }
            if (!answer.toolCalls().isEmpty()) {
                ObjectNode chunk = envelope(request, "chat.completion.chunk");
                ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
                addToolCalls(choice.putObject("delta"), answer.toolCalls(), true);
                events.add(event(chunk));
            }
            ObjectNode last = envelope(request, "chat.completion.chunk");
            ObjectNode choice = last.putArray("choices").addObject().put("index", 0);
            choice.putObject("delta");
            choice.put("finish_reason", finishReason(answer));
            events.add(event(last));
            if (request.body().path("stream_options").path("include_usage").asBoolean()) {
                ObjectNode usage = envelope(request, "chat.completion.chunk");
                usage.putArray("choices");
                addUsage(usage, answer);
                events.add(event(usage));
            }
            events.add("data: [DONE]\n\n");
            return events;
        }

        private ObjectNode envelope(LoopbackRequest request, String object) {
            return Json.object()
                    .put("id", "chatcmpl-" + request.number())
                    .put("object", object)
                    .put("created", 1_700_000_000)
                    .put("model", request.model());
        }

        private void addToolCalls(ObjectNode message, List<ToolCall> calls, boolean indexed) {
            ArrayNode array = message.putArray("tool_calls");
            for (int i = 0; i < calls.size(); i++) {
                ObjectNode call = array.addObject().put("id", calls.get(i).id()).put("type", "function");
                if (indexed) {
                    call.put("index", i);
                }
                call.putObject("function")
                        .put("name", calls.get(i).name())
                        .put("arguments", calls.get(i).arguments());
            }
        }

        private void addLogProbabilities(
                LoopbackRequest request, ObjectNode choice, LoopbackAnswer answer, int from, int to) {
            if (!request.body().path("logprobs").asBoolean() || from == to) {
                choice.putNull("logprobs");
                return;
            }
            ArrayNode content = choice.putObject("logprobs").putArray("content");
            for (int i = from; i < to; i++) {
                ObjectNode token = content.addObject()
                        .put("token", answer.pieces().get(i))
                        .put("logprob", answer.logProbabilities().get(i));
                token.putNull("bytes");
                token.putArray("top_logprobs");
            }
        }

        private void addUsage(ObjectNode body, LoopbackAnswer answer) {
            ObjectNode usage = body.putObject("usage")
                    .put("prompt_tokens", answer.inputTokens())
                    .put("completion_tokens", answer.outputTokens())
                    .put("total_tokens", answer.inputTokens() + answer.outputTokens());
            if (answer.cachedInputTokens() > 0) {
                usage.putObject("prompt_tokens_details").put("cached_tokens", answer.cachedInputTokens());
            }
        }

        private String finishReason(LoopbackAnswer answer) {
            return answer.truncated() ? "length" : answer.toolCalls().isEmpty() ? "stop" : "tool_calls";
        }

        private String event(ObjectNode data) {
            return "data: " + Json.write(data) + "\n\n";
        }
    },

    ANTHROPIC("/messages", "text/event-stream") {
        @Override
        String body(LoopbackRequest request, LoopbackAnswer answer) {
            ObjectNode body = message(request);
            body.putArray("content").addObject().put("type", "text").put("text", answer.text());
            body.put("stop_reason", stopReason(answer));
            body.set("usage", usage(answer));
            return Json.write(body);
        }

        @Override
        List<String> events(LoopbackRequest request, LoopbackAnswer answer) {
            List<String> events = new ArrayList<>();
            ObjectNode start = type("message_start");
            ObjectNode message = message(request);
            message.putArray("content");
            message.putNull("stop_reason");
            message.set("usage", usage(answer));
            start.set("message", message);
            events.add(event(start));
            ObjectNode block = type("content_block_start").put("index", 0);
            block.putObject("content_block").put("type", "text").put("text", "");
            events.add(event(block));
            for (String piece : answer.pieces()) {
                ObjectNode delta = type("content_block_delta").put("index", 0);
                delta.putObject("delta").put("type", "text_delta").put("text", piece);
                events.add(event(delta));
            }
            events.add(event(type("content_block_stop").put("index", 0)));
            ObjectNode end = type("message_delta");
            end.putObject("delta").put("stop_reason", stopReason(answer));
            end.putObject("usage").put("output_tokens", answer.outputTokens());
            events.add(event(end));
            events.add(event(type("message_stop")));
            return events;
        }

        private ObjectNode message(LoopbackRequest request) {
            return Json.object()
                    .put("id", "msg_" + request.number())
                    .put("type", "message")
                    .put("role", "assistant")
                    .put("model", request.model());
        }

        private ObjectNode usage(LoopbackAnswer answer) {
            ObjectNode usage = Json.object()
                    .put("input_tokens", answer.inputTokens() - answer.cachedInputTokens())
                    .put("output_tokens", answer.outputTokens());
            return answer.cachedInputTokens() == 0
                    ? usage
                    : usage.put("cache_read_input_tokens", answer.cachedInputTokens());
        }

        private String stopReason(LoopbackAnswer answer) {
            return answer.truncated() ? "max_tokens" : "end_turn";
        }

        private ObjectNode type(String type) {
            return Json.object().put("type", type);
        }

        private String event(ObjectNode data) {
            return "event: " + data.path("type").asText() + "\ndata: " + Json.write(data) + "\n\n";
        }
    },

    OLLAMA("/api/chat", "application/x-ndjson") {
        @Override
        String body(LoopbackRequest request, LoopbackAnswer answer) {
            return Json.write(done(request, answer, answer.text()));
        }

        @Override
        List<String> events(LoopbackRequest request, LoopbackAnswer answer) {
            List<String> events = new ArrayList<>();
            for (String piece : answer.pieces()) {
                events.add(Json.write(line(request, piece).put("done", false)) + "\n");
            }
            events.add(Json.write(done(request, answer, "")) + "\n");
            return events;
        }

        private ObjectNode line(LoopbackRequest request, String content) {
            ObjectNode line = Json.object().put("model", request.model()).put("created_at", "2025-01-01T00:00:00Z");
            line.putObject("message").put("role", "assistant").put("content", content);
            return line;
        }

        private ObjectNode done(LoopbackRequest request, LoopbackAnswer answer, String content) {
            return line(request, content)
                    .put("done", true)
                    .put("done_reason", answer.truncated() ? "length" : "stop")
                    .put("prompt_eval_count", answer.inputTokens())
                    .put("eval_count", answer.outputTokens());
        }
    };

    private final String path;
    private final String streamType;

    Protocol(String path, String streamType) {
        this.path = path;
        this.streamType = streamType;
    }

    static Protocol ofPath(String path) {
        for (Protocol protocol : values()) {
            if (path.endsWith(protocol.path)) {
                return protocol;
            }
        }
        throw new IllegalArgumentException("no protocol has the path " + path);
    }

    String streamType() {
        return streamType;
    }

    /** What keeps a stream alive and says nothing. */
    String ping() {
        return this == OLLAMA ? "\n" : ": ping\n\n";
    }

    abstract String body(LoopbackRequest request, LoopbackAnswer answer);

    abstract List<String> events(LoopbackRequest request, LoopbackAnswer answer);
}
