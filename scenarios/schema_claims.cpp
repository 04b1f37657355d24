// Keys of [claims]: public statements held against computed figures.
#include "scenarios/schema_rows.h"
#include "scenarios/schema_tables.h"

namespace gpufleet::scenarios {
namespace {

using rows::from;
using rows::needed;
using rows::text;

KeySpec real(std::string path, std::string doc) {
  return {.path = std::move(path), .type = KeyType::number, .doc = std::move(doc)};
}
KeySpec list(std::string path, std::string doc) {
  return {.path = std::move(path), .type = KeyType::tables, .doc = std::move(doc)};
}

std::vector<KeySpec> statement_keys(const std::string& at, std::string doc) {
  return {
      list(at, std::move(doc)),
      needed(text(at + ".id", "Stable name.")),
      needed(text(at + ".text", "What is said, in one sentence.")),
      text(at + ".formula",
           "Arithmetic over this scenario's metrics and the figures of [claims]; left out: nothing can be computed."),
      from({.path = at + ".relation",
            .type = KeyType::choice,
            .choices = {"equals", "at-least", "at-most"},
            .doc = "How the figure is claimed to compare."},
           "equals"),
      real(at + ".value", "What is claimed."),
      real(at + ".low", "Or a range: its low end."),
      real(at + ".high", "And its high end."),
      text(at + ".unit", "Unit of formula and value."),
      from(real(at + ".tolerance", "Relative distance that still counts as agreement."), "0.1"),
      text(at + ".source", "Who says so."),
  };
}

}  // namespace

std::vector<KeySpec> claims_keys() {
  std::vector<KeySpec> out{
      {.path = "claims",
       .type = KeyType::table,
       .presence = Presence::asked,
       .doc = "Public claims, and figures to hold them against."},
      list("claims.given[]", "Figures from elsewhere."),
      needed(text("claims.given[].name", "Name in formulas.")),
      needed(real("claims.given[].value", "Central value.")),
      from(real("claims.given[].low", "10 % quantile."), "value"),
      from(real("claims.given[].high", "90 % quantile."), "value"),
      text("claims.given[].unit", "Unit, for readers."),
      needed(text("claims.given[].source", "Where it was published.")),
      {.path = "claims.given[].assumed",
       .type = KeyType::boolean,
       .fallback_source = "false",
       .doc = "An estimate or assumption: what rests on it is plausible at best."},
      list("claims.chip[]",
           "Figures of the catalog: NAME.tpp, NAME.bandwidth, NAME.memory, NAME.io, NAME.tdp, NAME.bf16, NAME.fp8, in SI units."),
      needed(text("claims.chip[].name", "Name in formulas.")),
      needed(text("claims.chip[].accelerator", "Catalog name or alias.")),
      list("claims.price[]", "Figures of the price book."),
      needed(text("claims.price[].name", "Name in formulas.")),
      text("claims.price[].accelerator", "Whose price."),
      from(text("claims.price[].kind", "Kind of price in the price book."), "purchase"),
      text("claims.price[].assumption", "Instead: a parameter of the cost views."),
      from(text("claims.price[].region", "Market."), "US"),
      from(text("claims.price[].date", "Day."), "2025-01-01"),
      list("claims.status[]", "1 where the sale of a chip was permitted on a day, else 0."),
      needed(text("claims.status[].name", "Name in formulas.")),
      needed(text("claims.status[].accelerator", "Catalog name or alias.")),
      from(text("claims.status[].to", "Destination, ISO country."), "CN"),
      needed(text("claims.status[].date", "Day.")),
      list("claims.run[]", "Other scenarios whose metrics formulas use as NAME.metric; NAME.fits is 1 where the plan fits."),
      needed(text("claims.run[].name", "Name in formulas.")),
      needed(text("claims.run[].scenario", "File, relative to this one.")),
      text("claims.run[].set", "Overrides of it, \"key=value\", \"; \" between them."),
  };
  for (std::vector<KeySpec> part : {statement_keys("claims.claim[]", "Statements to be judged."),
                                    statement_keys("claims.reference[]", "Figures that the model is expected to give.")})
    out.insert(out.end(), part.begin(), part.end());
  out.push_back(text("claims.claim[].reading", "What the answer means, and what the claim leaves out."));
  out.push_back(text("claims.claim[].unsettled", "Why nothing can be concluded, whatever the figure says."));
  out.push_back({.path = "claims.claim[].evidence",
                 .type = KeyType::choice,
                 .choices = {"supported", "plausible", "contradicted", "cannot be settled"},
                 .doc = "What the public record says, which `validate claims` compares the verdict with."});
  out.push_back(text("claims.reference[].explanation", "Why the model differs, where it does."));
  return out;
}

}  // namespace gpufleet::scenarios
