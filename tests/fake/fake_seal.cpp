// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_seal.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace landfast {
namespace {

constexpr std::size_t number_size = 8;
constexpr std::size_t check_size = 64;

}  // namespace

std::string FakeSeal::mixed(std::string_view text, const std::string& number) const {
  const auto pad = sha256_hex(key_ + number);
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<char>(out[i] ^ pad[i % pad.size()]);
  return out;
}

std::string FakeSeal::check(std::string_view text, const std::string& number) const {
  return sha256_hex(key_ + number + std::string(text));
}

Result<std::string> FakeSeal::seal(const Secret& plain) {
  if (error) return fail(*error);
  const auto number = fmt::format("{:08}", ++times_);
  return number + check(plain.reveal(), number) + mixed(plain.reveal(), number);
}

Result<Secret> FakeSeal::open(std::string_view sealed) {
  if (error) return fail(*error);
  if (sealed.size() < number_size + check_size) return fail(Code::corrupt, "too short");
  const std::string number(sealed.substr(0, number_size));
  auto plain = mixed(sealed.substr(number_size + check_size), number);
  if (sealed.substr(number_size, check_size) != check(plain, number))
    return fail(Code::corrupt, "it was changed, or sealed with another key");
  return Secret(std::move(plain));
}

}  // namespace landfast
