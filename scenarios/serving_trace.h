// Request traces, read line by line: Azure LLM inference CSV (2023, 2024), BurstGPT CSV, Mooncake JSONL with block hashes, and a
// plain CSV "arrival_s,input_tokens,output_tokens". A broken line is counted and named, and skipped. Short traces are kept in
// memory; a long one is read through once, and again by each simulation while it goes on, so that its size does not matter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <string>
#include <vector>

#include "core/result.h"
#include "sim/serving/workload.h"

namespace gpufleet::scenarios {

enum class TraceFormat : std::uint8_t { azure, burstgpt, mooncake, plain };
std::string_view name(TraceFormat format);

struct Trace {
  TraceFormat format = TraceFormat::plain;
  std::vector<sim::RequestDraft> requests;  ///< in order of arrival, the first at time zero
  sim::TraceStream stream;                  ///< instead of them, where the trace is long
  std::int32_t block_tokens = 512;          ///< of RequestDraft::blocks
  std::uint64_t broken = 0;                 ///< lines skipped
  Diagnostics warnings;                     ///< the first of them, each with its line
};

/// The format is told by the first line. Errors: nothing to read, an unknown first line, no sound request at all.
Result<Trace> read_trace(std::istream& in, const std::string& name);
/// Streams where the file is longer than 8 MB.
Result<Trace> read_trace_file(const std::filesystem::path& file);
/// A stream whatever the length. One more error: a request that comes thousands of lines after later ones.
Result<Trace> stream_trace_file(const std::filesystem::path& file);

}  // namespace gpufleet::scenarios
