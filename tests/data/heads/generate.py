#!/usr/bin/env python3
"""Writes the checkpoints and the expected results in this folder: python3 generate.py

Small random models of every task, written as transformers and sentence-transformers name their tensors, and what
they answer. The models are computed in float64 by PyTorch functions written here from the published architectures
(no transformers), the answers by NumPy as transformers' pipelines and sentence-transformers describe them. Weights
are stored as F16, so both sides compute with the same numbers. Versions: Python 3.11.2, NumPy 1.24.2, PyTorch 1.13.
"""
import json
import math
import pathlib
import re
import struct

import numpy as np
import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ("ada lovelace wrote notes in london . the machine of charles babbage was never built ? who where , she met him "
         "at a party and they worked for years on it query : ! new york is large").split()
PIECES = ["##s", "##ed", "##ing", "love", "##lace", "bab", "##bage", "ly", "##on", "mach", "##ine"]
VOCABULARY = SPECIAL + WORDS + PIECES
HIDDEN, HEADS, INTERMEDIATE, POSITIONS, EMBEDDING = 12, 2, 20, 32, 8
LAYERS = dict(bert=1, distilbert=1, electra=2, mpnet=2)


# --- tokens ---------------------------------------------------------------------------------------------------------
def word_pieces(text):
    """[(id, begin, end, word)] of lower-case ASCII text."""
    result = []
    for number, match in enumerate(re.finditer(r"[a-z]+|[^\sa-z]", text.lower())):
        word, begin = match.group(), match.start()
        place, pieces = 0, []
        while place < len(word):
            for end in range(len(word), place, -1):
                piece = ("##" if place else "") + word[place:end]
                if piece in VOCABULARY:
                    pieces.append((VOCABULARY.index(piece), begin + place, begin + end, number))
                    place = end
                    break
            else:
                pieces = [(VOCABULARY.index("[UNK]"), begin, begin + len(word), number)]
                break
        result += pieces
    return result


CLS, SEP, MASK = (VOCABULARY.index(word) for word in ("[CLS]", "[SEP]", "[MASK]"))


def single(text):
    ids = [piece[0] for piece in word_pieces(text)]
    return [CLS] + ids + [SEP]


# --- random checkpoints ---------------------------------------------------------------------------------------------
class Weights(dict):
    """Random tensors with values that F16 holds, by name."""

    def __init__(self, seed):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def random(self, name, *shape, scale=0.4, mean=0.0):
        values = torch.randn(*shape, generator=self.generator, dtype=torch.float64) * scale + mean
        self[name] = values.half().double()

    def linear(self, name, out_features, in_features, scale=0.4):
        self.random(name + ".weight", out_features, in_features, scale=scale)
        self.random(name + ".bias", out_features, scale=0.2)

    def norm(self, name, size=HIDDEN):
        self.random(name + ".weight", size, scale=0.2, mean=1.0)
        self.random(name + ".bias", size, scale=0.2)


NAMES = {
    "bert": dict(layer="encoder.layer", q="attention.self.query", k="attention.self.key", v="attention.self.value",
                 o="attention.output.dense", n1="attention.output.LayerNorm", f1="intermediate.dense", f2="output.dense",
                 n2="output.LayerNorm"),
    "distilbert": dict(layer="transformer.layer", q="attention.q_lin", k="attention.k_lin", v="attention.v_lin",
                       o="attention.out_lin", n1="sa_layer_norm", f1="ffn.lin1", f2="ffn.lin2", n2="output_layer_norm"),
}
NAMES["electra"] = NAMES["bert"]
NAMES["mpnet"] = dict(NAMES["bert"], q="attention.attn.q", k="attention.attn.k", v="attention.attn.v",
                      o="attention.attn.o", n1="attention.LayerNorm")


def random_encoder(family, seed, prefix=None):
    weights, names = Weights(seed), NAMES[family]
    prefix = family + "." if prefix is None else prefix
    width = EMBEDDING if family == "electra" else HIDDEN
    positions = POSITIONS + (2 if family == "mpnet" else 0)
    weights.random(prefix + "embeddings.word_embeddings.weight", len(VOCABULARY), width, scale=2.0)
    weights.random(prefix + "embeddings.position_embeddings.weight", positions, width)
    if family in ("bert", "electra"):
        weights.random(prefix + "embeddings.token_type_embeddings.weight", 2, width)
    weights.norm(prefix + "embeddings.LayerNorm", width)
    if family == "electra":
        weights.linear(prefix + "embeddings_project", HIDDEN, EMBEDDING)
    if family == "mpnet":
        weights.random(prefix + "encoder.relative_attention_bias.weight", 32, HEADS, scale=1.0)
    for i in range(LAYERS[family]):
        layer = f"{prefix}{names['layer']}.{i}."
        for part in "qkvo":
            weights.linear(layer + names[part], HIDDEN, HIDDEN)
        weights.norm(layer + names["n1"])
        weights.linear(layer + names["f1"], INTERMEDIATE, HIDDEN)
        weights.linear(layer + names["f2"], HIDDEN, INTERMEDIATE)
        weights.norm(layer + names["n2"])
    return weights


