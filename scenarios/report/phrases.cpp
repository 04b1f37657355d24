#include "scenarios/report/phrases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpufleet::scenarios {
namespace {

constexpr int kLanguages = 3;
using Row = std::array<std::string_view, kLanguages>;

// In the order of Phrase.
constexpr std::array<Row, kPhrases> kTable{{
    {"The answer", "La réponse", "结论"},
    {"best by", "le meilleur selon", "最优，指标为"},
    {"The difference from {} lies within the uncertainty.", "L'écart avec {} reste dans l'incertitude.",
     "与 {} 的差异在不确定性范围之内。"},
    {"Bold: the best, and those that its interval does not tell from it.",
     "En gras : le meilleur, et ceux que son intervalle n'en distingue pas.", "粗体：最优值，以及区间内无法与其区分的值。"},
    {"{} is above 1: more operations are counted than the peak rate of the format that it refers to; faster formats or "
     "operations that are not carried out are among them.",
     "{} dépasse 1 : il est compté plus d'opérations que n'en permet le débit de pointe du format de référence ; des formats "
     "plus rapides ou des opérations non effectuées en font partie.",
     "{} 大于 1：计入的运算量超过其参照格式的峰值速率，其中包含更快的格式或未实际执行的运算。"},
    {"Comparison", "Comparaison", "对比"},
    {"baseline", "référence", "基准"},
    {"to baseline", "/ référence", "相对基准"},
    {"metric", "indicateur", "指标"},
    {"value", "valeur", "数值"},
    {"unit", "unité", "单位"},
    {"10 % … 90 %", "10 % … 90 %", "10 % … 90 %"},
    {"kernel times", "temps des noyaux", "核函数时间来源"},
    {"published", "publié", "公开值"},
    {"error", "écart", "误差"},
    {"source", "source", "来源"},
    {"Charts", "Graphiques", "图表"},
    {"Trade-off", "Compromis", "权衡"},
    {"What it is made of", "Décomposition", "构成"},
    {"part", "part", "部分"},
    {"Where the step's time goes on the first stage", "Où passe le temps d'une étape, premier étage",
     "首个流水线阶段的步时间去向"},
    {"Work of the first stage, hidden or not", "Travail du premier étage, masqué ou non", "首个阶段的工作（含被隐藏部分）"},
    {"What the step waited for (critical path)", "Ce que l'étape a attendu (chemin critique)", "训练步的等待（关键路径）"},
    {"Memory of the fullest stage", "Mémoire de l'étage le plus plein", "占用最多阶段的显存"},
    {"Shares of", "Parts de", "占比："},
    {"Cost a year", "Coût annuel", "每年成本"},
    {"smaller parts", "parts plus petites", "其余较小部分"},
    {"one step, by pipeline stage", "une étape, par étage du pipeline", "一个训练步，按流水线阶段"},
    {"A row is a pipeline stage, numbered on the left; where the row is empty it waits for another stage.",
     "Une ligne est un étage du pipeline, numéroté à gauche ; là où elle est vide, il attend un autre étage.",
     "每行为一个流水线阶段，编号在左；空白处为等待其他阶段。"},
    {"communication", "communication", "通信"},
    {"critical path", "chemin critique", "关键路径"},
    {"stages drawn", "étages dessinés", "所绘阶段数"},
    {"scenario", "scénario", "场景"},
    {"Scenarios in detail", "Scénarios en détail", "场景详情"},
    {"Assumptions", "Hypothèses", "假设"},
    {"The whole scenario with its defaults, as it was simulated.",
     "Le scénario complet avec ses valeurs par défaut, tel qu'il a été simulé.", "完整场景及默认值，即实际模拟所用。"},
    {"What differs in the inputs", "Ce qui diffère dans les données", "输入的差异"},
    {"key", "clé", "键"},
    {"from", "origine", "出处"},
    {"Catalog entries that it names, with their sources", "Entrées de catalogue citées, avec leurs sources",
     "所引用的目录条目及其来源"},
    {"The scenario as written", "Le scénario tel qu'écrit", "场景原文"},
    {"The scenario, resolved from a result that was written earlier", "Le scénario, reconstitué d'un résultat antérieur",
     "场景（由先前写出的结果还原）"},
    {"file", "fichier", "文件"},
    {"Uncertainty", "Incertitude", "不确定性"},
    {"Intervals are the 10 % and 90 % quantiles of draws over the measured spread of kernel, network and step times. Kernel "
     "times "
     "are measured on the chip, borrowed from a relative, or follow from its datasheet. Scenarios on like hardware share most of "
     "these errors: their difference is better known than their intervals tell.",
     "Les intervalles sont les quantiles à 10 % et 90 % de tirages sur la dispersion mesurée des temps de noyaux, de réseau et "
     "d'étape. Les temps de noyaux sont mesurés sur la puce, empruntés à une parente ou déduits de sa fiche technique. Des "
     "scénarios sur un matériel semblable partagent la plupart de ces erreurs : leur écart est mieux connu que ne le disent "
     "leurs intervalles.",
     "区间为 10 % 与 90 % "
     "分位数，由核函数、网络与训练步时间的实测离散度抽样得到。核函数时间来自该芯片实测、同族借用或数据手册。"
     "相似硬件上的场景共享大部分误差，其差异比各自区间所示更为确定。"},
    {"Validation: the suites behind these numbers", "Validation : les jeux de mesures derrière ces chiffres",
     "验证：数据背后的测试集"},
    {"suite", "jeu", "测试集"},
    {"figures compared", "valeurs comparées", "对比条数"},
    {"median error", "écart médian", "误差中位数"},
    {"90 % of errors below", "90 % des écarts sous", "90 % 误差低于"},
    {"bias", "biais", "偏差"},
    {"inside the interval", "dans l'intervalle", "区间覆盖率"},
    {"Notes", "Remarques", "说明"},
    {"Made by", "Produit par", "生成工具"},
    {"seed", "graine", "随机种子"},
    {"Statements on export law are information, not legal advice.",
     "Les indications sur le droit d'exportation sont des informations, non un conseil juridique.",
     "出口管制内容仅供参考，不构成法律意见。"},
}};

constexpr std::array kWords = std::to_array<Row>({
    {"measured", "mesuré", "实测"},
    {"borrowed", "emprunté", "同族借用"},
    {"datasheet", "fiche technique", "数据手册"},
    {"ratio", "rapport", "比率"},
    {"count", "nombre", "个"},
    {"days", "jours", "天"},
    {"nodes", "nœuds", "节点"},
    {"requests", "requêtes", "请求"},
    {"requests/s", "requêtes/s", "请求/s"},
    {"samples/s", "échantillons/s", "样本/s"},
    {"model", "modèle", "模型"},
    {"accelerator", "accélérateur", "加速器"},
    {"node", "nœud", "节点"},
});
constexpr Row kDerived{"(derived)", "(déduit)", "（推导得出）"};
constexpr Row kDefault{"default: ", "par défaut : ", "默认值："};

}  // namespace

std::optional<Language> language_from_name(std::string_view name) {
  for (const Language language : {Language::english, Language::french, Language::chinese})
    if (language_code(language) == name) return language;
  return std::nullopt;
}

std::string_view language_code(Language language) {
  switch (language) {
    case Language::english: return "en";
    case Language::french: return "fr";
    case Language::chinese: return "zh";
  }
  return {};
}

std::string_view phrase(Phrase what, Language language) {
  return kTable[static_cast<std::size_t>(what)][static_cast<std::size_t>(language)];
}

std::string_view word_in(std::string_view word, Language language) {
  const auto row = std::ranges::find(kWords, word, [](const Row& one) { return one.front(); });
  return row == kWords.end() ? word : (*row)[static_cast<std::size_t>(language)];
}

std::string_view value_in(std::string_view value, Language language) {
  return value == kDerived.front() ? kDerived[static_cast<std::size_t>(language)] : value;
}

std::string origin_in(std::string_view from, Language language) {
  if (!from.starts_with(kDefault.front())) return std::string(from);
  return fmt::format("{}{}", kDefault[static_cast<std::size_t>(language)], from.substr(kDefault.front().size()));
}

}  // namespace gpufleet::scenarios
