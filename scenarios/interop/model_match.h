// Which model of the catalog a training command's architecture flags describe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.h"
#include "models/architecture.h"
#include "scenarios/interop/shell_words.h"

namespace gpufleet::scenarios {

/// What the flags say of the model's shape. Megatron-LM's switches that are off unless given (experts, latent attention) say
/// something where they are missing, too.
class GivenShape {
 public:
  /// Takes a flag that speaks of the shape; numbers that are none are reported.
  bool take(const Flag& flag, Diagnostics& problems);

  /// A command that gives the layers gives the whole shape.
  [[nodiscard]] bool complete() const { return value_of("--num-layers") > 0; }
  [[nodiscard]] std::int64_t value_of(std::string_view flag) const;
  [[nodiscard]] bool mentions(std::string_view flag) const;
  /// Each thing in which the model is not as said, in words: "vocabulary 32000, not 128256".
  [[nodiscard]] std::vector<std::string> differences(const models::Architecture& model, int tp) const;
  /// How far away it is: 0 where all agrees; differences weigh one each, and up to one more by how large they are.
  [[nodiscard]] double distance(const models::Architecture& model, int tp) const;
  /// How much of what the command leaves to Megatron-LM's defaults the model has; to choose between equals.
  [[nodiscard]] int agreement_with_defaults(const models::Architecture& model) const;
  /// Dense layers by --moe-layer-freq; nothing where it is not given or not understood.
  [[nodiscard]] std::optional<std::int64_t> dense_layers() const;

 private:
  struct Count {
    std::string flag;
    std::int64_t value;
  };
  enum class Kind : std::uint8_t { count, feature };
  struct Compared {
    std::string_view what;
    std::int64_t has, said;  ///< of a feature: 1 or 0
    Kind kind = Kind::count;
  };
  [[nodiscard]] std::vector<Compared> compared(const models::Architecture& model, int tp) const;

  std::vector<Count> counts_;
  std::vector<std::string> switches_;
  std::string layer_frequency_;
};

/// Names of the flags that GivenShape takes.
std::vector<std::string_view> shape_flags();

struct ModelMatch {
  const models::Architecture* model = nullptr;
  std::vector<std::string> equals;  ///< names of others that fit as well
};

/// Error: no model agrees with all flags; names the nearest and what differs. `preferred` decides between equals.
struct MatchResult {
  ModelMatch match;
  std::optional<Diagnostic> problem;
};
MatchResult match_model(const GivenShape& shape, int tp, std::span<const models::Architecture> architectures,
                        const models::Architecture* preferred);

}  // namespace gpufleet::scenarios
