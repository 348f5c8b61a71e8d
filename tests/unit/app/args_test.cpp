// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"

#include <doctest/doctest.h>

#include "app/command_table.h"
#include "base/text.h"

using namespace landfast;

namespace {

using Words = std::vector<std::string>;

Arguments good(const Words& words) {
  const auto parsed = parse_arguments(words);
  INFO(join(words, " "));
  if (!parsed) FAIL_CHECK(parsed.error().text);
  REQUIRE(parsed);
  REQUIRE(std::holds_alternative<Arguments>(*parsed));
  return std::get<Arguments>(*parsed);
}

Error bad(const Words& words) {
  const auto parsed = parse_arguments(words);
  INFO(join(words, " "));
  REQUIRE(!parsed);
  CHECK(parsed.error().code == Code::invalid);
  return parsed.error();
}

}  // namespace

TEST_CASE("every command is found by its name, up and ps by their habit") {
  CHECK(good({"deploy"}).command == Command::deploy);
  CHECK(good({"up", "-d", "--wait"}).command == Command::deploy);
  CHECK(good({"ps"}).command == Command::status);
  for (const auto& spec : command_table()) {
    Words words{spec.name};
    if (spec.operands >= Operands::service_and_words) words.insert(words.end(), {"app", "sh"});
    if (spec.operands == Operands::status) words.emplace_back("status");
    if (spec.operands == Operands::edge_image) words.emplace_back("image");
    if (spec.operands == Operands::proxy) words.emplace_back("nginx");
    CHECK(good(words).command == spec.command);
    CHECK(help_text(&spec).find(usage_line(&spec)) != std::string::npos);
  }
}

TEST_CASE("cert knows its words") {
  CHECK(good({"cert", "reload"}).words == Words{"reload"});
  CHECK(good({"cert", "trust"}).words == Words{"trust"});
  CHECK(bad({"cert", "renew"}).text.find("cert has no") != std::string::npos);
}

TEST_CASE("edge upgrade takes the name of an edge") {
  const auto a = good({"edge", "upgrade", "landfast-edge", "--yes"});
  CHECK(a.words == Words{"upgrade", "landfast-edge"});
  CHECK(a.yes);
}

TEST_CASE("adopt takes names of stacks") {
  const auto a = good({"adopt", "blog", "shop"});
  CHECK(a.stacks == Words{"blog", "shop"});
  CHECK(a.services.empty());
  CHECK(good({"adopt", "--all"}).all);
  CHECK(bad({"leave", "blog"}).text.find("whole stack") != std::string::npos);
}

TEST_CASE("common options stand before or after the command") {
  const auto a = good({"-f", "a.yaml", "--profile", "web", "deploy", "-f", "b.yaml", "-p", "blog",
                       "--json", "app", "db"});
  CHECK(a.files == Words{"a.yaml", "b.yaml"});
  CHECK(a.profiles == Words{"web"});
  CHECK(a.project == "blog");
  CHECK(a.json);
  CHECK(a.services == Words{"app", "db"});
}

TEST_CASE("logs -f follows and -f before it is a file") {
  const auto a = good({"-f", "a.yaml", "logs", "-f", "-n", "50", "-t", "app"});
  CHECK(a.files == Words{"a.yaml"});
  CHECK(a.follow);
  CHECK(a.tail == "50");
  CHECK(a.timestamps);
  CHECK(a.services == Words{"app"});
  CHECK(good({"logs", "--tail=all"}).tail == "all");
}

TEST_CASE("what follows the service of exec and run belongs to the command") {
  const auto a = good({"exec", "-T", "-e", "A=1", "app", "ls", "-l", "-f", "--json", "x"});
  CHECK(a.services == Words{"app"});
  CHECK(a.words == Words{"ls", "-l", "-f", "--json", "x"});
  CHECK(a.no_tty);
  CHECK(a.environment == Words{"A=1"});
  CHECK(!a.json);
  CHECK(good({"exec", "-it", "app", "sh"}).words == Words{"sh"});
  CHECK(good({"exec", "app", "version"}).words == Words{"version"});
  CHECK(good({"run", "--entrypoint", "", "app"}).entrypoint == "");
  CHECK(good({"run", "app"}).words.empty());
}

TEST_CASE("a service may be called like a command") {
  CHECK(good({"deploy", "plan", "logs"}).services == Words{"plan", "logs"});
  CHECK(good({"exec", "status", "sh"}).services == Words{"status"});
}

TEST_CASE("options of a deploy") {
  const auto a = good({"deploy", "--image", "app=me/app:2", "--image", "web=w", "--new-volume", "v",
                       "--plan", "abc", "--queue", "--timeout", "1m30s", "-y", "--force-recreate"});
  CHECK(a.images == std::map<std::string, std::string>{{"app", "me/app:2"}, {"web", "w"}});
  CHECK(a.new_volumes == Words{"v"});
  CHECK(a.plan_hash == "abc");
  CHECK(a.queue);
  CHECK(a.yes);
  CHECK(a.force_recreate);
  CHECK(a.timeout == std::chrono::seconds(90));
}

TEST_CASE("config has the forms of Compose") {
  CHECK(good({"config"}).form == ConfigForm::yaml);
  CHECK(good({"config", "--format", "json"}).form == ConfigForm::json);
  CHECK(good({"config", "-q"}).form == ConfigForm::quiet);
  CHECK(good({"config", "--services"}).form == ConfigForm::services);
  const auto a = good({"config", "--hash", "app,db", "--no-interpolate"});
  CHECK(a.form == ConfigForm::hash);
  CHECK(a.hash_services == Words{"app", "db"});
  CHECK(!a.interpolate);
}

