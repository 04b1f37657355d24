// Named random streams: a stream is a function of (seed, name) alone, so adding one never shifts another, and results are the
// same on every machine. Generator: xoshiro256++ seeded by splitmix64 (Blackman & Vigna, prng.di.unimi.it). The distributions
// are our own because the standard library's differ between implementations.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gpufleet {

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  std::uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform integer in [0, bound), unbiased. Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal by the inverse of its distribution function (one draw per value, so streams stay aligned).
  double normal();
  /// Exponential with mean 1.
  double exponential();
  /// Gamma with the given shape and scale 1 (Marsaglia & Tsang 2000). Precondition: shape > 0.
  double gamma(double shape);

 private:
  std::array<std::uint64_t, 4> state_{};
};

/// Stable 64-bit FNV-1a hash of a text, for seeds and for choosing rows by hash.
std::uint64_t stable_hash(std::string_view text);
/// Inverse of the standard normal distribution function (Wichura, AS 241, relative error below 1e-15). Precondition: 0 < p < 1.
double inverse_normal(double p);

}  // namespace gpufleet
