// Keys of a fleet bought over time: [[fleet.lot]], [[fleet.site]], [[fleet.link]], [fleet.costs].
#include "scenarios/schema_rows.h"
#include "scenarios/schema_tables.h"

namespace gpufleet::scenarios {
namespace {

using rows::from;
using rows::needed;
using rows::quantity;
using rows::real;
using rows::text;
using rows::whole;

std::vector<KeySpec> site_keys() {
  const std::string at = "fleet.site[]", link = "fleet.link[]";
  return {
      {.path = at, .type = KeyType::tables, .doc = "Places where lots stand; the first is meant where a lot names none."},
      needed(text(at + ".name", "What lots call it.")),
      from(text(at + ".region", "ISO country: decides law, electricity and carbon."), "fleet.region"),
      quantity(at + ".power_limit", Dimension::power, 1e12, "Most that the site may draw, at the meter; none where left out."),
      from(real(at + ".pue", 1, 3, "Power at the meter over power at the racks."), "the price book, by region"),
      from(quantity(at + ".electricity", Dimension::money_per_energy, 1, "Price of electricity."), "the price book, by region"),
      from(quantity(at + ".carbon", Dimension::carbon, 1, "Carbon intensity of the electricity."), "the price book, by region"),
      {.path = link, .type = KeyType::tables, .doc = "Networks between sites."},
      needed(text(link + ".from", "Site.")),
      needed(text(link + ".to", "Site.")),
      needed(quantity(link + ".rate", Dimension::bytes_per_second, 1e16, "Rate, one direction.")),
  };
}

std::vector<KeySpec> lot_keys() {
  const std::string at = "fleet.lot[]";
  return {
      {.path = at, .type = KeyType::tables, .doc = "Accelerators bought or rented together."},
      from(text(at + ".name", "What results call the lot."), "the accelerator's name"),
      needed(text(at + ".accelerator", "Catalog name or alias.")),
      from(text(at + ".node", "Node type from the catalog."), "the accelerator's usual node"),
      needed(whole(at + ".count", 1, 100e6, "Accelerators, all deliveries together.")),
      {.path = at + ".how",
       .type = KeyType::choice,
       .fallback_source = "purchase",
       .choices = {"purchase", "rental"},
       .doc = "Bought, or rented."},
      {.path = at + ".origin",
       .type = KeyType::choice,
       .fallback_source = "official, or domestic for chips designed where the site is",
       .choices = {"official", "grey", "domestic", "cloud"},
       .doc = "Official purchases that the law of their day forbids are not delivered; grey ones are, and count as unlawful."},
      from(text(at + ".date", "Day of purchase, \"2023-06-01\" or \"2023-06\": decides price and legal status."), "2025-01-01"),
      text(at + ".monthly_until", "Equal parts are bought every month from `date` to this day."),
      quantity(at + ".delay", Dimension::time, 1e9, "From purchase to use."),
      text(at + ".retires", "Day on which it leaves the fleet."),
      real(at + ".resale", 0, 1, "Share of the chips' price that is received when it leaves."),
      from(text(at + ".site", "Site where it stands."), "the first site"),
      {.path = at + ".price", .type = KeyType::table, .doc = "Price of one accelerator, without host and network."},
      needed(real(at + ".price.amount", 0, 1e9, "Central value, in `currency`.")),
      from(real(at + ".price.low", 0, 1e9, "10 % quantile."), "amount"),
      from(real(at + ".price.high", 0, 1e9, "90 % quantile."), "amount"),
      from(text(at + ".price.currency", "ISO code; other than USD is converted at the day of purchase."), "USD"),
      text(at + ".price.source", "Where the price was published."),
      from(real(at + ".premium", -1, 100, "Paid above the official price, as a share of it."), "0, or the grey market's quotes"),
      from(quantity(at + ".rent", Dimension::money_per_time, 1,
                    "Rent of one accelerator: paid by rentals, the market's for others."),
           "the price book"),
      from(quantity(at + ".surroundings", Dimension::money, 1e9, "Share of host and network of one accelerator."), "fleet.costs"),
      from(quantity(at + ".mtbf", Dimension::time, 1e12, "Mean time between failures of one accelerator."), "the price book"),
      from(quantity(at + ".repair", Dimension::time, 1e9, "Mean time out of service after a failure."), "the price book"),
  };
}

std::vector<KeySpec> cost_keys() {
  const std::string at = "fleet.costs";
  const std::string book = "the price book";
  return {
      {.path = at,
       .type = KeyType::table,
       .doc = "Parameters of the cost views; those left out come with their ranges from the price book."},
      from(quantity(at + ".useful_life", Dimension::time, 1e10, "Time over which purchases are written off."), book),
      from(quantity(at + ".host", Dimension::money, 1e7, "Share of the server without its accelerators, of one accelerator."),
           book),
      from(quantity(at + ".network", Dimension::money, 1e7, "Share of the network, of one accelerator."), book),
      from(quantity(at + ".operations", Dimension::money, 1e7, "Site and operations of one accelerator over its useful life."),
           book),
      from(real(at + ".research_multiplier", 1, 100, "Compute of all experiments over that of the final run."), book),
      from(real(at + ".staff_share", 0, 0.95, "Share of development cost that goes to staff."), book),
  };
}

}  // namespace

std::vector<KeySpec> lots_keys() {
  std::vector<KeySpec> out{
      from(text("fleet.region", "ISO country of a fleet without sites: law, electricity, carbon."), "CN"),
      from(text("fleet.headquarters", "ISO country of the buyer's headquarters."), "the site's"),
      {.path = "fleet.state_funded",
       .type = KeyType::boolean,
       .fallback_source = "false",
       .doc = "Whether the state pays, which some rules look at."},
      from(text("fleet.date", "Day of the totals."), "when the last lot is there"),
      text("fleet.withdraw", "Export rules taken out of the law, by id, \", \" between them."),
      text("fleet.what_if", "Export rules that were never enforced, taken in, by id, \", \" between them."),
      text("fleet.rules", "File of export rules laid over the shipped ones, relative to this file."),
  };
  for (std::vector<KeySpec> part : {site_keys(), lot_keys(), cost_keys()}) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace gpufleet::scenarios