TEST_CASE("bad usage says what is wrong, the nearest match and the usage") {
  CHECK(bad({"delpoy"}).hint ==
        "did you mean deploy?\nusage: landfast [OPTION…] COMMAND [ARGUMENT…]");
  CHECK(bad({"deploy", "--remove-orphan"}).text == "there is no option --remove-orphan");
  CHECK(bad({"deploy", "--remove-orphan"}).hint ==
        "did you mean --remove-orphans?\nusage: landfast deploy [OPTION…] [SERVICE…]");
  CHECK(bad({"--jsn", "deploy"}).hint.starts_with("did you mean --json?"));
  CHECK(bad({"exec", "--what", "app", "ls"}).text == "there is no option --what");
  CHECK(bad({"deploy", "-f"}).text == "--file needs a value");
  CHECK(bad({}).text == "a command is missing: landfast --help lists them");
  CHECK(bad({"exec"}).text == "exec needs a service");
  CHECK(bad({"exec", "app"}).text == "exec needs a command to run in \"app\"");
  CHECK(bad({"recover", "app"}).text == "recover takes no \"app\": it is for the whole stack");
  CHECK(bad({"deploy", "--image", "app"}).text == "--image \"app\" is not SERVICE=REFERENCE");
  CHECK(bad({"deploy", "--timeout", "soon"}).text == "\"soon\" is not a span of time");
  CHECK(bad({"logs", "-n", "many"}).text.starts_with("--tail \"many\" is neither"));
  CHECK(bad({"exec", "--index", "0", "a", "b"}).text.starts_with("--index \"0\" is not"));
}

TEST_CASE("a release is named by its number") {
  CHECK(good({"rollback"}).release == 0);
  CHECK(good({"rollback", "4", "--keep-data"}).release == 4);
  CHECK(good({"rollback", "4", "--keep-data"}).keep_data);
  CHECK(good({"history", "12"}).release == 12);
  CHECK(bad({"rollback", "four"}).text == "\"four\" is not the number of a release");
  CHECK(bad({"rollback", "0"}).text == "\"0\" is not the number of a release");
  CHECK(bad({"history", "1", "2"}).text == "\"2\" is not the number of a release");
  CHECK(good({"rollback", "--data"}).data);
}

TEST_CASE("volumes are listed, or removed by name") {
  CHECK(good({"volumes"}).volumes_to_remove.empty());
  CHECK(good({"volumes", "rm", "a", "b"}).volumes_to_remove == Words{"a", "b"});
  CHECK(good({"volumes", "rm", "a", "--yes"}).yes);
  CHECK(bad({"volumes", "rm"}).text == "volumes rm needs the name of a volume");
  CHECK(bad({"volumes", "prune"}).text == "volumes has no \"prune\"");
}

TEST_CASE("migrate has one word so far") {
  CHECK(good({"migrate", "status", "--json"}).command == Command::migrate);
  CHECK(bad({"migrate"}).text == "migrate needs a word: status");
  CHECK(bad({"migrate", "up"}).text == "migrate has no \"up\"");
}

TEST_CASE("commands of the edge take a word of a few") {
  CHECK(good({"route"}).command == Command::route);
  CHECK(good({"cert"}).words.empty());
  CHECK(good({"cert", "trust"}).words == Words{"trust"});
  CHECK(bad({"cert", "distrust"}).text == "cert has no \"distrust\"");
  CHECK(good({"edge", "image", "/usr/bin/caddy"}).words == Words{"image", "/usr/bin/caddy"});
  CHECK(bad({"edge"}).text == "edge needs a word: image, upgrade");
  CHECK(bad({"edge", "image", "a", "b"}).text == "edge has no \"b\"");
  CHECK(good({"export", "nginx"}).command == Command::export_proxy);
  CHECK(good({"export", "nginx", "/a.pem", "/a.key"}).words.size() == 3);
  CHECK(bad({"export", "nginx", "/a.pem"}).text == "export nginx CERTIFICATE needs KEY as well");
  CHECK(bad({"export", "caddy", "/a.pem"}).text == "export has no \"/a.pem\"");
  CHECK(bad({"export"}).text == "export needs a word: nginx, caddy, traefik");
  CHECK(bad({"export", "apache"}).text == "export has no \"apache\"");
}

TEST_CASE("what is refused says why, what comes later says so") {
  CHECK(bad({"down", "-v"}).text == "down never removes volumes: they are the user's data");
  CHECK(bad({"down", "--volumes"}).hint.find("landfast volumes rm") != std::string::npos);
  CHECK(bad({"backup"}).text == "landfast backup: not in this version yet");
  CHECK(bad({"-H", "deploy"}).text == "-H: not in this version yet");
}

TEST_CASE("help is a text, not an error") {
  for (const auto& words : {Words{"--help"}, Words{"help"}, Words{"deploy", "--help"},
                            Words{"help", "deploy"}, Words{"--version"}}) {
    const auto parsed = parse_arguments(words);
    REQUIRE(parsed);
    CHECK(std::holds_alternative<HelpText>(*parsed));
  }
  CHECK(help_text(nullptr).find("backup") == std::string::npos);
}

TEST_CASE("durations") {
  using namespace std::chrono_literals;
  CHECK(parse_duration("90").value_or(0s) == 90s);
  CHECK(parse_duration("500ms").value_or(0s) == 500ms);
  CHECK(parse_duration("1h2m3s").value_or(0s) == 3723s);
  for (const auto* text : {"", "s", "-5s", "5x", "1e99h", "5s3"}) CHECK(!parse_duration(text));
}
