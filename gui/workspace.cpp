#include "gui/workspace.h"

#include "gui/text.h"
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

}  // namespace

Workspace::Workspace(std::shared_ptr<const Data> data) : data_(std::move(data)), runner_(data_), estimator_(data_) {
  connect(&estimator_, &Estimator::estimated, this, &Workspace::on_estimated);
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
    const QString key = result_key(meanings_[document.id]);
    if (results_.contains(key)) shown_[document.id] = key;
    estimate(document.id);
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
  edited_[id].start();
  latencies_.remove(id);
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

void Workspace::select(int id) {
  if (id == selected_ || find_document(state_, id) == nullptr) return;
  selected_ = id;
  emit selection_changed(id);
}

}  // namespace gpufleet::gui
