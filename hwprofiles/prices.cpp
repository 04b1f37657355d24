#include "hwprofiles/prices.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

constexpr Presence kRequired = Presence::required;
constexpr Presence kOptional = Presence::optional;
constexpr Range kPositive{.low = 1e-12};
constexpr double kSecondsPerHour = 3600;
constexpr double kSecondsPerMonth = 730.5 * kSecondsPerHour;

struct AssumptionKey {
  std::string_view key;
  Dimension dimension;
};
constexpr std::array<AssumptionKey, 20> kAssumptions{{{"electricity", Dimension::money_per_energy},
                                                      {"electricity-subsidised", Dimension::money_per_energy},
                                                      {"carbon-intensity", Dimension::carbon},
                                                      {"pue", Dimension::none},
                                                      {"pue-best", Dimension::none},
                                                      {"pue-enterprise", Dimension::none},
                                                      {"colocation", Dimension::money_per_energy},
                                                      {"host-overhead", Dimension::power},
                                                      {"host-per-accelerator", Dimension::money},
                                                      {"accelerator-mtbf", Dimension::time},
                                                      {"accelerator-repair", Dimension::time},
                                                      {"idle-power-fraction", Dimension::none},
                                                      {"network-per-accelerator", Dimension::money},
                                                      {"switch-64x400g", Dimension::money},
                                                      {"transceiver-800g", Dimension::money},
                                                      {"site-and-operations-per-accelerator", Dimension::money},
                                                      {"useful-life", Dimension::time},
                                                      {"economic-life", Dimension::time},
                                                      {"research-multiplier", Dimension::none},
                                                      {"staff-share", Dimension::none}}};

struct Unit {
  std::string_view text;
  std::string_view currency;
  double seconds;  // 0 = a purchase
};
constexpr std::array<Unit, 5> kUnits{{{"USD", "USD", 0},
                                      {"CNY", "CNY", 0},
                                      {"USD/h", "USD", kSecondsPerHour},
                                      {"CNY/h", "CNY", kSecondsPerHour},
                                      {"CNY/month", "CNY", kSecondsPerMonth}}};

struct Period {
  std::int64_t middle = 0, half_width = 0;
};

// "2024" is a year, "2024-10" a month, "2024-10-17" a day; what it covers around its middle.
Period period(std::string_view written) {
  const std::int64_t first = day_number(complete_date(written));
  const std::int64_t days = written.size() == 4                           ? 365
                            : written.find('Q') != std::string_view::npos ? 91
                            : written.size() == 7                         ? 30
                                                                          : 1;
  return {first + days / 2, days / 2};
}

struct Estimate3 {
  double low = 0, central = 0, high = 0;
};

// low and high default to central, central to the middle of low and high.
Estimate3 read_three(TableReader& reader, Dimension dimension) {
  Estimate3 out{reader.quantity("low", dimension, kPositive, kOptional),
                reader.quantity("central", dimension, kPositive, kOptional),
                reader.quantity("high", dimension, kPositive, kOptional)};
  const bool both = out.low > 0 && out.high > 0;
  if (out.central == 0 && !both) reader.report("central", "is missing, and low and high do not make up for it", "");
  if (out.central == 0) out.central = (out.low + out.high) / 2;
  if (out.low == 0) out.low = out.central;
  if (out.high == 0) out.high = out.central;
  if (out.low > out.central || out.central > out.high)
    reader.report("central", "low, central and high are not in that order", "");
  return out;
}

// Units of a currency for one US dollar, linear between the years' averages, held outside them.
std::optional<double> per_dollar(const std::vector<ExchangeRate>& rates, std::string_view currency, std::int64_t day) {
  if (currency == "USD") return 1.0;
  const ExchangeRate* before = nullptr;
  const ExchangeRate* after = nullptr;
  for (const ExchangeRate& rate : rates) {
    if (rate.currency != currency) continue;
    if (rate.day <= day && (before == nullptr || rate.day > before->day)) before = &rate;
    if (rate.day >= day && (after == nullptr || rate.day < after->day)) after = &rate;
  }
  if (before == nullptr && after == nullptr) return std::nullopt;
  if (before == nullptr || after == nullptr || before->day == after->day) return (before == nullptr ? after : before)->per_dollar;
  const double t = static_cast<double>(day - before->day) / static_cast<double>(after->day - before->day);
  return before->per_dollar + (after->per_dollar - before->per_dollar) * t;
}

