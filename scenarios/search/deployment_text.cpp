#include "scenarios/search/deployment_text.h"

#include <fmt/format.h>

#include "scenarios/output/json_writer.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios {
namespace {

void add_deployment(TextTable& table, std::string place, const FoundDeployment& found, bool first) {
  table.row({std::move(place), found.text, number_text(found.rate, 3),
             fmt::format("{} - {}", number_text(found.interval.low, 3), number_text(found.interval.high, 3)),
             number_text(found.per_gpu, 3),
             fmt::format("{} / {}", number_text(found.ttft_p50, 2), number_text(found.ttft_p90, 2)),
             fmt::format("{} / {}", number_text(found.tpot_p50 * 1e3, 3), number_text(found.tpot_p90 * 1e3, 3)),
             found.usd_per_million ? number_text(*found.usd_per_million, 3) : "-", fmt::format("{}", found.deployment.gpus),
             first ? "-" : fmt::format("{:.0f} %", found.first_beats * 100)});
}

std::string deployment_table(const DeploymentAnswer& answer) {
  std::string out = fmt::format(
      "{} shapes of instances, {} of them too big; {} deployments, {} loaded until their promise broke{}\n", answer.shapes,
      answer.too_big, answer.deployments, answer.simulated, answer.certain ? "" : " (stopped early: better ones may be left)");
  TextTable table({{"", Align::right},
                   {"deployment", Align::left},
                   {"requests/s", Align::right},
                   {"10-90 %", Align::right},
                   {"tok/s/GPU", Align::right},
                   {"ttft s p50/90", Align::right},
                   {"tpot ms p50/90", Align::right},
                   {"USD/M out", Align::right},
                   {"GPUs", Align::right},
                   {"1 wins", Align::right}});
  for (std::size_t i = 0; i < answer.top.size(); ++i) add_deployment(table, fmt::format("{}", i + 1), answer.top[i], i == 0);
  if (answer.own) add_deployment(table, "own", *answer.own, false);
  if (!answer.top.empty() || answer.own) out += fmt::format("\n{}", table.str());
  if (!answer.own_refusal.empty()) out += fmt::format("\nown: the scenario's deployment cannot run: {}\n", answer.own_refusal);
  if (answer.top.empty()) out += "\nno deployment keeps the promise at any rate\n";
  return out;
}

void add_deployment(JsonWriter& json, const FoundDeployment& found) {
  json.begin_object().key("deployment").text(found.text).key("requests_per_second").number(found.rate);
  json.key("low").number(found.interval.low).key("high").number(found.interval.high);
  json.key("output_tokens_per_second").number(found.output_tokens_per_second).key("per_gpu").number(found.per_gpu);
  json.key("ttft_p50_s").number(found.ttft_p50).key("ttft_p90_s").number(found.ttft_p90);
  json.key("tpot_p50_s").number(found.tpot_p50).key("tpot_p90_s").number(found.tpot_p90);
  json.key("attainment").number(found.attainment);
  if (found.usd_per_million) json.key("cost_per_million_output_tokens_usd").number(*found.usd_per_million);
  json.key("gpus").integer(found.deployment.gpus).key("estimate").number(found.deployment.estimate);
  json.key("first_beats").number(found.first_beats).end_object();
}

std::string deployment_json(const DeploymentAnswer& answer) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object().key("shapes").integer(static_cast<std::int64_t>(answer.shapes));
  json.key("too_big").integer(static_cast<std::int64_t>(answer.too_big));
  json.key("deployments").integer(static_cast<std::int64_t>(answer.deployments));
  json.key("simulated").integer(static_cast<std::int64_t>(answer.simulated)).key("certain").boolean(answer.certain);
  json.key("top").begin_array();
  for (const FoundDeployment& found : answer.top) add_deployment(json, found);
  json.end_array();
  if (answer.own) {
    json.key("own");
    add_deployment(json, *answer.own);
  }
  if (!answer.own_refusal.empty()) json.key("own_refusal").text(answer.own_refusal);
  json.end_object();
  return json.str() + "\n";
}

std::string deployment_csv(const DeploymentAnswer& answer) {
  std::string out =
      "rank,deployment,requests_per_second,low,high,output_tokens_per_second,per_gpu,ttft_p50_s,ttft_p90_s,tpot_p50_s,tpot_p90_s,"
      "cost_per_million_output_tokens_usd,gpus,first_beats\n";
  const auto row = [&](const std::string& place, const FoundDeployment& found) {
    // Texts hold commas and no quotes.
    out += fmt::format("{},\"{}\",{},{},{},{},{},{},{},{},{},{},{},{}\n", place, found.text, found.rate, found.interval.low,
                       found.interval.high, found.output_tokens_per_second, found.per_gpu, found.ttft_p50, found.ttft_p90,
                       found.tpot_p50, found.tpot_p90, found.usd_per_million ? fmt::format("{}", *found.usd_per_million) : "",
                       found.deployment.gpus, found.first_beats);
  };
  for (std::size_t i = 0; i < answer.top.size(); ++i) row(fmt::format("{}", i + 1), answer.top[i]);
  if (answer.own) row("own", *answer.own);
  return out;
}

}  // namespace

std::string deployment_text(const DeploymentAnswer& answer, Format format) {
  switch (format) {
    case Format::csv: return deployment_csv(answer);
    case Format::json: return deployment_json(answer);
    default: return deployment_table(answer);
  }
}

}  // namespace gpufleet::scenarios
