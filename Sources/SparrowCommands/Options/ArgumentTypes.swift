public import ArgumentParser
public import SparrowCore
public import SparrowExport
public import SparrowModels

extension ComputePrecision: ExpressibleByArgument {}

extension ONNXPrecision: ExpressibleByArgument {}

extension TextRole: ExpressibleByArgument {}
