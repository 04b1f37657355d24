#include "tests/hardening/targets.h"

#include <array>

namespace gpufleet::hardening {

std::span<const Target> targets() {
  static constexpr std::array<Target, 18> kAll{{{"accelerator", read_accelerator_file},
                                                {"node", read_node_file},
                                                {"prices", read_price_file},
                                                {"rules", read_rule_file},
                                                {"reliability", read_reliability_file},
                                                {"kernel_fits", read_fit_file},
                                                {"architecture", read_architecture_text},
                                                {"config_json", read_config_text},
                                                {"measurements", read_measurement_text},
                                                {"expression", read_rule_expression},
                                                {"quantity", read_quantities},
                                                {"scenario", read_scenario_text},
                                                {"trace", read_trace_text},
                                                {"store", read_store_file},
                                                {"formula", read_formula},
                                                {"result_json", read_result_text},
                                                {"launch_command", read_launch_command},
                                                {"axis", read_axis_text}}};
  return kAll;
}

}  // namespace gpufleet::hardening
