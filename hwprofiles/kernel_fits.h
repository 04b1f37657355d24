// Fitted kernel-time models as data: one fit per accelerator, slot (kernel class and format) and engine, with its spread, the
// rows behind it and the residual grid. Stored as TOML in data/kernel_fits, one file an accelerator.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hwprofiles/accelerator.h"
#include "hwprofiles/kernel.h"
#include "hwprofiles/kernel_correction.h"
#include "hwprofiles/kernel_forms.h"

namespace gpufleet::hw {

/// What has a fit of its own. BF16 and FP16 share one; MLA's non-absorbed prefill (qk 192, v 128) has its own kernels.
enum class Slot : std::uint8_t {
  gemm_bf16,
  gemm_fp8,
  gemm_fp32,
  grouped_bf16,
  grouped_fp8,
  attention,
  attention_mla,
  attention_backward,
  mla_decode_bf16,
  mla_decode_fp8,
  gqa_decode_bf16,
  gqa_decode_fp8,
  elementwise,
  norm,
  copy,
  softmax,
  routing,
  quantise,
  optimizer,
  all_reduce,
  all_gather,
  reduce_scatter,
  all_to_all,
  send_recv,
  broadcast
};
inline constexpr std::size_t kSlots = 25;
std::string_view name(Slot slot);
Form form_of(Slot slot);
Slot slot_of(const Gemm& gemm);
Slot slot_of(const GroupedGemm& gemm);
Slot slot_of(const Attention& attention);
Slot slot_of(const MlaDecode& decode);
Slot slot_of(const GqaDecode& decode);
Slot slot_of(const Stream& stream);
Slot slot_of(const Collective& collective);
Slot slot_of(const Kernel& kernel);

/// Whether a call is of the small regime with a spread of its own: fewer than 128 rows (a group), 512 queries, 2^15 cached
/// positions over all sequences, or at most 1 MiB.
bool is_small(const Gemm& gemm);
bool is_small(const GroupedGemm& gemm);
bool is_small(const Attention& attention);
bool is_small(const MlaDecode& decode);
bool is_small(const GqaDecode& decode);
bool is_small(const Stream& stream);
bool is_small(const Collective& collective);
bool is_small(const Kernel& kernel);

/// Seconds by the slot's form alone, without correction.
double form_seconds(const Machine& machine, const Parameters& p, const Kernel& kernel);

struct KernelFit {
  Slot slot = Slot::gemm_bf16;
  std::string engine;     ///< library and version whose rows these are
  bool primary = true;    ///< the engine that stands for the chip where none is asked for
  std::int64_t rows = 0;  ///< measured rows behind it; 0 = carried over from what `source` says
  /// Of ln(measured / predicted) on rows left out of the fit: of small calls, that launch and streaming bound, and of the others.
  double log_sigma_small = 0, log_sigma = 0;
  double borrow_sigma = 0;  ///< of the same on other chips of the family that borrow this fit; 0 = not measured
  std::string source;
  Parameters parameters{};
  Correction correction;
};

/// All fits of one accelerator.
struct AcceleratorFits {
  std::string accelerator;        ///< catalog name
  std::vector<std::string> also;  ///< other names under which its rows come
  Family family = Family::other;
  double balance = 0;  ///< dense BF16 FLOP per byte of memory bandwidth: how alike two chips are
  double sms = 0;
  std::vector<KernelFit> fits;
};

struct KernelFits {
  std::vector<AcceleratorFits> accelerators;  ///< in the order of the files' names
  /// Spreads of a fit carried over to another chip: within a family without a measured one, and to a chip of another family.
  double family_sigma = 0.3, stranger_sigma = 0.5;
};

/// Reads every *.toml of the folder and of its folder `carried` (figures without rows, written by hand from published sources);
/// spreads.toml holds the two spreads. Errors: unreadable, unknown slot, parameter or key, value out of its bounds, grid that
/// does not match its axes; each with file and line.
Result<KernelFits> load_kernel_fits(const std::filesystem::path& folder);

/// The TOML text of one accelerator's fits, the same bytes for the same value.
std::string to_toml(const AcceleratorFits& fits);
/// The text of spreads.toml.
std::string spreads_toml(const KernelFits& fits);

}  // namespace gpufleet::hw
