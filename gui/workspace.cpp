#include "gui/workspace.h"

#include <QElapsedTimer>

#include "gui/text.h"
#include "hwprofiles/atomic_file.h"
#include "scenarios/text_file.h"
#include "scenarios/toml_reader.h"
#include "scenarios/validate.h"

namespace gpufleet::gui {

/// One step: the whole state before and after (texts are shared, so a state is a few pointers).
class StateCommand : public QUndoCommand {
 public:
  StateCommand(Workspace& workspace, WorkspaceState before, WorkspaceState after, const QString& what, QString merge_key)
      : QUndoCommand(what),
        workspace_(workspace),
        before_(std::move(before)),
        after_(std::move(after)),
        merge_key_(std::move(merge_key)) {
    clock_.start();
  }
  void undo() override { workspace_.apply(before_); }
  void redo() override { workspace_.apply(after_); }
  [[nodiscard]] int id() const override { return merge_key_.isEmpty() ? -1 : 1; }
  bool mergeWith(const QUndoCommand* other) override {
    const auto* next = static_cast<const StateCommand*>(other);
    // Typing and dragging go on as one step until the hand rests.
    constexpr qint64 kRest = 1500;
    if (next->merge_key_ != merge_key_ || clock_.elapsed() > kRest) return false;
    after_ = next->after_;
    clock_.restart();
    if (after_ == before_) setObsolete(true);
    return true;
  }

 private:
  Workspace& workspace_;
  WorkspaceState before_, after_;
  QString merge_key_;
  QElapsedTimer clock_;
};

namespace {

const Document* find_document(const WorkspaceState& state, int id) {
  for (const Document& document : state.documents)
    if (document.id == id) return &document;
  return nullptr;
}
Document* find_document(WorkspaceState& state, int id) {
  for (Document& document : state.documents)
    if (document.id == id) return &document;
  return nullptr;
}

// The canonical text names a result: unlike its hash it holds the title too, which the result's JSON repeats.
QString key_of(const Meaning& meaning) {
  return meaning.scenario ? QString::fromStdString(meaning.scenario->canonical) : QString();
}

}  // namespace

QString document_name(const QString& file, const QString& text) {
  const Result<scenarios::RawTable> root = scenarios::parse_toml(text.toStdString(), "");
  if (root)
    if (const scenarios::RawValue* title = scenarios::find(*root, "title"); title != nullptr && title->text() != nullptr)
      return QString::fromStdString(*title->text());
  return file.isEmpty() ? Text::tr("Untitled") : QFileInfo(file).completeBaseName();
}

Workspace::Workspace(std::shared_ptr<const Data> data) : data_(std::move(data)), runner_(data_) {
  connect(&runner_, &Runner::finished, this, &Workspace::on_finished);
  connect(&runner_, &Runner::progress, this, [this](int ticket, double fraction, const QString&) {
    if (!running_.contains(ticket)) return;
    running_[ticket].fraction = fraction;
    emit progressed(running_[ticket].id);
  });
  connect(&runner_, &Runner::cancelled, this, [this](int ticket) {
    const Running running = running_.take(ticket);
    if (running.id != 0) emit results_changed(running.id);
  });
}

const Document* Workspace::document(int id) const { return find_document(state_, id); }

const Meaning* Workspace::meaning(int id) const {
  const auto it = meanings_.find(id);
  return it == meanings_.end() ? nullptr : &*it;
}

std::shared_ptr<const Run> Workspace::run(int id) const { return results_.value(shown_.value(id)); }

Status Workspace::status(int id) const {
  const Meaning* meaning = this->meaning(id);
  if (meaning == nullptr || !meaning->scenario) return Status::error;
  const QString key = key_of(*meaning);
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
    case Status::stale: return tr("not run");
    case Status::failed: return tr("refused");
    case Status::cancelled: return tr("cancelled");
  }
  return {};
}

bool Workspace::modified(int id) const {
  const Document* found = document(id);
  return found != nullptr && (found->file.isEmpty() || saved_.value(id) != found->text);
}

void Workspace::push(WorkspaceState after, const QString& what, const QString& merge_key) {
  if (after == state_) return;
  undo_.push(new StateCommand(*this, state_, std::move(after), what, merge_key));
}

void Workspace::refresh(const Document& document) {
  Meaning& meaning = meanings_[document.id];
  if (meaning.raw && meaning.text == document.text) return;
  meaning = {};
  meaning.text = document.text;
  const std::string text = document.text.toStdString();
  const std::string name = document.file.isEmpty() ? document.name.toStdString() + ".toml" : document.file.toStdString();
  const std::filesystem::path folder =
      document.file.isEmpty() ? data_->catalogs.data.scenarios : std::filesystem::path(document.file.toStdString()).parent_path();
  if (Result<scenarios::RawTable> own = scenarios::parse_toml(text, name)) meaning.own = std::move(own).value();
  Result<scenarios::RawScenario> raw = scenarios::parse_scenario(text, name, folder, {}, data_->catalogs.data);
  meaning.diagnostics = raw.diagnostics();
  if (!raw) return;
  Result<scenarios::Scenario> scenario = scenarios::validate(*raw, data_->catalogs);
  meaning.raw = std::move(raw).value();
  const Diagnostics& found = scenario.diagnostics();
  meaning.diagnostics.insert(meaning.diagnostics.end(), found.begin(), found.end());
  if (scenario) meaning.scenario = std::make_shared<const scenarios::Scenario>(std::move(scenario).value());
}

