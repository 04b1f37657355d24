// Flags and their defaults: Megatron-LM, megatron/training/arguments.py.
#include "scenarios/interop/model_match.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "scenarios/interop/launcher.h"

namespace gpufleet::scenarios {
namespace {

using models::Architecture;
using models::AttentionForm;

enum class When : std::uint8_t { always, latent, heads, experts };

struct ShapeFlag {
  std::string_view flag, what;
  std::int64_t Architecture::*member;
  When when;
};
constexpr std::array kShapeFlags = std::to_array<ShapeFlag>({
    {"--num-layers", "layers", &Architecture::layers, When::always},
    {"--hidden-size", "hidden size", &Architecture::hidden, When::always},
    {"--num-attention-heads", "heads", &Architecture::heads, When::always},
    {"--num-query-groups", "key/value heads", &Architecture::kv_heads, When::heads},
    {"--kv-channels", "head size", &Architecture::head_dim, When::heads},
    {"--num-experts", "experts", &Architecture::routed_experts, When::always},
    {"--moe-router-topk", "experts a token", &Architecture::top_k, When::experts},
    {"--moe-ffn-hidden-size", "inner size of an expert", &Architecture::moe_ffn, When::experts},
    {"--moe-shared-expert-intermediate-size", "inner size of the shared experts", &Architecture::shared_ffn, When::experts},
    {"--q-lora-rank", "query latent", &Architecture::q_lora_rank, When::latent},
    {"--kv-lora-rank", "key/value latent", &Architecture::kv_lora_rank, When::latent},
    {"--qk-head-dim", "unrotated head size", &Architecture::qk_nope, When::latent},
    {"--qk-pos-emb-head-dim", "rotated head size", &Architecture::qk_rope, When::latent},
    {"--v-head-dim", "value head size", &Architecture::v_head_dim, When::latent},
});
// Numbers that need more than a comparison.
constexpr std::array<std::string_view, 4> kOtherCounts{"--ffn-hidden-size", "--vocab-size", "--padded-vocab-size",
                                                       "--make-vocab-size-divisible-by"};
constexpr std::array<std::string_view, 8> kSwitches{"--multi-latent-attention",
                                                    "--group-query-attention",
                                                    "--swiglu",
                                                    "--untie-embeddings-and-output-weights",
                                                    "--qk-layernorm",
                                                    "--add-qkv-bias",
                                                    "--disable-bias-linear",
                                                    "--squared-relu"};

std::int64_t padded(std::int64_t vocabulary, std::int64_t multiple) { return (vocabulary + multiple - 1) / multiple * multiple; }

// "[0]*3+[1]*58", "([0]*3+[1]*58)", "([1,0]*16)": how many zeros; nothing if it is not of this form.
std::optional<std::int64_t> zeros_of(std::string_view text) {
  std::int64_t zeros = 0;
  std::size_t at = 0;
  const auto skip = [&](std::string_view what) {
    while (at < text.size() && what.find(text[at]) != std::string_view::npos) ++at;
  };
  bool any = false;
  while (skip("()+ "), at < text.size()) {
    const std::size_t close = text[at] == '[' ? text.find(']', at) : std::string_view::npos;
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view list = text.substr(at + 1, close - at - 1);
    if (list.find_first_not_of("01, ") != std::string_view::npos) return std::nullopt;
    std::int64_t times = 1;
    at = close + 1;
    if (at < text.size() && text[at] == '*') {
      const auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + text.size(), times);
      if (error != std::errc() || times < 0 || times > 100'000) return std::nullopt;
      at = static_cast<std::size_t>(end - text.data());
    }
    zeros += times * std::ranges::count(list, '0');
    any = true;
  }
  return any ? std::optional(zeros) : std::nullopt;
}

}  // namespace

std::vector<std::string_view> shape_flags() {
  std::vector<std::string_view> out(kSwitches.begin(), kSwitches.end());
  out.insert(out.end(), kOtherCounts.begin(), kOtherCounts.end());
  for (const ShapeFlag& row : kShapeFlags) out.push_back(row.flag);
  out.emplace_back("--moe-layer-freq");
  return out;
}

bool GivenShape::mentions(std::string_view flag) const {
  return std::ranges::find(counts_, flag, &Count::flag) != counts_.end() || std::ranges::find(switches_, flag) != switches_.end();
}

std::int64_t GivenShape::value_of(std::string_view flag) const {
  const auto found = std::ranges::find(counts_, flag, &Count::flag);
  return found == counts_.end() ? 0 : found->value;
}

bool GivenShape::take(const Flag& flag, Diagnostics& problems) {
  if (std::ranges::find(kSwitches, flag.name) != kSwitches.end()) {
    if (flag.value != "false" && flag.value != "False") switches_.push_back(flag.name);
    return true;
  }
  if (flag.name == "--moe-layer-freq") {
    layer_frequency_ = flag.value;
    return true;
  }
  const bool known = std::ranges::find(kShapeFlags, flag.name, &ShapeFlag::flag) != kShapeFlags.end() ||
                     std::ranges::find(kOtherCounts, flag.name) != kOtherCounts.end();
  if (!known) return false;
  std::erase_if(counts_, [&](const Count& one) { return one.flag == flag.name; });  // the last one counts
  if (flag.value != "None") counts_.push_back({flag.name, static_cast<std::int64_t>(whole_number(flag, 1, problems))});
  return true;
}

std::optional<std::int64_t> GivenShape::dense_layers() const {
  if (layer_frequency_.empty()) return std::nullopt;
  if (const auto zeros = zeros_of(layer_frequency_)) return zeros;
  std::int64_t step = 0;
  const auto [end, error] = std::from_chars(layer_frequency_.data(), layer_frequency_.data() + layer_frequency_.size(), step);
  if (error != std::errc() || end != layer_frequency_.data() + layer_frequency_.size() || step < 1 || step > 100'000)
    return std::nullopt;
  // Layers 0, step, 2 step, ... have experts.
  const std::int64_t layers = value_of("--num-layers");
  return layers - (layers + step - 1) / step;
}

std::vector<GivenShape::Compared> GivenShape::compared(const Architecture& model, int tp) const {
  std::vector<Compared> out;
  const bool latent = mentions("--multi-latent-attention"), experts = value_of("--num-experts") > 0;
  for (const ShapeFlag& row : kShapeFlags) {
    if (!mentions(row.flag)) continue;
    if ((row.when == When::latent && !latent) || (row.when == When::heads && latent) || (row.when == When::experts && !experts))
      continue;
    if (row.flag == "--num-query-groups" && !mentions("--group-query-attention") && complete()) continue;  // has no effect
    out.push_back({row.what, model.*row.member, value_of(row.flag)});
  }
  if (!complete()) return out;
  if (!experts) out.push_back({"experts", model.routed_experts, 0});
  out.push_back({"latent attention", model.attention == AttentionForm::mla ? 1 : 0, latent ? 1 : 0, Kind::feature});
  if (mentions("--swiglu")) out.push_back({"gated feed-forward layers", model.gated_mlp ? 1 : 0, 1, Kind::feature});
  if (mentions("--untie-embeddings-and-output-weights"))
    out.push_back({"tied embeddings", model.tied_embeddings ? 1 : 0, 0, Kind::feature});
  if (mentions("--qk-layernorm") && !latent)
    out.push_back({"normalised queries and keys", model.qk_norm ? 1 : 0, 1, Kind::feature});
  if (experts)
    if (const auto dense = dense_layers()) out.push_back({"dense layers", model.dense_layers, *dense});
  if (const std::int64_t ffn = value_of("--ffn-hidden-size"); ffn > 0) {
    // Experts are of this size where none is given for them; a model of experts only has no other use for it.
    const bool of_experts = experts && !mentions("--moe-ffn-hidden-size");
    if (of_experts)
      out.push_back({"inner size of an expert", model.moe_ffn, ffn});
    else if (!experts || model.dense_layers > 0)
      out.push_back({"inner size of the feed-forward layers", model.ffn_dense, ffn});
  }
  const std::int64_t given = value_of("--padded-vocab-size") > 0 ? value_of("--padded-vocab-size") : value_of("--vocab-size");
  if (given > 0) {
    // The tokeniser's size and the padded one are the same vocabulary.
    const std::int64_t divisor = mentions("--make-vocab-size-divisible-by") ? value_of("--make-vocab-size-divisible-by") : 128;
    const std::int64_t multiple = std::min<std::int64_t>(divisor, 1 << 20) * std::max(1, tp);
    const bool same = padded(given, multiple) == padded(model.vocab, multiple);
    out.push_back({"vocabulary", model.vocab, same ? model.vocab : given});
  }
  return out;
}

std::vector<std::string> GivenShape::differences(const Architecture& model, int tp) const {
  std::vector<std::string> out;
  for (const Compared& one : compared(model, tp)) {
    if (one.has == one.said) continue;
    if (one.kind == Kind::count)
      out.push_back(fmt::format("{} {}, not {}", one.what, one.has, one.said));
    else
      out.push_back(one.has != 0 ? fmt::format("{}, not none", one.what) : fmt::format("no {}", one.what));
  }
  return out;
}

double GivenShape::distance(const Architecture& model, int tp) const {
  double out = 0;
  for (const Compared& one : compared(model, tp)) {
    if (one.has == one.said) continue;
    const double ratio = std::log(static_cast<double>(one.has + 1) / static_cast<double>(one.said + 1));
    out += 1 + std::min(1.0, std::abs(ratio));
  }
  return out;
}

int GivenShape::agreement_with_defaults(const Architecture& model) const {
  int out = 0;
  const bool latent = mentions("--multi-latent-attention");
  if (!latent && !mentions("--group-query-attention")) out += model.kv_heads == model.heads ? 1 : 0;
  if (!latent && !mentions("--kv-channels")) out += model.head_dim * model.heads == model.hidden ? 1 : 0;
  if (!mentions("--swiglu")) out += model.gated_mlp ? 0 : 1;
  if (!mentions("--ffn-hidden-size")) out += model.ffn_dense == 4 * model.hidden ? 1 : 0;
  if (!mentions("--qk-layernorm")) out += model.qk_norm ? 0 : 1;
  if (!mentions("--untie-embeddings-and-output-weights")) out += model.tied_embeddings ? 1 : 0;
  if (!mentions("--moe-shared-expert-intermediate-size")) out += model.shared_ffn == 0 ? 1 : 0;
  const bool qkv = model.attention_bias == models::LinearBias::qkv;
  out += mentions("--add-qkv-bias") == qkv ? 1 : 0;
  out += mentions("--disable-bias-linear") == (model.attention_bias != models::LinearBias::all) ? 1 : 0;
  return out;
}

MatchResult match_model(const GivenShape& shape, int tp, std::span<const Architecture> architectures,
                        const Architecture* preferred) {
  MatchResult out;
  const Architecture* nearest = nullptr;
  double least = 0;
  for (const Architecture& model : architectures) {
    if (model.aggregate_only) continue;
    const double distance = shape.distance(model, tp);
    if (nearest == nullptr || distance < least) nearest = &model, least = distance;
    if (distance > 0) continue;
    const Architecture* best = out.match.model;
    const bool better = best == nullptr || &model == preferred ||
                        (best != preferred && shape.agreement_with_defaults(model) > shape.agreement_with_defaults(*best));
    if (better) out.match.model = &model;
  }
  if (out.match.model == nullptr) {
    out.problem = command_problem(
        nearest == nullptr ? std::string("the catalog is empty")
                           : fmt::format("no model of the catalog has the shape that the flags give; the nearest is {}, with {}",
                                         nearest->name, fmt::join(shape.differences(*nearest, tp), ", ")),
        "--model NAME takes one all the same; `gpufleet models import config.json` makes a new one");
    return out;
  }
  const int agreement = shape.agreement_with_defaults(*out.match.model);
  for (const Architecture& model : architectures)
    if (&model != out.match.model && !model.aggregate_only && out.match.model != preferred && shape.distance(model, tp) == 0 &&
        shape.agreement_with_defaults(model) == agreement)
      out.match.equals.push_back(model.name);
  return out;
}

}  // namespace gpufleet::scenarios
