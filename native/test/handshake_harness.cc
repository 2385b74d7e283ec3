// Drives the threaded native classes without Node, which is not instrumented and would make a thread
// checker's reports meaningless: many threads, as workers would be, each with handshakes that succeed, fail,
// are fed in pieces, are given up in the middle or are fed rubbish. Exits 0 when every handshake ended as it
// had to.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ei_runtime.h"
#include "handshake_machine.h"

namespace {

using hidden_node::HandshakeMachine;
using hidden_node::Identity;

constexpr int kThreads = 8;
constexpr int kRounds = 200;
constexpr uint64_t kFlags = 0x20;

std::atomic<int> failures{0};

void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  ++failures;
}

Identity MakeIdentity(const std::string& alive, const std::string& cookie) {
  return {alive + "@host", alive, "host", cookie, 4711};
}

// Feeds bytes in pieces of random length and collects what is answered.
std::string Feed(HandshakeMachine& machine, const std::string& bytes, std::mt19937& random) {
  std::string answer;
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t count = 1 + random() % (bytes.size() - at);
    machine.Push(std::string_view(bytes).substr(at, count));
    at += count;
    while (machine.Waiting()) answer += machine.Step("ok");
  }
  return answer;
}

// Runs both sides against each other for at most `most` exchanges.
void Converse(HandshakeMachine& connecting, HandshakeMachine& accepting, std::mt19937& random, int most) {
  std::string to_accepting = connecting.Open();
  for (int i = 0; i < most && !to_accepting.empty(); ++i) {
    const std::string to_connecting = Feed(accepting, to_accepting, random);
    to_accepting = Feed(connecting, to_connecting, random);
  }
}

void Succeed(std::mt19937& random) {
  HandshakeMachine connecting(MakeIdentity("a", "secret"), HandshakeMachine::Role::kConnect, kFlags);
  HandshakeMachine accepting(MakeIdentity("b", "secret"), HandshakeMachine::Role::kAccept, kFlags);
  Converse(connecting, accepting, random, 10);
  Expect(connecting.state() == HandshakeMachine::State::kDone, "the connecting side is done");
  Expect(accepting.state() == HandshakeMachine::State::kDone, "the accepting side is done");
  Expect(connecting.peer() && connecting.peer()->name == "b@host", "the connecting side knows its peer");
  Expect(accepting.peer() && (accepting.peer()->flags & kFlags) == kFlags, "the flags were added");
}

void FailForTheCookie(std::mt19937& random) {
  HandshakeMachine connecting(MakeIdentity("a", "secret"), HandshakeMachine::Role::kConnect, kFlags);
  HandshakeMachine accepting(MakeIdentity("b", "other"), HandshakeMachine::Role::kAccept, kFlags);
  Converse(connecting, accepting, random, 10);
  Expect(accepting.failure() == HandshakeMachine::Failure::kCookie, "another cookie is found out");
}

void GiveUpInTheMiddle(std::mt19937& random) {
  HandshakeMachine connecting(MakeIdentity("a", "secret"), HandshakeMachine::Role::kConnect, kFlags);
  HandshakeMachine accepting(MakeIdentity("b", "secret"), HandshakeMachine::Role::kAccept, kFlags);
  Converse(connecting, accepting, random, 1);
  if (random() % 2 == 0) accepting.GiveUp();
}

void TakeRubbish(std::mt19937& random) {
  const auto role = random() % 2 == 0 ? HandshakeMachine::Role::kConnect : HandshakeMachine::Role::kAccept;
  HandshakeMachine machine(MakeIdentity("a", "secret"), role, kFlags);
  machine.Open();
  std::string rubbish(1 + random() % 600, '\0');
  for (char& c : rubbish) c = static_cast<char>(random());
  Feed(machine, rubbish, random);
  Expect(machine.state() != HandshakeMachine::State::kDone, "rubbish is no handshake");
}

void Work(unsigned seed) {
  std::mt19937 random(seed);
  for (int round = 0; round < kRounds; ++round) {
    Succeed(random);
    FailForTheCookie(random);
    GiveUpInTheMiddle(random);
    TakeRubbish(random);
  }
}

}  // namespace

int main() {
  if (hidden_node::InitialiseEi() != 0) return EXIT_FAILURE;
  Expect(gethostid() != gethostid(), "ei's challenges are made from random bits");
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (unsigned i = 0; i < kThreads; ++i) threads.emplace_back(Work, i);
  for (std::thread& thread : threads) thread.join();
  std::printf("%d threads, %d rounds of 4 handshakes each, %d failures\n", kThreads, kRounds,
              failures.load());
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
