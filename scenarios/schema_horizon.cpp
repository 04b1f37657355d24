// Keys of [horizon]: months of a fleet.
#include "scenarios/schema_rows.h"
#include "scenarios/schema_tables.h"

namespace gpufleet::scenarios {
namespace {

using rows::from;
using rows::needed;
using rows::quantity;
using rows::real;
using rows::text;
using rows::usually;
using rows::whole;

KeySpec choice(std::string path, std::vector<std::string> choices, std::string fallback, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::choice,
          .fallback = std::move(fallback),
          .choices = std::move(choices),
          .doc = std::move(doc)};
}
const char* const kSpreadDoc = "What it may use at a time: chips of one kind at one site, one site, or everything.";

std::vector<KeySpec> curve_keys() {
  const std::string at = "horizon.curve[]";
  return {
      {.path = at, .type = KeyType::tables, .doc = "How fast chips of one kind do a kind of work, by their number."},
      needed(text(at + ".name", "What loads, campaigns and probes call it.")),
      needed(text(at + ".accelerator", "Chips that it speaks of.")),
      from(text(at + ".site", "Site that it speaks of."), "any"),
      text(at + ".training", "Training scenario, relative to this file, simulated on `counts` of the chips."),
      text(at + ".serving",
           "Serving scenario, relative to this file: one instance, or one group of prefill and decode, under its promise."),
      text(at + ".counts", "Numbers of accelerators, \", \" between them."),
      text(at + ".set", "Overrides of that scenario, \"key=value\", \"; \" between them."),
      text(at + ".points", "Instead of a scenario: accelerators and tokens/s, \"2048 2.4e6, 4096 4.7e6\"."),
      from(whole(at + ".unit", 1, 1e6, "Accelerators are taken in multiples of this; with `points`."), "1"),
  };
}

std::vector<KeySpec> load_keys() {
  const std::string at = "horizon.load[]";
  return {
      {.path = at, .type = KeyType::tables, .doc = "Users to be served."},
      needed(text(at + ".name", "What results call it.")),
      usually(whole(at + ".priority", 0, 1000, "1 is served before 2."), "1"),
      needed(text(at + ".curves", "Curves in order of preference, \", \" between them.")),
      needed(
          text(at + ".demand", "Answer tokens a second by date, \"2025-01 0, 2025-02 1.9e6\"; linear between, nothing before.")),
      from(text(at + ".hours", "24 numbers: the demand by hour of the day, over any common scale."), "the same in all hours"),
      choice(at + ".lending", {"lend", "keep"}, "lend",
             "Whether what the hour leaves free goes to others, or the day's peak stays reserved."),
      text(at + ".model", "Whose API price list gives the revenue."),
      usually(real(at + ".input_per_output", 0, 1e4, "Prompt tokens billed for each answer token."), "0"),
      usually(real(at + ".cached_share", 0, 1, "Share of the prompt tokens billed as cached."), "0"),
  };
}

std::vector<KeySpec> campaign_keys() {
  const std::string at = "horizon.campaign[]";
  return {
      {.path = at, .type = KeyType::tables, .doc = "Work with an end: pre-training, reinforcement learning, ablations."},
      needed(text(at + ".name", "What results call it.")),
      choice(at + ".use", {"pretraining", "reinforcement", "ablation"}, "pretraining", "What it is booked as."),
      usually(whole(at + ".priority", 0, 1000, "1 is served before 2."), "2"),
      needed(text(at + ".curves", "Curves in order of preference, \", \" between them.")),
      real(at + ".tokens", 0, 1e18, "Tokens to be done."),
      real(at + ".flop", 0, 1e30,
           "Instead of tokens: 6 · active parameters · tokens, with the parameters of the first curve's model."),
      needed(text(at + ".start", "Day on which it may begin.")),
      text(at + ".end", "Day on which it is given up."),
      usually(whole(at + ".gpus_min", 1, 1e9, "Accelerators without which it waits."), "1"),
      from(whole(at + ".gpus_max", 1, 1e9, "Accelerators that it takes at most."), "all that help"),
      choice(at + ".elasticity", {"rigid", "elastic"}, "rigid",
             "One synchronous job that loses time when put off, or many small ones."),
      choice(at + ".spread", {"one-pool", "one-site", "anywhere"}, "one-site", kSpreadDoc),
      usually(quantity(at + ".restart", Dimension::time, 1e6, "Lost when it resumes."), "15 min"),
      usually(quantity(at + ".checkpoint", Dimension::time, 1e6, "Standing still for one checkpoint."), "30 s"),
      usually(real(at + ".tokens_per_step", 0, 1e12, "Tokens between two sums of gradients, for steps over several sites."),
              "63e6"),
      usually(quantity(at + ".gradients", Dimension::bytes, 1e15, "Gradients summed over sites in a step."), "0 B"),
  };
}

std::vector<KeySpec> probe_keys() {
  const std::string at = "horizon.probe[]";
  return {
      {.path = at,
       .type = KeyType::tables,
       .doc = "A question asked of the whole fleet each month: its rate, or the days of a run."},
      needed(text(at + ".name", "Column of the monthly table.")),
      needed(text(at + ".curves", "Curves, \", \" between them.")),
      real(at + ".tokens", 0, 1e18, "Tokens of the run whose days are asked; left out: tokens/s."),
      real(at + ".flop", 0, 1e30, "Instead of tokens."),
      choice(at + ".spread", {"one-pool", "one-site", "anywhere"}, "anywhere", kSpreadDoc),
      from(whole(at + ".gpus_max", 1, 1e9, "Accelerators at most."), "all"),
      usually(real(at + ".tokens_per_step", 0, 1e12, "As for campaigns."), "63e6"),
      usually(quantity(at + ".gradients", Dimension::bytes, 1e15, "As for campaigns."), "0 B"),
  };
}

}  // namespace

std::vector<KeySpec> horizon_keys() {
  std::vector<KeySpec> out{
      {.path = "horizon", .type = KeyType::table, .presence = Presence::asked, .doc = "The fleet's lots over months."},
      needed(text("horizon.from", "First day.")),
      needed(text("horizon.to", "Day after the last, \"2027-01\" for all of 2026.")),
  };
  for (std::vector<KeySpec> part : {curve_keys(), load_keys(), campaign_keys(), probe_keys()})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace gpufleet::scenarios
