// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>

#include "app/command_table.h"
#include "base/text.h"

namespace landfast {
namespace {

Error usage_error(std::string text, const CommandSpec* command, std::string nearest_match = {}) {
  Error e;
  e.code = Code::invalid;
  e.text = std::move(text);
  e.hint = "usage: " + usage_line(command);
  if (!nearest_match.empty()) e.hint = fmt::format("did you mean {}?\n{}", nearest_match, e.hint);
  return e;
}

std::vector<std::string> option_names(const CommandSpec* command) {
  std::vector<std::string> names{"--help"};
  const auto add = [&names](const std::vector<OptionSpec>& options) {
    for (const auto& option : options)
      for (auto& name : split(option.names, ',')) names.push_back(std::move(name));
  };
  add(common_options());
  if (command != nullptr) add(command->options);
  return names;
}

Error unknown_option(const std::string& word, const CommandSpec* command) {
  const auto name = word.substr(0, word.find('='));
  const auto near = name.starts_with("--") ? nearest(name, option_names(command)) : std::nullopt;
  return usage_error(fmt::format("there is no option {}", printable(name)), command,
                     near.value_or(""));
}

Error unknown_command(const std::string& word) {
  if (is_later_command(word)) {
    Error e;
    e.code = Code::invalid;
    e.text = fmt::format("landfast {}: not in this version yet", word);
    return e;
  }
  std::vector<std::string> names;
  for (const auto& c : command_table()) {
    if (*c.summary == '\0') continue;
    names.emplace_back(c.name);
    if (*c.alias != '\0') names.emplace_back(c.alias);
  }
  return usage_error(fmt::format("there is no command {}", landfast::in_quotes(word)), nullptr,
                     nearest(word, names).value_or(""));
}

/// One pass of CLI11 over a part of the line, by a table; what it does not know is in `rest`.
class Pass {
 public:
  Pass(Arguments& arguments, const CommandSpec* command)
      : arguments_(arguments), command_(command) {
    app_.set_help_flag();
    app_.add_flag_callback("-h,--help", [this] { help = true; });
    if (command == nullptr) app_.add_flag_callback("--version", [this] { version = true; });
    if (command != nullptr) add(command->options);
    add(common_options());
  }

  /// With `operand`, the first word that is no option goes there; the next one ends the pass. So
  /// does the first one without `operand`, where `stop_at_word` says so.
  Status parse(std::vector<std::string> words, std::string* operand, bool stop_at_word) {
    if (operand != nullptr) app_.add_option("SERVICE", *operand)->allow_extra_args(false);
    app_.allow_extras();
    app_.prefix_command(stop_at_word);
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    try {
      app_.parse(words);
    } catch (const CLI::ArgumentMismatch& mismatch) {
      const std::string what = mismatch.what();
      return fail(usage_error(what.substr(0, what.find(':')) + " needs a value", command_));
    } catch (const std::exception& error) {
      return fail(usage_error(error.what(), command_));
    }
    if (error_) return fail(*error_);
    rest = app_.remaining();
    return {};
  }

  std::vector<std::string> rest;
  bool help = false, version = false;

 private:
  void add(const std::vector<OptionSpec>& options) {
    for (const auto& option : options) {
      const auto set = [this, &option](const std::string& value) {
        auto status = option.set(arguments_, value);
        if (!status && !error_) error_ = with_usage(std::move(status.error()));
      };
      const auto names = free_names(option.names);
      if (names.empty()) continue;
      if (*option.value == '\0')
        app_.add_flag_callback(names, [set] { set(""); });
      else
        app_.add_option_function<std::string>(names, set)->trigger_on_parse();
    }
  }

  /// A command's own option hides a common one of the same letter, as `logs -f` does.
  std::string free_names(const char* names) {
    std::vector<std::string> free;
    for (auto& name : split(names, ','))
      if (app_.get_option_no_throw(name) == nullptr) free.push_back(std::move(name));
    return join(free, ",");
  }

  Error with_usage(Error e) const {
    if (e.hint.empty()) e.hint = "usage: " + usage_line(command_);
    return e;
  }

