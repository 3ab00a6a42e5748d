import SparrowCommands

@main
struct Main {
  static func main() async { await SparrowMain.run() }
}