void Workspace::apply(const WorkspaceState& state) {
  state_ = state;
  for (const Document& document : state_.documents) {
    refresh(document);
    const QString key = key_of(meanings_[document.id]);
    if (results_.contains(key)) shown_[document.id] = key;
  }
  if (find_document(state_, state_.baseline) == nullptr)
    state_.baseline = state_.documents.isEmpty() ? 0 : state_.documents.front().id;
  emit documents_changed();
  if (find_document(state_, selected_) == nullptr) {
    selected_ = state_.documents.isEmpty() ? 0 : state_.documents.front().id;
    emit selection_changed(selected_);
  }
}

int Workspace::add(const QString& file, const QString& name, const QString& text) {
  WorkspaceState after = state_;
  const int id = ++last_id_;
  after.documents << Document{id, file, name, text};
  if (after.baseline == 0) after.baseline = id;
  push(std::move(after), tr("add %1").arg(name), {});
  return id;
}

void Workspace::set_text(int id, const QString& text, const QString& what, Merge merge) {
  WorkspaceState after = state_;
  Document* document = find_document(after, id);
  if (document == nullptr || document->text == text) return;
  document->text = text;
  push(std::move(after), what, merge == Merge::same_place ? QString::number(id) + u':' + what : QString());
}

void Workspace::rename(int id, const QString& name) {
  WorkspaceState after = state_;
  Document* document = find_document(after, id);
  if (document == nullptr || name.trimmed().isEmpty()) return;
  document->name = name.trimmed();
  push(std::move(after), tr("rename to %1").arg(name), {});
}

int Workspace::duplicate(int id) {
  const Document* original = document(id);
  if (original == nullptr) return 0;
  WorkspaceState after = state_;
  Document copy = *original;
  copy.id = ++last_id_;
  copy.name = tr("%1 (copy)").arg(original->name);
  // Beside the original, so that its base is found; the file comes to be when it is saved.
  if (!copy.file.isEmpty()) {
    const QFileInfo info(copy.file);
    for (int n = 2;; ++n) {
      copy.file = info.dir().filePath(u"%1-%2.toml"_qs.arg(info.completeBaseName()).arg(n));
      const auto taken =
          std::any_of(state_.documents.begin(), state_.documents.end(), [&](const Document& d) { return d.file == copy.file; });
      if (!taken && !QFileInfo::exists(copy.file)) break;
    }
  }
  const auto place = std::find_if(after.documents.begin(), after.documents.end(), [&](const Document& d) { return d.id == id; });
  after.documents.insert(place + 1, copy);
  push(std::move(after), tr("duplicate %1").arg(original->name), {});
  select(copy.id);
  return copy.id;
}

void Workspace::remove(int id) {
  WorkspaceState after = state_;
  const Document* document = this->document(id);
  if (document == nullptr) return;
  const QString name = document->name;
  after.documents.removeIf([&](const Document& d) { return d.id == id; });
  if (after.baseline == id) after.baseline = after.documents.isEmpty() ? 0 : after.documents.front().id;
  push(std::move(after), tr("remove %1").arg(name), {});
}

void Workspace::move(int id, int place) {
  WorkspaceState after = state_;
  for (int i = 0; i < after.documents.size(); ++i)
    if (after.documents[i].id == id) {
      after.documents.move(i, std::clamp(place, 0, static_cast<int>(after.documents.size()) - 1));
      break;
    }
  push(std::move(after), tr("reorder"), {});
}

void Workspace::set_baseline(int id) {
  WorkspaceState after = state_;
  if (find_document(after, id) == nullptr) return;
  after.baseline = id;
  push(std::move(after), tr("set baseline"), {});
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
    find_document(after, id)->file = file;
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

void Workspace::select(int id) {
  if (id == selected_ || find_document(state_, id) == nullptr) return;
  selected_ = id;
  emit selection_changed(id);
}

void Workspace::simulate(int id) {
  const Meaning* found = meaning(id);
  if (found == nullptr || !found->scenario) return;
  const QString key = key_of(*found);
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
  if (!has_errors(run->problems)) {
    const Meaning* now = meaning(running.id);
    if (now != nullptr && (key_of(*now) == running.key || !results_.contains(shown_.value(running.id))))
      shown_[running.id] = running.key;
    if (now != nullptr && now->scenario && key_of(*now) == running.key && now->scenario->training &&
        !traces_.contains(running.key))
      running_[runner_.start(now->scenario, JobKind::trace)] = {running.id, running.key, 0, JobKind::trace};
  }
  emit results_changed(running.id);
}

}  // namespace gpufleet::gui
