import Foundation
import MarginOptimization
import Testing

@Suite("Files of the sample")
struct SampleFilesTests {
  @Test(
    "the files beside the documentation are those that marginopt sample writes",
    arguments: ["chain.csv", "book.csv", "prices.csv"])
  func committed(name: String) throws {
    let generated =
      switch name {
      case "chain.csv": SampleMarket.chainCSV()
      case "book.csv": try SampleMarket.bookCSV()
      default: SampleMarket.pricesCSV()
      }
    let committed = try DocumentedCodeTests.text("Documentation/Sample/\(name)")
    #expect(committed == generated, "run: marginopt sample --directory Documentation/Sample")
  }

  @Test("the files are read as any other: a market, a book and a history")
  func readable() throws {
    let folder = DocumentedCodeTests.package.appending(path: "Documentation/Sample")
    let market = try Market(chain: folder.appending(path: "chain.csv"))
    let book = try PortfolioReader(market: market).read(folder.appending(path: "book.csv"))
    let history = try ReturnHistory(contentsOf: folder.appending(path: "prices.csv"))
    #expect(book.positions.count == 70)
    #expect(history.factors == market.indexPrices.keys.sorted())
    #expect(history.count == 500)
  }
}
