// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "compose/recorded_inputs.h"
#include "compose/session.h"

namespace landfast {
namespace {

using compose::Session;

/// What the files of one record say of variables.
struct Variables {
  std::set<std::string> named, of_images;
  compose::Variables values;
};

void collect(const compose::Node& node, std::set<std::string>& into) {
  if (node.is_string())
    for (auto& use : compose::variables_of(node.text)) into.insert(std::move(use.name));
  for (const auto* item : node.items()) collect(*item, into);
  for (const auto& e : node.entries()) collect(*e.value, into);
}

Variables variables_in(const RecordedInputs& record) {
  auto request = record.request;
  request.interpolate = false;
  const RecordedFiles files(record.files);
  Variables found;
  compose::Findings findings;
  found.values = compose::gather_inputs(record.request, files, findings).environment;
  Session session(request, files);
  const auto* model = session.model();
  if (model == nullptr) return found;
  collect(*model, found.named);
  const auto* services = model->find("services");
  if (services == nullptr) return found;
  for (const auto& service : services->entries())
    if (const auto* image = service.value->find("image")) collect(*image, found.of_images);
  return found;
}

std::optional<std::string> value(const Variables& variables, const std::string& name) {
  const auto it = variables.values.find(name);
  return it == variables.values.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace

std::vector<VariableChange> changed_variables(const RecordedInputs& before,
                                              const RecordedInputs& now) {
  const auto was = variables_in(before);
  const auto is = variables_in(now);
  auto names = was.named;
  names.insert(is.named.begin(), is.named.end());
  std::vector<VariableChange> changes;
  for (const auto& name : names) {
    const auto old_value = value(was, name);
    const auto new_value = value(is, name);
    if (old_value == new_value) continue;
    VariableChange change;
    change.name = name;
    change.shown = was.of_images.contains(name) || is.of_images.contains(name);
    if (change.shown) {
      change.before = old_value.value_or("");
      change.now = new_value.value_or("");
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace landfast