# --- the models -----------------------------------------------------------------------------------------------------
def linear(weights, name, x):
    return F.linear(x, weights[name + ".weight"], weights[name + ".bias"])


def norm(weights, name, x, epsilon=1e-12):
    return F.layer_norm(x, x.shape[-1:], weights[name + ".weight"], weights[name + ".bias"], epsilon)


def relative_bias(table, length):
    """T5's buckets in both directions: 32 buckets, distances up to 128. [heads, query, key]"""
    def bucket(distance):  # key - query
        side, distance = (16 if distance > 0 else 0), abs(distance)
        if distance < 8:
            return side + distance
        return side + min(15, 8 + int(math.log(distance / 8) / math.log(128 / 8) * 8))

    return torch.stack([torch.stack([table[bucket(j - i)] for j in range(length)]) for i in range(length)]).permute(2, 0, 1)


def encode(family, weights, ids, types=None, prefix=None, epsilon=1e-12):
    """[T, C] of one sequence without padding."""
    names = NAMES[family]
    prefix = family + "." if prefix is None else prefix
    tables = prefix + "embeddings.{}_embeddings.weight"
    ids = torch.tensor(ids)
    first_position = 2 if family == "mpnet" else 0
    x = weights[tables.format("word")][ids]
    x = x + weights[tables.format("position")][first_position:first_position + len(ids)]
    if family in ("bert", "electra"):
        x = x + weights[tables.format("token_type")][torch.tensor(types or [0] * len(ids))]
    x = norm(weights, prefix + "embeddings.LayerNorm", x, epsilon)
    if family == "electra":
        x = linear(weights, prefix + "embeddings_project", x)
    bias = 0.0
    if family == "mpnet":
        bias = relative_bias(weights[prefix + "encoder.relative_attention_bias.weight"], len(ids))
    for i in range(LAYERS[family]):
        layer = f"{prefix}{names['layer']}.{i}."
        q, k, v = (linear(weights, layer + names[part], x).view(-1, HEADS, HIDDEN // HEADS).transpose(0, 1)
                   for part in "qkv")
        scores = q @ k.transpose(1, 2) / math.sqrt(HIDDEN // HEADS) + bias
        attended = (torch.softmax(scores, -1) @ v).transpose(0, 1).reshape(len(ids), HIDDEN)
        x = norm(weights, layer + names["n1"], x + linear(weights, layer + names["o"], attended), epsilon)
        y = linear(weights, layer + names["f2"], F.gelu(linear(weights, layer + names["f1"], x)))
        x = norm(weights, layer + names["n2"], x + y, epsilon)
    return x


# --- files ----------------------------------------------------------------------------------------------------------
def save_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in sorted(tensors.items()):
        content = tensor.half().numpy().tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def save_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def config_of(family, **more):
    if family == "distilbert":
        config = dict(dim=HIDDEN, hidden_dim=INTERMEDIATE, n_layers=LAYERS[family], n_heads=HEADS)
    else:
        config = dict(hidden_size=HIDDEN, intermediate_size=INTERMEDIATE, num_hidden_layers=LAYERS[family],
                      num_attention_heads=HEADS)
    if family in ("bert", "electra"):
        config["type_vocab_size"] = 2
    if family == "electra":
        config["embedding_size"] = EMBEDDING
    if family == "mpnet":
        config.update(relative_attention_num_buckets=32, layer_norm_eps=1e-5, pad_token_id=1)
    return dict(config, model_type=family, vocab_size=len(VOCABULARY),
                max_position_embeddings=POSITIONS + (2 if family == "mpnet" else 0), **more)


def save_model(name, weights, config):
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    save_safetensors(folder / "model.safetensors", weights)
    save_json(folder / "config.json", config)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")


def rounded(value):
    """Numbers as JSON with 12 digits."""
    if isinstance(value, (torch.Tensor, np.ndarray)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [rounded(element) for element in value]
    return float(f"{value:.12g}")


# --- tasks ----------------------------------------------------------------------------------------------------------
def pair(first, second):
    ids = single(first) + [piece[0] for piece in word_pieces(second)] + [SEP]
    return ids, [0] * len(single(first)) + [1] * (len(ids) - len(single(first)))


def bert_sequence():
    weights = random_encoder("bert", 1)
    weights.linear("bert.pooler.dense", HIDDEN, HIDDEN)
    weights.linear("classifier", 3, HIDDEN)
    labels = ["contradiction", "entailment", "neutral"]
    save_model("bert-sequence", weights, config_of("bert", architectures=["BertForSequenceClassification"],
                                                   id2label={str(i): label for i, label in enumerate(labels)}))
    result = []
    for first, second in [("ada wrote notes in london.", None), ("she met him at a party", "they worked for years"),
                          ("the machine was never built", "")]:
        ids, types = (single(first), None) if second is None else pair(first, second)
        pooled = torch.tanh(linear(weights, "bert.pooler.dense", encode("bert", weights, ids, types)[0]))
        logits = linear(weights, "classifier", pooled)
        result.append(dict(text=first, pair=second, logits=rounded(logits), probabilities=rounded(torch.softmax(logits, -1))))
    return result


def distilbert_regression():
    weights = random_encoder("distilbert", 2)
    weights.linear("pre_classifier", HIDDEN, HIDDEN)
    weights.linear("classifier", 1, HIDDEN)
    save_model("distilbert-regression", weights,
               config_of("distilbert", architectures=["DistilBertForSequenceClassification"], id2label={"0": "LABEL_0"},
                         problem_type="regression"))
    result = []
    for text in ["the machine of charles babbage", "new york is large!"]:
        first = encode("distilbert", weights, single(text))[0]
        result.append(dict(text=text, logit=rounded(linear(weights, "classifier",
                                                           torch.relu(linear(weights, "pre_classifier", first)))[0])))
    return result


LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def entities_of(text, scores, strategy):
    """As transformers' TokenClassificationPipeline. scores [tokens without special ones, labels]"""
    parts = [dict(scores=row, start=begin, end=end, word=word)
             for row, (_, begin, end, word) in zip(scores, word_pieces(text))]
    if strategy in ("first", "average", "max"):
        words = {}
        for part in parts:
            words.setdefault(part["word"], []).append(part)
        parts = []
        for group in words.values():
            chosen = {"first": group[0]["scores"], "average": np.mean([part["scores"] for part in group], 0),
                      "max": max(group, key=lambda part: part["scores"].max())["scores"]}[strategy]
            parts.append(dict(scores=chosen, start=group[0]["start"], end=group[-1]["end"]))
    parts = [dict(label=LABELS[part["scores"].argmax()], score=part["scores"].max(), start=part["start"], end=part["end"])
             for part in parts]
    if strategy != "none":
        tag = lambda label: ("B", label[2:]) if label.startswith("B-") else ("I", label[2:] if label.startswith("I-") else label)
        groups = []
        for part in parts:
            if groups and tag(part["label"])[1] == tag(groups[-1][-1]["label"])[1] and tag(part["label"])[0] != "B":
                groups[-1].append(part)
            else:
                groups.append([part])
        parts = [dict(label=group[0]["label"].split("-", 1)[-1], score=np.mean([part["score"] for part in group]),
                      start=group[0]["start"], end=group[-1]["end"]) for group in groups]
    return [dict(part, score=rounded(part["score"])) for part in parts if part["label"] != "O"]


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def bert_token():
    weights = random_encoder("bert", 13)
    weights.linear("classifier", len(LABELS), HIDDEN, scale=1.0)
    save_model("bert-token", weights, config_of("bert", architectures=["BertForTokenClassification"],
                                                id2label={str(i): label for i, label in enumerate(LABELS)}))
    result = []
    for text in ["Ada Lovelaces noted machines in London.", "She loveed Babbageing, and they worked on New York machining"]:
        logits = linear(weights, "classifier", encode("bert", weights, single(text))).numpy()
        scores = softmax(logits)[1:-1]
        result.append(dict(text=text, logits=rounded(logits),
                           entities={strategy: entities_of(text, scores, strategy)
                                     for strategy in ("none", "simple", "first", "average", "max")}))
    long_text = "Ada Lovelaces noted machines in London. She met Babbageing in New York and they worked on machines for years. " * 2
    pieces, kept, stride = word_pieces(long_text), 18, 5
    entities = []
    begin = 0
    while True:
        window = pieces[begin:begin + kept]
        ids = [CLS] + [piece[0] for piece in window] + [SEP]
        scores = softmax(linear(weights, "classifier", encode("bert", weights, ids)).numpy())[1:-1]
        groups = []
        for (_, start, end, _), row in zip(window, scores):
            label, score = LABELS[row.argmax()], row.max()
            tag = label.split("-", 1)[-1]
            if groups and groups[-1][0] == tag and not label.startswith("B-"):
                groups[-1][1].append(score)
                groups[-1][3] = end
            else:
                groups.append([tag, [score], start, end])
        entities += [dict(label=tag, score=np.mean(scores), start=start, end=end) for tag, scores, start, end in groups
                     if tag != "O"]
        if begin + kept >= len(pieces):
            break
        begin += kept - stride
    entities.sort(key=lambda entity: entity["start"])
    kept_entities = []
    for entity in entities:
        if kept_entities and entity["start"] < kept_entities[-1]["end"]:
            order = lambda e: (e["end"] - e["start"], e["score"])
            kept_entities[-1] = max(kept_entities[-1], entity, key=order)
        else:
            kept_entities.append(entity)
    result.append(dict(text=long_text, max_length=kept + 2, stride=stride,
                       entities={"simple": [dict(entity, score=rounded(entity["score"])) for entity in kept_entities]}))
    return result


def distilbert_answers():
    weights = random_encoder("distilbert", 4)
    weights.linear("qa_outputs", 2, HIDDEN, scale=1.0)
    save_model("distilbert-answers", weights, config_of("distilbert", architectures=["DistilBertForQuestionAnswering"]))
    result = []
    context = "Ada Lovelace wrote notes on the machine of Charles Babbage. It was never built."
    longer = context + " She met him at a party in London, and they worked on it for years and years. New York is large."
    for question, context, max_length, stride in [("Who wrote notes?", context, 32, 10), ("Where?", longer, 24, 8)]:
        asked, pieces = single(question), word_pieces(context)
        kept = max_length - len(asked) - 1
        spans, null_score, begin = {}, 1.0, 0
        while True:
            window = pieces[begin:begin + kept]
            ids = asked + [piece[0] for piece in window] + [SEP]
            logits = linear(weights, "qa_outputs", encode("distilbert", weights, ids)).numpy()
            hidden = np.ones(len(ids), bool)
            hidden[0] = hidden[len(asked):len(asked) + len(window)] = False
            start, end = (softmax(np.where(hidden, -10000.0, logits[:, side])) for side in (0, 1))
            null_score = min(null_score, start[0] * end[0])
            start[0] = end[0] = 0
            candidates = np.tril(np.triu(np.outer(start, end)), 3)  # answers of up to 4 tokens
            for i, j in zip(*np.nonzero(candidates > 0)):
                first, last = window[i - len(asked)], window[j - len(asked)]
                place = (min(piece[1] for piece in window if piece[3] == first[3]),
                         max(piece[2] for piece in window if piece[3] == last[3]))
                spans[place] = max(spans.get(place, 0.0), candidates[i, j])
            if begin + kept >= len(pieces):
                break
            begin += kept - stride
        best = sorted(spans.items(), key=lambda span: -span[1])[:4]
        result.append(dict(question=question, context=context, max_length=max_length, stride=stride, max_answer_length=4,
                           no_answer=rounded(null_score),
                           answers=[dict(start=place[0], end=place[1], score=rounded(score)) for place, score in best]))
    return result


def mask_predictions(logits, ids):
    result = []
    for place in [i for i, token in enumerate(ids) if token == MASK]:
        scores = softmax(logits[place].numpy())
        best = np.argsort(-scores)[:3]
        result.append(dict(position=place, tokens=[VOCABULARY[i] for i in best], probabilities=rounded(scores[best])))
    return result


def mpnet_masked():
    weights = random_encoder("mpnet", 5)
    weights.linear("lm_head.dense", HIDDEN, HIDDEN)
    weights.norm("lm_head.layer_norm")
    weights.random("lm_head.bias", len(VOCABULARY), scale=0.5)
    save_model("mpnet-masked", weights, config_of("mpnet", architectures=["MPNetForMaskedLM"]))
    result = []
    for text in ["ada [MASK] notes in [MASK] .", "they worked for years and years and years on the machine of charles "
                 "babbage and it was never [MASK]"]:
        ids = [CLS] + [MASK if word == "[MASK]" else VOCABULARY.index(word) for word in text.split()] + [SEP]
        hidden = encode("mpnet", weights, ids, epsilon=1e-5)
        transformed = norm(weights, "lm_head.layer_norm", F.gelu(linear(weights, "lm_head.dense", hidden)), 1e-5)
        logits = transformed @ weights["mpnet.embeddings.word_embeddings.weight"].T + weights["lm_head.bias"]
        result.append(dict(text=text, input_ids=ids, last_hidden_state=rounded(hidden), masks=mask_predictions(logits, ids)))
    return result


def electra_sequence():
    weights = random_encoder("electra", 6)
    weights.linear("classifier.dense", HIDDEN, HIDDEN)
    weights.linear("classifier.out_proj", 2, HIDDEN)
    save_model("electra-sequence", weights, config_of("electra", architectures=["ElectraForSequenceClassification"]))
    result = []
    for first, second in [("new york is large", None), ("where is it?", "in london.")]:
        ids, types = (single(first), None) if second is None else pair(first, second)
        hidden = encode("electra", weights, ids, types)
        logits = linear(weights, "classifier.out_proj", F.gelu(linear(weights, "classifier.dense", hidden[0])))
        result.append(dict(text=first, pair=second, input_ids=ids, token_type_ids=types or [0] * len(ids),
                           last_hidden_state=rounded(hidden), logits=rounded(logits)))
    return result


def sentences():
    """Everything that a sentence-transformers folder may say: several modes, Dense, Normalize, prompts, a length."""
    weights = random_encoder("bert", 7, prefix="")
    save_model("sentences", weights, config_of("bert", architectures=["BertModel"]))
    folder, types = FOLDER / "sentences", "sentence_transformers.models."
    modules = ["Transformer", "Pooling", "Dense", "Normalize"]
    save_json(folder / "modules.json", [dict(idx=i, name=str(i), path="" if i == 0 else f"{i}_{module}", type=types + module)
                                        for i, module in enumerate(modules)])
    save_json(folder / "sentence_bert_config.json", dict(max_seq_length=12, do_lower_case=False))
    save_json(folder / "config_sentence_transformers.json",
              dict(prompts=dict(query="query: ", passage=""), default_prompt_name=None, similarity_fn_name="cosine"))
    modes = ["max", "mean", "cls", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
    for path in ("1_Pooling", "2_Dense"):
        (folder / path).mkdir(exist_ok=True)
    save_json(folder / "1_Pooling" / "config.json",
              dict(embedding_dimension=HIDDEN, pooling_mode=modes, pooling_mode_cls_token=True, include_prompt=False))
    dense = Weights(8)
    dense.linear("linear", 10, HIDDEN * len(modes))
    save_safetensors(folder / "2_Dense" / "model.safetensors", dense)
    save_json(folder / "2_Dense" / "config.json",
              dict(in_features=HIDDEN * len(modes), out_features=10, bias=True,
                   activation_function="torch.nn.modules.activation.Tanh"))
    result = []
    for text, prompt in [("ada wrote notes in london .", ""), ("Who met her at a party?", "query: "), ("", ""),
                         ("they worked for years and years and years on the machine of charles babbage", "query: ")]:
        pieces = [piece[0] for piece in word_pieces(prompt + text)][:10]
        hidden = encode("bert", weights, [CLS] + pieces + [SEP], prefix="")
        hidden_by_prompt = 1 + len(word_pieces(prompt)) if prompt else 0
        columns = torch.arange(1, len(hidden) + 1, dtype=torch.float64)[hidden_by_prompt:, None]
        rows = hidden[hidden_by_prompt:]
        by_mode = dict(max=rows.max(0).values, mean=rows.mean(0), cls=rows[0],
                       mean_sqrt_len_tokens=rows.sum(0) / math.sqrt(len(rows)),
                       weightedmean=(columns * rows).sum(0) / columns.sum(), lasttoken=rows[-1])
        embedding = torch.tanh(linear(dense, "linear", torch.cat([by_mode[mode] for mode in modes])))
        result.append(dict(text=text, prompt=prompt, mean=rounded(by_mode["mean"]),
                           embedding=rounded(embedding / embedding.norm())))
    return result


if __name__ == "__main__":
    tasks = [bert_sequence, distilbert_regression, bert_token, distilbert_answers, mpnet_masked, electra_sequence, sentences]
    (FOLDER / "expected.json").write_text(json.dumps({task.__name__: task() for task in tasks}, separators=(",", ":")) + "\n")