class Reader {
 public:
  Reader(const TomlTable& file, Diagnostics& sink) : top_(file, "", sink), sink_(sink) {}

  PriceBook read() {
    for (const TomlTable* table : top_.tables("exchange", kOptional)) read_exchange(*table);
    for (const TomlTable* table : top_.tables("series", kRequired)) read_series(*table);
    for (const TomlTable* table : top_.tables("assumption", kOptional)) read_assumption(*table);
    for (const TomlTable* table : top_.tables("api", kOptional)) read_api(*table);
    for (const TomlTable* table : top_.tables("power", kOptional)) read_power(*table);
    top_.finish();
    return std::move(book_);
  }

 private:
  void read_exchange(const TomlTable& table) {
    TableReader reader(table, "exchange", sink_);
    const std::string currency = reader.text("currency", kRequired);
    for (const TomlTable* point : reader.tables("points", kRequired)) {
      TableReader p(*point, "exchange.points", sink_);
      const std::string written = p.text("date", kRequired);
      const double value = p.quantity("per_dollar", Dimension::none, kPositive, kRequired);
      if (complete_date(written).empty())
        p.report("date", "is no date", "");
      else
        book_.exchange.push_back({currency, period(written).middle, value});
      p.finish();
    }
    reader.text("source", kRequired);
    reader.finish();
  }

  void read_series(const TomlTable& table) {
    TableReader reader(table, "series", sink_);
    PriceSeries out;
    out.chip = reader.text("chip", kRequired);
    const std::string kind = reader.text("kind", kRequired);
    const std::optional<PriceKind> known = price_kind_from_name(kind);
    if (!known && !kind.empty()) {
      std::vector<std::string> kinds;
      for (int i = 0; price_kind_count_ > i; ++i) kinds.emplace_back(name(static_cast<PriceKind>(i)));
      reader.report("kind", fmt::format("is \"{}\", which is no kind of price", kind), did_you_mean(kind, kinds));
    }
    out.kind = known.value_or(PriceKind::purchase);
    out.region = reader.text("region", kRequired);
    out.rank = std::max(1, reader.integer("rank", {.low = 1, .high = 9}, kOptional));
    out.soft = reader.boolean("soft", kOptional);
    out.source = reader.text("source", kRequired);
    reader.text("note", kOptional);
    const int count = std::max(1, reader.integer("accelerators", {.low = 1, .high = 1e6}, kOptional));
    std::vector<std::string_view> texts;
    for (const Unit& unit : kUnits) texts.push_back(unit.text);
    const std::size_t unit = reader.choice("unit", texts, kRequired);
    if (unit < kUnits.size() && known && is_rent(*known) != (kUnits[unit].seconds > 0))
      reader.report("unit", fmt::format("is \"{}\", which does not fit the kind \"{}\"", kUnits[unit].text, kind), "");
    for (const TomlTable* point : reader.tables("points", kRequired))
      read_point(*point, unit < kUnits.size() ? kUnits[unit] : kUnits[0], count, out);
    reader.finish();
    std::stable_sort(out.points.begin(), out.points.end(),
                     [](const PricePoint& a, const PricePoint& b) { return a.day < b.day; });
    for (std::size_t i = 1; i < out.points.size(); ++i)
      if (out.points[i].day == out.points[i - 1].day) reader.report("points", "hold one date twice", "");
    if (!out.points.empty()) book_.series.push_back(std::move(out));
  }

