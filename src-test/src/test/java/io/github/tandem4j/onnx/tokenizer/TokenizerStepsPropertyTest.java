package io.github.tandem4j.onnx.tokenizer;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/** Steps that pass the check, in any order, with texts of any kind: the native library must outlive all of them. */
class TokenizerStepsPropertyTest {
    private static final List<String> NORMALIZERS = List.of(
            "{'type':'NFC'}",
            "{'type':'NFKD'}",
            "{'type':'Nmt'}",
            "{'type':'Lowercase'}",
            "{'type':'StripAccents'}",
            "{'type':'Strip','strip_left':true,'strip_right':true}",
            "{'type':'Strip','strip_left':false,'strip_right':true}",
            "{'type':'Prepend','prepend':'\u2581'}",
            "{'type':'Replace','pattern':{'String':' '},'content':'\u2581'}",
            "{'type':'Replace','pattern':{'String':'e'},'content':''}",
            "{'type':'Replace','pattern':{'Regex':' +\\\\z'},'content':''}",
            "{'type':'Replace','pattern':{'Regex':'[\\\\s\\\\S]'},'content':''}",
            "{'type':'Replace','pattern':{'Regex':'\\\\p{L}+'},'content':'\u4e16'}",
            "{'type':'BertNormalizer','clean_text':true,'handle_chinese_chars':true,'strip_accents':true,'lowercase':true}");

    private static final List<String> PRE_TOKENIZERS = List.of(
            "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}",
            "{'type':'ByteLevel','add_prefix_space':false,'trim_offsets':false,'use_regex':false}",
            "{'type':'Digits','individual_digits':true}",
            "{'type':'Digits','individual_digits':false}",
            "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'first','split':true}",
            "{'type':'Metaspace','replacement':'x','prepend_scheme':'always','split':false}",
            "{'type':'Punctuation','behavior':'Contiguous'}",
            "{'type':'Whitespace'}",
            "{'type':'WhitespaceSplit'}",
            "{'type':'BertPreTokenizer'}",
            "{'type':'UnicodeScripts'}",
            "{'type':'CharDelimiterSplit','delimiter':'e'}",
            "{'type':'Split','pattern':{'Regex':'\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+'},'behavior':'Removed','invert':true}",
            "{'type':'Split','pattern':{'Regex':'a*'},'behavior':'MergedWithNext','invert':false}",
            "{'type':'Split','pattern':{'String':' '},'behavior':'MergedWithPrevious','invert':true}");

    private static final List<String> ADDED = List.of(
            "{'id':3,'content':'the','lstrip':true,'rstrip':true,'single_word':true,'normalized':true}",
            "{'id':4,'content':' ','lstrip':true,'rstrip':true,'normalized':true}",
            "{'id':5,'content':'e','rstrip':true}",
            "{'id':6,'content':'\u0301','single_word':true}",
            "{'id':7,'content':'<s>','special':true,'lstrip':true,'rstrip':true}");

    private static final List<String> MODELS = List.of(
            "{'type':'BPE','vocab':{'t':0,'h':1,'th':2},'merges':['t h']}",
            "{'type':'BPE','vocab':{'t':0,'h':1,'th':2},'merges':['t h'],'unk_token':'t','fuse_unk':true,'byte_fallback':true}",
            "{'type':'BPE','vocab':{'t':0,'h':1,'the':2},'merges':[],'ignore_merges':true}",
            "{'type':'Unigram','unk_id':0,'vocab':[['t',0],['h',-1],['\u2581the',-2.5]]}");

    @Provide
    Arbitrary<String> files() {
        return Combinators.combine(
                        Arbitraries.of(NORMALIZERS).list().ofMaxSize(4),
                        Arbitraries.of(PRE_TOKENIZERS).list().ofMaxSize(4),
                        Arbitraries.of(ADDED).list().uniqueElements().ofMaxSize(3),
                        Arbitraries.of(MODELS))
                .as((normalizers, preTokenizers, added, model) -> "{'added_tokens':[" + String.join(",", added)
                        + "],'normalizer':{'type':'Sequence','normalizers':[" + String.join(",", normalizers)
                        + "]},'pre_tokenizer':{'type':'Sequence','pretokenizers':[" + String.join(",", preTokenizers)
                        + "]},'model':" + model + "}");
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(
                        "the",
                        "e",
                        " ",
                        "  ",
                        "\n",
                        "\u2581",
                        "\u0301",
                        "e\u0301",
                        "\u4e16",
                        "\ud83d\ude00",
                        "1",
                        "<s>",
                        "\u00a0",
                        "\u200d",
                        "\u0000",
                        "x",
                        "\uac01",
                        "A",
                        "!",
                        "\u0130",
                        "\ufdfa")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }

    @Property(tries = 500)
    void noTextEndsTheProcess(@ForAll("files") String json, @ForAll("texts") String text) throws IOException {
        Path file = Files.createTempFile("tokenizer", ".json");
        boolean tokenised = false;
        try {
            Files.writeString(file, json.replace('\'', '"'));
            try (Tokenizer tokenizer = Tokenizer.open(file, 8)) {
                tokenizer.decode(tokenizer.encode(text));
                tokenised = true;
            } catch (ModelFileException e) {
                // Two steps that do not go together; it says so.
            }
        } finally {
            Files.delete(file);
        }
        Statistics.collect(tokenised);
        Statistics.coverage(coverage -> coverage.check(true).percentage(percentage -> percentage > 50));
    }
}
