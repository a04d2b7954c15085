import Margin
import Pricing

extension VenueHedgeProblem {
  func plan(
    of step: VenueSearch.Step, model: VenueModel, models: Int, seconds: Double
  ) throws -> VenueHedgePlan {
    let x = step.decisions
    let idle = [Double](repeating: 0, count: x.count)
    var (moves, collateralMoves): ([VenueHedgePlan.Move], [VenueHedgePlan.CollateralMove]) = (
      [], []
    )
    for (variable, quantity) in zip(model.variables, x) where quantity != 0 {
      let cost = quantity > 0 ? variable.costs.up * quantity : -variable.costs.down * quantity
      switch variable.decision {
      case .trade: break
      case .position(let from, let to, let instrument):
        moves.append(
          .init(
            from: venues[from].name, to: venues[to].name, instrument: instrument,
            quantity: quantity, cost: cost))
      case .collateral(let from, let to):
        collateralMoves.append(
          .init(from: venues[from].name, to: venues[to].name, amount: quantity, cost: cost))
      }
    }
    let sides = try venues.indices.map { v in
      try side(v, after: x, before: idle, model: model, face: step.faces[v])
    }
    let risk = riskFigures(step, before: sides.map(\.margin.before.amount), model: model)
    return VenueHedgePlan(
      sides: sides, moves: moves, collateralMoves: collateralMoves, cost: model.cost(of: x),
      objective: step.objective, bound: step.answer.bound, risk: risk,
      bindingLimits: bindingLimits(step, model: model, risk: risk),
      limitViolation: risk.reduce(0) { max($0, $1.relativeViolation) },
      statistics: HedgeStatistics(
        instruments: model.variables.count, variables: step.answer.program.variableCount,
        rows: step.answer.program.rows.count, rounds: step.answer.rounds,
        iterations: step.answer.iterations, models: models,
        modelSeconds: max(0, seconds - step.answer.solveSeconds),
        solveSeconds: step.answer.solveSeconds))
  }

  private func side(
    _ v: Int, after x: [Double], before idle: [Double], model: VenueModel, face: MarginFunction
  ) throws -> VenueHedgePlan.Side {
    let side = model.sides[v]
    let prices = side.measures.prices
    let trades = side.hedge.instruments.indices.compactMap { i -> HedgePlan.Trade? in
      let quantity = side.traded[i].value(at: x)
      return quantity == 0
        ? nil
        : HedgePlan.Trade(
          instrument: side.hedge.instruments[i], quantity: quantity,
          premium: quantity * prices[i].premium, cost: prices[i].cost(of: quantity))
    }
    let moved = side.hedge.instruments.indices.compactMap { i -> Position? in
      let quantity = side.held[i].value(at: x) - side.traded[i].value(at: x)
      return quantity == 0 ? nil : Position(quantity, side.hedge.instruments[i])
    }
    let margins = HedgePlan.Margins(
      before: try model.margin(of: v, after: idle), after: try model.margin(of: v, after: x))
    let cost = model.cost(of: x, at: v)
    let after = side.venue.collateral.map { _ in side.collateral.value(at: x) }
    return VenueHedgePlan.Side(
      venue: side.venue.name, trades: trades, moved: moved, margin: margins,
      collateralBefore: side.venue.collateral, collateralAfter: after, cost: cost,
      relation: face.relation,
      headroom: after.map { $0 - (1 + side.venue.buffer) * margins.after.amount - cost })
  }

  private func riskFigures(
    _ step: VenueSearch.Step, before: [Double], model: VenueModel
  ) -> [HedgePlan.RiskFigure] {
    let idle = [Double](repeating: 0, count: step.decisions.count)
    return model.stated.map { limit in
      HedgePlan.RiskFigure(
        name: limit.name, unit: limit.unit,
        before: model.value(of: limit, at: idle, margins: before),
        after: model.value(of: limit, at: step.decisions, margins: step.margins),
        lower: limit.lower, upper: limit.upper)
    }
  }

  private func bindingLimits(
    _ step: VenueSearch.Step, model: VenueModel, risk: [HedgePlan.RiskFigure]
  ) -> [HedgePlan.BindingLimit] {
    let limits = model.stated
    return zip(step.answer.program.rows, step.answer.rowDuals).compactMap { row, dual in
      guard case .limit(let k) = row.role, abs(dual) > 1e-6 else { return nil }
      let value = dual > 0 ? limits[k].upper : limits[k].lower
      guard abs(risk[k].after - value) <= 1e-5 * risk[k].scale else { return nil }
      return HedgePlan.BindingLimit(
        name: limits[k].name, unit: limits[k].unit, isUpper: dual > 0, value: value,
        price: abs(dual))
    }.sorted { $0.price * max(1, abs($0.value)) > $1.price * max(1, abs($1.value)) }
  }
}
