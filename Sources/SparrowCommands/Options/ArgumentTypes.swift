public import ArgumentParser
public import SparrowCore
public import SparrowExport
public import SparrowIndex
public import SparrowModels
public import SparrowTraining

extension ComputePrecision: ExpressibleByArgument {}

extension ONNXPrecision: ExpressibleByArgument {}

extension WeightPrecision: ExpressibleByArgument {}

extension TextRole: ExpressibleByArgument {}

extension HardNegativeMiner.Configuration.Strategy: ExpressibleByArgument {}

extension HardNegativeMiner.Configuration.Format: ExpressibleByArgument {}
