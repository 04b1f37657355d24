// Keys of [plan]: a purchase plan by month for the loads and campaigns of [horizon].
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

std::vector<KeySpec> offer_keys() {
  const std::string at = "plan.offer[]";
  return {
      {.path = at, .type = KeyType::tables, .doc = "What may be bought: on the first of any month, in lots."},
      from(text(at + ".name", "What results call it."), "the accelerator's name"),
      needed(text(at + ".accelerator", "Catalog name or alias.")),
      from(text(at + ".node", "Node type from the catalog."), "the accelerator's usual node"),
      needed(whole(at + ".lot", 1, 1e6, "Accelerators of one lot.")),
      from(text(at + ".sites", "Sites where it may be put, \", \" between them."), "all"),
      {.path = at + ".origin",
       .type = KeyType::choice,
       .fallback_source = "official, or domestic for chips designed where the first site is",
       .choices = {"official", "grey", "domestic", "cloud"},
       .doc = "Official lots are bought only where the law of their day permits the sale."},
      needed(text(at + ".supply", "Accelerators that may be bought a month from a date on, \"2024-01 4096, 2025-07 0\".")),
      from(whole(at + ".most", 0, 100e6, "Accelerators in all."), "what the supply gives"),
      usually(whole(at + ".delay", 0, 60, "Months from purchase to use."), "0"),
      from(real(at + ".delivery", 0, 1,
                "Share of the lots that arrive where the law stands against the sale; the plan counts with the mean."),
           "such lots are not bought; 1 for grey ones"),
      {.path = at + ".price", .type = KeyType::table, .doc = "Price of one accelerator, without host and network."},
      needed(real(at + ".price.amount", 0, 1e9, "Central value, in `currency`.")),
      from(real(at + ".price.low", 0, 1e9, "10 % quantile."), "amount"),
      from(real(at + ".price.high", 0, 1e9, "90 % quantile."), "amount"),
      from(text(at + ".price.currency", "ISO code; other than USD is converted at the day of purchase."), "USD"),
      text(at + ".price.source", "Where the price was published."),
      from(real(at + ".premium", -1, 100, "Paid above the official price, as a share of it."), "0, or the grey market's quotes"),
      from(quantity(at + ".rent", Dimension::money_per_time, 1, "The market's rent of one accelerator."), "the price book"),
      from(quantity(at + ".surroundings", Dimension::money, 1e9, "Share of host and network of one accelerator."), "fleet.costs"),
      from(quantity(at + ".mtbf", Dimension::time, 1e12, "Mean time between failures of one accelerator."), "the price book"),
      from(quantity(at + ".repair", Dimension::time, 1e9, "Mean time out of service after a failure."), "the price book"),
  };
}

std::vector<KeySpec> limit_keys() {
  const std::string budget = "plan.budget[]", rack = "plan.rack[]", need = "plan.need[]", branch = "plan.branch[]";
  return {
      {.path = budget, .type = KeyType::tables, .doc = "Money for purchases, with hosts and network, paid on the day."},
      needed(text(budget + ".from", "First day.")),
      needed(text(budget + ".to", "Day after the last.")),
      needed(quantity(budget + ".amount", Dimension::money, 1e13, "In all.")),
      {.path = rack, .type = KeyType::tables, .doc = "Places for accelerators."},
      from(text(rack + ".site", "Site."), "the first"),
      needed(whole(rack + ".gpus", 0, 100e6, "Accelerators that fit.")),
      {.path = need, .type = KeyType::tables, .doc = "How a load or a campaign of the horizon binds the plan."},
      needed(text(need + ".name", "Load or campaign.")),
      usually(real(need + ".coverage", 0, 1, "Load: share of every month's tokens that must be served."), "0"),
      from(real(need + ".penalty", 0, 1e6, "Load: USD that a million tokens not served count in the plan's cost."), "0"),
      from(text(need + ".before", "Campaign: day before which it is done, the first of a month."), "the end of the horizon"),
      from(quantity(need + ".late", Dimension::money, 1e12, "Campaign: what every month after that counts in the plan's cost."),
           "it may not be late"),
      {.path = branch,
       .type = KeyType::tables,
       .doc = "Ways that the law may take; the plan before `known` is the same in all of them."},
      needed(text(branch + ".name", "What results call it.")),
      needed(real(branch + ".probability", 0, 1, "Of all branches together 1.")),
      text(branch + ".withdraw", "Export rules taken out, by id, \", \" between them, besides those of the fleet."),
      text(branch + ".what_if", "Rules that were never enforced, taken in."),
  };
}

}  // namespace

std::vector<KeySpec> plan_keys() {
  std::vector<KeySpec> out{
      {.path = "plan",
       .type = KeyType::table,
       .presence = Presence::asked,
       .doc = "What to buy, by month, and what to use it for: `gpufleet plan`."},
      {.path = "plan.objective",
       .type = KeyType::choice,
       .fallback = "cost",
       .choices = {"cost", "tokens", "time"},
       .doc = "Least accrued cost with penalties, most answer tokens served, or fewest days until the campaigns are done."},
      usually(real("plan.gap", 0, 0.5, "How far the plan may be from the best one, relative."), "0.01"),
      usually(quantity("plan.time_limit", Dimension::time, 1e6, "Time for one solution; what it cuts short is said."), "60 s"),
      usually(real("plan.agreement", 1e-4, 0.5, "How far programme and simulation may lie apart, relative."), "0.02"),
      from(text("plan.known", "Day from which it is known which branch came."),
           "the first day on which the branches' laws differ"),
  };
  for (std::vector<KeySpec> part : {offer_keys(), limit_keys()}) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace gpufleet::scenarios
