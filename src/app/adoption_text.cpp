// SPDX-License-Identifier: Apache-2.0
#include "app/adoption_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/text.h"

namespace landfast {
namespace {

bool differs(const ServicePlan& p) {
  return p.change != ServiceChange::unchanged && p.change != ServiceChange::done;
}

}  // namespace

std::string adoption_text(const Adoption& adoption) {
  auto text = fmt::format("{}  {} release {}; nothing was touched   {}\n",
                          printable(adoption.inputs.name), adoption.already ? "is" : "adopted as",
                          adoption.release, printable(adoption.inputs.working_dir));
  const auto& services = adoption.plan.services;
  if (std::none_of(services.begin(), services.end(), differs))
    return text + "  it runs as its file says\n";
  text += "  not as its file says; deploy would change that:\n";
  for (const auto& p : services)
    if (differs(p))
      text += fmt::format("    {}  {}: {}\n", printable(p.service), to_string(p.change),
                          printable(join(p.causes, ", ")));
  return text;
}

boost::json::object adoption_json(const Adoption& adoption) {
  boost::json::array differences, notes;
  for (const auto& p : adoption.plan.services) {
    if (!differs(p)) continue;
    boost::json::array causes;
    for (const auto& cause : p.causes) causes.emplace_back(cause);
    differences.emplace_back(boost::json::object{
        {"service", p.service}, {"change", to_string(p.change)}, {"causes", std::move(causes)}});
  }
  for (const auto& note : adoption.plan.notes) notes.emplace_back(note);
  return {{"stack", adoption.inputs.name},         {"folder", adoption.inputs.working_dir},
          {"release", adoption.release},           {"adopted", !adoption.already},
          {"differences", std::move(differences)}, {"notes", std::move(notes)}};
}

}  // namespace landfast