  Arguments& arguments_;
  const CommandSpec* command_;
  CLI::App app_;
  std::optional<Error> error_;
};

/// "4" names release 4; one at most.
Status take_release(Arguments& a, const CommandSpec& spec, const std::vector<std::string>& rest) {
  if (rest.empty()) return {};
  const auto& word = rest.front();
  const auto* end = word.data() + word.size();
  const auto [after, error] = std::from_chars(word.data(), end, a.release);
  if (rest.size() == 1 && error == std::errc{} && after == end && a.release > 0) return {};
  return fail(usage_error(fmt::format("{} is not the number of a release",
                                      landfast::in_quotes(rest.size() > 1 ? rest[1] : word)),
                          &spec));
}

/// "rm NAME…"; nothing lists.
Status take_removal(Arguments& a, const CommandSpec& spec, std::vector<std::string> rest) {
  if (rest.empty()) return {};
  if (rest.front() != "rm")
    return fail(usage_error(
        fmt::format("{} has no {}", spec.name, landfast::in_quotes(rest.front())), &spec));
  if (rest.size() == 1)
    return fail(usage_error(fmt::format("{} rm needs the name of a volume", spec.name), &spec));
  a.volumes_to_remove.assign(rest.begin() + 1, rest.end());
  return {};
}

/// The first word is one of a few, at most `most` follow; where `needed`, one must be there.
Status take_one_of(Arguments& a, const CommandSpec& spec, std::vector<std::string> rest,
                   std::initializer_list<std::string_view> words, bool needed, std::size_t most) {
  if (rest.empty() && needed) {
    std::string all;
    for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
    return fail(usage_error(fmt::format("{} needs a word: {}", spec.name, all), &spec));
  }
  const bool known = rest.empty() || std::ranges::find(words, rest.front()) != words.end();
  if (!known || rest.size() > most)
    return fail(usage_error(fmt::format("{} has no {}", spec.name,
                                        landfast::in_quotes(known ? rest[most] : rest.front())),
                            &spec));
  a.words = std::move(rest);
  return {};
}

/// Of nginx also where its certificate and its key are, as nginx sees them.
Status take_proxy(Arguments& a, const CommandSpec& spec, std::vector<std::string> rest) {
  const bool is_nginx = !rest.empty() && rest.front() == "nginx";
  TRY_VOID(
      take_one_of(a, spec, std::move(rest), {"nginx", "caddy", "traefik"}, true, is_nginx ? 3 : 1));
  if (a.words.size() == 2)
    return fail(usage_error("export nginx CERTIFICATE needs KEY as well", &spec));
  return {};
}

Status take_words(Arguments& a, const CommandSpec& spec, std::vector<std::string> rest) {
  for (const auto& word : rest)
    if (word.size() > 1 && word[0] == '-' &&
        (spec.operands < Operands::service_and_words || &word == &rest.front()))
      return fail(unknown_option(word, &spec));
  switch (spec.operands) {
  case Operands::none:
    if (!rest.empty())
      return fail(usage_error(fmt::format("{} takes no {}: it is for the whole stack", spec.name,
                                          landfast::in_quotes(rest[0])),
                              &spec));
    return {};
  case Operands::release:
    return take_release(a, spec, rest);
  case Operands::services:
    a.services = std::move(rest);
    return {};
  case Operands::stacks:
    a.stacks = std::move(rest);
    return {};
  case Operands::removal:
    return take_removal(a, spec, std::move(rest));
  case Operands::status:
    if (rest.size() == 1 && rest.front() == "status") return {};
    return fail(usage_error(
        rest.empty() ? fmt::format("{} needs a word: status", spec.name)
                     : fmt::format("{} has no {}", spec.name, landfast::in_quotes(rest.back())),
        &spec));
  case Operands::certificates:
    return take_one_of(a, spec, std::move(rest), {"trust", "reload"}, false, 1);
  case Operands::edge_image:
    return take_one_of(a, spec, std::move(rest), {"image", "upgrade"}, true, 2);
  case Operands::proxy:
    return take_proxy(a, spec, std::move(rest));
  case Operands::service_and_words:
  case Operands::service_then_words:
    a.words = std::move(rest);
    break;
  }
  if (a.services.empty() || a.services.front().empty())
    return fail(usage_error(fmt::format("{} needs a service", spec.name), &spec));
  if (spec.operands == Operands::service_and_words && a.words.empty())
    return fail(usage_error(fmt::format("{} needs a command to run in {}", spec.name,
                                        landfast::in_quotes(a.services[0])),
                            &spec));
  return {};
}

}  // namespace

Result<std::variant<Arguments, HelpText>> parse_arguments(std::span<const std::string> words) {
  using Answer = std::variant<Arguments, HelpText>;
  Arguments arguments;
  Pass before(arguments, nullptr);
  TRY_VOID(before.parse({words.begin(), words.end()}, nullptr, true));
  if (before.version) return Answer{HelpText{"landfast " LANDFAST_VERSION "\n"}};
  if (before.help || before.rest.empty()) {
    if (before.help) return Answer{HelpText{help_text(nullptr)}};
    return fail(usage_error("a command is missing: landfast --help lists them", nullptr));
  }
  const auto name = before.rest.front();
  if (name.size() > 1 && name[0] == '-') return fail(unknown_option(name, nullptr));
  if (name == "help")
    return Answer{
        HelpText{help_text(before.rest.size() > 1 ? find_command(before.rest[1]) : nullptr)}};
  const auto* spec = find_command(name);
  if (spec == nullptr) return fail(unknown_command(name));
  arguments.command = spec->command;
  const bool one_service = spec->operands >= Operands::service_and_words;
  if (one_service) arguments.services.resize(1);
  Pass after(arguments, spec);
  TRY_VOID(after.parse({before.rest.begin() + 1, before.rest.end()},
                       one_service ? &arguments.services[0] : nullptr, one_service));
  if (after.help) return Answer{HelpText{help_text(spec)}};
  TRY_VOID(take_words(arguments, *spec, std::move(after.rest)));
  return Answer{std::move(arguments)};
}

Result<std::chrono::nanoseconds> parse_duration(const std::string& text) {
  static constexpr std::pair<std::string_view, double> units[]{
      {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}};
  const auto bad = [&] {
    return fail(Code::invalid, fmt::format("{} is not a span of time", landfast::in_quotes(text)),
                "write it as 90s, 2m or 1m30s");
  };
  if (text.empty()) return bad();
  double total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || number < 0) return bad();
    const bool whole = rest.data() == text.data();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty() && whole)
      return std::chrono::nanoseconds(static_cast<std::int64_t>(number * 1e9));
    const auto* unit = std::find_if(std::begin(units), std::end(units),
                                    [&](const auto& u) { return rest.starts_with(u.first); });
    if (unit == std::end(units)) return bad();
    total += number * unit->second;
    rest.remove_prefix(unit->first.size());
  }
  if (!(total < 3.2e17)) return bad();  // ten years
  return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

}  // namespace landfast
