// Commands that only print what tables hold: shell completion and the reference pages.
#include <fmt/format.h>

#include "scenarios/cli/commands.h"
#include "scenarios/reference_pages.h"

namespace gpufleet::scenarios::cli {

int completion_command(const CompletionOptions&, Console& console) {
  std::string commands, cases;
  for (const CommandWords& words : command_words()) {
    commands += (commands.empty() ? "" : " ") + words.command;
    cases += fmt::format("    {}) words=\"{}\" ;;\n", words.command, fmt::join(words.words, " "));
  }
  console.print(
      fmt::format("# bash completion of gpufleet: source <(gpufleet completion bash)\n"
                  "_gpufleet() {{\n"
                  "  local current=${{COMP_WORDS[COMP_CWORD]}} words\n"
                  "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                  "    COMPREPLY=($(compgen -W \"{} --help --version --quiet\" -- \"$current\"))\n"
                  "    return\n"
                  "  fi\n"
                  "  case ${{COMP_WORDS[1]}} in\n{}    *) words=\"\" ;;\n  esac\n"
                  "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\") $(compgen -f -- \"$current\"))\n"
                  "}}\n"
                  "complete -o filenames -F _gpufleet gpufleet\n",
                  commands, cases));
  return kDone;
}

int schema_command(const SchemaOptions& options, Console& console) {
  console.print(options.page == "metrics" ? metrics_page() : scenario_format_page());
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
