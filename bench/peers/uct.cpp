// UCT with one random playout a leaf, as it is usually written in C++: nodes that own their children. The peer of search/uct.
//
//   uct <tic-tac-toe | connect-four> <simulations> <repetitions>    prints the milliseconds of each repetition, then the root's value
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

// Both games are a board of two bitboards; the mover's stones come first.
struct TicTacToe {
  static constexpr int actions = 9;
  uint32_t own = 0, other = 0;
  bool legal(int a) const { return !((own | other) >> a & 1); }
  // 1: the mover has won; 0: a draw; -1: the game goes on
  int play(int a) {
    static const uint32_t lines[] = {0007, 0070, 0700, 0111, 0222, 0444, 0421, 0124};
    uint32_t moved = own | 1u << a;
    own = other;
    other = moved;
    for (uint32_t line : lines)
      if ((moved & line) == line) return 1;
    return (own | other) == 0777 ? 0 : -1;
  }
};

struct ConnectFour {
  static constexpr int actions = 7;
  uint64_t own = 0, other = 0;  // column c, row r from below: bit 7 c + r
  int height[7] = {0, 0, 0, 0, 0, 0, 0};
  int count = 0;
  bool legal(int a) const { return height[a] < 6; }
  int play(int a) {
    uint64_t moved = own | 1ull << (7 * a + height[a]++);
    own = other;
    other = moved;
    count++;
    for (int step : {1, 6, 7, 8}) {
      uint64_t pairs = moved & (moved >> step);
      if (pairs & (pairs >> 2 * step)) return 1;
    }
    return count == 42 ? 0 : -1;
  }
};

static std::mt19937 dice;
static int below(int n) { return int((uint64_t(dice()) * n) >> 32); }

template <class Game>
static int legalActions(const Game& game, int* out) {
  int n = 0;
  for (int a = 0; a < Game::actions; a++)
    if (game.legal(a)) out[n++] = a;
  return n;
}

struct Node {
  int action = -1;
  int visits = 0;
  double total = 0;  // as the player who moved here counts
  int outcome = -1;  // of the move that led here
  std::vector<Node> children;
};

template <class Game>
static double playout(Game game) {  // as the player to move counts
  int moves[Game::actions];
  for (double sign = 1;; sign = -sign) {
    int outcome = game.play(moves[below(legalActions(game, moves))]);
    if (outcome >= 0) return outcome * sign;
  }
}

template <class Game>
static double search(int simulations) {
  Node root;
  std::vector<Node*> path;
  for (int s = 0; s < simulations; s++) {
    Game game;
    Node* node = &root;
    path.assign(1, node);
    while (node->outcome < 0 && (node == &root || node->visits > 0)) {
      if (node->children.empty()) {
        int moves[Game::actions];
        int n = legalActions(game, moves);
        node->children.resize(n);
        for (int i = 0; i < n; i++) node->children[i].action = moves[i];
      }
      Node* best = nullptr;
      double greatest = -1e30;
      int untried = 0;
      double log = std::log(double(node->visits > 0 ? node->visits : 1));
      for (Node& child : node->children) {
        if (child.visits == 0) {
          if (below(++untried) == 0) best = &child;
        } else if (untried == 0) {
          double bound = child.total / child.visits + 1.4 * std::sqrt(log / child.visits);
          if (bound > greatest) greatest = bound, best = &child;
        }
      }
      node = best;
      int outcome = game.play(node->action);
      if (node->visits == 0) node->outcome = outcome;
      path.push_back(node);
    }
    double worth = node->outcome >= 0 ? node->outcome : -playout(game);  // as who moved here counts
    for (size_t i = path.size(); i-- > 0; worth = -worth) {
      path[i]->visits++;
      path[i]->total += worth;
    }
  }
  return -root.total / root.visits;
}

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: uct <game> <simulations> <repetitions>\n"), 2;
  bool small = !std::strcmp(argv[1], "tic-tac-toe");
  int simulations = std::atoi(argv[2]);
  double value = 0;
  for (int i = 0; i < std::atoi(argv[3]); i++) {
    auto started = std::chrono::steady_clock::now();
    value = small ? search<TicTacToe>(simulations) : search<ConnectFour>(simulations);
    std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
    std::printf("%.6f\n", taken.count());
  }
  std::printf("%.6f\n", value);
}