  void read_point(const TomlTable& table, const Unit& unit, int count, PriceSeries& out) {
    TableReader reader(table, "series.points", sink_);
    const std::string written = reader.text("date", kRequired);
    const Estimate3 three = read_three(reader, Dimension::none);
    reader.finish();
    if (complete_date(written).empty()) {
      reader.report("date", "is no date such as \"2024\", \"2024-10\" or \"2024-10-17\"", "");
      return;
    }
    const Period when = period(written);
    const std::optional<double> rate = per_dollar(book_.exchange, unit.currency, when.middle);
    if (!rate) {
      reader.report("date", fmt::format("no exchange rate is known for {}", unit.currency), "");
      return;
    }
    const double scale = 1 / (*rate * count * (unit.seconds > 0 ? unit.seconds : 1));
    out.points.push_back({when.middle, when.half_width, three.low * scale, three.central * scale, three.high * scale});
  }

  void read_assumption(const TomlTable& table) {
    TableReader reader(table, "assumption", sink_);
    Assumption out;
    std::vector<std::string_view> keys;
    for (const AssumptionKey& entry : kAssumptions) keys.push_back(entry.key);
    const std::size_t key = reader.choice("key", keys, kRequired);
    if (key >= kAssumptions.size()) return;
    out.key = keys[key];
    out.region = reader.text("region", kRequired);
    const std::string date = reader.date("from", kRequired);
    out.day = date.empty() ? 0 : day_number(date);
    const Estimate3 three = read_three(reader, kAssumptions[key].dimension);
    out.value.low = three.low;
    out.value.central = three.central;
    out.value.high = three.high;
    out.value.dimension = kAssumptions[key].dimension;
    out.value.soft = reader.boolean("soft", kOptional);
    out.value.source = reader.text("source", kRequired);
    out.note = reader.text("note", kOptional);
    reader.finish();
    book_.assumptions.push_back(std::move(out));
  }

  void read_api(const TomlTable& table) {
    TableReader reader(table, "api", sink_);
    constexpr double kTokens = 1e6;  // price lists are per million
    ApiPrice out;
    out.model = reader.text("model", kRequired);
    const std::string date = reader.date("from", kRequired);
    out.day = date.empty() ? 0 : day_number(date);
    out.input = reader.quantity("input_per_million", Dimension::money, kPositive, kRequired) / kTokens;
    out.cached_input = reader.quantity("cached_input_per_million", Dimension::money, kPositive, kRequired) / kTokens;
    out.output = reader.quantity("output_per_million", Dimension::money, kPositive, kRequired) / kTokens;
    out.soft = reader.boolean("soft", kOptional);
    out.source = reader.text("source", kRequired);
    reader.finish();
    book_.api.push_back(std::move(out));
  }

  void read_power(const TomlTable& table) {
    TableReader reader(table, "power", sink_);
    const std::string chip = reader.text("chip", kRequired);
    PriceEstimate out;
    const Estimate3 three = read_three(reader, Dimension::power);
    out.low = three.low;
    out.central = three.central;
    out.high = three.high;
    out.dimension = Dimension::power;
    out.soft = reader.boolean("soft", kOptional);
    out.source = reader.text("source", kRequired);
    reader.finish();
    book_.provisioned_power.emplace_back(chip, std::move(out));
  }

  static constexpr int price_kind_count_ = static_cast<int>(PriceKind::owner_neocloud) + 1;
  TableReader top_;
  Diagnostics& sink_;
  PriceBook book_;
};

}  // namespace

Result<double> dollars_per_unit(const PriceBook& book, std::string_view currency, std::string_view date) {
  const std::optional<double> rate = per_dollar(book.exchange, currency, day_number(date));
  if (rate) return 1 / *rate;
  std::vector<std::string> known{"USD"};
  for (const ExchangeRate& entry : book.exchange)
    if (entry.currency != known.back()) known.push_back(entry.currency);
  return Diagnostic{.message = fmt::format("no exchange rate is known for \"{}\"", currency),
                    .hint = did_you_mean(currency, known)};
}

Result<PriceBook> load_prices(const std::filesystem::path& file) {
  const Result<TomlTable> table = read_toml(file);
  if (!table) return table.diagnostics();
  Diagnostics sink;
  PriceBook out = Reader(*table, sink).read();
  if (has_errors(sink)) return sink;
  return out;
}

}  // namespace gpufleet::hw
