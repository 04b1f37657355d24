// What becomes of scenarios: files, results, estimates, and where each simulation stands.
#include "gui/text.h"
#include "gui/workspace.h"
#include "hwprofiles/atomic_file.h"
#include "scenarios/text_file.h"
#include "scenarios/toml_reader.h"

namespace gpufleet::gui {
namespace {

Document* document_in(WorkspaceState& state, int id) {
  for (Document& document : state.documents)
    if (document.id == id) return &document;
  return nullptr;
}

}  // namespace

QString result_key(const Meaning& meaning) {
  return meaning.scenario ? QString::fromStdString(meaning.scenario->canonical) : QString();
}

QString document_name(const QString& file, const QString& text) {
  const Result<scenarios::RawTable> root = scenarios::parse_toml(text.toStdString(), "");
  if (root)
    if (const scenarios::RawValue* title = scenarios::find(*root, "title"); title != nullptr && title->text() != nullptr)
      return QString::fromStdString(*title->text());
  return file.isEmpty() ? Text::tr("Untitled") : QFileInfo(file).completeBaseName();
}

std::shared_ptr<const Run> Workspace::run(int id) const { return results_.value(shown_.value(id)); }

Shown Workspace::shown(int id) const {
  const Meaning* meaning = this->meaning(id);
  const QString key = meaning == nullptr ? QString() : result_key(*meaning);
  const auto simulated = results_.value(key);
  if (simulated != nullptr && !has_errors(simulated->problems)) return {simulated, Basis::simulated};
  if (const auto estimate = estimates_.value(key)) return {estimate, Basis::estimated};
  return {run(id), Basis::simulated};
}

void Workspace::estimate(int id) {
  const Meaning* found = meaning(id);
  if (found == nullptr || !found->scenario) return;
  const QString key = result_key(*found);
  // Null is an answer too: there is no estimate of such a scenario.
  if (!results_.contains(key) && !estimates_.contains(key)) estimator_.ask(id, key, found->scenario);
}

void Workspace::on_estimated(int id, const QString& key, const std::shared_ptr<const Run>& run) {
  constexpr qsizetype kMost = 2000;  // a long day of dragging
  if (estimates_.size() > kMost) estimates_.clear();
  estimates_[key] = run;
  const Meaning* now = meaning(id);
  if (now == nullptr || result_key(*now) != key || results_.contains(key)) return;
  if (run != nullptr && edited_.contains(id) && latencies_[id].estimate < 0)
    latencies_[id].estimate = static_cast<double>(edited_[id].nsecsElapsed()) * 1e-6;
  emit results_changed(id);
}

QMap<QString, double> Workspace::limits() const {
  QMap<QString, double> out;
  const Meaning* chosen = meaning(selected_);
  if (chosen != nullptr && chosen->scenario && chosen->scenario->serving) {
    const scenarios::ServingSpec& serving = *chosen->scenario->serving;
    const std::pair<QString, double> promises[] = {
        {u"ttft"_qs, serving.slo.ttft}, {u"tpot"_qs, serving.slo.tpot}, {u"e2e"_qs, serving.slo.e2e}};
    const std::pair<QString, double> shares[] = {{u"_p50"_qs, 0.50}, {u"_p90"_qs, 0.90}, {u"_p99"_qs, 0.99}};
    for (const auto& [metric, most] : promises)
      for (const auto& [percentile, share] : shares)
        if (most > 0 && share <= serving.attainment) out[metric + percentile] = most;
  }
  for (auto it = limits_.begin(); it != limits_.end(); ++it) {
    if (*it) {
      out[it.key()] = **it;
    } else {
      out.remove(it.key());
    }
  }
  return out;
}

void Workspace::set_limit(const QString& metric, std::optional<double> value) {
  limits_[metric] = value;
  emit results_changed(selected_);
}

Status Workspace::status(int id) const {
  const Meaning* meaning = this->meaning(id);
  if (meaning == nullptr || !meaning->scenario) return Status::error;
  const QString key = result_key(*meaning);
  if (const auto run = results_.value(key)) return has_errors(run->problems) ? Status::failed : Status::done;
  for (const Running& running : running_)
    if (running.id == id && running.kind == JobKind::result) return running.fraction > 0 ? Status::running : Status::waiting;
  if (cancelled_.value(id) == key) return Status::cancelled;
  return Status::stale;
}

double Workspace::progress(int id) const {
  for (const Running& running : running_)
    if (running.id == id) return running.fraction;
  return status(id) == Status::done ? 1 : 0;
}

QString Workspace::status_text(int id) const {
  switch (status(id)) {
    case Status::error: return tr("error");
    case Status::waiting: return tr("waiting");
    case Status::running: return tr("simulating %1 %").arg(qRound(progress(id) * 100));
    case Status::done: return tr("simulated");
    case Status::stale: return shown(id).basis == Basis::estimated ? tr("estimated") : tr("not run");
    case Status::failed: return tr("refused");
    case Status::cancelled: return tr("cancelled");
  }
  return {};
}

int Workspace::open(const QString& file, QString& problem) {
  for (const Document& document : state_.documents)
    if (QFileInfo(document.file) == QFileInfo(file)) {
      select(document.id);
      return document.id;
    }
  const Result<std::string> text = scenarios::read_text_file(file.toStdString(), file.toStdString());
  if (!text) {
    problem = QString::fromStdString(to_text(text.diagnostics())).trimmed();
    return 0;
  }
  const QString content = QString::fromStdString(*text);
  if (content.toStdString() != *text) {
    problem = tr("%1 is not UTF-8 text").arg(file);
    return 0;
  }
  const int id = add(file, document_name(file, content), content);
  saved_[id] = content;
  emit documents_changed();
  return id;
}

QString Workspace::save(int id, const QString& file) {
  const Document* found = document(id);
  if (found == nullptr) return {};
  const Diagnostics problems = hw::write_file_atomically(file.toStdString(), found->text.toStdString());
  if (has_errors(problems)) return QString::fromStdString(to_text(problems)).trimmed();
  saved_[id] = found->text;
  if (found->file != file) {
    WorkspaceState after = state_;
    document_in(after, id)->file = file;
    push(std::move(after), tr("save as %1").arg(QFileInfo(file).fileName()), {});
  }
  emit documents_changed();
  return {};
}

void Workspace::note_saved(int id) {
  if (const Document* found = document(id)) saved_[id] = found->text;
  emit documents_changed();
}

void Workspace::restore(WorkspaceState state, const QHash<int, QString>& saved) {
  for (const Document& document : state.documents) last_id_ = std::max(last_id_, document.id);
  saved_ = saved;
  undo_.clear();
  apply(state);
}

void Workspace::simulate(int id) {
  const Meaning* found = meaning(id);
  if (found == nullptr || !found->scenario) return;
  const QString key = result_key(*found);
  cancelled_.remove(id);
  if (results_.contains(key)) {
    shown_[id] = key;
    emit results_changed(id);
    return;
  }
  for (auto it = running_.begin(); it != running_.end(); ++it) {
    if (it->id != id || it->kind == JobKind::trace) continue;
    if (it->key == key) return;
    runner_.cancel(it.key());
    break;
  }
  const int ticket = runner_.start(found->scenario, JobKind::result);
  running_[ticket] = {id, key, 0, JobKind::result};
  emit results_changed(id);
}

void Workspace::simulate_all() {
  for (const Document& document : state_.documents) simulate(document.id);
}

void Workspace::cancel() {
  for (const Running& running : running_) cancelled_[running.id] = running.key;
  runner_.cancel_all();
}

void Workspace::on_finished(int ticket, const std::shared_ptr<const Run>& run) {
  const Running running = running_.take(ticket);
  if (running.id == 0) return;  // someone else's job
  if (running.kind == JobKind::trace) {
    traces_[running.key] = run;
    emit results_changed(running.id);
    return;
  }
  results_[running.key] = run;
  if (const Meaning* asked = meaning(running.id);
      asked != nullptr && result_key(*asked) == running.key && edited_.contains(running.id) && latencies_[running.id].result < 0)
    latencies_[running.id].result = static_cast<double>(edited_[running.id].nsecsElapsed()) * 1e-6;
  if (!has_errors(run->problems)) {
    const Meaning* now = meaning(running.id);
    if (now != nullptr && (result_key(*now) == running.key || !results_.contains(shown_.value(running.id))))
      shown_[running.id] = running.key;
    if (now != nullptr && now->scenario && result_key(*now) == running.key && now->scenario->training &&
        !traces_.contains(running.key))
      running_[runner_.start(now->scenario, JobKind::trace)] = {running.id, running.key, 0, JobKind::trace};
  }
  emit results_changed(running.id);
}

}  // namespace gpufleet::gui
