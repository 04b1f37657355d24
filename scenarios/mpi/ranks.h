// The processes of a parallel job that a launcher (mpirun, srun) started, as far as a program needs them: who am I, how many are
// we, bytes from one to another. The program runs the same where there is no MPI: the library is opened when a launcher asks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"

namespace gpufleet::scenarios {

struct RankMessage {
  int from = 0;
  std::string bytes;
};

/// Calls come from one thread, the one that joined. Messages from one rank to another arrive in order; those to a rank that has
/// died are lost without an error.
class Ranks {
 public:
  virtual ~Ranks() = default;
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  /// Returns at once; delivery goes on during later calls.
  virtual void send(int to, std::string bytes) = 0;
  /// The next message, if one has arrived.
  virtual std::optional<RankMessage> receive() = 0;

  /// How the job went: ends in step with the others, or, where some have died, without waiting for anyone.
  enum class Ending : std::uint8_t { all_well, some_lost };
  /// The last call; what was sent before it is delivered to ranks that live. After `some_lost` the process has to end without
  /// static destructors (_exit).
  virtual void end(Ending ending) = 0;
};

/// Null where no launcher started several processes. Error: one did, and the MPI plug-in cannot be opened.
Result<std::unique_ptr<Ranks>> join_ranks();

/// What the plug-in exports: the function below under this name. Null if MPI does not start.
inline constexpr const char* kOpenRanks = "gpufleet_open_ranks";
using OpenRanks = Ranks* (*)();

}  // namespace gpufleet::scenarios
