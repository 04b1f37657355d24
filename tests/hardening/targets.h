// Every reader of bytes that others wrote, as one function each: the fuzzer, the corpus replay and their corpus folders know them
// by name. A target returns whatever the bytes are; only a crash, a hang, a sanitiser's report or a broken check is a finding.
#pragma once

#include <span>
#include <string_view>

namespace gpufleet::hardening {

struct Target {
  std::string_view name;  ///< also its folder in corpus/
  void (*run)(std::string_view bytes);
};

std::span<const Target> targets();

// hardening/reader_targets.cpp: catalogs and text forms of hwprofiles and models.
void read_accelerator_file(std::string_view bytes);
void read_node_file(std::string_view bytes);
void read_price_file(std::string_view bytes);
void read_rule_file(std::string_view bytes);
void read_reliability_file(std::string_view bytes);
void read_fit_file(std::string_view bytes);
void read_architecture_text(std::string_view bytes);
void read_config_text(std::string_view bytes);
void read_measurement_text(std::string_view bytes);
void read_rule_expression(std::string_view bytes);
void read_quantities(std::string_view bytes);

// hardening/scenario_targets.cpp: what users and other programs hand to the scenarios room.
void read_scenario_text(std::string_view bytes);
void read_trace_text(std::string_view bytes);
void read_store_file(std::string_view bytes);
void read_formula(std::string_view bytes);
void read_result_text(std::string_view bytes);
void read_launch_command(std::string_view bytes);
void read_axis_text(std::string_view bytes);

}  // namespace gpufleet::hardening
