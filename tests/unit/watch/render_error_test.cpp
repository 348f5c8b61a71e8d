// SPDX-License-Identifier: Apache-2.0
#include "watch/render_error.h"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

using namespace landfast;

namespace {

Error at_place() {
  Error e;
  e.code = Code::invalid;
  e.text = "\"80800\" is not a port";
  e.mark = Mark{"/srv/app/compose.yaml", 14, 9, "      - \"80800:80\""};
  e.path = "services.app.ports[0]";
  e.hint = "ports go from 1 to 65535";
  return e;
}

}  // namespace

TEST_CASE("an error at a place shows the line, a caret, the path and the next step last") {
  CHECK(render_error(at_place(), "/srv/app", Style{}) ==
        "✗ compose.yaml:14:9: \"80800\" is not a port\n"
        "  14 |       - \"80800:80\"\n"
        "     |         ^\n"
        "  at services.app.ports[0]\n"
        "ports go from 1 to 65535\n");
}

TEST_CASE("the caret stands below its character with tabs and wide text") {
  auto e = at_place();
  e.path.clear();
  e.hint.clear();
  e.mark->source_line = "\tña: デx";
  e.mark->column = 7;
  CHECK(render_error(e, "/", Style{}) ==
        "✗ /srv/app/compose.yaml:14:7: \"80800\" is not a port\n"
        "  14 | \tña: デx\n"
        "     | \t      ^\n");
}

TEST_CASE("trace, causes and further errors are all shown, an equal hint once") {
  auto e = at_place();
  e.trace = {"included from main.yaml:3"};
  Error inner;
  inner.text = "permission denied";
  e.cause = std::make_shared<const Error>(inner);
  auto second = at_place();
  second.text = "\"x\" is not a port";
  second.mark->line = 20;
  second.mark->source_line.clear();
  e.more = {second};
  CHECK(render_error(e, "/srv/app", Style{}) ==
        "✗ compose.yaml:14:9: \"80800\" is not a port\n"
        "  14 |       - \"80800:80\"\n"
        "     |         ^\n"
        "  at services.app.ports[0]\n"
        "  included from main.yaml:3\n"
        "  because: permission denied\n"
        "✗ compose.yaml:20:9: \"x\" is not a port\n"
        "  at services.app.ports[0]\n"
        "  ports go from 1 to 65535\n");
}

TEST_CASE("each of several errors has its own hint below it") {
  Error e;
  e.text = "first";
  e.hint = "mend it\nso";
  Error second;
  second.text = "second";
  second.hint = "look there";
  Error third;
  third.text = "third";
  e.more = {second, third};
  CHECK(render_error(e, "/", Style{}) ==
        "✗ first\n  mend it\n  so\n✗ second\n  look there\n✗ third\n");
}

TEST_CASE("foreign text cannot drive the terminal") {
  Error e;
  e.text = "log: \x1b[2Jgone";
  e.trace = {
      "\x9b"
      "31m"};
  const auto text = render_error(e, "/", Style{});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x9b') == std::string::npos);
}

TEST_CASE("an error as JSON keeps every part") {
  auto e = at_place();
  Error inner;
  inner.code = Code::not_found;
  inner.text = "no such file";
  e.cause = std::make_shared<const Error>(inner);
  CHECK(boost::json::serialize(error_json(e)) ==
        R"({"code":"invalid","text":"\"80800\" is not a port","file":"/srv/app/compose.yaml",)"
        R"("line":14,"column":9,"path":"services.app.ports[0]",)"
        R"("hint":"ports go from 1 to 65535",)"
        R"("cause":{"code":"not_found","text":"no such file"}})");
}
