public import ArgumentParser
public import SparrowCore
public import SparrowModels

extension ComputePrecision: ExpressibleByArgument {}

extension TextRole: ExpressibleByArgument {}
