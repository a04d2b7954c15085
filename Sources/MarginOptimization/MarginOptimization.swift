@_exported public import Hedging
@_exported public import LinearAlgebra
@_exported public import Margin
@_exported public import Pricing
@_exported public import Probability
@_exported public import QuadraticProgramming
@_exported public import RiskModels
@_exported public import Simulation
